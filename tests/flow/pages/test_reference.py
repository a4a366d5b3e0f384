"""Pages of tables, settings and the architecture."""

from __future__ import annotations

from pathlib import Path

from headwater.core.settings import Settings
from headwater.flow.batch import Run, Stage
from headwater.flow.pages.architecture import architecture_page, declared_layers
from headwater.flow.pages.installation import settings_page
from headwater.flow.pages.tables import table_page
from headwater.tables.table import all_tables

ROOT = Path(__file__).parents[3]


def nothing(run: Run) -> None:
    """A stage that is only described."""


STAGES = [
    Stage("load", "Takes in rows.", (), ("events",), nothing),
    Stage("count", "Counts.", ("events",), ("profiles",), nothing),
]


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
