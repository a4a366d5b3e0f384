"""Counts told apart by a trait, and sums, are those of going through everybody's events one by one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tests.explore.conftest import HISTORIES
from tests.explore.test_funnel import VOCABULARY, OnlyMany
from tests.explore.test_trend import THERE

from headwater.audiences.lineage import Lineage
from headwater.audiences.parse import Audience
from headwater.audiences.rule import matches
from headwater.audiences.values import ValueType
from headwater.core.documents import Document
from headwater.core.errors import Refusal, UserError
from headwater.explore.hidden import expect_shown, hidden_traits
from headwater.explore.question import Trend, read_trend
from headwater.explore.top_traits import Wanted, top_traits, two_proportions
from headwater.explore.trend import trend
from headwater.privacy.labels import Label, Origin
from headwater.tables.workspace import Workspace

WORDS = replace(
    VOCABULARY, traits={"age": ValueType.TEXT, "interests": ValueType.TEXTS, "is_member": ValueType.BOOLEAN}
)
SECRET = frozenset({Origin(Label.FINANCIAL, "of money")})


def asked(said: dict[str, object]) -> Trend:
    found = read_trend(Document("the question", "", said), WORDS)
    assert isinstance(found, Trend), found
    return found


def test_events_are_told_apart_by_what_their_people_have(
    explored: Workspace, known: dict[str, Audience]
) -> None:
    question = asked({"did": "page", "by": "month", "split_trait": "age", "top": 2})
    found = trend(question, explored, known)
    counts: dict[object, int] = {}
    for each in HISTORIES:
        age = each.traits.get("age")
        counts[age] = counts.get(age, 0) + len(list(question.happenings.of(each, THERE)))
    best = sorted((age for age in counts if age), key=lambda age: (-counts[age], str(age)))
    told = {(each.kind, each.value): each.total for each in found.series}
    assert told == {
        ("value", best[0]): counts[best[0]],
        ("value", best[1]): counts[best[1]],
        ("others", None): counts[best[2]],
        ("missing", None): counts[None],
    }


@pytest.mark.parametrize("split", [None, "category"])
def test_a_sum_is_of_the_numbers_that_the_property_has(
    explored: Workspace, known: dict[str, Audience], split: str | None
) -> None:
    said = {"did": "purchase", "by": "week", "count": "sum", "of": "revenue", "audience": "buyers"}
    found = trend(asked(said | ({"split": split} if split else {})), explored, known)
    buyers = [each for each in HISTORIES if matches(known["buyers"].rule, each, THERE)]
    done = [event for each in buyers for event in found.question.happenings.of(each, THERE)]
    assert sum(each.total or 0 for each in found.series) == math.fsum(
        float(event.properties.get("revenue", 0))
        for event in done  # type: ignore[arg-type]
    )
    for series in found.series:
        assert sum(each or 0 for each in series.counts) == series.total


def test_a_sum_is_not_told_to_who_may_not_see_small_counts(
    explored: Workspace, known: dict[str, Audience]
) -> None:
    said = {"did": "purchase", "count": "sum", "of": "revenue"}
    with pytest.raises(UserError, match="one person may be most of it"):
        trend(asked(said), explored, known, OnlyMany())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"count": "sum"}, "a sum is of a property"),
        ({"of": "revenue"}, "is the property that a sum is of"),
        ({"count": "sum", "of": "category"}, "is no number"),
        ({"split": "category", "split_trait": "age"}, "not by both"),
        ({"split_trait": "interests"}, "is a list"),
        ({"split_trait": "no_such"}, "there is no trait 'no_such'"),
    ],
)
def test_what_makes_no_sense_is_told(said: dict[str, object], message: str) -> None:
    found = read_trend(Document("the question", "", {"did": "purchase", **said}), WORDS)
    assert isinstance(found, list)
    assert any(message in str(each) for each in found), found


def test_what_is_hidden_tells_nothing_apart() -> None:
    lineage = Lineage(traits={"age": SECRET}, events={"purchase": {"revenue": SECRET}})
    for said in ({"split_trait": "age"}, {"split": "revenue"}, {"count": "sum", "of": "revenue"}):
        question = asked({"did": "purchase", **said})
        with pytest.raises(Refusal, match="carries financial"):
            expect_shown(question, lineage, frozenset({Label.LOCATION}))
        expect_shown(question, lineage, frozenset({Label.FINANCIAL}))
    assert hidden_traits(lineage, frozenset()) == {"age"}


def test_an_audience_is_compared_with_another_one(explored: Workspace, known: dict[str, Audience]) -> None:
    found = top_traits(Wanted("buyers", top=100, against="young"), explored, known)
    inside, others = (
        [each for each in HISTORIES if matches(known[name].rule, each, THERE)] for name in ("buyers", "young")
    )
    assert (found.n_people, found.n_everyone, found.against) == (len(inside), len(others), "young")
    apart = [each for each in others if each not in inside]
    for each in (*found.over, *found.under):
        if each.trait != "age":
            continue
        n, n_others, n_apart = (
            sum(one.traits.get("age") == each.value for one in people) for people in (inside, others, apart)
        )
        assert (each.n, each.n_everyone) == (n, n_others)
        assert each.z == pytest.approx(two_proportions(n, len(inside), n_apart, len(apart)))
