"""Rules to tables: evaluates audiences, compares with who was in them, and publishes what changed, all together.

Reads what `evaluate` reads, and `memberships`, `membership_moves`, `audience_sizes`. Writes these three, `membership_changes`
and `audience_rules` in one publication: the members with when they entered, who entered and left, sizes, and the rules that
are new. A refresh that changes nothing writes nothing. Audiences whose query of `sql` fails, and those that refer to them, stay
as they are, and the refresh counts as unfinished.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from headwater.audiences.change import Change, change_rows
from headwater.audiences.columns.resident import resident
from headwater.audiences.columns.store import tidy
from headwater.audiences.columns.traits import tidy_traits
from headwater.audiences.evaluate import Evaluation, evaluate
from headwater.audiences.evaluated_on import evaluated_on
from headwater.audiences.keep import keep_members
from headwater.audiences.parse import Audience
from headwater.audiences.rule import fingerprint
from headwater.audiences.stored import Stored, read_stored, remember
from headwater.audiences.versions import last_rules, version_rows
from headwater.core.errors import RuleError
from headwater.engine.bitmaps import Ids, Sets, Universe, count_packed, pack
from headwater.tables import audience_rules, audience_sizes, membership_changes
from headwater.tables.workspace import Publication, Workspace

_NOBODY: Ids = np.empty(0, dtype=np.int64)
_MOST_NAMED = 8
KEPT = "audiences not refreshed"


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did to one audience: members now, and how many entered and left.

    Attributes:
        error: why it was not refreshed and has the members it had; one for all that the same query kept from it.
    """

    name: str
    size: int
    n_entered: int
    n_left: int
    error: RuleError | None = None


def refresh(
    audiences: Mapping[str, Audience], workspace: Workspace, mark: tuple[str, str] | None = None
) -> list[Refreshed]:
    """Bring the memberships of audiences up to date; gives one result an audience, in order of name.

    The members of an audience whose file is gone leave; one whose file is there but is not among `audiences` stays
    as it is. `mark` (stage, fingerprint of its inputs) is noted with the publication, as unfinished if a query failed.
    """
    with evaluated_on(workspace) as tables:
        evaluation = evaluate(audiences, tables, keeps_going=True)
    if evaluation.failures and mark is not None:
        # Not left as it was either: others have changed, so the inputs of the last whole refresh would be none to skip.
        mark = mark[0], f"unfinished {mark[1]}"
    held = resident(workspace)
    tidy(workspace, held.segments)
    tidy_traits(workspace, held.trait_folder)
    people = held.people
    stored = read_stored(workspace, people)
    found = list(_changes(audiences, evaluation, stored, workspace))
    changed = [change for change in found if change.moved or change.is_new_rule]
    marks = [(KEPT, " ".join(sorted(evaluation.failures))), *([mark] if mark else [])]
    new_marks = [each for each in marks if workspace.snapshot.stages.get(each[0], "") != each[1]]
    if changed or new_marks:
        with workspace.publish() as out:
            if changed:
                _write(changed, found, people.universe, workspace, out)
                _write_rules(changed, audiences, workspace, out)
            for each in new_marks:
                out.mark(*each)
    if any(change.moved for change in changed):
        now = stored.sets.words | {change.name: change.now for change in found}
        gone = {name: ids for name, ids in stored.gone.items() if name in evaluation.failures}
        there = Sets(people.universe.size, {name: words for name, words in now.items() if words.any()})
        remember(workspace, people, Stored(there, gone))
    done = [Refreshed(each.name, each.size, each.n_entered, each.n_left) for each in found]
    return sorted([*done, *_kept(evaluation, stored)], key=lambda each: each.name)


def _kept(evaluation: Evaluation, stored: Stored) -> Iterator[Refreshed]:
    """The audiences that stay as they are, with what to do about it."""
    for cause, names in evaluation.causes().items():
        keeps = f"{names[0]} keeps the members it" if len(names) == 1 else _all_keep(names)
        error = RuleError(
            f"{cause.message}; {keeps} had", next_step=f"{cause.next_step}; the next run tries again"
        )
        for name in names:
            stay = count_packed(stored.sets.only([name]).words[name])
            yield Refreshed(name, stay + len(stored.gone.get(name, _NOBODY)), 0, 0, error)


def _all_keep(names: Sequence[str]) -> str:
    shown = f"{', '.join(names[:-1])} and {names[-1]}"
    if len(names) > _MOST_NAMED:
        shown = f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return f"{shown} keep the members they"


def not_refreshed(workspace: Workspace) -> list[str]:
    """The audiences that the last refresh left as they were, because a query failed."""
    return workspace.snapshot.stages.get(KEPT, "").split()


def _changes(
    audiences: Mapping[str, Audience], evaluation: Evaluation, stored: Stored, workspace: Workspace
) -> Iterator[Change]:
    """Every evaluated audience before and after, in order of name; those whose file is gone only if someone leaves."""
    rules = last_rules(workspace)
    filed = {document.name for document in workspace.project.documents["audiences"]}
    nobody = pack(evaluation.universe.none())
    for name in sorted((audiences.keys() | (stored.sets.keys() - filed)) - evaluation.failures.keys()):
        was = stored.sets.words.get(name, nobody)
        now = evaluation.sets.words[name] if name in audiences else nobody
        rule = fingerprint(audiences[name].rule) if name in audiences else rules.get(name, "")
        gone = stored.gone.get(name, _NOBODY)
        size, stay = count_packed(now), count_packed(now & was)
        left = count_packed(was) - stay + len(gone)
        yield Change(name, rule, rules.get(name) != rule, was, now, gone, size, size - stay, left)


def _write(
    changed: list[Change], found: list[Change], universe: Universe, workspace: Workspace, out: Publication
) -> None:
    """Write what changed; `found`: all audiences, changed or not."""
    now = _moment(workspace)
    moved = [change for change in changed if change.moved]
    if moved:
        keep_members(found, universe, now, workspace, out)
        out.append_batches(membership_changes.TABLE, change_rows(moved, universe, now))
    out.append_rows(audience_sizes.TABLE, _size_rows(changed, now))


def _moment(workspace: Workspace) -> datetime:
    """Now, as tables hold instants; where the clock stands still, a microsecond after the last change."""
    now = workspace.clock.now().astimezone(UTC).replace(tzinfo=None)
    last = workspace.engine.table("SELECT max(refreshed_at) AS moment FROM audience_sizes")["moment"][
        0
    ].as_py()
    return now if last is None or last < now else last + timedelta(microseconds=1)


def _write_rules(
    changed: list[Change], audiences: Mapping[str, Audience], workspace: Workspace, out: Publication
) -> None:
    """Keep the rules that are new; there are few, whatever their order."""
    names = [change.name for change in changed]
    rows = version_rows(audiences, names, workspace.engine, workspace.clock.now())
    if rows.num_rows:
        out.append_rows(audience_rules.TABLE, rows)


def _size_rows(changed: list[Change], now: datetime) -> pa.Table:
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
