"""The members of audiences that a question is about: as their rules say now, or as the last refresh left them.

Reads what `evaluate` reads, or the tables `memberships` and `profiles`. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.audiences.columns.resident import resident
from headwater.audiences.evaluate import Named, Tables, evaluate
from headwater.audiences.members import check_known
from headwater.audiences.rule import Rule, needs_of
from headwater.audiences.stored import read_stored
from headwater.engine.bitmaps import Ids, Sets, Universe
from headwater.tables.workspace import Workspace

_NOBODY: Ids = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Members:
    """Sets of profiles by audience, in the order asked for; `n_profiles`: how many profiles there are in all."""

    universe: Universe
    sets: Sets
    n_profiles: int


@dataclass(frozen=True)
class Unsaved:
    """A rule without a file, as far as evaluation cares."""

    rule: Rule


def by_rules(chosen: Mapping[str, Named], tables: Tables, known: Mapping[str, Named]) -> Members:
    """Who meets the rules of these audiences now; those they refer to are taken from `known` and evaluated too.

    Raises:
        RuleError: they refer to each other in a circle.
    """
    evaluation = evaluate({**referred(chosen, known), **chosen}, tables)
    universe = evaluation.universe
    return Members(universe, evaluation.sets.only(list(chosen)), universe.size)


def as_refreshed(names: Sequence[str], workspace: Workspace) -> Members:
    """Who was in these audiences after the last refresh.

    Raises:
        NotFoundError: one of them does not exist.
    """
    check_known(list(names), workspace)
    people = resident(workspace).people
    stored, everyone = read_stored(workspace, people), people.universe
    sets = stored.sets.only(names)
    gone = [stored.gone[name] for name in names if name in stored.gone]
    if not gone:
        return Members(everyone, sets, everyone.size)
    # A profile may have merged into another since: the members' table keeps it until the next refresh.
    universe = Universe(np.unique(np.concatenate([everyone.profile_ids, *gone])))
    with_gone = Sets(universe.size)
    for name, bits in sets.items():
        with_gone[name] = universe.set_of(
            np.concatenate([everyone.members(bits), stored.gone.get(name, _NOBODY)])
        )
    return Members(universe, with_gone, everyone.size)


def referred(chosen: Mapping[str, Named], known: Mapping[str, Named]) -> dict[str, Named]:
    """The audiences of `known` that the chosen ones refer to, and theirs, to the end."""
    found: dict[str, Named] = {}
    waiting = [audience.rule for audience in chosen.values()]
    while waiting:
        names = needs_of(waiting.pop()).audiences & known.keys()
        waiting += [known[name].rule for name in names - found.keys()]
        found |= {name: known[name] for name in names}
    return found
