"""Endpoints about single people."""

from __future__ import annotations

from pydantic import Field

from headwater.api.bodies.persons import Identified
from headwater.api.endpoints.endpoint import PEOPLE, Asked, Endpoint, one_seen
from headwater.profiles.show import Profile


class Sought(Identified):
    """Whose profile is asked for."""

    n_events: int = Field(10, ge=0, le=1000, description="How many of the latest events.")


def _profile(asked: Asked, body: Sought) -> Profile:
    """All that is held about the person who has an identifier."""
    return asked.identities.profile(body.text, n_events=body.n_events)


ENDPOINTS = (
    Endpoint("POST", "/v1/profiles/find", PEOPLE, Sought, Profile, _profile, one_seen),
)  # fmt: skip
