"""Files for others and from them: by whatever name they are asked for, nothing outside their folder is reached."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from headwater.core.errors import NotFoundError, StorageError, UserError
from headwater.core.project import Project, open_project
from headwater.flow.exchange import FOLDER, exchange_folder, file_to_read, file_to_write


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("exchange")
    (root / "headwater.yaml").write_text("project: shop\n")
    return open_project(root)


@given(st.text(max_size=8) | st.text("./a~\\\x00\n", max_size=5))
@example("../headwater.yaml")
@example("a/../../headwater.yaml")
@example("lists.zip\n")
def test_a_name_is_of_a_file_in_the_folder_or_of_none(project: Project, name: str) -> None:
    with suppress(UserError):
        path = file_to_write(name, project)
        assert path.resolve().parent == (project.root / FOLDER).resolve()
        assert path.name == name


def test_what_is_there_can_be_read_and_what_is_not_is_told(project: Project) -> None:
    folder = exchange_folder(project)
    (folder / "lists.zip").write_text("x")
    (folder / "inner").mkdir()
    assert file_to_read("lists.zip", project).read_text() == "x"
    with pytest.raises(NotFoundError, match=r"lists\.zip"):
        file_to_read("list.zip", project)
    with pytest.raises(NotFoundError):
        file_to_read("inner", project)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    (tmp_path / FOLDER).write_text("a file")
    with pytest.raises(StorageError, match="could not be made"):
        exchange_folder(open_project(tmp_path))
