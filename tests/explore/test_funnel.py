"""Funnels count what trying every attempt one after the other counts."""

from __future__ import annotations

from datetime import timedelta
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from tests.explore.conftest import HISTORIES

from headwater.audiences.columns import parting
from headwater.audiences.example import CLOCK
from headwater.audiences.history import History
from headwater.audiences.parse import Audience
from headwater.audiences.rule import matches
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.documents import Document
from headwater.core.errors import NotFoundError
from headwater.engine.bitmaps import Ids
from headwater.explore.funnel import Reached, attempts, funnel
from headwater.explore.question import Funnel, read_funnel
from headwater.privacy.anonymity.counts import Exact
from headwater.tables.workspace import Workspace

VOCABULARY = Vocabulary(
    audiences=frozenset({"buyers", "young", "nobody"}), traits={"is_member": ValueType.BOOLEAN}
)


def best(steps: list[list[int]], lasting: int | None) -> list[int]:
    """The moments of the attempt that comes farthest, the earliest of several: what a funnel is, word for word."""
    found: list[int] = []
    for start in sorted(steps[0]):
        way = [start]
        for step in steps[1:]:
            later = [at for at in step if at > way[-1] and (lasting is None or at - start <= lasting)]
            if not later:
                break
            way.append(min(later))
        if len(way) > len(found):
            found = way
    return found


people = st.lists(
    st.lists(st.lists(st.integers(0, 12), max_size=5), min_size=3, max_size=3), min_size=1, max_size=4
)


@given(
    people,
    st.none() | st.integers(1, 8),
    st.lists(st.integers(0, 2), min_size=2, max_size=4),
    st.sampled_from([1, 5, 1 << 18]),
)
@settings(max_examples=200)
def test_attempts_are_those_of_the_reference(
    world: list[list[list[int]]], lasting: int | None, which: list[int], rows_at_once: int
) -> None:
    events = []
    for number in range(3):
        rows = sorted((at, who) for who, own in enumerate(world, start=1) for at in own[number])
        who, at = np.array([row[1] for row in rows], np.int32), np.array([row[0] for row in rows], np.int64)
        events.append((who, at))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parting, "ROWS_AT_ONCE", rows_at_once)
        made = attempts([events[number] for number in which], lasting, len(world) + 1)
    found = {
        int(who): at[:n].tolist() for who, n, at in zip(made.who, made.n_steps.tolist(), made.at, strict=True)
    }
    wanted = {who: best([own[number] for number in which], lasting) for who, own in enumerate(world, start=1)}
    assert found == {who: way for who, way in wanted.items() if way}


def asked(said: dict[str, object]) -> Funnel:
    found = read_funnel(Document("the question", "", said), VOCABULARY)
    assert isinstance(found, Funnel), found
    return found


def by_hand(
    question: Funnel, histories: list[History], lasting: timedelta | None
) -> list[tuple[int, float | None]]:
    """How many reached each step, and the median of the seconds since the step before."""
    ways = []
    for history in histories:
        steps = [
            [round(each.occurred_at.timestamp()) for each in step.of(history, CLOCK)]
            for step in question.steps
        ]
        ways.append(best(steps, round(lasting.total_seconds()) if lasting else None))
    found: list[tuple[int, float | None]] = []
    for number in range(len(question.steps)):
        there = [way for way in ways if len(way) > number]
        taken = [way[number] - way[number - 1] for way in there] if number else []
        found.append((len(there), median(taken) if taken else None))
    return found


@pytest.mark.parametrize("lasting", [None, "3 days", "20 days"])
@pytest.mark.parametrize("audience", ["", "buyers"])
def test_a_funnel_counts_what_its_people_did(
    explored: Workspace, known: dict[str, Audience], lasting: str | None, audience: str
) -> None:
    said: dict[str, object] = {
        "funnel": [
            {"did": "page"},
            {"did": "basket", "where": {"category": ["COFFEE", "TEA"]}},
            {"did": "purchase"},
        ],
        "within": {"last": "90 days"},
    }
    question = asked(
        said | ({"lasting": lasting} if lasting else {}) | ({"audiences": [audience]} if audience else {})
    )
    [way] = funnel(question, explored, known).ways
    members = [each for each in HISTORIES if not audience or matches(known[audience].rule, each, CLOCK)]
    length = timedelta(days=int(lasting.split()[0])) if lasting else None
    assert way.n_people == len(members)
    assert [(each.n, each.median_seconds) for each in way.steps] == by_hand(question, members, length)
    assert way.steps[0].n


