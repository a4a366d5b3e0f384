"""The edge takes up new files of the project when they are announced and sound, and goes on by the old ones until then."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.edge.running import FILES, RunningEdge, eventually

from headwater.edge.run import Files
from headwater.flow.generation import announce

TRACK = {"type": "track", "event": "Seen", "userId": "u1"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def keys(files: Files) -> set[str]:
    return {key for each in files.deciding.collectors.values() for key in each.keys}


def test_new_files_are_taken_up_when_they_are_announced_and_not_before(root: Path) -> None:
    files = Files(root)
    before = keys(files)
    (root / "collectors" / "shop.yaml").write_text("keys: [new-1]\n")
    files.look()
    assert keys(files) == before
    announce(root, "second")
    files.look()
    assert keys(files) == before | {"new-1"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("collectors/website.yaml", "kyes: [x]\n", id="a collector with a mistake"),
        pytest.param("collectors/website.yaml", "keys: [\n", id="a collector that is no YAML"),
        pytest.param("placements/hero.yaml", "rules: []\n", id="a placement with a mistake"),
        pytest.param("headwater.yaml", "project: [\n", id="no project at all"),
    ],
)
def test_files_that_are_not_sound_any_more_change_nothing_until_they_are(
    root: Path, name: str, text: str
) -> None:
    """They were sound when they were announced; somebody has gone on writing since."""
    files = Files(root)
    before, receiver = keys(files), files.receiver
    right = (root / name).read_text()
    (root / name).write_text(text)
    announce(root, "second")
    files.look()
    assert keys(files) == before
    assert files.receiver is receiver
    (root / name).write_text(right)
    files.look()
    assert keys(files) == before
    assert files.receiver is not receiver


def test_files_that_are_as_they_were_are_not_read_again(root: Path) -> None:
    files = Files(root)
    receiver = files.receiver
    files.look()
    assert files.receiver is receiver


@pytest.mark.server
@pytest.mark.slow
def test_a_running_edge_takes_a_new_key_without_a_restart(edge: RunningEdge) -> None:
    file = edge.root / "collectors" / "late.yaml"
    assert edge.send(TRACK, key="late-1").status == 401
    file.write_text("keys: [late-1]\n")
    announce(edge.root, "late")
    eventually(lambda: edge.send(TRACK, key="late-1").status == 200)
    file.unlink()
    announce(edge.root, "as before")
    eventually(lambda: edge.send(TRACK, key="late-1").status == 401)
    edge.taken()
