"""Whoever may be used for nothing, or is about to be erased, is counted nowhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.explore.test_funnel import asked as funnel_of
from tests.explore.test_trend import asked as trend_of

from headwater.audiences.parse import Audience
from headwater.engine.bitmaps import Ids
from headwater.explore import people
from headwater.explore.funnel import funnel
from headwater.explore.top_traits import Wanted, top_traits
from headwater.explore.trend import trend
from headwater.tables.workspace import Workspace

Known = dict[str, Audience]
BARRED = np.array([3, 7, 11, 999], dtype=np.int64)


def n_of_trend(explored: Workspace, known: Known) -> tuple[int | None, ...]:
    found = trend(trend_of({"did": "page", "by": "month", "count": "people"}), explored, known)
    return found.n_people, found.series[0].total


def n_of_funnel(explored: Workspace, known: Known) -> tuple[int | None, ...]:
    found = funnel(funnel_of({"funnel": [{"did": "page"}, {"did": "basket"}]}), explored, known)
    return found.ways[0].n_people, found.ways[0].steps[0].n


def n_of_traits(explored: Workspace, known: Known) -> tuple[int | None, ...]:
    found = top_traits(Wanted("", known["buyers"].rule), explored, known)
    return (found.n_everyone,)


@pytest.mark.parametrize("kind", ["restricted_profiles", "suppressed_profiles"])
@pytest.mark.parametrize("asked", [n_of_trend, n_of_funnel, n_of_traits])
def test_barred_people_are_counted_nowhere(
    explored: Workspace,
    known: Known,
    kind: str,
    asked: Callable[[Workspace, Known], tuple[int | None, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = asked(explored, known)

    def barred(_workspace: Workspace) -> Ids:
        return BARRED

    monkeypatch.setattr(people, kind, barred)
    after = asked(explored, known)
    assert (before[0] or 0) - (after[0] or 0) == 3
    assert (after[-1] or 0) < (before[-1] or 0)
