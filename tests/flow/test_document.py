"""The generated pages say what the declarations say, and are told when they no longer do."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

from headwater.flow.document import WHOLE, main, pages
from headwater.tables.table import all_tables

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    assert main([], tmp_path) == 0
    return tmp_path


def test_every_table_has_a_page_that_names_every_column(repository: Path) -> None:
    for table in all_tables().values():
        page = (repository / "docs" / "tables" / f"{table.name}.md").read_text()
        assert [column.name for column in table.columns if f"| `{column.name}` |" not in page] == []


def test_every_page_of_a_family_is_listed_in_its_index() -> None:
    written = pages(ROOT)
    for folder in set(WHOLE) - {"schemas"}:
        names = {path.split("/")[1] for path in written if path.startswith(f"{folder}/")} - {"index.md"}
        assert (
            set(re.findall(r"^\| \[\w+\]\((\w+\.md)\) \|", written[f"{folder}/index.md"], re.MULTILINE))
            == names
        )


def test_links_between_pages_lead_somewhere() -> None:
    written = pages(ROOT)
    for path, text in written.items():
        for target in re.findall(r"\]\(([^)#:]+\.md)[^)]*\)", text):
            found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            assert found in written or (ROOT / "docs" / found).is_file(), f"{path} links to {target}"


def test_pages_that_are_current_pass_and_writing_again_changes_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["--check"], repository) == 0
    assert main([], repository) == 0
    assert capsys.readouterr().out == ""


def test_a_page_that_is_changed_missing_or_left_over_is_told(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = repository / "docs"
    (docs / "errors.md").write_text("by hand")
    (docs / "tables" / "events.md").unlink()
    (docs / "operators" / "of_old.md").write_text("an operator that is no more")
    capsys.readouterr()
    assert main(["--check"], repository) == 1
    told = capsys.readouterr().out
    assert "docs/errors.md is not current" in told
    assert "docs/tables/events.md is not current" in told
    assert "docs/operators/of_old.md should not be there" in told
    assert main([], repository) == 0
    assert main(["--check"], repository) == 0
    assert not (docs / "operators" / "of_old.md").exists()
