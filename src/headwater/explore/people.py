"""Whom a question is about: an audience by its rule now, who meets a rule, or everyone; never whose data may not be used.

Reads what `audiences.evaluate` reads, restrictions and suppressions. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from headwater.audiences.chosen import Unsaved, by_rules
from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.resident import resident
from headwater.audiences.evaluate import Named
from headwater.audiences.happenings import Happenings
from headwater.audiences.rule import Rule
from headwater.core.errors import NotFoundError
from headwater.engine.bitmaps import Bits, Ids
from headwater.privacy.restriction import restricted_profiles
from headwater.privacy.suppression import suppressed_profiles
from headwater.tables.workspace import Workspace

_RULE = "the rule"


@dataclass(frozen=True, eq=False)
class Look:
    """A project to ask: events as columns, and who may be counted, by ordinal."""

    columns: Columns
    usable: Bits

    def ids(self, chosen: Bits) -> Ids:
        """The profile ids of a set."""
        return self.columns.universe.members(chosen)


def look(workspace: Workspace, happenings: tuple[Happenings, ...] = ()) -> Look:
    """The project as it is now; what these events are tested for is judged at once."""
    columns = Columns(resident(workspace), workspace.engine, workspace.clock)
    columns.judge_values(each for some in happenings for each in some.filters())
    return Look(columns, usable_people(columns, workspace))


def usable_people(columns: Columns, workspace: Workspace) -> Bits:
    """Everyone but who may be used for nothing, or is about to be erased."""
    universe = columns.universe
    barred = np.concatenate([restricted_profiles(workspace), suppressed_profiles(workspace)])
    return ~universe.set_of(barred)


def people_of(
    audience: str, rule: Rule | None, found: Look, workspace: Workspace, known: Mapping[str, Named]
) -> Bits:
    """Who is in an audience (empty: everyone) and meets a rule (None: everyone), and may be counted.

    Raises:
        NotFoundError: there is no such audience.
        RuleError: a query of `sql` fails.
    """
    if audience and audience not in known:
        raise NotFoundError("audience", audience, list(known))
    asked: dict[str, Named] = {audience: known[audience]} if audience else {}
    if rule is not None:
        asked[_RULE] = Unsaved(rule)
    chosen = found.usable.copy()
    if asked:
        for bits in by_rules(asked, workspace, known).sets.values():
            chosen &= bits
    return chosen
