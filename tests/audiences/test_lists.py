"""Lists that people upload: whatever kind of identifier is on them, but evidence that names nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.audiences.lists import upload
from headwater.core.errors import NotFoundError
from headwater.core.project import open_project
from headwater.tables.rejection import Reason
from headwater.tables.workspace import work


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    path = tmp_path / "callers.csv"
    path.write_text("n,tel\n1,+49 30 12345678\n2,tel:+49-30-12345678\n3,030 12345678\n4,\n")
    return path


def test_phones_on_a_list_are_compared_in_one_spelling(file: Path) -> None:
    with work(open_project(file.parent)) as workspace:
        listed = upload("callers", file, "phone=tel", workspace)
    assert (listed.n_rows, listed.n_valid, listed.n_distinct) == (4, 2, 1)
    assert listed.rejected == {Reason.INVALID_IDENTIFIER.value: 1, Reason.MISSING_VALUE.value: 1}


def test_evidence_that_names_nobody_makes_no_list(file: Path) -> None:
    with (
        work(open_project(file.parent)) as workspace,
        pytest.raises(NotFoundError, match="no kind of identifier 'postal'"),
    ):
        upload("callers", file, "postal=tel", workspace)
