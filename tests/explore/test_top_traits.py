"""Top traits: shares and certainty as counted by hand, and as published."""

from __future__ import annotations

import pytest
from tests.explore.conftest import HISTORIES
from tests.explore.test_funnel import OnlyMany

from headwater.audiences.example import CLOCK
from headwater.audiences.parse import Audience
from headwater.audiences.rule import matches
from headwater.explore.people import look
from headwater.explore.top_traits import TopTrait, TopTraits, Wanted, top_traits, two_proportions, wilson
from headwater.explore.trait_values import counted
from headwater.tables.workspace import Workspace


@pytest.fixture(scope="module")
def found(explored: Workspace, known: dict[str, Audience]) -> TopTraits:
    return top_traits(Wanted("buyers", top=100), explored, known)


def every(found: TopTraits) -> dict[tuple[str, str], TopTrait]:
    return {(each.trait, each.value): each for each in (*found.over, *found.under)}


def test_counts_are_of_who_has_the_value(found: TopTraits, known: dict[str, Audience]) -> None:
    buyers = [each for each in HISTORIES if matches(known["buyers"].rule, each, CLOCK)]
    assert (found.n_people, found.n_everyone) == (len(buyers), len(HISTORIES))
    for (trait, value), each in every(found).items():
        if trait == "score":
            continue
        inside, everyone = (
            sum(has(history.traits.get(trait), value) for history in people) for people in (buyers, HISTORIES)
        )
        assert (each.n, each.n_everyone) == (inside, everyone)
        assert each.index == pytest.approx(100 * (inside / len(buyers)) / (everyone / len(HISTORIES)))


def has(held: object, value: str) -> bool:
    if isinstance(held, tuple):
        return value in held
    return (str(held).lower() if isinstance(held, bool) else held) == value


def test_numbers_are_told_in_bands_that_hold_everybody(explored: Workspace) -> None:
    found = look(explored)
    bands = list(counted(["score"], found.columns, found.usable, found.usable))
    scores = sorted(history.traits["score"] for history in HISTORIES if "score" in history.traits)
    first = scores[-(-len(scores) // 4) - 1]
    assert len(bands) == 4
    assert sum(each.n_everyone for each in bands) == len(scores)
    assert bands[0].held.value == f"up to {first:.0f}"
    assert bands[0].n_everyone == sum(1 for each in scores if each <= first)
    assert sum(int(each.held.holders().sum()) for each in bands) == len(scores)


def test_what_is_more_and_less_often_is_apart_and_in_order_of_certainty(found: TopTraits) -> None:
    assert all(each.index > 100 and each.z > 0 for each in found.over)
    assert all(each.index < 100 and each.z < 0 for each in found.under)
    for side in (found.over, found.under):
        assert [each.p for each in side] == sorted(each.p for each in side)
    assert found.n_tried >= len(found.over) + len(found.under)


def test_at_most_so_many_are_told_each_way(
    explored: Workspace, known: dict[str, Audience], found: TopTraits
) -> None:
    few = top_traits(Wanted("buyers", top=2), explored, known)
    assert (few.over, few.under) == (found.over[:2], found.under[:2])


def test_traits_that_are_hidden_are_not_compared(explored: Workspace, known: dict[str, Audience]) -> None:
    hidden = top_traits(Wanted("buyers", top=100, hidden={"age", "score"}), explored, known)
    assert {trait for trait, _ in every(hidden)} == {"is_member", "interests"}


def test_a_rule_says_who_they_are_too(
    explored: Workspace, known: dict[str, Audience], found: TopTraits
) -> None:
    by_rule = top_traits(Wanted("", known["buyers"].rule, top=100), explored, known)
    assert (by_rule.over, by_rule.under) == (found.over, found.under)


def test_of_nobody_nothing_is_special(explored: Workspace, known: dict[str, Audience]) -> None:
    nobody = top_traits(Wanted("nobody"), explored, known)
    assert (nobody.n_people, nobody.over, nobody.under) == (0, (), ())


def test_values_of_too_few_people_are_not_told(explored: Workspace, known: dict[str, Audience]) -> None:
    told = top_traits(Wanted("buyers", top=100), explored, known, OnlyMany())
    assert all(each.n >= 30 and each.n_everyone >= 30 for each in (*told.over, *told.under))
    for side in (told.over, told.under):
        assert [(each.trait, each.value) for each in side] == sorted(
            (each.trait, each.value) for each in side
        )


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, table I, method 3.
@pytest.mark.parametrize(
    ("n", "size", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_s_interval_is_as_published(n: int, size: int, low: float, high: float) -> None:
    assert [round(edge, 4) for edge in wilson(n, size)] == [low, high]


def test_z_squared_is_the_chi_square_of_the_table() -> None:
    # Of a fourfold table a, b, c, d: n (ad - bc)^2 over the product of the margins.
    a, b, c, d = 30, 70, 15, 85
    chi_square = 200 * (a * d - b * c) ** 2 / (100 * 100 * 45 * 155)
    assert two_proportions(30, 100, 15, 100) ** 2 == pytest.approx(chi_square)
    assert two_proportions(0, 0, 1, 2) == two_proportions(0, 5, 0, 9) == 0.0
