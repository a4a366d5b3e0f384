"""Noisy counts are about right, tell no more than they may, and are refused in words without the library."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from headwater.core.errors import UserError
from headwater.privacy.anonymity.noisy import (
    Privately,
    _laplace,
    _thresholded,
    expect_library,
    interval,
    noisy_count,
    noisy_counts,
)


@pytest.mark.parametrize("epsilon", [0.001, 0.1, 0.5, 20])
def test_it_tells_no_more_than_it_may(epsilon: float) -> None:
    assert 0.99 * epsilon < _laplace(epsilon).map(1) <= epsilon
    told, may_fail = _thresholded(Privately(epsilon)).map((1, 1, 1))
    assert told <= epsilon
    assert may_fail <= 1e-6


def test_counts_are_about_right_and_not_exact() -> None:
    found = [noisy_count(1_000, Privately(0.5)) for _ in range(60)]
    assert len(set(found)) > 3
    assert abs(np.mean(found) - 1_000) < 5
    assert sum(abs(each - 1_000) <= interval(0.5) for each in found) > 45


def test_what_few_people_have_is_not_told() -> None:
    found = noisy_counts({"coffee": 1_000, "rare": 1}, Privately(0.5))
    assert set(found) == {"coffee"}
    assert noisy_counts({}, Privately(0.5)) == {}


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendp.domains", None)
    with pytest.raises(UserError) as refused:
        expect_library()
    assert "headwater[dp]" in str(refused.value.next_step)
