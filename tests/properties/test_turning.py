"""An answer turns exactly when it says: never before, and there it does; on random rules, people and times of the year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, find, given, strategies as st
from tests.properties.test_one_meaning import (
    NOW,
    OPERATORS,
    counts,
    leaves,
    lengths,
    parsed,
    people,
    relative,
    settled,
    spans_back,
    told,
    trees,
    withins,
)

from headwater.audiences.crossing import crossings
from headwater.audiences.explain import turns_at
from headwater.audiences.history import Happened, History
from headwater.audiences.rule import Condition, Rule, conditions, describe, matches
from headwater.core.clock import Clock, back

pytestmark = pytest.mark.slow

TICK = timedelta(microseconds=1)
NEW_YORK = ZoneInfo("America/New_York")
# Days on which clocks change there and a little later, the ends of months of several lengths, and any.
presents = st.one_of(
    st.sampled_from(
        [
            NOW,
            datetime(2026, 11, 1, 4, 30, tzinfo=UTC),
            datetime(2026, 10, 31, 5, tzinfo=UTC),
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2028, 2, 28, 12, tzinfo=UTC),
        ]
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
)
zones = st.sampled_from([NEW_YORK, UTC, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns")])
steps = st.one_of(
    st.timedeltas(timedelta(), timedelta(hours=3)),
    st.timedeltas(timedelta(), timedelta(days=40)),
    st.timedeltas(timedelta(), timedelta(days=800)),
    st.integers(0, 800).map(lambda days: timedelta(days=days)),
)


def moved(person: History, by: timedelta) -> History:
    """The same person some time later, so that what happened lies near another present."""
    events = tuple(Happened(each.event, each.occurred_at + by, each.properties) for each in person.events)
    traits = {
        name: value + by if isinstance(value, datetime) else value for name, value in person.traits.items()
    }
    return replace(person, events=events, traits=traits, profile_id=1)


def looked_at(
    clock: Clock, turn: datetime | None, near: list[datetime], far: list[timedelta]
) -> list[datetime]:
    """Instants after now and before the turn: some near the moments given, and others; the last is just before it."""
    around = [at + step for at in near for step in (-TICK, timedelta(), TICK)]
    every = [*around, *(clock.now() + step for step in far), *([turn - TICK] if turn else [])]
    return sorted(at for at in every if at > clock.now() and (turn is None or at < turn))


def is_known(rule: Rule, person: History, clock: Clock) -> bool:
    return all(each.edges(person, clock) is not None for each in conditions(rule))


def check(rule: Rule, turn: datetime | None, person: History, clock: Clock, far: list[timedelta]) -> None:
    past = person.until(clock.now())
    now = matches(rule, past, clock)
    near = [at for each in conditions(rule) for at in each.edges(past, clock) or ()]
    for at in looked_at(clock, turn, sorted(near)[:30], far):
        assert matches(rule, past, Clock(clock.zone, at)) is now, f"{describe(rule)} has turned by {at}"
    if turn is not None:
        assert turn > clock.now()
        assert matches(rule, past, Clock(clock.zone, turn)) is not now, f"{describe(rule)} has not turned"


# Rules that only time turns, about events that lie near the edges of their windows.
numbers = st.one_of(st.integers(0, 40), st.integers(0, 40).map(lambda n: n + 0.5))
days_ago = st.one_of(
    st.sampled_from(
        [
            {name: n}
            for name in ("at_least", "at_most", "less_than", "greater_than", "equals")
            for n in (0, 1, 7)
        ]
    ),
    numbers.map(lambda n: {"at_least": n}),
    numbers.map(lambda n: {"equals": n}),
    st.lists(numbers, min_size=2, max_size=2).map(lambda pair: {"between": sorted(pair)}),
    st.lists(numbers, min_size=1, max_size=3).map(lambda some: {"one_of": some}),
)
moments = st.one_of(
    relative.map(lambda text: {"before": text}),
    relative.map(lambda text: {"after": text}),
    spans_back.map(lambda span: {"between": span}),
)
timely = st.one_of(
    counts.map(lambda count: {"did": "purchase"} | count),
    counts.map(lambda count: {"did_on_days": "purchase"} | count),
    moments.map(lambda tests: {"did": "purchase", "where": {"occurred_at": tests}}),
    moments.map(lambda tests: {"first_time": "purchase", "is": tests}),
    moments.map(lambda tests: {"last_time": "purchase", "is": tests}),
    days_ago.map(lambda tests: {"days_since_last": "purchase", "is": tests}),
    numbers.map(lambda n: {"total": "revenue", "of": "purchase", "is": {"at_least": n}}),
    numbers.map(lambda n: {"average": "revenue", "of": "purchase", "is": {"at_most": n}}),
    st.builds(
        lambda gap, count: {"sequence": [{"did": "page"}, {"did": "purchase", "gap": gap}]} | count,
        lengths,
        counts,
    ),
)
windowed = st.builds(
    lambda data, within: data | within,
    timely,
    st.one_of(st.just({}), withins.map(lambda each: {"within": each})),
)
recent = st.lists(
    st.builds(
        lambda event, ago, revenue: (event, ago, revenue),
        st.sampled_from(["purchase", "purchase", "page"]),
        st.one_of(
            st.integers(0, 40).map(lambda n: timedelta(days=n)),
            st.integers(0, 60).map(lambda n: timedelta(hours=n)),
            st.timedeltas(timedelta(), timedelta(days=400)),
        ),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=5,
)


def midnights(clock: Clock) -> list[datetime]:
    """The midnights of the next months in the clock's zone."""
    local = clock.now().astimezone(clock.zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    days = (local + timedelta(days=n) for n in (*range(1, 70), *range(70, 400, 7), *range(250, 740, 30)))
    return [each.replace(tzinfo=clock.zone).astimezone(UTC) for each in days]


@settled(600)
@given(data=windowed, happened=recent, present=presents, zone=zones, far=st.lists(steps, max_size=20))
def test_what_only_time_turns_is_told_to_the_microsecond(
    data: object,
    happened: list[tuple[str, timedelta, int]],
    present: datetime,
    zone: ZoneInfo,
    far: list[timedelta],
) -> None:
    rule, clock = parsed(data), Clock(zone, present)
    assert isinstance(rule, Condition)
    events = tuple(Happened(name, present - ago, {"revenue": float(n)}) for name, ago, n in happened)
    person = History(events, profile_id=1)
    every = [*far, *(each + step - present for each in midnights(clock) for step in (-TICK, timedelta()))]
    check(rule, rule.turns_at(person, clock), person, clock, every)


@settled(300)
@given(data=leaves, person=people, present=presents, zone=zones, far=st.lists(steps, min_size=5, max_size=25))
def test_a_condition_turns_at_that_very_instant_and_not_before(
    data: object, person: History, present: datetime, zone: ZoneInfo, far: list[timedelta]
) -> None:
    rule, clock = parsed(data), Clock(zone, present)
    assert isinstance(rule, Condition)
    [person] = told([moved(person, present - NOW)], [rule])
    assume(is_known(rule, person.until(present), clock))
    check(rule, rule.turns_at(person, clock), person, clock, far)


@settled(300)
@given(data=trees, person=people, present=presents, zone=zones, far=st.lists(steps, min_size=5, max_size=25))
def test_a_rule_turns_at_that_very_instant_and_not_before(
    data: object, person: History, present: datetime, zone: ZoneInfo, far: list[timedelta]
) -> None:
    rule, clock = parsed(data), Clock(zone, present)
    [person] = told([moved(person, present - NOW)], [rule])
    turn = turns_at(rule, person, clock, {})
    if is_known(rule, person.until(present), clock):
        check(rule, turn, person, clock, far)
    else:
        assert turn is None


@settled(300)
@given(
    instant=presents,
    present=presents,
    zone=zones,
    amount=st.sampled_from([1, 2, 7, 13, -1, -7]),
    unit=st.sampled_from(["hours", "days", "weeks", "months", "years"]),
    far=st.lists(steps, min_size=30, max_size=60),
)
def test_every_passing_of_an_instant_is_found(
    instant: datetime, present: datetime, zone: ZoneInfo, amount: int, unit: str, far: list[timedelta]
) -> None:
    clock = Clock(zone, present)
    found = crossings(instant, amount, unit, clock)
    assert all(at < following for at, following in pairwise(found))
    near = [at + step for at in found for step in (-TICK, timedelta(), TICK)]
    around = back(instant, -amount, unit, zone)
    every = [*near, *(present + step for step in far), *(around + step - timedelta(hours=3) for step in far)]
    has_passed = back(present, amount, unit, zone) >= instant
    for at in sorted(each for each in every if each > present):
        n = sum(1 for each in found if each <= at)
        assert (back(at, amount, unit, zone) >= instant) is (has_passed != (n % 2 == 1)), at


def test_it_is_known_for_all_but_what_depends_on_others_or_on_a_query() -> None:
    person, clock = History(profile_id=1), Clock(UTC, NOW)
    unknown = {
        name for name, strategy in OPERATORS.items() if not is_known(parsed(_some(strategy)), person, clock)
    }
    assert unknown == {"household_of", "sql"}


def _some(strategy: st.SearchStrategy[dict[str, object]]) -> object:
    return find(strategy, lambda _: True)
