"""What the pages that explore ask: an address is the whole question, and each role is told what it may see."""

from __future__ import annotations

from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from tests.console.asking import Asking

from headwater.access.roles import Role
from headwater.console.builder.drafts import DRAFT
from headwater.console.builder.linked import begun_with, new_audience
from headwater.console.explore.asked import (
    Events,
    Filter,
    FunnelAsked,
    Span,
    TraitsAsked,
    TrendAsked,
    funnel_of,
    traits_of,
    trend_of,
)
from headwater.console.explore.pictures import trend_options
from headwater.console.explore.questions import FUNNEL, PROPERTIES, TRAITS, TREND, WORDS
from headwater.console.explore.shown import funnel_shown, traits_shown, trend_shown
from headwater.core.errors import NotFoundError, ProjectError, UserError

PURCHASES = TrendAsked(Events("purchase"))
some_text = st.text(min_size=1, max_size=20)
filters = st.builds(
    Filter,
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,20}", fullmatch=True),
    st.sampled_from(["equals", "at_least"]),
    some_text,
)
events = st.builds(
    Events,
    some_text,
    st.lists(filters, max_size=3, unique_by=lambda each: (each.name, each.comparison)).map(tuple),
)
spans = st.one_of(
    st.builds(Span, st.sampled_from(["7 days", "ever"])),
    st.builds(Span, st.just("between"), some_text, some_text),
)


def query(address: str) -> dict[str, str]:
    return dict(parse_qsl(address.partition("?")[2], keep_blank_values=True))


@given(events, spans, st.sampled_from(["day", "week"]), st.sampled_from(["", "trait:city", "category"]))
@settings(max_examples=60)
def test_an_address_is_the_whole_trend(happened: Events, span: Span, by: str, split: str) -> None:
    asked = TrendAsked(happened, span, by, "people", split=split, top="10" if split else "5", audience="tea")
    assert trend_of(query(asked.address()), "other") == asked


@given(st.lists(events, min_size=2, max_size=4), spans, st.sampled_from(["", "7 days"]))
@settings(max_examples=60)
def test_an_address_is_the_whole_funnel(steps: list[Events], span: Span, lasting: str) -> None:
    asked = FunnelAsked(tuple(steps), span, lasting, ("coffee_lovers", "hostile"))
    assert funnel_of(query(asked.address()), ("other",)) == asked


def test_an_address_is_the_whole_comparison() -> None:
    asked = TraitsAsked("coffee_lovers", "hostile", "20")
    assert traits_of(query(asked.address()), "other") == asked


def test_a_trend_is_shown_with_its_definition_and_its_sheet(asking: Asking) -> None:
    where = (
        Filter("category", "one_of", "tea, coffee"),
        Filter("revenue", "at_least", "10"),
        Filter("", "equals", ""),
    )
    asked = TrendAsked(Events("purchase", where), Span("ever"), "month", "people", split="category")
    shown = trend_shown(asking.ask(TREND, asked))
    assert shown.definition.command == (
        "headwater explore trend purchase --by month --count people --split category --top 5 "
        "--where '{category: {one_of: [coffee, tea]}, revenue: {at_least: 10}}'"
    )
    rows, columns = shown.sheet
    assert list(columns) == ["period", "kind", "value", "count"]
    assert {row["value"] for row in rows} == {"tea", "coffee"}
    assert shown.tables[0].columns[0].heading == "Month"


def test_a_trend_between_two_days_and_by_a_trait(asking: Asking) -> None:
    asked = TrendAsked(
        Events("purchase"), Span("between", "2026-01-10", "2026-01-20"), "week", split="trait:points"
    )
    answer = asking.ask(TREND, asked)
    assert (answer.begins_before, answer.goes_on) == (True, True)
    shown = trend_shown(answer)
    assert "first and the last week are only in part" in shown.note
    assert shown.definition.command.endswith("question.yaml")
    assert "split_trait: points" in shown.definition.yaml


