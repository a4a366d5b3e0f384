"""Rules to tables: evaluates audiences, compares with who was in them, and publishes what changed, all together.

Reads what `evaluate` reads, and `memberships`, `membership_changes`, `audience_sizes`. Writes these three and
`audience_rules` in one publication: the members of audiences that changed with when they entered, who entered and left,
sizes, and the rules that are new. A refresh that changes nothing writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from headwater.audiences.columns.resident import resident
from headwater.audiences.columns.store import tidy
from headwater.audiences.columns.traits import tidy_traits
from headwater.audiences.evaluate import Evaluation, evaluate
from headwater.audiences.parse import Audience
from headwater.audiences.rule import fingerprint
from headwater.audiences.stored import Stored, grouped, read_stored, remember
from headwater.audiences.versions import version_rows
from headwater.engine.bitmaps import Bits, Ids, Universe, count
from headwater.engine.query import column, literal
from headwater.tables import audience_rules, audience_sizes, membership_changes, memberships
from headwater.tables.table import Table
from headwater.tables.workspace import Publication, Workspace

_NEW = "audiences_new_rows"
Moments = npt.NDArray[np.datetime64]
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
    """One audience before and after; `rule`: the fingerprint of its rule; `is_new_rule`: it differs from the last.

    Attributes:
        before: the members at the last refresh, as far as they are still profiles.
        gone: the ids of those who are not.
    """

    name: str
    rule: str
    is_new_rule: bool
    before: Bits
    after: Bits
    gone: Ids
    size: int
    n_entered: int
    n_left: int

    @property
    def moved(self) -> int:
        return self.n_entered + self.n_left


def refresh(
    audiences: Mapping[str, Audience], workspace: Workspace, mark: tuple[str, str] | None = None
) -> list[Refreshed]:
    """Bring the memberships of audiences up to date; gives one result an audience, in order of name.

    The members of an audience whose file is gone leave; one whose file is there but is not among `audiences` stays
    as it is. `mark` (stage, fingerprint of its inputs) is noted with the publication.
    """
    evaluation = evaluate(audiences, workspace)
    held = resident(workspace)
    tidy(workspace, held.segments)
    tidy_traits(workspace, held.trait_folder)
    people = held.people
    stored = read_stored(workspace, people)
    found = list(_changes(audiences, evaluation, stored, workspace))
    changed = [change for change in found if change.moved or change.is_new_rule]
    is_marked = mark is None or workspace.is_done(*mark)
    if changed or not is_marked:
        with workspace.publish() as out:
            if changed:
                _write(changed, people.universe, workspace, out)
                _write_rules(changed, audiences, workspace, out)
            if mark is not None:
                out.mark(*mark)
    if any(change.moved for change in changed):
        now = {**stored.sets, **{change.name: change.after for change in found}}
        remember(workspace, people, {name: bits for name, bits in now.items() if bits.any()})
    return [Refreshed(each.name, each.size, each.n_entered, each.n_left) for each in found]


def _changes(
    audiences: Mapping[str, Audience], evaluation: Evaluation, stored: Stored, workspace: Workspace
) -> Iterator[_Change]:
    """Every audience before and after, in order of name; those whose file is gone only if someone leaves."""
    rules = _last_rules(workspace)
    filed = {document.name for document in workspace.project.documents["audiences"]}
    nobody = evaluation.universe.none()
    for name in sorted(audiences.keys() | (stored.sets.keys() - filed)):
        was = stored.sets.get(name, nobody)
        now = evaluation.sets[name] if name in audiences else nobody
        rule = fingerprint(audiences[name].rule) if name in audiences else rules.get(name, "")
        gone = stored.gone.get(name, _NOBODY)
        size, n_same = count(now), count(now & was)
        left = count(was) - n_same + len(gone)
        yield _Change(name, rule, rules.get(name) != rule, was, now, gone, size, size - n_same, left)


def _last_rules(workspace: Workspace) -> dict[str, str]:
    """The fingerprint of the rule each audience was last refreshed with."""
    last = workspace.engine.table(
        "SELECT audience, arg_max(rule_fingerprint, refreshed_at) AS rule FROM audience_sizes GROUP BY audience"
    )
    return dict(zip(last["audience"].to_pylist(), last["rule"].to_pylist(), strict=True))


def _write(changed: list[_Change], universe: Universe, workspace: Workspace, out: Publication) -> None:
    now = _naive(workspace.clock.now())
    moved = [change for change in changed if change.moved]
    if moved:
        rows = pa.RecordBatchReader.from_batches(
            memberships.TABLE.schema, _members(moved, universe, workspace, now)
        )
        out.replace_parts(memberships.TABLE, rows, [change.name for change in moved])
        _add(membership_changes.TABLE, _change_rows(moved, universe, now), workspace, out)
    _add(audience_sizes.TABLE, _size_rows(changed, now), workspace, out)


def _write_rules(
    changed: list[_Change], audiences: Mapping[str, Audience], workspace: Workspace, out: Publication
) -> None:
    """Keep the rules that are new; there are few, whatever their order."""
    names = [change.name for change in changed]
    rows = version_rows(audiences, names, workspace.engine, workspace.clock.now())
    if rows.num_rows:
        out.append_rows(audience_rules.TABLE, rows)


def _members(
    moved: list[_Change], universe: Universe, workspace: Workspace, now: datetime
) -> Iterator[pa.RecordBatch]:
    """The members of each audience after the change: who stays keeps the moment of entering."""
    since = _since([change.name for change in moved], workspace)
    for change in moved:
        entered_at = np.full(change.size, np.datetime64(now, "us"))
        if change.name in since:
            ids, moments = since[change.name]
            was_there = (
                np.isin(ids, universe.profile_ids, assume_unique=True) if len(change.gone) else slice(None)
            )
            stays = change.after[change.before]
            entered_at[change.before[change.after]] = moments[was_there][stays]
        columns = [
            pa.repeat(pa.scalar(change.name), change.size),
            pa.array(universe.members(change.after)),
            pa.array(entered_at),
        ]
        if change.size:
            yield pa.RecordBatch.from_arrays(columns, schema=memberships.TABLE.schema)


def _since(names: list[str], workspace: Workspace) -> dict[str, tuple[Ids, Moments]]:
    """The stored members of audiences, ascending, with when they entered."""
    chosen = exp.select("audience", "profile_id", "entered_at").from_("memberships")
    chosen = chosen.where(column("audience").isin(*map(literal, names)))
    rows = workspace.engine.table(chosen.sql(workspace.engine.dialect))
    ids, moments = rows["profile_id"].to_numpy(), rows["entered_at"].to_numpy()
    found: dict[str, tuple[Ids, Moments]] = {}
    for name, places in grouped(rows["audience"]):
        ordered = places[np.argsort(ids[places], kind="stable")]
        found[name] = ids[ordered], moments[ordered]
    return found


def _add(table: Table, rows: pa.Table, workspace: Workspace, out: Publication) -> None:
    """Add new rows to a table; those it has under the same key give way.

    Keys end in the moment, so they meet only where the project's clock stands still and a rule changed meanwhile.
    """
    engine = workspace.engine
    key, columns = ", ".join(table.key), ", ".join(column.name for column in table.columns)
    last = engine.table(f"SELECT max({table.key[-1]}) AS moment FROM {table.name}")["moment"][0].as_py()
    if last is None or last < rows[table.key[-1]][0].as_py():
        out.append_rows(table, rows)
        return
    engine.register(_NEW, rows)
    try:
        old = f"SELECT {columns} FROM {table.name} ANTI JOIN {_NEW} USING ({key})"
        out.replace(table, f"{old} UNION ALL SELECT {columns} FROM {_NEW}")
    finally:
        engine.drop(_NEW)


def _change_rows(moved: list[_Change], universe: Universe, now: datetime) -> pa.Table:
    """Who entered and left, as rows of `membership_changes`, in its order."""
    return pa.Table.from_batches(
        [_moves(change, universe, now) for change in moved], membership_changes.TABLE.schema
    )


def _moves(change: _Change, universe: Universe, now: datetime) -> pa.RecordBatch:
    differs = change.before ^ change.after
    ids = np.concatenate([universe.members(differs), change.gone])
    entered = np.concatenate([change.after[differs], np.zeros(len(change.gone), dtype=np.bool_)])
    order = np.argsort(ids, kind="stable")
    words = pa.DictionaryArray.from_arrays(pa.array(entered[order], pa.int8()), ["left", "entered"])
    return pa.RecordBatch.from_arrays(
        [
            pa.repeat(pa.scalar(change.name), len(ids)),
            pa.array(ids[order]),
            words.cast(pa.string()),
            pa.repeat(pa.scalar(now, pa.timestamp("us")), len(ids)),
        ],
        schema=membership_changes.TABLE.schema,
    )


def _size_rows(changed: list[_Change], now: datetime) -> pa.Table:
    rows = [
        {
            "audience": change.name,
            "refreshed_at": now,
            "rule_fingerprint": change.rule,
            "size": change.size,
            "n_entered": change.n_entered,
            "n_left": change.n_left,
        }
        for change in changed
    ]
    return pa.Table.from_pylist(rows, audience_sizes.TABLE.schema)


def _naive(moment: datetime) -> datetime:
    """As tables hold instants: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
