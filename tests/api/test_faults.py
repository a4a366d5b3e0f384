"""Which status an error of ours is answered with."""

from __future__ import annotations

import pytest

from headwater.api.faults import OURS, fault_of
from headwater.core.errors import (
    Bug,
    BusyError,
    Ground,
    HeadwaterError,
    LargeChangeError,
    NobodyError,
    Problem,
    ProjectError,
    Refusal,
    RuleError,
    StorageError,
    UserError,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UserError("x"), 400),
        (RuleError("x"), 400),
        (Refusal("x"), 403),
        (NobodyError("email"), 404),
        (LargeChangeError("x"), 409),
        (ProjectError([]), 409),
        (Bug("x"), 500),
        (HeadwaterError("x"), 500),
        (BusyError("x"), 503),
        (StorageError("x"), 503),
    ],
)
def test_the_status_says_whose_fault_it_is(error: HeadwaterError, status: int) -> None:
    found = fault_of(error)
    assert found.status == status
    assert ("Retry-After" in found.headers) == (status == 503)
    assert found.error["retryable"] == (status == 503)


def test_what_a_bug_says_is_not_told() -> None:
    assert fault_of(Bug("SELECT 'ann@example.org'")) is OURS


def test_a_refusal_is_told_as_data_without_what_names_people() -> None:
    because = ("trait 'income' (traits/income.yaml:3)", "ann@example.org")
    ground = Ground(
        "label_not_accepted", "mailing", "destination", "crm", "audience rich", "financial", because
    )
    (told,) = fault_of(Refusal("no", grounds=[ground])).error["details"]
    assert told == {**vars(ground), "because": [because[0], told["because"][1]]}
    assert "ann" not in told["because"][1]


def test_values_of_files_are_not_told() -> None:
    problem = Problem("identifiers/email.yaml", 3, "blocked[0]", "is not valid", "ann@example")
    found = fault_of(ProjectError([problem]))
    assert found.error["problems"] == [
        {"path": "identifiers/email.yaml:3 blocked[0]", "message": "is not valid"}
    ]
    assert "ann" not in str(found.error)
