from __future__ import annotations

import math

import pytest

from headwater.audiences.chosen import by_rules
from headwater.audiences.compare import Comparison, Difference, compare, interval
from headwater.audiences.parse import Audience
from headwater.tables.workspace import Workspace


def compared(workspace: Workspace, audiences: dict[str, Audience], *names: str, least: int = 1) -> Comparison:
    members = by_rules({name: audiences[name] for name in names}, workspace, audiences)
    return compare(names[0], members, workspace, *names[1:], least_people=least)


def of(found: Comparison, name: str) -> dict[str, Difference]:
    return {each.value: each for each in found.differences if each.name == name}


def test_shares_are_of_everyone_even_of_who_has_no_value(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    found = compared(workspace, audiences, "coffee")
    ages = of(found, "age")
    assert (found.size, found.reference_size) == (2, 5)
    assert {value: (each.n, each.n_reference) for value, each in ages.items()} == {
        "25-34": (1, 2),
        "45-54": (0, 1),
    }
    assert ages["25-34"].index == pytest.approx(100 * (1 / 2) / (2 / 5))
    assert (ages["45-54"].index, ages["45-54"].low) == (0, 0)


def test_what_lies_after_now_was_not_done_yet(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    categories = of(compared(workspace, audiences, "coffee"), "category")
    assert {value: (each.n, each.n_reference) for value, each in categories.items()} == {
        "COFFEE": (2, 3),
        "TEA": (0, 1),
    }


def test_booleans_and_bands_of_numbers_are_values(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    found = compared(workspace, audiences, "coffee", "young")
    assert found.reference == "young"
    everyone = compared(workspace, audiences, "coffee")
    assert (of(everyone, "is_member")["true"].n, of(everyone, "score")["up to 3"].n) == (0, 1)


def test_each_text_of_a_list_is_a_value(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    interests = of(compared(workspace, audiences, "coffee"), "interests")
    assert {value: (each.n, each.n_reference) for value, each in interests.items()} == {
        "tea": (1, 2),
        "books": (0, 1),
    }
    assert interests["tea"].index == pytest.approx(100 * (1 / 2) / (2 / 5))


def test_a_value_nobody_of_the_reference_has_is_without_index_and_end(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    tea = of(compared(workspace, audiences, "young", "coffee"), "category")["TEA"]
    assert (tea.index, tea.high, tea.n_reference) == (None, math.inf, 0)


def test_values_that_may_name_a_person_are_left_out(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    assert compared(workspace, audiences, "coffee", least=5).differences == ()


def test_an_empty_audience_differs_in_nothing(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    assert compared(workspace, audiences, "nothing").differences == ()


def test_the_interval_is_that_of_the_log_method() -> None:
    # 30 of 100 against 15 of 100: ratio 2, standard error sqrt(1/30 - 1/100 + 1/15 - 1/100) = 0.28284...
    low, high = interval(30, 100, 15, 100)
    error = math.sqrt(0.08)
    assert (low, high) == pytest.approx(
        (2 * math.exp(-1.959964 * error), 2 * math.exp(1.959964 * error)), rel=1e-6
    )


def test_only_what_chance_rarely_does_is_marked_and_comes_first() -> None:
    def found(low: float, high: float) -> bool:
        return Difference("trait", "age", "x", 1, 1, 0.1, 0.1, 100, low, high).is_marked

    assert [found(101, 300), found(20, 99), found(99, 101), found(100, 200)] == [True, True, False, False]
