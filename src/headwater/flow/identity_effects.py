"""What rules and decisions about who is who do to profiles and audiences: foreseen, or measured while it happens.

Reads what resolving and evaluating read. `foresee_effect` writes nothing; `apply` does what a run does from `identities` on, to
the audiences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from headwater.audiences.as_grouped import as_grouped, session_of
from headwater.audiences.evaluate import evaluate, read_members
from headwater.engine.bitmaps import Ids
from headwater.flow.bases import follow_and_keep_base
from headwater.flow.definitions import Definitions
from headwater.flow.identity_guard import warnings
from headwater.identity.identifier import identifier_kinds
from headwater.identity.mapping import Grouping, read_mapping
from headwater.identity.simulate import Outlook, Simulated, foresee
from headwater.privacy.shown import Harmless, People, Warnings
from headwater.tables import identity_decisions, identity_map
from headwater.tables.workspace import Workspace

_NOBODY: Ids = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class AudienceMove:
    """An audience before and after.

    Whoever is several profiles of today counts once then, so the sizes may differ though nobody enters or leaves.

    Attributes:
        size_now, size_then: in profiles.
        n_entered: profiles then in it, none of whose identifiers is in it now.
        n_left: profiles now in it, none of whose identifiers is in it then.
    """

    TOLD_BY: ClassVar = "n_moved"

    audience: Harmless
    size_now: People
    size_then: People
    n_entered: People
    n_left: People

    @property
    def n_moved(self) -> int:
        """How much it moves, by whatever cause."""
        by_merging = abs(self.size_then - self.size_now - self.n_entered + self.n_left)
        return self.n_entered + self.n_left + by_merging


@dataclass(frozen=True)
class Effect(Simulated):
    """What becomes of profiles, and of audiences.

    Attributes:
        audiences: those that move, the largest moves first.
        not_evaluated: audiences whose query failed, so that nothing is known of them.
        warnings: what of it is too much to happen by the way, in words.
    """

    audiences: tuple[AudienceMove, ...] = ()
    not_evaluated: tuple[Harmless, ...] = ()
    warnings: tuple[Warnings, ...] = ()


@dataclass(frozen=True)
class Members:
    """The profiles in each audience, ascending; `failed`: audiences of which that is not known."""

    of: Mapping[str, Ids] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()


def foresee_effect(
    workspace: Workspace, definitions: Definitions, decisions: Sequence[pa.Table] = ()
) -> Effect:
    """What the rules would change if they were applied; `decisions`: rows of that table that are to count besides.

    An audience is asked of people as they are now and as they would be, both at one moment, so that nobody moves by time.
    """
    with _supposing(decisions, workspace) as supposed:
        now = read_mapping(workspace.engine)
        outlook = foresee(now, supposed, definitions.identifiers, identifier_kinds())
    if outlook.now.is_as(outlook.then):
        return _effect(outlook, Members(), Members(), workspace)
    before, after = (_evaluated(each, definitions, workspace) for each in (outlook.now, outlook.then))
    return _effect(outlook, before, after, workspace)


def apply(workspace: Workspace, definitions: Definitions, *, anyway: bool = False) -> Effect:
    """Let the rules take effect, profiles and audiences with them; gives what came of it.

    `anyway`: also if it changes more than may happen by the way.

    Raises:
        LargeChangeError: it would; nothing was changed.
    """
    now, before = read_mapping(workspace.engine), _stored(workspace)
    run = follow_and_keep_base(workspace, definitions, anyway=anyway)
    n_identifiers, n_aside = (_n_rows(table, workspace) for table in ("nodes", "evidence_aside"))
    failed = frozenset(each.name for each in run.refreshed if each.error)
    after = Members(_stored(workspace).of, failed)
    return _effect(
        Outlook(now, read_mapping(workspace.engine), n_identifiers, n_aside), before, after, workspace
    )


@contextmanager
def _supposing(decisions: Sequence[pa.Table], workspace: Workspace) -> Iterator[Workspace]:
    """The tables as they would be if these decisions had been taken."""
    if not decisions:
        yield workspace
        return
    with session_of(workspace) as supposed:
        name = identity_decisions.TABLE.name
        taken = supposed.engine.table(f"SELECT * FROM {name}").cast(identity_decisions.TABLE.schema)
        supposed.engine.register(name, pa.concat_tables([taken, *decisions]))
        yield supposed


def _evaluated(grouping: Grouping, definitions: Definitions, workspace: Workspace) -> Members:
    """Who is in each audience by a grouping."""
    rows = pa.table(
        {"node_id": grouping.nodes, "profile_id": grouping.profiles}, schema=identity_map.TABLE.schema
    )
    with as_grouped(rows, definitions.traits, workspace) as then:
        found = evaluate(definitions.audiences, then, keeps_going=True)
        known = definitions.audiences.keys() - found.failures.keys()
        return Members({name: found.members(name) for name in known}, frozenset(found.failures))


def _stored(workspace: Workspace) -> Members:
    names = workspace.engine.table("SELECT DISTINCT audience FROM memberships")["audience"].to_pylist()
    return Members({name: read_members(name, workspace.engine) for name in names})


def _n_rows(table: str, workspace: Workspace) -> int:
    return int(workspace.engine.table(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py())


def _effect(outlook: Outlook, before: Members, after: Members, workspace: Workspace) -> Effect:
    profiles = outlook.told()
    failed = before.failed | after.failed
    names = sorted((before.of.keys() | after.of.keys()) - failed)
    moves = [
        _move(name, outlook, before.of.get(name, _NOBODY), after.of.get(name, _NOBODY)) for name in names
    ]
    moved = sorted((each for each in moves if each.n_moved), key=lambda each: -each.n_moved)
    told = warnings(profiles, workspace.project.settings)
    return Effect(
        **vars(profiles), audiences=tuple(moved), not_evaluated=tuple(sorted(failed)), warnings=told
    )


def _move(name: str, outlook: Outlook, now: Ids, then: Ids) -> AudienceMove:
    was, becomes = outlook.pairs[:, 0], outlook.pairs[:, 1]
    stay_then, stay_now = becomes[_among(was, now)], was[_among(becomes, then)]
    n_entered = np.count_nonzero(~_among(then, stay_then))
    n_left = np.count_nonzero(~_among(now, stay_now))
    return AudienceMove(name, len(now), len(then), int(n_entered), int(n_left))


def _among(ids: Ids, wanted: Ids) -> npt.NDArray[np.bool_]:
    """Of each id whether it is a wanted one; a table by id, for ids are dense and there are many audiences."""
    table = np.zeros(max(ids.max(initial=0), wanted.max(initial=0)) + 1, dtype=np.bool_)
    table[wanted] = True
    return table[ids]
