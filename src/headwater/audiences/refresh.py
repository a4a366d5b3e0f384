"""Rules to tables: evaluates audiences, compares with who was in them, and publishes what changed, all together.

Reads what `evaluate` reads, and `memberships`, `membership_changes`, `audience_sizes`. Writes these three
and `audience_rules` in one publication: all members with when they entered, who entered and left, the sizes of
audiences that changed, and the rules that are new. A refresh that changes nothing writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from headwater.audiences.evaluate import evaluate
from headwater.audiences.parse import Audience
from headwater.audiences.rule import fingerprint
from headwater.audiences.versions import version_rows
from headwater.engine.bitmaps import Ids
from headwater.engine.query import literal
from headwater.tables import audience_rules, audience_sizes, membership_changes, memberships
from headwater.tables.table import Table
from headwater.tables.workspace import Publication, Workspace

_CHANGES, _SIZES, _RULES = "audiences_changes", "audiences_sizes", "audiences_rules"
_NOBODY: Ids = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did to one audience: members now, and how many entered and left."""

    name: str
    size: int
    n_entered: int
    n_left: int


@dataclass(frozen=True, eq=False)
class _Change:
    """One audience before and after; `rule`: the fingerprint of its rule; `is_new_rule`: it differs from the last."""

    name: str
    rule: str
    is_new_rule: bool
    size: int
    entered: Ids
    left: Ids

    @property
    def moved(self) -> int:
        return len(self.entered) + len(self.left)


def refresh(
    audiences: Mapping[str, Audience], workspace: Workspace, mark: tuple[str, str] | None = None
) -> list[Refreshed]:
    """Bring the memberships of audiences up to date; gives one result an audience, in order of name.

    The members of an audience whose file is gone leave; one whose file is there but is not among `audiences` stays
    as it is. `mark` (stage, fingerprint of its inputs) is noted with the publication.
    """
    found = list(_changes(audiences, workspace))
    changed = [change for change in found if change.moved or change.is_new_rule]
    is_marked = mark is None or workspace.is_done(*mark)
    if changed or not is_marked:
        with workspace.publish() as out:
            if changed:
                _write(changed, audiences, workspace, out)
            if mark is not None:
                out.mark(*mark)
    return [Refreshed(each.name, each.size, len(each.entered), len(each.left)) for each in found]


def _changes(audiences: Mapping[str, Audience], workspace: Workspace) -> Iterator[_Change]:
    """Every audience before and after, in order of name; those gone only if someone leaves."""
    evaluation = evaluate(audiences, workspace)
    before = _stored(workspace)
    rules = _last_rules(workspace)
    filed = {document.name for document in workspace.project.documents["audiences"]}
    gone = before.keys() - audiences.keys() - filed
    for name in sorted(audiences.keys() | gone):
        was = before.get(name, _NOBODY)
        now = evaluation.members(name) if name in audiences else _NOBODY
        rule = fingerprint(audiences[name].rule) if name in audiences else rules.get(name, "")
        entered, left = np.setdiff1d(now, was, assume_unique=True), np.setdiff1d(was, now, assume_unique=True)
        yield _Change(name, rule, rules.get(name) != rule, len(now), entered, left)


def _stored(workspace: Workspace) -> dict[str, Ids]:
    """The stored members by audience."""
    held = workspace.engine.table(
        "SELECT audience, profile_id FROM memberships ORDER BY audience, profile_id"
    )
    if not held.num_rows:
        return {}
    ids = held["profile_id"].to_numpy()
    runs = held["audience"].combine_chunks().dictionary_encode()
    codes = runs.indices.to_numpy()
    cuts = np.flatnonzero(np.diff(codes)) + 1
    return dict(zip(runs.dictionary.to_pylist(), np.split(ids, cuts), strict=True))


def _last_rules(workspace: Workspace) -> dict[str, str]:
    """The fingerprint of the rule each audience was last refreshed with."""
    last = workspace.engine.table(
        "SELECT audience, arg_max(rule_fingerprint, refreshed_at) AS rule FROM audience_sizes GROUP BY audience"
    )
    return dict(zip(last["audience"].to_pylist(), last["rule"].to_pylist(), strict=True))


def _write(
    changed: list[_Change], audiences: Mapping[str, Audience], workspace: Workspace, out: Publication
) -> None:
    engine, now = workspace.engine, workspace.clock.now()
    engine.register(_CHANGES, _change_rows(changed, now))
    engine.register(_SIZES, _size_rows(changed, now))
    new_rules = version_rows(audiences, (each.name for each in changed), engine, now)
    engine.register(_RULES, new_rules)
    try:
        if any(change.moved for change in changed):
            entered_at = literal(now).sql(engine.dialect)
            out.replace(memberships.TABLE, _MEMBERS.format(entered_at=entered_at))
            _add(membership_changes.TABLE, _CHANGES, workspace, out)
        _add(audience_sizes.TABLE, _SIZES, workspace, out)
        if new_rules.num_rows:
            out.append(audience_rules.TABLE, f"SELECT * FROM {_RULES}")
    finally:
        engine.drop(_CHANGES, _SIZES, _RULES)


_MEMBERS = f"""
    SELECT audience, profile_id, entered_at FROM memberships
    ANTI JOIN {_CHANGES} USING (audience, profile_id)
    UNION ALL
    SELECT audience, profile_id, {{entered_at}} AS entered_at FROM {_CHANGES} WHERE change = 'entered'
"""


def _add(table: Table, new: str, workspace: Workspace, out: Publication) -> None:
    """Add new rows to a table; those it has under the same key give way.

    Keys end in the moment, so they meet only where the project's clock stands still and a rule changed meanwhile.
    """
    key, columns = ", ".join(table.key), ", ".join(column.name for column in table.columns)
    old, added = f"FROM {table.name}", f"SELECT {columns} FROM {new}"
    if workspace.engine.table(f"SELECT 1 {old} SEMI JOIN {new} USING ({key}) LIMIT 1").num_rows:
        out.replace(table, f"SELECT {columns} {old} ANTI JOIN {new} USING ({key}) UNION ALL {added}")
    else:
        out.append(table, added)


def _change_rows(changed: list[_Change], now: datetime) -> pa.Table:
    """Who entered and left, as rows of `membership_changes`."""
    moves = [(c.name, ids, word) for c in changed for ids, word in ((c.entered, "entered"), (c.left, "left"))]
    counts = [len(ids) for _, ids, _ in moves]
    columns = {
        "audience": pa.array(
            np.repeat(np.array([name for name, _, _ in moves], dtype=object), counts), pa.string()
        ),
        "profile_id": pa.array(np.concatenate([_NOBODY, *(ids for _, ids, _ in moves)]), pa.int64()),
        "change": pa.array(
            np.repeat(np.array([word for _, _, word in moves], dtype=object), counts), pa.string()
        ),
    }
    moment = pa.repeat(pa.scalar(_naive(now), pa.timestamp("us")), sum(counts))
    return pa.table({**columns, "changed_at": moment})


def _size_rows(changed: list[_Change], now: datetime) -> pa.Table:
    rows = [
        {
            "audience": change.name,
            "refreshed_at": _naive(now),
            "rule_fingerprint": change.rule,
            "size": change.size,
            "n_entered": len(change.entered),
            "n_left": len(change.left),
        }
        for change in changed
    ]
    return pa.Table.from_pylist(rows, audience_sizes.TABLE.schema)


def _naive(moment: datetime) -> datetime:
    """As tables hold instants: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
