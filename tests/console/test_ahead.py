"""Pages say where an audience's file is ahead of the last run, which who is in it goes by."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.asking import Asking

from headwater.audiences.versions import Ahead
from headwater.console.project.ahead import AHEAD
from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import work


@pytest.fixture
def asked(shop: Path, tmp_path: Path) -> Iterator[Asking]:
    """A shop of each test's own, in which files are changed."""
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("state", "audit", "live", "deliveries"))
    asking = Asking(folder)
    yield asking
    asking.close()


def write(asked: Asking, name: str, text: str) -> None:
    (asked.desk.root / "audiences" / f"{name}.yaml").write_text(text)
    asked.desk.changed()


def test_nothing_is_ahead_of_a_run_that_followed(asked: Asking) -> None:
    assert asked.ask(AHEAD, None) == {}


def test_what_is_new_and_what_changed_is_ahead_until_the_next_run(asked: Asking) -> None:
    write(asked, "builds", "rule: {in_audience: bought}\n")
    write(asked, "bought", "rule: {did: purchase}\n")
    assert asked.ask(AHEAD, None) == {"bought": Ahead.NEW, "builds": Ahead.NEW}
    with work(open_project(asked.desk.root)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    assert asked.ask(AHEAD, None) == {}
    write(asked, "bought", "description: Bought twice\nrule: {did: purchase, at_least: 2}\n")
    assert asked.ask(AHEAD, None) == {"bought": Ahead.CHANGED, "builds": Ahead.CHANGED}
    assert asked.ask(AHEAD, ("bought", "big_spenders")) == {"bought": Ahead.CHANGED}
    assert asked.ask(AHEAD, ("big_spenders",)) == {}


def test_words_about_an_audience_change_nobody_in_it(asked: Asking) -> None:
    file = asked.desk.root / "audiences" / "big_spenders.yaml"
    write(asked, "big_spenders", f"# looked at again\n{file.read_text()}")
    assert asked.ask(AHEAD, None) == {}


def test_a_lake_that_was_put_in_its_place_is_opened_anew(asked: Asking) -> None:
    before = asked.desk.version()
    lake, anew = asked.desk.root / "lake", asked.desk.root / "anew"
    shutil.copytree(lake, anew)
    shutil.rmtree(lake)
    anew.rename(lake)
    asked.desk.changed()
    assert asked.desk.version().files != before.files
    assert asked.ask(AHEAD, None) == {}
