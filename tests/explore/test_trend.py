"""Counts over time are those of going through everybody's events one by one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st
from tests.explore.conftest import HISTORIES
from tests.explore.test_funnel import VOCABULARY, OnlyMany

from headwater.audiences.example import CLOCK
from headwater.audiences.history import Happened
from headwater.audiences.parse import Audience
from headwater.audiences.rule import matches
from headwater.core.clock import Clock, beginning
from headwater.core.documents import Document
from headwater.core.errors import UserError
from headwater.explore.periods import period_starts
from headwater.explore.question import Trend, read_trend
from headwater.explore.splits import MISSING, OTHERS
from headwater.explore.trend import Series, trend
from headwater.tables.workspace import Workspace

ZONE = ZoneInfo("Europe/Berlin")
THERE = Clock(ZONE, CLOCK.now())


def asked(said: dict[str, object]) -> Trend:
    found = read_trend(Document("the question", "", said), VOCABULARY)
    assert isinstance(found, Trend), found
    return found


def value_of(event: Happened, name: str) -> object:
    """The property as it is told apart: a list is no value, and 2 is 2.0."""
    found = event.properties.get(name)
    if isinstance(found, (str, bool)) or found is None:
        return found
    return float(found) if isinstance(found, (int, float)) else None


def start_of(moment: datetime, period: str) -> datetime:
    if period == "hour":
        return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return beginning(moment, period, ZONE)


questions = st.fixed_dictionaries(
    {
        "did": st.sampled_from(["page", "purchase"]),
        "by": st.sampled_from(["day", "week", "month"]),
        "count": st.sampled_from(["events", "people"]),
    },
    optional={
        "where": st.sampled_from([{"category": "TEA"}, {"revenue": {"at_least": 12}}]),
        "within": st.sampled_from(
            [{"last": "40 days"}, {"this": "month"}, {"between": ["2017-05-01", "2017-05-20"]}]
        ),
        "split": st.sampled_from(["category", "size", "revenue"]),
        "top": st.integers(1, 6),
        "audience": st.sampled_from(["buyers", "nobody"]),
        "rule": st.just({"trait": "is_member", "is": True}),
    },
)


@given(said=questions)
@settings(max_examples=40)
def test_counts_are_those_of_the_reference(
    explored: Workspace, known: dict[str, Audience], said: dict[str, object]
) -> None:
    question = asked(said)
    found = trend(question, explored, known)
    members = [
        each
        for each in HISTORIES
        if (not question.audience or matches(known[question.audience].rule, each, THERE))
        and (question.rule is None or matches(question.rule, each, THERE))
    ]
    done = [(n, event) for n, each in enumerate(members) for event in question.happenings.of(each, THERE)]
    assert found.n_people == len(members)
    assert sum(series.total or 0 for series in found.series) >= len({n for n, _ in done})
    for series in found.series:
        own = [(n, event) for n, event in done if is_in(event, series, found.series, question)]
        wanted = [
            [n for n, event in own if start_of(event.occurred_at, question.period) == start]
            for start in found.starts
        ]
        counted = [set(each) if question.counted == "people" else each for each in wanted]
        assert series.counts == tuple(map(len, counted))
        assert series.total == (len({n for n, _ in own}) if question.counted == "people" else len(own))


def is_in(event: Happened, series: Series, every: tuple[Series, ...], question: Trend) -> bool:
    if series.kind == "all":
        return True
    value = value_of(event, question.split[0].name)
    named = [(type(each.value), each.value) for each in every if each.kind == "value"]
    own = (type(value), value)
    match series.kind:
        case "value":
            return own == (type(series.value), series.value)
        case "missing":
            return value is None
        case _:
            return value is not None and own not in named


def test_the_most_frequent_values_come_first_then_others_then_missing(
    explored: Workspace, known: dict[str, Audience]
) -> None:
    found = trend(asked({"did": "page", "by": "month", "split": "category", "top": 2}), explored, known)
    pages = [each for history in HISTORIES for each in history.events if each.event == "page"]
    past = [each for each in pages if each.occurred_at <= CLOCK.now()]
    counts = Counter(each.properties.get("category") for each in past)
    del counts[None]
    best = sorted(counts, key=lambda name: (-counts[name], str(name)))[:2]
    assert [each.kind for each in found.series] == ["value", "value", OTHERS, MISSING]
    assert [each.value for each in found.series[:2]] == best


def test_a_day_on_which_clocks_change_has_its_own_hours() -> None:
    begin = datetime(2026, 10, 25, tzinfo=ZONE)
    assert len(period_starts(begin, begin + timedelta(hours=23), "hour", ZONE)) - 1 == 25
    days = period_starts(begin, datetime(2026, 10, 26, 12, tzinfo=ZONE), "day", ZONE)
    assert [b - a for a, b in pairwise(days)] == [timedelta(hours=25), timedelta(hours=24)]


def test_hours_begin_on_the_hour_after_a_change_by_half_of_one() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # back by thirty minutes on 5 April 2026
    begin = datetime(2026, 4, 5, tzinfo=zone)
    starts = period_starts(begin, begin + timedelta(hours=5), "hour", zone)
    minutes = [each.astimezone(zone).minute for each in starts]
    assert minutes == [0, 0, 30, *[0] * (len(starts) - 3)], "what is left of the hour, then whole ones again"


@given(
    st.datetimes(datetime(2016, 1, 1), datetime(2026, 1, 1)),
    st.sampled_from(["hour", "day", "week", "month"]),
    st.integers(0, 90),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]),
)
@settings(max_examples=100)
def test_periods_follow_each_other_without_gaps_and_hold_both_ends(
    first: datetime, period: str, more: int, zone: str
) -> None:
    begin = first.replace(tzinfo=UTC)
    last = begin + timedelta(**{"hours" if period == "hour" else "days": more})
    starts = period_starts(begin, last, period, ZoneInfo(zone))
    assert starts[0] <= begin < starts[1]
    assert starts[-2] <= last < starts[-1]
    assert list(starts) == sorted(set(starts))


def test_no_period_begins_with_the_last_moment_unless_something_happened_in_it(
    explored: Workspace, known: dict[str, Audience]
) -> None:
    now, seen = CLOCK.now(), set()
    for name in ("page", "basket", "purchase"):
        found = trend(asked({"did": name, "by": "hour", "within": {"last": "3 days"}}), explored, known)
        happened = any(
            each.event == name and each.occurred_at == now for history in HISTORIES for each in history.events
        )
        assert found.starts[-1] == (now if happened else now - timedelta(hours=1))
        assert found.ends == found.starts[-1] + timedelta(hours=1)
        seen.add(happened)
    assert False in seen


def test_too_many_periods_are_refused(explored: Workspace, known: dict[str, Audience]) -> None:
    with pytest.raises(UserError, match="more than 2,000 periods of one hour"):
        trend(asked({"did": "page", "by": "hour"}), explored, known)


def test_of_too_few_people_no_events_are_told(explored: Workspace, known: dict[str, Audience]) -> None:
    said = {"did": "page", "by": "month"}
    hidden = trend(asked(said), explored, known, OnlyMany()).series[0]
    people = trend(asked(said | {"count": "people"}), explored, known).series[0]
    events = trend(asked(said), explored, known).series[0]
    assert hidden.counts == tuple(
        n if many and n and many >= 30 else None for n, many in zip(events.counts, people.counts, strict=True)
    )
    assert None in hidden.counts
    assert hidden.total == events.total


def test_whoever_may_not_see_small_counts_gets_only_so_many_at_once(
    explored: Workspace, known: dict[str, Audience]
) -> None:
    said = {"did": "page", "by": "hour", "within": {"last": "14 days"}}
    assert len(trend(asked(said), explored, known).starts) > 300
    with pytest.raises(UserError, match="counts, and whoever may not see small ones gets 300"):
        trend(asked(said), explored, known, OnlyMany())


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"did": "page", "by": "year"}, "by"),
        ({"by": "day"}, "'did' is missing"),
        ({"did": "page", "split": "occurred_at"}, "its values cannot be told apart"),
        ({"did": "page", "split": "a b"}, "cannot be the name of a property"),
        ({"did": "page", "audience": "yung"}, "there is no audience 'yung'"),
        ({"did": "page", "where": {"category": {"is_like": 1}}}, "there is no comparison 'is_like'"),
        ({"did": "page", "top": 99}, "top"),
        ({"did": "page", "rule": {}}, "must be a condition"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_every_mistake_in_a_question_is_told(said: dict[str, object], wrong: str) -> None:
    found = read_trend(Document("the question", "", said), VOCABULARY)
    assert isinstance(found, list)
    assert any(wrong in str(each) for each in found)


@given(questions)
@settings(max_examples=30)
def test_a_question_is_said_as_it_was_read(said: dict[str, object]) -> None:
    question = asked(said)
    assert asked(question.to_data()) == question
    assert question.describe()
