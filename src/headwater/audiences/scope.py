"""Where conditions find what they look at, in SQL: prepared relations, one an event name, trait or audience.

    events of one name   profile_id, occurred_at, and a column for each `Read`; nothing after now
    a trait              profile_id, text, number, boolean, instant, texts, any; NaN is NULL
    an audience          profile_id

Each is made in an engine's session from the tables `events`, `identity_map` and `traits` when it is first asked for, with
one scan of all that conditions need of it; `prepared` drops them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
from sqlglot import exp

from headwater.audiences.needs import Needs
from headwater.audiences.patterns import PATTERN_FUNCTION, define_patterns
from headwater.audiences.properties import READ_FUNCTIONS, define_reads, without_nan
from headwater.audiences.within import Within
from headwater.core.clock import Clock
from headwater.engine.bitmaps import Ids
from headwater.engine.engine import Engine
from headwater.engine.portable import portable_sql
from headwater.engine.query import column, literal

_PREFIX = "audiences_"
DEFINED = frozenset({PATTERN_FUNCTION, *READ_FUNCTIONS})


@dataclass(frozen=True)
class Scope:
    """Relations by what they hold, each made when a condition first asks for it, and the run's clock.

    Attributes:
        needs: what all conditions read, so that one relation serves them all.
        members: the members of an audience by its name.
        relations: the names of those made so far.
    """

    clock: Clock
    engine: Engine
    needs: Needs
    members: Callable[[str], Ids]
    relations: dict[tuple[str, str], str] = field(default_factory=dict)

    def events(self, name: str) -> exp.Table:
        """The events of one name."""
        return self._made("event", name, lambda: self._event_rows(name))

    def trait(self, name: str) -> exp.Table:
        """The values of one trait."""
        return self._made("trait", name, lambda: _trait_rows(name))

    def audience(self, name: str) -> exp.Table:
        """The members of one audience."""
        if ("audience", name) not in self.relations:
            relation = self._name("audience", name)
            self.engine.register(relation, pa.table({"profile_id": pa.array(self.members(name), pa.int64())}))
        return _table(self.relations["audience", name])

    def profiles(self) -> exp.Table:
        """All profiles."""
        return _table("profiles")

    def during(self, within: Within, moment: exp.Expr) -> exp.Expr:
        """Whether a moment lies in a window."""
        window = within.window(self.clock)
        ends = moment.copy() <= literal(window.end)
        return exp.and_(moment.copy() > literal(window.start), ends) if window.start else ends

    def _made(self, kind: str, name: str, rows: Callable[[], exp.Select]) -> exp.Table:
        if (kind, name) not in self.relations:
            self.engine.create(self._name(kind, name), self.said(rows()))
        return _table(self.relations[kind, name])

    def said(self, query: exp.Expr) -> str:
        """A query in the engine's words."""
        return portable_sql(query, self.engine.dialect, DEFINED)

    def _event_rows(self, name: str) -> exp.Select:
        reads = sorted(self.needs.events[name])
        columns = {read.column_name: read.sql(self.engine.dialect) for read in reads}
        columns.pop("occurred_at", None)
        return _event_rows(name, columns, self.clock)

    def _name(self, kind: str, name: str) -> str:
        return self.relations.setdefault((kind, name), f"{_PREFIX}{kind}_{len(self.relations)}")


@contextmanager
def prepared(needs: Needs, engine: Engine, clock: Clock, members: Callable[[str], Ids]) -> Iterator[Scope]:
    """A scope that holds what is needed, as long as the block lasts."""
    define_reads(engine)
    define_patterns(engine)
    scope = Scope(clock, engine, needs, members)
    try:
        yield scope
    finally:
        engine.drop(*scope.relations.values())


def _event_rows(event: str, reads: Mapping[str, exp.Expr], clock: Clock) -> exp.Select:
    return (
        exp.select(column("profile_id", "identity_map"), column("occurred_at"))
        .select(*(exp.alias_(value, name, quoted=True) for name, value in reads.items()))
        .from_("events")
        .join("identity_map", on="events.node_id = identity_map.node_id")
        .where(column("event").eq(literal(event)), column("occurred_at") <= literal(clock.now()))
        .where(exp.not_(column("profile_id", "identity_map").is_(exp.Null())))
    )


def _trait_rows(trait: str) -> exp.Select:
    number = without_nan(column("number"))
    kept = [column("text"), number, column("boolean"), column("instant")]
    # Engines write a list as text in ways of their own: that it is there is all that is asked.
    texts = exp.case().when(exp.not_(column("texts").is_(exp.Null())), literal(""))
    present = exp.func("coalesce", *(exp.cast(value.copy(), "VARCHAR") for value in kept), texts)
    kept.append(column("texts"))
    names = ("text", "number", "boolean", "instant", "texts", "any")
    return (
        exp.select(column("profile_id"))
        .select(
            *(
                exp.alias_(value, name, quoted=True)
                for name, value in zip(names, [*kept, present], strict=True)
            )
        )
        .from_("traits")
        .where(column("trait").eq(literal(trait)))
    )


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))
