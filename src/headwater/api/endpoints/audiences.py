"""Endpoints about audiences."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headwater.api.bodies.body import Body, Nothing
from headwater.api.endpoints.endpoint import COUNTS, Asked, Endpoint
from headwater.core.config import NAME as FILE_NAME
from headwater.flow.sharing.counted import SharedMembers, Sizes, overlaps, sizes


class Audiences(Body):
    """Which audiences."""

    audiences: tuple[Annotated[str, Field(pattern=FILE_NAME)], ...] = Field(
        min_length=2, max_length=20, description="Files in `audiences/`, without .yaml."
    )


def _sizes(asked: Asked, _body: Nothing) -> Sizes:
    """How many people are in each audience, as last refreshed."""
    return sizes(asked.project)


def _overlaps(asked: Asked, body: Audiences) -> SharedMembers:
    """How many people each two of some audiences share, as last refreshed."""
    return overlaps(body.audiences, asked.project)


ENDPOINTS = (
    Endpoint("GET", "/v1/audiences", COUNTS, Nothing, Sizes, _sizes),
    Endpoint("POST", "/v1/audiences/overlap", COUNTS, Audiences, SharedMembers, _overlaps),
)  # fmt: skip