def test_shares_are_of_the_first_step_and_of_the_one_before(
    explored: Workspace, known: dict[str, Audience]
) -> None:
    [way] = funnel(
        asked({"funnel": [{"did": "page"}, {"did": "basket"}, {"did": "purchase"}]}), explored, known
    ).ways
    first, second, third = (each.n or 0 for each in way.steps)
    assert [each.share for each in way.steps] == [1.0, second / first, third / first]
    assert [each.share_of_previous for each in way.steps] == [1.0, second / first, third / second]


def test_each_audience_has_a_way_and_nobody_s_is_empty(
    explored: Workspace, known: dict[str, Audience]
) -> None:
    said = {"funnel": [{"did": "page"}, {"did": "purchase"}], "audiences": ["young", "nobody"]}
    young, nobody = funnel(asked(said), explored, known).ways
    assert (young.audience, nobody.audience, nobody.n_people) == ("young", "nobody", 0)
    assert [(each.n, each.share, each.median_seconds) for each in nobody.steps] == [(0, None, None)] * 2


class OnlyMany:
    """Tells of no fewer than thirty."""

    def number(self, n: int, place: str) -> int | None:
        return n if n >= 30 else None

    def crowd(self, people: Ids) -> int | None:
        return self.number(len(people), "")


def test_of_too_few_people_nothing_follows(explored: Workspace, known: dict[str, Audience]) -> None:
    said = {"funnel": [{"did": "page"}, {"did": "basket"}, {"did": "purchase"}], "lasting": "1 days"}
    hidden = funnel(asked(said), explored, known, OnlyMany()).ways[0].steps
    plain = funnel(asked(said), explored, known, Exact()).ways[0].steps
    assert [each.n for each in hidden] == [each.n if each.n and each.n >= 30 else None for each in plain]
    assert hidden[-1] == Reached("purchase", None, None, None, None)


def test_an_unknown_audience_is_refused(explored: Workspace, known: dict[str, Audience]) -> None:
    question = Funnel(asked({"funnel": [{"did": "page"}, {"did": "basket"}]}).steps, None, ("yung",))
    with pytest.raises(NotFoundError, match="young"):
        funnel(question, explored, known)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"funnel": [{"did": "page"}]}, "must be a list of 2 to 10 steps"),
        ({"funnel": [{"did": "page"}, {"dit": "page"}]}, "unknown key 'dit'"),
        ({"funnel": [{"did": "page"}, "page"]}, "must hold keys and values"),
        ({"funnel": [{"did": "page"}] * 2, "lasting": "soon"}, "must be an amount of elapsed time"),
        ({"funnel": [{"did": "page"}] * 2, "audiences": ["yung"]}, "there is no audience 'yung'"),
        ({"funnel": [{"did": "page"}] * 2, "rule": {"dit": 1}}, "there is no operator 'dit'"),
        ({"funnel": [{"did": "page"}] * 2, "within": {"last": 3}}, "within"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_every_mistake_in_a_question_is_told(said: dict[str, object], wrong: str) -> None:
    found = read_funnel(Document("the question", "", said), VOCABULARY)
    assert isinstance(found, list)
    assert any(wrong in str(each) for each in found)


def test_a_question_is_said_as_it_was_read() -> None:
    said = {
        "funnel": [{"did": "page", "where": {"category": {"equals": "TEA"}}}, {"did": "purchase"}],
        "lasting": "7 days", "within": {"last": "90 days"}, "audiences": ["young"],
        "rule": {"did": "page", "at_least": 2},
    }  # fmt: skip
    question = asked(said)
    assert asked(question.to_data()) == question
    assert question.describe() == (
        'page where (category equals "TEA"), then purchase, all in 7 days, in the last 90 days; of young; '
        "of who meets: did page at least 2 times at any time"
    )
