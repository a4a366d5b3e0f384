"""Endpoints about what others are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from headwater.api.bodies.body import Body, Nothing
from headwater.api.endpoints.endpoint import COUNTS, SHARE, Asked, Endpoint
from headwater.core.config import NAME as FILE_NAME
from headwater.flow.sharing.handed_over import Format, HandedOver, hand_over
from headwater.flow.sharing.permitted import Sharing
from headwater.flow.sharing.releases import PUBLIC, Accounts, Release, Releases, WantedRelease
from headwater.privacy.anonymity.exports import Export, open_exports
from headwater.privacy.labels import Label


class NewRelease(Body):
    """What is to be counted with noise, and for whom."""

    audience: str = Field(pattern=FILE_NAME, description="Of whom.")
    by: str | None = Field(
        None,
        max_length=100,
        description="The trait by whose values they are counted; all together, if left out.",
    )
    epsilon: float = Field(ge=0.001, le=20, description="How much it may tell: 0.1 is little, 1 much.")
    delta: float = Field(
        1e-6, ge=1e-12, le=1e-3, description="Where it is by a trait: how likely it may tell more."
    )
    recipient: str = Field(PUBLIC, pattern=FILE_NAME, description="Whose budget is spent.")
    purpose: str | None = Field(
        None, pattern=FILE_NAME, description="What for; that of the audience, or the only one, if left out."
    )
    anew: bool = Field(False, description="Also if the same was released before, which costs again.")

    @property
    def wanted(self) -> WantedRelease:
        """As it is asked for."""
        return WantedRelease(**self.model_dump())

    @property
    def about(self) -> list[str]:
        """The audience and the recipient."""
        return [self.audience, self.recipient]


class NewExport(Body):
    """What is to be given away by pseudonym, and to whom."""

    audience: str = Field(pattern=FILE_NAME, description="Of whom.")
    recipient: str = Field(pattern=FILE_NAME, description="Who gets it: pseudonyms are made for them alone.")
    purpose: str | None = Field(
        None, pattern=FILE_NAME, description="What for; that of the audience, or the only one, if left out."
    )
    traits: tuple[Annotated[str, Field(max_length=100)], ...] = Field(
        (), max_length=100, description="Traits to put in; all without labels, if none is named."
    )
    accepts: tuple[Label, ...] = Field((), description="Labels of traits that may go there.")
    format: Format = Field(
        Format.CSV, description="CSV is in the answer, if it is not too large; Parquet is a file in any case."
    )

    @property
    def sharing(self) -> Sharing:
        """As it is asked for."""
        return Sharing(self.audience, self.recipient, self.purpose, frozenset(self.accepts))

    @property
    def about(self) -> list[str]:
        """The audience and the recipient."""
        return [self.audience, self.recipient]


@dataclass(frozen=True)
class PseudonymisedExports:
    """The exports there were, oldest first."""

    exports: tuple[Export, ...]


def _release(asked: Asked, body: NewRelease) -> Release:
    """Count people with the noise of differential privacy, and spend what that tells of a recipient's budget."""
    return Releases(asked.project).release(body.wanted)


def _budget(asked: Asked, _body: Nothing) -> Accounts:
    """What was told whom by such releases, and what may still be."""
    return Releases(asked.project).budget()


def _pseudonymise(asked: Asked, body: NewExport) -> HandedOver:
    """Give an audience to a recipient as a table that names nobody: in the answer, or as a file."""
    return hand_over(body.sharing, asked.project, body.traits, body.format)


def _exports(asked: Asked, _body: Nothing) -> PseudonymisedExports:
    """Which pseudonymised exports were given to whom."""
    with open_exports(asked.project) as exports:
        return PseudonymisedExports(tuple(exports.all()))


def _sent(found: HandedOver) -> dict[str, int]:
    return {"sent": found.export.n_rows}


ENDPOINTS = (
    Endpoint("POST", "/v1/privacy/release", SHARE, NewRelease, Release, _release),
    Endpoint("GET", "/v1/privacy/budget", COUNTS, Nothing, Accounts, _budget),
    Endpoint("POST", "/v1/privacy/pseudonymise", SHARE, NewExport, HandedOver, _pseudonymise, _sent),
    Endpoint("GET", "/v1/privacy/exports", COUNTS, Nothing, PseudonymisedExports, _exports),
)  # fmt: skip
