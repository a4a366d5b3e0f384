"""A process killed while it delivers, and started again: everyone arrives exactly once, no file is half-written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from headwater.activate.send import Ending
from headwater.testing.fake_destination import Drop, FakeDestination

DELIVER = """
import resource, sys
from pathlib import Path
from headwater.activate.declare import read_destinations
from headwater.activate.outgoing import Outgoing
from headwater.activate.send import deliver
from headwater.core.project import open_project
from headwater.tables.workspace import work
with work(open_project(Path(sys.argv[1]))) as workspace:
    if len(sys.argv) > 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    declared, problems = read_destinations(workspace.project, ["buyers"])
    for one in deliver(workspace, declared.values(), {"buyers": Outgoing()}, sleep=lambda seconds: None):
        print(one.ending, one.error)
"""

HOUSEHOLDS = [f"h{i}" for i in range(1, 61)]


def start(shop, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", DELIVER, str(shop.root), *arguments], stdout=subprocess.PIPE, text=True
    )


class Killer(FakeDestination):
    """Kills the process that delivers at chosen requests: before it takes them, or after, but before it answers."""

    def __init__(self, at):
        super().__init__()
        self.at = dict(at)
        self.victim = None

    def meet(self, received):
        when = self.at.pop(len(self.received), None)
        if when == "before":
            os.kill(self.victim.pid, signal.SIGKILL)
            self.received.append(received)
            return Drop()
        behaviour = super().meet(received)
        if when == "after":
            os.kill(self.victim.pid, signal.SIGKILL)
        return behaviour


@pytest.mark.slow
def test_a_process_killed_around_a_request_delivers_everyone_once(shop):
    shop.households(60)
    with Killer({0: "before", 3: "after", 11: "before", 17: "after"}) as fake:
        shop.webhook(fake.url, rows=4)
        for is_last in (False, False, False, False, True):
            fake.victim = start(shop)
            fake.victim.communicate()
            assert (fake.victim.returncode == 0) == is_last
        assert [one["household_id"][0] for one in fake.members()] == HOUSEHOLDS
        assert len(fake.keys) == 15 + 4
    assert [one.ending for one in shop.deliver()] == [Ending.NOTHING]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_process_killed_at_any_moment_delivers_everyone_once(shop, seed):
    chance = random.Random(seed)
    shop.households(60)
    shop.csv_file(rows=2)
    with FakeDestination() as fake:
        shop.webhook(fake.url, rows=2)
        for _ in range(8):
            seen, process = len(fake.received), start(shop)
            patience = chance.choice([0, 1, 5])  # from an early moment to one in the midst of the batches
            while process.poll() is None and len(fake.received) < seen + patience and len(fake.taken) < 30:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.4 if len(fake.taken) < 30 else 1.2))
            process.kill()
            process.communicate()
        last = start(shop)
        last.communicate()
        assert last.returncode == 0
        assert [one["household_id"][0] for one in fake.members()] == HOUSEHOLDS
        assert sorted(shop.rows()) == sorted(f"added,{name}" for name in HOUSEHOLDS)
    assert [path.name for path in (shop.root / "deliveries").glob(".*")] == []
    assert {one.ending for one in shop.deliver()} == {Ending.NOTHING}


class TestFilesThatCannotBeWritten:
    @pytest.mark.slow
    def test_a_full_disk_leaves_no_part_of_a_file_and_the_next_run_goes_on(self, shop):
        shop.fill({i: [(i, "note", "x" * 50_000)] for i in range(1, 9)}, {"buyers": list(range(1, 9))})
        shop.csv_file(rows=8, identifiers="{note: plain}")
        process = start(shop, "200000")
        told, _ = process.communicate()
        assert process.returncode == 0
        assert told.startswith(
            "unfinished destination 'house' (destinations/house.yaml) did not take batch 1"
        )
        assert "could not be written (File too large)" in told
        assert list((shop.root / "deliveries").iterdir()) == []
        (done,) = shop.deliver()
        assert (done.ending, len(shop.rows())) == (Ending.DONE, 8)

    def test_a_folder_that_is_a_file_is_told_and_nothing_is_lost(self, shop):
        shop.households(2)
        shop.csv_file(folder="out")
        (shop.root / "out").write_text("in the way")
        (stopped,) = shop.deliver()
        assert stopped.ending is Ending.UNFINISHED
        assert "could not be written" in stopped.error.message
        (shop.root / "out").unlink()
        assert [one.ending for one in shop.deliver()] == [Ending.DONE]
        assert shop.rows("out") == ["added,h1", "added,h2"]

    @pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
    def test_a_folder_without_permission_is_told(self, shop):
        shop.households(2)
        shop.csv_file(folder="out")
        (shop.root / "out").mkdir(mode=0o500)
        (stopped,) = shop.deliver()
        assert "Permission denied" in stopped.error.message
