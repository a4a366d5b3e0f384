"""Parts are found by file name; a part that breaks the agreement is told apart at once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from headwater.core import plugins
from headwater.core.errors import Bug, NotFoundError


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "some_family"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "rose.py").write_text("PART = 'a rose'")
    (folder / "aster.py").write_text("PART = 'an aster'")
    (folder / "_soil.py").write_text("raise RuntimeError('is no part')")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    plugins.discover.cache_clear()
    yield folder
    plugins.discover.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "some_family"]:
        del sys.modules[name]


def from_elsewhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    entry = EntryPoint(name, "pathlib:Path", "some_family")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [entry] if group == "some_family" else [])


@pytest.mark.usefixtures("family")
def test_parts_are_found_by_file_name_in_order_of_name() -> None:
    assert list(plugins.discover("some_family", "PART").items()) == [
        ("aster", "an aster"),
        ("rose", "a rose"),
    ]


@pytest.mark.usefixtures("family")
def test_another_distribution_adds_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    from_elsewhere(monkeypatch, "fern")
    parts = plugins.discover("some_family", "PART")
    assert parts["fern"] is Path
    assert list(parts) == ["aster", "fern", "rose"]


@pytest.mark.usefixtures("family")
def test_two_parts_of_one_name_are_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    from_elsewhere(monkeypatch, "rose")
    with pytest.raises(Bug, match="two parts of some_family are called 'rose'"):
        plugins.discover("some_family", "PART")


def test_a_module_without_its_part_is_a_bug(family: Path) -> None:
    (family / "weed.py").write_text("PRAT = 1")
    with pytest.raises(Bug, match="some_family.weed must hold its part under the name PART"):
        plugins.discover("some_family", "PART")


def test_a_module_left_out_is_not_loaded(family: Path) -> None:
    (family / "contract.py").write_text("raise RuntimeError('is the contract')")
    assert set(plugins.discover("some_family", "PART", leave_out=("contract",))) == {"aster", "rose"}


@pytest.mark.usefixtures("family")
def test_an_unknown_part_is_met_with_the_nearest_one() -> None:
    with pytest.raises(NotFoundError, match="there is no flower 'rsoe'; did you mean 'rose'"):
        plugins.find("some_family", "PART", "rsoe", kind="flower")
