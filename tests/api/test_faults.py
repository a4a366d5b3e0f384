"""Which status an error of ours is answered with."""

from __future__ import annotations

import pytest

from headwater.api.faults import OURS, fault_of
from headwater.core.errors import (
    Bug,
    BusyError,
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


def test_values_of_files_are_not_told() -> None:
    problem = Problem("identifiers/email.yaml", 3, "blocked[0]", "is not valid", "ann@example")
    found = fault_of(ProjectError([problem]))
    assert found.error["problems"] == [
        {"path": "identifiers/email.yaml:3 blocked[0]", "message": "is not valid"}
    ]
    assert "ann" not in str(found.error)
