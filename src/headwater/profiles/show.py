"""One profile as people look at it: identifiers, traits, audiences, consents, latest events, lists.

Reads `nodes`, `identity_map`, `profiles`, `traits`, `memberships`, `consents`, `events`, `list_entries`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from headwater.core.errors import NobodyError, NotFoundError, UserError
from headwater.engine.query import DIALECT, Query, column, literal
from headwater.identity.identifier import lookup_kinds
from headwater.privacy.restriction import restricted_profiles
from headwater.privacy.shown import AudienceName, Harmless, OfTrait, Pseudonymous, identifier_of
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

Row = Mapping[str, Any]
T = TypeVar("T")
_GREATEST_ID = 2**63 - 1


@dataclass(frozen=True)
class HeldIdentifier:
    """An identifier that a person has; `first_source`: which named it first."""

    identifier: Harmless
    value: Annotated[str | None, identifier_of("identifier")]
    first_source: Harmless


@dataclass(frozen=True)
class HeldTrait:
    """A trait as text; `origin`: the source that stated it, `computed` or `matching`."""

    trait: Harmless
    value: Annotated[str | None, OfTrait(name_in="trait")]
    origin: Harmless


@dataclass(frozen=True)
class HeldAudience:
    """An audience that a person is in."""

    audience: AudienceName
    entered_at: datetime | None


@dataclass(frozen=True)
class HeldConsent:
    """What a person said of a purpose.

    Attributes:
        identifier: of which kind is the identifier that it was said of.
        signal: what said it; None: a choice, or a column.
        string: the consent string that did.
        overruled: what said otherwise at the same time, and does not count.
    """

    purpose: Harmless
    state: Harmless
    source: Harmless
    stated_at: datetime | None
    until_at: datetime | None
    identifier: Harmless
    signal: Harmless | None
    string: Pseudonymous | None
    overruled: Harmless | None


@dataclass(frozen=True)
class HeldEvent:
    """What a person did."""

    occurred_at: datetime
    event: Harmless
    source: Harmless
    product_name: Harmless | None
    category: Harmless | None
    quantity: float | None
    revenue: float | None
    campaign_id: Harmless | None
    coupon_id: Harmless | None


@dataclass(frozen=True)
class HeldList:
    """An uploaded list that a person stands on; `identifier`: by which kind."""

    list: Harmless
    identifier: Harmless
    uploaded_at: datetime


@dataclass(frozen=True)
class Profile:
    """What is held about one person. Instants are UTC, without zone; each list is ordered.

    `is_restricted`: nothing of it may be used, for no purpose.
    """

    profile_id: int
    n_events: int
    first_event_at: datetime | None
    last_event_at: datetime | None
    identifiers: tuple[HeldIdentifier, ...]
    traits: tuple[HeldTrait, ...]
    audiences: tuple[HeldAudience, ...]
    consents: tuple[HeldConsent, ...]
    events: tuple[HeldEvent, ...]
    lists: tuple[HeldList, ...]
    is_restricted: bool = False


def find_profile(identifier: str, workspace: Workspace) -> int:
    """The profile with a number, or the one that an identifier, written as kind=value, belongs to.

    Raises:
        UserError: it is not written so, or is not valid.
        NobodyError: nobody has it.
        NotFoundError: an unknown kind.
    """
    if identifier.isdecimal():
        return _known_profile(int(identifier), workspace)
    kind, normalised = read_identifier(identifier)
    query = Query().step(
        "found",
        "SELECT profile_id FROM nodes JOIN identity_map USING (node_id) "
        f"WHERE identifier = {_sql(kind)} AND value_index = {_sql(workspace.seals.index_text(normalised, kind))}",
    )
    found = workspace.engine.table(query).column("profile_id").to_pylist()
    if not found:
        raise NobodyError(kind)
    return int(found[0])


def read_identifier(identifier: str) -> tuple[str, str]:
    """The kind and normalised value of an identifier written as kind=value.

    Raises:
        UserError: it is not written so, or is not valid.
        NotFoundError: an unknown kind.
    """
    kind, separator, value = identifier.partition("=")
    if not separator:
        raise UserError(
            "name a profile by its number or by an identifier",
            next_step="write a number, or kind=value, like email=ann@example.org",
        )
    kinds = lookup_kinds()
    if kind not in kinds:
        raise NotFoundError("kind of identifier", kind, list(kinds))
    normalised = kinds[kind].normalise(value)
    if normalised is None:
        raise UserError(f"that is no valid {kind}")
    return kind, normalised


def _known_profile(profile_id: int, workspace: Workspace) -> int:
    if profile_id > _GREATEST_ID or not _rows(
        f"SELECT 1 FROM profiles WHERE profile_id = {profile_id}", workspace
    ):
        raise UserError(
            f"there is no profile {profile_id}", next_step="`headwater audiences members` lists numbers"
        )
    return profile_id


def show_profile(profile_id: int, workspace: Workspace, *, n_events: int = 10) -> Profile:
    """What is held about a profile; at most `n_events` of its latest events."""
    own = f"profile_id = {int(profile_id)}"
    nodes = _of_profile(profile_id)
    known = _rows(f"SELECT * FROM profiles WHERE {own}", workspace)
    facts: Row = known[0] if known else {"n_events": 0, "first_event_at": None, "last_event_at": None}
    return Profile(
        profile_id,
        facts["n_events"],
        facts["first_event_at"],
        facts["last_event_at"],
        _held(
            HeldIdentifier,
            f"SELECT identifier, {opened()} AS value, first_source FROM nodes WHERE {nodes} ORDER BY ALL",
            workspace,
        ),
        _held(
            HeldTrait,
            f"SELECT trait, {_value()} AS value, origin FROM traits WHERE {own} ORDER BY trait",
            workspace,
        ),
        _held(
            HeldAudience,
            f"SELECT audience, entered_at FROM memberships WHERE {own} ORDER BY audience",
            workspace,
        ),
        _held(
            HeldConsent,
            "SELECT purpose, state, source, stated_at, until_at, identifier, signal, string, overruled "
            f"FROM consents JOIN nodes USING (node_id) WHERE {nodes} ORDER BY stated_at, purpose, signal, identifier",
            workspace,
        ),
        latest_events(profile_id, workspace, n_events),
        _held(
            HeldList,
            "SELECT list, identifier, uploaded_at FROM list_entries JOIN nodes USING (identifier, value_index) "
            f"WHERE {nodes} ORDER BY ALL",
            workspace,
        ),
        is_restricted=profile_id in restricted_profiles(workspace),
    )


def latest_events(
    profile_id: int, workspace: Workspace, n_events: int, *, after: int = 0
) -> tuple[HeldEvent, ...]:
    """What a profile did, newest first: at most so many, after so many that are newer."""
    return _held(
        HeldEvent,
        "SELECT occurred_at, event, source, product_name, category, quantity, revenue, campaign_id, coupon_id "
        f"FROM events WHERE {_of_profile(profile_id)} "
        f"ORDER BY occurred_at DESC, event_id LIMIT {int(n_events)} OFFSET {int(after)}",
        workspace,
    )


def _of_profile(profile_id: int) -> str:
    """SQL: whether a row is of a node of this profile."""
    return f"node_id IN (SELECT node_id FROM identity_map WHERE profile_id = {int(profile_id)})"


def _value() -> str:
    """Whatever value column a trait uses, as text; whole numbers without a fraction, lists with commas."""
    number = column("number").sql(dialect=DIALECT)
    whole = f"CASE WHEN {number} = trunc({number}) THEN format('{{:.0f}}', {number}) ELSE CAST(round({number}, 2) AS VARCHAR) END"
    texts = "CASE WHEN len(texts) = 0 THEN 'an empty list' ELSE array_to_string(texts, ', ') END"
    return f"coalesce(text, {whole}, CAST(boolean AS VARCHAR), CAST(instant AS VARCHAR), {texts})"


def _held(kind: type[T], sql: str, workspace: Workspace) -> tuple[T, ...]:
    return tuple(kind(**row) for row in _rows(sql, workspace))


def _rows(sql: str, workspace: Workspace) -> tuple[Row, ...]:
    return tuple(workspace.engine.table(sql).to_pylist())


def _sql(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
