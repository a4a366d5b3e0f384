"""Rules to sets: each distinct condition is evaluated once for all profiles; audiences combine the results.

Reads the tables `events`, `identity_map`, `profiles`, `traits` and, for audiences outside the given ones,
`memberships`. Writes nothing but relations in the engine's session, dropped afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Protocol

import numpy as np
from sqlglot import exp

from headwater.audiences.by_sql import QueryError, answered, answered_together, ids_of
from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.resident import KNOWN_TABLES, resident
from headwater.audiences.comparison import Test
from headwater.audiences.happenings import happenings_in
from headwater.audiences.needs import Needs
from headwater.audiences.properties import Read
from headwater.audiences.rule import All, Any, Condition, Not, Rule, SetCondition, conditions, needs_of
from headwater.audiences.scope import Scope, prepared
from headwater.core.clock import Clock
from headwater.core.config import NAME
from headwater.core.errors import RuleError, together
from headwater.engine.bitmaps import Bits, Ids, Sets, Universe, Words, pack
from headwater.engine.engine import Engine
from headwater.engine.query import DIALECT, column, literal


class Tables(Protocol):
    """What is evaluated: a workspace, or what else has an engine with the tables and a clock that stands still."""

    @property
    def engine(self) -> Engine:
        """Where the tables are."""

    @property
    def clock(self) -> Clock:
        """What now is."""


class Named(Protocol):
    """An audience, as far as evaluation cares."""

    @property
    def rule(self) -> Rule:
        """Its rule."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The members of audiences.

    Attributes:
        leaves: how many distinct conditions were evaluated.
        failures: why audiences have no set: the query of a condition `sql` failed, their own or that of an audience they
            refer to; then it is the very same error. Each says whose query it is.
    """

    universe: Universe
    sets: Sets
    leaves: int
    failures: Mapping[str, RuleError] = field(default_factory=dict)

    def causes(self) -> dict[RuleError, list[str]]:
        """Each failed query with the audiences it keeps from being known, in order of name."""
        found: dict[RuleError, list[str]] = {}
        for name in sorted(self.failures):
            found.setdefault(self.failures[name], []).append(name)
        return found

    def members(self, name: str) -> Ids:
        """The profile ids of an audience, ascending."""
        return self.universe.members(self.sets[name])


def evaluate(
    audiences: Mapping[str, Named], workspace: Tables, *, by_columns: bool = True, keeps_going: bool = False
) -> Evaluation:
    """The members of these audiences now.

    Args:
        audiences: which, by name.
        workspace: where the tables are.
        by_columns: answer from coded columns what can be answered from them; otherwise all of it by the engine's SQL,
            which is slower and gives the same.
        keeps_going: leave out audiences whose query of `sql` fails, and those that refer to them, as `failures`.

    Raises:
        RuleError: they refer to each other in a circle, the engine cannot be asked, or (unless it keeps going) a query fails.
    """
    rules = {name: audience.rule for name, audience in audiences.items()}
    _check(rules, workspace.engine.dialect)
    needs = reduce(Needs.__or__, (needs_of(rule) for rule in rules.values()), Needs())
    by_columns = by_columns and workspace.engine.dialect == DIALECT
    held = resident(workspace) if by_columns else None
    universe = held.people.universe if held else read_universe(workspace.engine)
    sets = Sets(universe.size)
    columns = Columns(held, workspace.engine, workspace.clock, sets) if held else None
    for name in sorted(needs.audiences - rules.keys()):
        sets[name] = universe.set_of(read_members(name, workspace.engine))

    def members(name: str) -> Ids:
        return universe.members(sets[name])

    with prepared(needs, workspace.engine, workspace.clock, members) as scope:
        run = _Run(universe, scope, columns)
        if workspace.engine.dialect != DIALECT:
            together_found = answered_together(rules.values(), scope, universe)
            run.leaves |= {condition: pack(bits) for condition, bits in together_found.items()}
        if columns:
            columns.judge_values(_filters(rules.values()))
        failures = _fill(sets, rules, run)
    known = [name for name in rules if name in sets]
    found = Evaluation(universe, sets.only(known), len(run.leaves), failures)
    if failures and not keeps_going:
        raise together(list(found.causes()))
    return found


def _filters(rules: Iterable[Rule]) -> Iterator[tuple[str, Read, Test]]:
    """What rules ask of properties of events."""
    for condition in dict.fromkeys(each for rule in rules for each in conditions(rule)):
        for happenings in happenings_in(condition):
            yield from happenings.filters()


def _fill(sets: Sets, rules: Mapping[str, Rule], run: _Run) -> dict[str, RuleError]:
    """Put the set of each audience to the others, after those it refers to; gives why some have none."""
    failures: dict[str, RuleError] = {}
    for name in in_order(rules):
        lost = sorted(needs_of(rules[name]).audiences & failures.keys())
        if lost:
            failures[name] = failures[lost[0]]
            continue
        try:
            sets.words[name] = run.set_of(rules[name])
        except QueryError as error:
            failures[name] = _told(name, error)
    return failures


def _check(rules: Mapping[str, Rule], dialect: str) -> None:
    """All that an engine cannot be asked, by name.

    Raises:
        RuleError: there is something.
    """
    found = {
        f"audience {name}: {condition.describe()}: {reason}"
        for name, rule in rules.items()
        for condition in conditions(rule)
        if (reason := condition.refusal(dialect))
    }
    if found:
        raise RuleError(
            f"this cannot be asked of {dialect}: {'; '.join(sorted(found))}",
            next_step="say it in other conditions, or ask the embedded engine",
        )


def read_universe(engine: Engine) -> Universe:
    """All profiles there are."""
    return Universe(_ids(engine, "SELECT DISTINCT profile_id FROM profiles WHERE profile_id IS NOT NULL"))


def read_members(name: str, engine: Engine) -> Ids:
    """The stored members of an audience, ascending."""
    chosen = exp.select("profile_id").from_("memberships").where(column("audience").eq(literal(name)))
    return _ids(engine, chosen.sql(engine.dialect))


def referred(rules: Iterable[Rule], known: Mapping[str, Named]) -> set[str]:
    """The audiences among `known` that rules refer to, and those that they refer to, to the end."""
    found: set[str] = set()
    waiting = list(rules)
    while waiting:
        new = (needs_of(waiting.pop()).audiences & known.keys()) - found
        found |= new
        waiting += [known[name].rule for name in new]
    return found


def in_order(rules: Mapping[str, Rule]) -> Iterator[str]:
    """The names, each after those its rule refers to.

    Raises:
        RuleError: there is no such order.
    """
    waiting = {name: needs_of(rule).audiences & rules.keys() for name, rule in rules.items()}
    done: set[str] = set()
    while waiting:
        ready = [name for name, others in waiting.items() if others <= done]
        if not ready:
            raise RuleError(
                f"audiences refer to each other in a circle, among them: {', '.join(sorted(waiting)[:5])}"
            )
        for name in ready:
            del waiting[name]
        done.update(ready)
        yield from ready


@dataclass
class _Run:
    """One evaluation under way: the packed set of each condition met so far."""

    universe: Universe
    scope: Scope
    columns: Columns | None
    leaves: dict[Condition, Words] = field(default_factory=dict)
    failed: dict[Condition, QueryError] = field(default_factory=dict)

    def set_of(self, rule: Rule) -> Words:
        match rule:
            case All(rules):
                return reduce(np.bitwise_and, [self.set_of(inner) for inner in rules])
            case Any(rules):
                return reduce(np.bitwise_or, [self.set_of(inner) for inner in rules])
            case Not(inner):
                return self.everyone & ~self.set_of(inner)
            case _:
                return self._leaf(rule)

    @cached_property
    def everyone(self) -> Words:
        return pack(self.universe.all())

    def _leaf(self, condition: Condition) -> Words:
        if condition in self.failed:
            raise self.failed[condition]  # many audiences may ask it, and each time it would take as long
        if condition not in self.leaves:
            self.leaves[condition] = self._met(condition)
        return self.leaves[condition]

    def _met(self, condition: Condition) -> Words:
        """Who meets a condition; remembered as long as nothing that it depends on moves, time included."""
        if self.columns is None:
            return pack(self._asked(condition))
        clock = self.scope.clock
        met, name = self.columns.held.met, (condition, clock.now(), clock.zone)
        found = met.get(name)
        if found is None:
            bits = condition.to_bits(self.columns)
            found = pack(self._asked(condition) if bits is None else bits)
            if self._lasts(condition):
                met.put(name, found)
        return found

    def _lasts(self, condition: Condition) -> bool:
        """Whether a condition depends on nothing but tables that the columns follow."""
        needs = condition.needs()
        is_free = isinstance(condition, SetCondition) and condition.is_free
        return not needs.audiences and not is_free and needs.tables <= KNOWN_TABLES

    def _asked(self, condition: Condition) -> Bits:
        try:
            return answered(condition, self.scope, self.universe)
        except QueryError as error:
            self.failed[condition] = error
            raise


def _told(name: str, error: QueryError) -> RuleError:
    """The failure of a query as that of the audience it is in; a name that no file can have is not told."""
    whose = f"audience {name}: the query of `sql`" if re.fullmatch(NAME, name) else "the query of `sql`"
    told = RuleError(f"{whose} {error}", next_step="mend the query; see docs/operators/sql.md")
    told.__cause__ = error
    return told


def _ids(engine: Engine, sql: str) -> Ids:
    return np.sort(ids_of(engine, sql))
