"""Endpoints about what people agreed to and objected to, and what a destination may receive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator

from headwater.api.bodies.body import Body, Nothing
from headwater.api.bodies.persons import Persons
from headwater.api.endpoints.endpoint import COUNTS, PRIVACY, Asked, Endpoint
from headwater.core.config import NAME as FILE_NAME
from headwater.flow.destination_check import DestinationCheck
from headwater.flow.objecting import Objected
from headwater.flow.privacy import RefusedSignals
from headwater.privacy.meaning import SignalMeaning


class ConsentSignals(Body):
    """Consent signals that came together."""

    strings: tuple[Annotated[str, Field(min_length=1, max_length=32_768)], ...] = Field(
        (), max_length=4, description="TCF, GPP, US Privacy, Consent Mode as JSON: at most one of each."
    )
    gpc: bool = Field(False, description="Global Privacy Control is set.")

    @model_validator(mode="after")
    def _is_any(self) -> ConsentSignals:
        if not (self.strings or self.gpc):
            raise ValueError("must hold a string, or gpc")
        return self


class Objection(Persons):
    """An objection of persons to purposes."""

    purposes: tuple[str, ...] = Field(
        (), max_length=100, description="Purposes that they are not to be used for any more, by their ids."
    )
    all: bool = Field(False, description="Of all purposes that do not ask for consent.")


class DestinationAsked(Body):
    """A destination, and perhaps one audience."""

    destination: str = Field(pattern=FILE_NAME, description="The destination's id.")
    audience: str | None = Field(
        None, pattern=FILE_NAME, description="The audience's id; left out, all that go there."
    )

    @property
    def about(self) -> list[str]:
        """Their names."""
        return [each for each in (self.destination, self.audience) if each]


@dataclass(frozen=True)
class SignalsRefused:
    """Consent signals that were refused, by source and reason; most first."""

    refused_signals: tuple[RefusedSignals, ...]


def _signal(asked: Asked, body: ConsentSignals) -> SignalMeaning:
    """What consent strings say, and what they mean for each purpose; nothing is kept."""
    return asked.privacy.signal_meaning(body.strings, is_gpc=body.gpc)


def _object(asked: Asked, body: Objection) -> Objected:
    """Let persons not be used for purposes any more, at once."""
    return asked.privacy.take_objection(body.texts, body.purposes, from_all=body.all)


def _check(asked: Asked, body: DestinationAsked) -> DestinationCheck:
    """What a destination could receive, and why not the rest: of nobody in particular."""
    return asked.privacy.check(body.destination, body.audience)


def _refused_signals(asked: Asked, _body: Nothing) -> SignalsRefused:
    """How many consent signals were refused, by source and reason; what came with them was taken in."""
    return SignalsRefused(tuple(asked.privacy.refused_signals()))


def _objected(found: Objected) -> dict[str, int]:
    return {"changed": found.n_identifiers}


ENDPOINTS = (
    Endpoint("POST", "/v1/privacy/object", PRIVACY, Objection, Objected, _object, _objected),
    Endpoint("POST", "/v1/privacy/check", COUNTS, DestinationAsked, DestinationCheck, _check),
    Endpoint("POST", "/v1/privacy/signal", COUNTS, ConsentSignals, SignalMeaning, _signal),
    Endpoint("GET", "/v1/privacy/refused-signals", COUNTS, Nothing, SignalsRefused, _refused_signals),
)  # fmt: skip