def test_properties_are_those_of_people_who_may_be_used(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.explore.people.restricted_profiles", lambda _: np.arange(10_000))
    assert asking.ask(PROPERTIES, "purchase", role=Role.ENGINEER) == ()


def test_sums_are_told_to_whom_small_counts_are(asking: Asking) -> None:
    asked = TrendAsked(Events("purchase"), Span("ever"), "month", "sum", "revenue")
    total = asking.ask(TREND, asked).found.series[0].total
    assert total is not None and total > 1_000  # noqa: PT018
    assert not asking.ask(WORDS, role=Role.ANALYST).sees_sums
    with pytest.raises(UserError, match="one person may be most"):
        asking.ask(TREND, asked, role=Role.ANALYST)


def test_values_are_offered_to_whom_they_may_be_told(asking: Asking) -> None:
    category = next(each for each in asking.ask(PROPERTIES, "purchase") if each.name == "category")
    assert set(category.frequent) == {"coffee", "tea", "bread", "cheese", "wine", "soap"}
    assert all(not each.frequent for each in asking.ask(PROPERTIES, "purchase", role=Role.ANALYST))


def test_too_few_people_are_not_told_of(asking: Asking) -> None:
    asked = TrendAsked(Events("purchase"), Span("ever"), "month", audience="nearly_nobody")
    shown = trend_shown(asking.ask(TREND, asked, role=Role.ANALYST))
    assert shown.least == 25
    assert [each.value for each in shown.figures] == ["fewer than 25", "fewer than 25"]
    rows, _ = shown.sheet
    assert {row["count"] for row in rows} == {None}


def test_a_funnel_and_traits_are_shown(asking: Asking) -> None:
    steps = (Events("purchase"), Events("purchase", (Filter("gift", "equals", "yes"),)))
    shown = funnel_shown(asking.ask(FUNNEL, FunnelAsked(steps, Span("ever"), "30 days", ("coffee_lovers",))))
    assert shown.definition.command == "headwater explore funnel question.yaml"
    assert "lasting: 30 days" in shown.definition.yaml
    assert [each.heading for each in shown.tables] == ["Steps of coffee_lovers"]
    told = traits_shown(asking.ask(TRAITS, TraitsAsked("coffee_lovers", "tea_not_coffee")))
    assert told.definition.command == "headwater explore traits coffee_lovers --against tea_not_coffee"
    with pytest.raises(NotFoundError):
        asking.ask(TRAITS, TraitsAsked("no_such"))


@pytest.mark.parametrize("value", ["joe@example.com", "4111 1111 1111 1111"])
def test_nobody_is_named_in_an_address(asking: Asking, value: str) -> None:
    asked = TrendAsked(Events("purchase", (Filter("order_id", "equals", value),)))
    with pytest.raises(UserError, match="names a person"):
        asking.ask(TREND, asked)
    with pytest.raises(UserError, match="names a person"):
        asking.ask(FUNNEL, FunnelAsked((Events("purchase"), asked.events)))


def test_what_cannot_be_asked_is_told(asking: Asking) -> None:
    with pytest.raises(UserError, match="choose an event"):
        asking.ask(TREND, TrendAsked())
    with pytest.raises(ProjectError, match="no event 'no_such'"):
        asking.ask(TREND, TrendAsked(Events("no_such")))


def test_nothing_that_data_says_is_a_key_of_a_chart(asking: Asking) -> None:
    answer = asking.ask(TREND, TrendAsked(Events("purchase"), Span("ever"), "month", split="category"))

    def keys(held: object) -> set[str]:
        if isinstance(held, dict):
            return set(held) | {key for each in held.values() for key in keys(each)}
        return {key for each in held for key in keys(each)} if isinstance(held, list) else set()

    assert not any(
        each.startswith(":") or each in {"tea", "coffee"}
        for each in keys(trend_options(answer.found, answer.zone))
    )


def test_whom_a_chart_counts_are_an_audience(asking: Asking) -> None:
    where = (Filter("category", "equals", "tea"),)
    trend = asking.ask(
        TREND,
        TrendAsked(Events("purchase", where), Span("ever"), "month", "people", audience="coffee_lovers"),
    )
    [(_, rule)] = trend_shown(trend).rules
    text = begun_with(query(new_audience(rule)), "description: ''\n")
    assert asking.ask(DRAFT, text).size == trend.found.series[0].total
    steps = (Events("purchase"), Events("purchase", where), Events("purchase"))
    funnel = asking.ask(FUNNEL, FunnelAsked(steps, Span("12 months"), "7 days"))
    for (words, rule), step in zip(funnel_shown(funnel).rules, funnel.found.ways[0].steps, strict=True):
        draft = asking.ask(DRAFT, begun_with(query(new_audience(rule)), "description: ''\n"))
        assert (words, draft.problems, draft.size) == (words, (), step.n)


@pytest.mark.parametrize("said", ["", "[1]", "{", '"tea"', '{"a":' * 1_500])
def test_what_is_no_rule_begins_no_audience(said: str) -> None:
    assert begun_with({"rule": said}, "rule: {did: page}\n") == "rule: {did: page}\n"
