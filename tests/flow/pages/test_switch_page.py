"""docs/switch-from-segment.md: the collectors it shows are sound, the paths it names are spoken, the limits are the real ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headwater.collect.declare import read_collectors
from headwater.collect.format import MOST_EVENT_BYTES, MOST_LEVELS, formats
from headwater.collect.reading.calls import MOST_BATCH_BYTES, MOST_CHARACTERS, MOST_EVENTS, MOST_MESSAGE_ID
from headwater.core.project import open_project

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "switch-from-segment.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```yaml\n# (\S+\.yaml)\n(.*?)```", PAGE, re.DOTALL))
ROUTES = {route.path for each in formats().values() for route in each.routes}


def test_the_collectors_it_shows_are_sound(tmp_path: Path) -> None:
    (tmp_path / "collectors").mkdir()
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    collectors, problems = read_collectors(open_project(tmp_path))
    assert problems == []
    assert set(collectors) == {"website", "backend"}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?<!\w)/v1/[a-z]\w+(?:/\w+)?", PAGE))))
def test_the_paths_it_names_are_spoken(path: str) -> None:
    below = f"{path.rpartition('/')[0]}/*"
    assert path in ROUTES or below in ROUTES


def test_its_limits_are_the_real_ones() -> None:
    assert f"{MOST_EVENT_BYTES // 1024} KB an event, {MOST_BATCH_BYTES // 1024} KB" in PAGE
    assert f"{MOST_EVENTS:,} calls a batch" in PAGE
    assert f"at most {MOST_MESSAGE_ID} characters" in PAGE
    assert f"names of\n{MOST_CHARACTERS};" in PAGE
    assert f"up to {MOST_LEVELS} levels" in PAGE


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)", PAGE):
        assert (DOCS / target).exists(), target
