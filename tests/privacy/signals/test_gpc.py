"""Global Privacy Control is set by what the specification has, and by nothing else."""

from __future__ import annotations

import pytest

from headwater.privacy.signals.gpc import flag_is_set, header_is_set


@pytest.mark.parametrize(
    ("value", "is_set"),
    [("1", True), (None, False), ("", False), ("0", False), ("true", False), (" 1", False), ("1, 1", False)],
)
def test_a_header(value, is_set):
    assert header_is_set(value) is is_set


@pytest.mark.parametrize("value", [True, 1, "1"])
def test_a_flag_that_is_set(value):
    assert flag_is_set(value) is True


@pytest.mark.parametrize(
    "value", [False, 0, "0", None, "", "true", "yes", 2, 1.0, [1], {"1": 1}, object], ids=repr
)
def test_a_flag_that_is_not_set(value):
    assert flag_is_set(value) is False
