"""One profile as people look at it: identifiers, traits, audiences, consents, latest events, lists.

Reads `nodes`, `identity_map`, `profiles`, `traits`, `memberships`, `consents`, `events`, `list_entries`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headwater.core.errors import NotFoundError, UserError
from headwater.engine.query import DIALECT, Query, column, literal
from headwater.identity.identifier import lookup_kinds
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

Row = Mapping[str, Any]
_GREATEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Profile:
    """What is held about one person. Instants are UTC, without zone; each list is ordered."""

    profile_id: int
    n_events: int
    first_event_at: datetime | None
    last_event_at: datetime | None
    identifiers: tuple[Row, ...]
    traits: tuple[Row, ...]
    audiences: tuple[Row, ...]
    consents: tuple[Row, ...]
    events: tuple[Row, ...]
    lists: tuple[Row, ...]


def find_profile(identifier: str, workspace: Workspace) -> int:
    """The profile with a number, or the one that an identifier, written as kind=value, belongs to.

    Raises:
        UserError: it is not written so, is not valid, or nobody has it.
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
        raise UserError(
            f"nobody has that {kind}", next_step="run `headwater run` if it is in a source not yet loaded"
        )
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
    nodes = f"node_id IN (SELECT node_id FROM identity_map WHERE {own})"
    known = _rows(f"SELECT * FROM profiles WHERE {own}", workspace)
    facts: Row = known[0] if known else {"n_events": 0, "first_event_at": None, "last_event_at": None}
    return Profile(
        profile_id,
        facts["n_events"],
        facts["first_event_at"],
        facts["last_event_at"],
        _rows(
            f"SELECT identifier, {opened()} AS value, first_source FROM nodes WHERE {nodes} ORDER BY ALL",
            workspace,
        ),
        _rows(f"SELECT trait, {_value()} AS value, origin FROM traits WHERE {own} ORDER BY trait", workspace),
        _rows(f"SELECT audience, entered_at FROM memberships WHERE {own} ORDER BY audience", workspace),
        _rows(
            f"SELECT purpose, state, source, stated_at FROM consents WHERE {nodes} ORDER BY stated_at",
            workspace,
        ),
        _rows(
            "SELECT occurred_at, event, source, product_name, category, quantity, revenue, campaign_id, coupon_id "
            f"FROM events WHERE {nodes} ORDER BY occurred_at DESC, event_id LIMIT {int(n_events)}",
            workspace,
        ),
        _rows(
            "SELECT list, identifier, uploaded_at FROM list_entries JOIN nodes USING (identifier, value_index) "
            f"WHERE {nodes} ORDER BY ALL",
            workspace,
        ),
    )


def _value() -> str:
    """Whatever value column a trait uses, as text; whole numbers without a fraction, lists with commas."""
    number = column("number").sql(dialect=DIALECT)
    whole = f"CASE WHEN {number} = trunc({number}) THEN format('{{:.0f}}', {number}) ELSE CAST(round({number}, 2) AS VARCHAR) END"
    texts = "CASE WHEN len(texts) = 0 THEN 'an empty list' ELSE array_to_string(texts, ', ') END"
    return f"coalesce(text, {whole}, CAST(boolean AS VARCHAR), CAST(instant AS VARCHAR), {texts})"


def _rows(sql: str, workspace: Workspace) -> tuple[Row, ...]:
    return tuple(workspace.engine.table(sql).to_pylist())


def _sql(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
