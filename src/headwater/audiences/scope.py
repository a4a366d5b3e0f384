"""Where conditions find what they look at, in SQL: prepared relations, one an event name, trait or audience.

    events of one name   profile_id, occurred_at, and a column for each `Read`; nothing after now
    a trait              profile_id, text, number, boolean, instant, any; NaN is NULL
    an audience          profile_id

`prepared` makes them in an engine's session from the tables `events`, `identity_map` and `traits`, each with one scan
of what it needs, and drops them afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
from sqlglot import exp

from headwater.audiences.needs import Needs
from headwater.audiences.properties import Read, without_nan
from headwater.audiences.within import Within
from headwater.core.clock import Clock
from headwater.engine.bitmaps import Ids
from headwater.engine.engine import Engine
from headwater.engine.query import column, literal

_PREFIX = "audiences_"


@dataclass(frozen=True)
class Scope:
    """Relations by what they hold, and the run's clock."""

    clock: Clock
    event_relations: dict[str, str] = field(default_factory=dict)
    trait_relations: dict[str, str] = field(default_factory=dict)
    audience_relations: dict[str, str] = field(default_factory=dict)

    def events(self, name: str) -> exp.Table:
        """The events of one name."""
        return _table(self.event_relations[name])

    def trait(self, name: str) -> exp.Table:
        """The values of one trait."""
        return _table(self.trait_relations[name])

    def audience(self, name: str) -> exp.Table:
        """The members of one audience."""
        return _table(self.audience_relations[name])

    def profiles(self) -> exp.Table:
        """All profiles."""
        return _table("profiles")

    def during(self, within: Within, moment: exp.Expr) -> exp.Expr:
        """Whether a moment lies in a window."""
        window = within.window(self.clock)
        ends = moment.copy() <= literal(window.end)
        return exp.and_(moment.copy() > literal(window.start), ends) if window.start else ends


@contextmanager
def prepared(needs: Needs, engine: Engine, clock: Clock) -> Iterator[Scope]:
    """A scope that holds what is needed; audiences are added by `add_audience` as they become known."""
    scope = Scope(clock)
    try:
        for number, (event, reads) in enumerate(sorted(needs.events.items())):
            scope.event_relations[event] = f"{_PREFIX}event_{number}"
            engine.create(scope.event_relations[event], _event_rows(event, reads, clock).sql(engine.dialect))
        for number, trait in enumerate(sorted(needs.traits)):
            scope.trait_relations[trait] = f"{_PREFIX}trait_{number}"
            engine.create(scope.trait_relations[trait], _trait_rows(trait).sql(engine.dialect))
        yield scope
    finally:
        engine.drop(
            *scope.event_relations.values(),
            *scope.trait_relations.values(),
            *scope.audience_relations.values(),
        )


def add_audience(scope: Scope, name: str, profile_ids: Ids, engine: Engine) -> None:
    """Let conditions see the members of an audience."""
    relation = f"{_PREFIX}audience_{len(scope.audience_relations)}"
    engine.register(relation, pa.table({"profile_id": pa.array(profile_ids, pa.int64())}))
    scope.audience_relations[name] = relation


def _event_rows(event: str, reads: frozenset[Read], clock: Clock) -> exp.Select:
    columns = {read.column_name: read.sql() for read in sorted(reads) if read.column_name != "occurred_at"}
    return (
        exp.select(column("profile_id", "identity_map"), column("occurred_at"))
        .select(*(exp.alias_(value, name, quoted=True) for name, value in columns.items()))
        .from_("events")
        .join("identity_map", on="events.node_id = identity_map.node_id")
        .where(column("event").eq(literal(event)), column("occurred_at") <= literal(clock.now()))
        .where(exp.not_(column("profile_id", "identity_map").is_(exp.Null())))
    )


def _trait_rows(trait: str) -> exp.Select:
    number = without_nan(column("number"))
    kept = [column("text"), number, column("boolean"), column("instant")]
    present = exp.func("coalesce", *(exp.cast(value.copy(), "VARCHAR") for value in kept))
    names = ("text", "number", "boolean", "instant", "any")
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
