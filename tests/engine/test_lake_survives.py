"""Whatever ends a process while it writes, the lake opens again in one of the two states it may be in."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headwater.engine.lake import Lake

from .rows import LAYOUTS, generations, held, rows

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "4"))

# Replaces three tables again and again, all with the same generation, and says each it has committed.
WRITE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from rows import LAYOUTS, rows
from headwater.engine.lake import Lake
lake = Lake(Path(sys.argv[1]))
generation = int(sys.argv[3])
while True:
    generation += 1
    with lake.transaction() as transaction:
        for layout in LAYOUTS:
            transaction.replace(layout, rows(generation))
        transaction.mark("generation", str(generation))
    print(generation, flush=True)
"""

# Writes more than one file may hold.
FILL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from rows import LAYOUTS, SCHEMA, rows
import pyarrow as pa
from headwater.core.errors import StorageError
from headwater.engine.lake import Lake
lake = Lake(Path(sys.argv[1]))
many = pa.table({"id": range(200000), "part": ["p"] * 200000, "generation": [2] * 200000}, schema=SCHEMA)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    with lake.transaction() as transaction:
        transaction.replace(LAYOUTS[0], rows(2))
        transaction.replace(LAYOUTS[1], many.to_reader())
except StorageError as error:
    print("StorageError", error.next_step)
"""


def run(script: str, lake: Lake, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, str(lake.root), str(Path(__file__).parent), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def generation_of(lake: Lake) -> int:
    """The one generation that all tables and the stage's mark agree on."""
    found = {generation for layout in LAYOUTS for generation in generations(lake, layout)}
    marked = lake.snapshot().stages.get("generation", "0")
    assert found == ({int(marked)} if marked != "0" else set())
    return int(marked)


@pytest.mark.slow
@pytest.mark.chaos
def test_a_process_killed_while_writing_leaves_all_of_a_transaction_or_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    chance = random.Random(20260301)
    for _ in range(ROUNDS):
        before = generation_of(lake)
        with run(WRITE, lake, str(before)) as process:
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(2)]
            time.sleep(chance.uniform(0, 0.25))
            process.send_signal(signal.SIGKILL)
            told += process.stdout.read().splitlines()
        last_told = int([line for line in told if line.strip()][-1])
        assert generation_of(lake) in (last_told, last_told + 1)
        assert all(len(held(lake, layout)) == 6 for layout in LAYOUTS)


@pytest.mark.slow
def test_what_a_killed_process_left_does_not_come_back_with_the_next_append(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with run(WRITE, lake, "0") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    before = generation_of(lake)
    with lake.transaction() as transaction:
        for layout in LAYOUTS:
            transaction.append(layout, rows(-1))
    assert [generations(lake, layout) for layout in LAYOUTS] == [{before, -1}] * 3


@pytest.mark.slow
def test_a_full_disk_is_told_and_what_was_visible_stays(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.transaction() as transaction:
        for layout in LAYOUTS:
            transaction.replace(layout, rows(1))
    with run(FILL, lake) as process:
        told, trace = process.communicate()
    assert told.startswith("StorageError free disk space"), trace
    assert [generations(lake, layout) for layout in LAYOUTS] == [{1}, {1}, {1}]
    with lake.transaction() as transaction:
        transaction.append(LAYOUTS[1], rows(3))
    assert generations(lake, LAYOUTS[1]) == {1, 3}
