"""What the demonstration does when it is through: in front of people it goes on with a live shop, else it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Headwater

from headwater.core.project import Project
from headwater.testing.shop import make_shop


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, bool]]:
    """What would be served, in place of serving it; and any project does for a year of a grocer's."""
    found: list[tuple[Path, bool]] = []

    def serve(project: Project, *, with_shop: bool, beside: Project) -> None:
        assert beside.config.project != project.config.project
        found.append((project.root, with_shop))

    monkeypatch.setattr("headwater.cli.demo.serve_project", serve)
    monkeypatch.setattr("headwater.cli.demo.DATA_PACKAGE", "headwater")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "journey", n_people=10, n_purchases=30).folder


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.cli.demo.is_terminal", lambda: True)


def test_without_a_terminal_it_ends_and_says_what_serves_the_shop(
    headwater: Headwater, folder: Path, served: list[tuple[Path, bool]]
) -> None:
    said = headwater("demo", folder)
    shop = folder.parent / "leaf_and_bean"
    assert said.exit_code == 0
    assert f"init {shop} --template shop && " in said.out
    assert said.out.split("\nDone in")[1].count(f"serve --shop -p {shop}") == 1
    assert (served, shop.exists()) == ([], False)


@pytest.mark.usefixtures("terminal")
def test_in_a_terminal_it_makes_the_shop_beside_it_and_serves_it(
    headwater: Headwater, folder: Path, served: list[tuple[Path, bool]]
) -> None:
    shop = folder.parent / "leaf_and_bean"
    for _ in range(2):  # the second time it is there
        assert headwater("demo", folder).exit_code == 0
    assert served == [(shop, True)] * 2
    assert headwater("check", "-p", shop).exit_code == 0


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("option", ["--no-serve", "--json"])
def test_in_a_terminal_it_can_be_told_to_end(
    headwater: Headwater, folder: Path, served: list[tuple[Path, bool]], option: str
) -> None:
    assert headwater("demo", folder, option).exit_code == 0
    assert served == []


def test_it_can_be_told_to_serve(headwater: Headwater, folder: Path, served: list[tuple[Path, bool]]) -> None:
    assert headwater("demo", folder, "--serve").exit_code == 0
    assert len(served) == 1


def test_init_makes_the_shop_too(headwater: Headwater, tmp_path: Path) -> None:
    said = headwater("init", tmp_path / "mine", "--template", "shop")
    assert "serve --shop" in said.out
    assert headwater("check", "-p", tmp_path / "mine", "--json").json["placements"] == {
        "files": 2,
        "sound": 2,
    }
    assert headwater("init", tmp_path / "other", "--template", "show").exit_code == 2
