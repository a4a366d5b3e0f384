"""Styles: an area's own file styles nothing of another's, and only through variables of `look.css`."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from headwater.console.app import STATIC

AREAS = sorted(path for path in STATIC.glob("*.css") if path.name != "look.css")
_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")


def _led(text: str) -> set[str]:
    """The classes that its rules begin with, without a scope."""
    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    selectors = [each.strip() for found in _RULE.findall(plain) for each in found.split(",")]
    return {found.group(1) for each in selectors if (found := re.match(r"\.([a-z0-9-]+)", each))}


def _bare(text: str) -> set[str]:
    """The classes that it styles wherever they stand."""
    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    selectors = [each.strip() for found in _RULE.findall(plain) for each in found.split(",")]
    return {each[1:] for each in selectors if re.fullmatch(r"\.[a-z0-9-]+", each)}


@pytest.mark.parametrize(
    ("one", "other"), list(combinations(AREAS, 2)), ids=lambda path: str(getattr(path, "stem", path))
)
def test_areas_do_not_style_each_other(one: Path, other: Path) -> None:
    shared = _led(one.read_text()) & _led(other.read_text())
    common = _led((STATIC / "look.css").read_text())
    assert shared <= common
    assert not _bare(one.read_text()) & _bare(other.read_text())


@pytest.mark.parametrize("area", AREAS, ids=lambda path: path.stem)
def test_an_area_does_not_style_what_all_share(area: Path) -> None:
    assert not _bare(area.read_text()) & _led((STATIC / "look.css").read_text())


@pytest.mark.parametrize("area", AREAS, ids=lambda path: path.stem)
def test_an_area_has_no_colours_of_its_own(area: Path) -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", area.read_text())
