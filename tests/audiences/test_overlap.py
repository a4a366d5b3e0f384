from __future__ import annotations

import numpy as np
import pytest

from headwater.audiences.members import members
from headwater.audiences.overlap import Overlap, overlap
from headwater.audiences.parse import Audience
from headwater.audiences.refresh import refresh
from headwater.core.errors import NotFoundError
from headwater.tables.workspace import Workspace

NAMES = ["coffee", "young", "young_coffee", "nothing"]


@pytest.fixture
def found(workspace: Workspace, audiences: dict[str, Audience]) -> Overlap:
    refresh(audiences, workspace)
    return overlap(NAMES, workspace)


def test_the_diagonal_holds_the_sizes(found: Overlap, workspace: Workspace) -> None:
    assert found.sizes.tolist() == [len(members(name, workspace)) for name in NAMES] == [2, 2, 1, 0]


def test_shared_members_are_counted(found: Overlap) -> None:
    assert found.counts.tolist() == [[2, 1, 1, 0], [1, 2, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]


def test_shares_are_of_the_row(found: Overlap) -> None:
    assert found.shares[0, 2] == 0.5
    assert found.shares[2, 0] == 1.0
    assert np.isnan(found.shares[3]).all()


def test_likeness_is_shared_over_either(found: Overlap) -> None:
    assert found.jaccard[0, 1] == pytest.approx(1 / 3)
    assert np.isnan(found.jaccard[3, 3])


def test_lift_compares_with_chance_over_all_profiles(found: Overlap) -> None:
    assert found.n_profiles == 5
    assert found.lift[0, 1] == pytest.approx(1 * 5 / (2 * 2))
    assert np.isnan(found.lift[0, 3])


def test_an_unknown_audience_is_refused_with_the_nearest(found: Overlap, workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'young'"):
        overlap(["coffee", "yung"], workspace)
