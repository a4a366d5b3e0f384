"""Endpoints about who is who."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from headwater.api.bodies.body import Body, Nothing
from headwater.api.bodies.persons import Identified, Pair
from headwater.api.endpoints.endpoint import COUNTS, IDENTITY, PEOPLE, Asked, Endpoint, one_seen
from headwater.core.config import NAME as FILE_NAME
from headwater.flow.identity_effects import Effect
from headwater.flow.matching import Matching
from headwater.identity.explain import Explained
from headwater.identity.junk import Suspect
from headwater.privacy.shown import Harmless, Written, identifier_of


class Decision(Pair):
    """What somebody decides of two identifiers; who, the key says."""

    reason: str = Field(min_length=1, max_length=1000, description="Why, for whoever asks later.")


class Withdrawal(Pair):
    """A decision to be taken back."""

    reason: str = Field("", max_length=1000, description="Why, for whoever asks later.")


class Supposition(Body):
    """What is supposed besides the rules in `identifiers/`; nothing, if it is left out."""

    link: Pair | None = Field(None, description="That these two were decided to be one person.")
    unmerge: Pair | None = Field(None, description="That these two were decided to be two people.")


class Application(Body):
    """How rules are to be applied."""

    anyway: bool = Field(False, description="Also if it changes more than a run does unasked.")


class Models(Body):
    """By which models records are compared."""

    models: tuple[Annotated[str, Field(pattern=FILE_NAME)], ...] = Field(
        (), description="Files in `matching/`, without .yaml; all of them if left out."
    )


@dataclass(frozen=True)
class Decided:
    """A decision that stands; `is_contradicted`: by a newer one."""

    identifier: Harmless
    value: Annotated[str | None, identifier_of("identifier")]
    other_identifier: Harmless
    other_value: Annotated[str | None, identifier_of("other_identifier")]
    verdict: Harmless
    reason: Written
    decided_by: Harmless
    decided_at: datetime
    is_contradicted: bool


@dataclass(frozen=True)
class Decisions:
    """What was decided and not taken back, newest first."""

    decisions: tuple[Decided, ...]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Decisions:
        """As `Identities` gives them."""
        return cls(tuple(Decided(**row) for row in rows))


@dataclass(frozen=True)
class Happened:
    """Something that happened to an identifier of a profile; `profile`: where it came from, or went to."""

    happened_at: datetime
    identifier: Harmless
    value: Annotated[str | None, identifier_of("identifier")]
    happened: Harmless
    profile: int | None


@dataclass(frozen=True)
class History:
    """How a profile came to be, by time."""

    history: tuple[Happened, ...]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> History:
        """As `Identities` gives it."""
        return cls(tuple(Happened(**row) for row in rows))


@dataclass(frozen=True)
class Junk:
    """Identifiers that look as if they named nobody."""

    junk: tuple[Suspect, ...]


def _explain(asked: Asked, body: Pair) -> Explained:
    """Why two identifiers are one person, or why not."""
    return asked.identities.explain(*body.texts)


def _history(asked: Asked, body: Identified) -> History:
    """Which identifiers came to a profile when, and which left."""
    return History.of(asked.identities.history(body.text))


def _decisions(asked: Asked, _body: Nothing) -> Decisions:
    """What somebody decided and did not take back."""
    return Decisions.of(asked.identities.decisions())


def _link(asked: Asked, body: Decision) -> Explained:
    """Decide that two identifiers are one person."""
    return asked.identities.link(*body.texts, reason=body.reason, by=asked.caller.name)


def _unmerge(asked: Asked, body: Decision) -> Explained:
    """Decide that two identifiers are two people."""
    return asked.identities.unmerge(*body.texts, reason=body.reason, by=asked.caller.name)


def _withdraw(asked: Asked, body: Withdrawal) -> Explained:
    """Take a decision back: evidence counts again."""
    return asked.identities.withdraw(*body.texts, reason=body.reason, by=asked.caller.name)


def _simulate(asked: Asked, body: Supposition) -> Effect:
    """What the rules as they are written now, or a decision, would change; nothing is written."""
    link, unmerge = (pair.texts if pair else None for pair in (body.link, body.unmerge))
    return asked.identities_as_written.simulate(link=link, unmerge=unmerge)


def _apply(asked: Asked, body: Application) -> Effect:
    """Let the rules as they are written now take effect."""
    return asked.identities_as_written.apply(anyway=body.anyway)


def _match(asked: Asked, body: Models) -> Matching:
    """Which records are of one person or household because they are alike, and what would become of profiles by it."""
    return asked.identities.match(*body.models)


def _match_and_apply(asked: Asked, body: Models) -> Matching:
    """Let records that are alike count as evidence; profiles and audiences follow."""
    return asked.identities.match(*body.models, applying=True)


def _junk(asked: Asked, _body: Nothing) -> Junk:
    """Identifiers that look as if they named nobody."""
    return Junk(tuple(asked.identities.junk()))


def _seen(found: Explained) -> dict[str, int]:
    return {"seen": len(set(found.profiles) - {None})}


def _changed(found: Explained | Effect | Matching) -> dict[str, int]:
    match found:
        case Explained():
            return {"changed": len(set(found.profiles) - {None})}
        case Effect():
            return {"changed": found.n_changed}
        case Matching():
            return {"changed": found.would_be.n_changed}


def _all(found: Decisions | Junk) -> dict[str, int]:
    return {"seen": len(found.decisions if isinstance(found, Decisions) else found.junk)}


ENDPOINTS = (
    Endpoint("POST", "/v1/identity/explain", PEOPLE, Pair, Explained, _explain, _seen),
    Endpoint("POST", "/v1/identity/history", PEOPLE, Identified, History, _history, one_seen),
    Endpoint("GET", "/v1/identity/decisions", PEOPLE, Nothing, Decisions, _decisions, _all),
    Endpoint("POST", "/v1/identity/link", IDENTITY, Decision, Explained, _link, _changed),
    Endpoint("POST", "/v1/identity/unmerge", IDENTITY, Decision, Explained, _unmerge, _changed),
    Endpoint("POST", "/v1/identity/withdraw", IDENTITY, Withdrawal, Explained, _withdraw, _changed),
    Endpoint("POST", "/v1/identity/simulate", COUNTS, Supposition, Effect, _simulate),
    Endpoint("POST", "/v1/identity/apply", IDENTITY, Application, Effect, _apply, _changed),
    Endpoint("POST", "/v1/identity/match", COUNTS, Models, Matching, _match),
    Endpoint("POST", "/v1/identity/match/apply", IDENTITY, Models, Matching, _match_and_apply, _changed),
    Endpoint("GET", "/v1/identity/junk", PEOPLE, Nothing, Junk, _junk, _all),
)  # fmt: skip
