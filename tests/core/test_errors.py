"""Errors answer four questions and never come as a surprise to a program."""

from __future__ import annotations

import pytest

from headwater.core.errors import (
    HeadwaterError,
    NotFoundError,
    Problem,
    ProjectError,
    StorageError,
    nearest,
    suggest,
    together,
)


def every_error() -> list[type[HeadwaterError]]:
    found, waiting = [], [HeadwaterError]
    while waiting:
        error = waiting.pop()
        found.append(error)
        waiting += error.__subclasses__()
    return found


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_says_whose_fault_it_is_and_what_a_command_exits_with(
    error: type[HeadwaterError],
) -> None:
    assert error.exit_code == {"user": 2, "privacy": 3, "environment": 4, "headwater": 70}[error.blame]
    assert error.is_retryable == (error.blame == "environment")


def test_codes_are_unique() -> None:
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))


def test_problems_are_listed_by_file_and_line() -> None:
    late = Problem(
        "audiences/b.yaml", 9, "rule.all[0]", "unknown key 'evnet'", "'x'", "did you mean 'event'?"
    )
    early = Problem("audiences/b.yaml", 2, "name", "is missing")
    whole = Problem("audiences/a.yaml", 0, "", "is not UTF-8 text")
    assert str(ProjectError([late, early, whole])).splitlines() == [
        "3 problems in the project",
        "  audiences/a.yaml: is not UTF-8 text",
        "  audiences/b.yaml:2 at name: is missing",
        "  audiences/b.yaml:9 at rule.all[0]: unknown key 'evnet' (found 'x'); did you mean 'event'?",
    ]


def test_the_json_form_of_a_project_error_holds_each_problem() -> None:
    told = ProjectError([Problem("headwater.yaml", 3, "now", "is no date")]).as_dict()
    assert told["code"] == "project_invalid"
    assert told["problems"] == [
        {
            "file": "headwater.yaml",
            "line": 3,
            "path": "now",
            "message": "is no date",
            "value": "",
            "expected": "",
        }
    ]


def test_a_missing_name_is_met_with_the_nearest_one() -> None:
    error = NotFoundError("audience", "loyl_buyers", ["lapsed", "loyal_buyers"])
    assert str(error) == "there is no audience 'loyl_buyers'; did you mean 'loyal_buyers'?"


def test_suggestions_for_an_empty_and_for_a_long_list() -> None:
    assert suggest("x", []) == "none is defined yet"
    assert suggest("zzz", [f"a{number:02}" for number in range(20)], most=2) == "known: a00, a01, … (18 more)"


def test_names_of_another_case_are_near() -> None:
    assert nearest("PURCHASE", ["purchase", "page"]) == "purchase"


def test_several_failures_are_one_error_of_the_kind_of_the_first():
    first = NotFoundError("audience", "x", ["y"])
    whole = together([first, StorageError("the disk is full", next_step="free some")])
    assert type(whole) is NotFoundError
    assert whole.exit_code == 2
    assert str(whole) == whole.message
    assert whole.message.splitlines() == [
        "2 failures",
        f"  {first.message}",
        "  the disk is full; next: free some",
    ]
    assert whole.next_step is None
    assert together([first]) is first


def test_of_very_many_names_the_nearest_is_found_as_of_few() -> None:
    many = [f"Event number {number}" for number in range(5_000)] + ["purchase", "Order Completed"]
    assert nearest("purchas", many) == "purchase"
    assert nearest("Order Complete", many) == "Order Completed"
    assert nearest("Event numbr 4321", many) == "Event number 4321"
    assert nearest("xyz", many) is None
