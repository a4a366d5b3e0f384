"""The generated pages say what the declarations say, and are told when they no longer do."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from headwater.core.settings import Settings
from headwater.flow.batch import Run, Stage
from headwater.flow.document import (
    SCHEMAS,
    architecture_page,
    declared_layers,
    main,
    pages,
    settings_page,
    table_page,
)
from headwater.tables.table import all_tables

ROOT = Path(__file__).parents[2]


def nothing(run: Run) -> None:
    """A stage that is only described."""


STAGES = [
    Stage("load", "Takes in rows.", (), ("events",), nothing),
    Stage("count", "Counts.", ("events",), ("profiles",), nothing),
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    assert main([], tmp_path) == 0
    return tmp_path


def test_every_table_has_a_page_that_names_every_column(repository: Path) -> None:
    for table in all_tables().values():
        page = (repository / "docs" / "tables" / f"{table.name}.md").read_text()
        assert [column.name for column in table.columns if f"| `{column.name}` |" not in page] == []


def test_a_table_page_says_which_stages_write_and_read_it() -> None:
    page = table_page(all_tables()["events"], STAGES)
    assert "| written by | `load` |" in page
    assert "| read by | `count` |" in page


def test_every_setting_is_listed_under_both_its_names() -> None:
    page = settings_page()
    for name in Settings.model_fields:
        assert f"| `{name}` | `HEADWATER_{name.upper()}` |" in page


def test_the_architecture_page_lists_stages_in_order_and_rooms_lowest_first() -> None:
    page = architecture_page(STAGES, declared_layers(ROOT / "pyproject.toml"))
    places = [
        page.index(text)
        for text in ("| `load` |", "| `count` |", "| `core` |", "| `engine` |", "| `tables` |")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(dict(SCHEMAS[name]()))


def test_the_schema_of_a_project_knows_the_settings_and_refuses_what_is_unknown() -> None:
    schema = json.loads(pages(ROOT)["schemas/headwater.schema.json"])
    jsonschema.validate({"project": "a", "settings": {"threads": 2}}, schema)
    for wrong in ({"project": "a", "settings": {"thread": 2}}, {"project": "a", "zone": "UTC"}, {}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


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
    (docs / "tables" / "of_old.md").write_text("a table that is no more")
    capsys.readouterr()
    assert main(["--check"], repository) == 1
    told = capsys.readouterr().out
    assert "docs/errors.md is not current" in told
    assert "docs/tables/events.md is not current" in told
    assert "docs/tables/of_old.md should not be there" in told
    assert main([], repository) == 0
    assert main(["--check"], repository) == 0
    assert not (docs / "tables" / "of_old.md").exists()
