"""Killed at random moments under load: what was answered 2xx is there once, in order, and everything counted from it is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from tests.serve.clients import ids_of
from tests.serve.load import FILES, SHARED, Load, expected
from tests.serve.running import Serving, make_project
from tests.serve.state import accepted, at_rest, event_ids, live, outcomes, rebuilt, settle

from headwater.collect.outcome import Moved, Refused
from headwater.core.project import open_project
from headwater.flow.rebuild import rebuild
from headwater.tables.rejection import Reason

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.chaos]
ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "0"))
KILLS = 40 * ROUNDS if ROUNDS else 50
KILLS_A_SYSTEM = 25
VICTIMS = {"worker": 5, "edge": 3, "stream": 6, "core": 5, "supervisor": 2, "all": 2}


def kill_one(serving: Serving, chance: random.Random) -> str:
    """Kill a part, the process that watches over them, or all of them; what watches is started again, as by whoever runs it."""
    name = chance.choices(list(VICTIMS), weights=list(VICTIMS.values()))[0]
    pids = serving.pids()
    victims = [pid for each in pids.values() for pid in each] if name == "all" else pids[name]
    if name not in ("all", "supervisor"):
        victims = victims and [chance.choice(victims)]
    for victim in victims:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    if name in ("all", "supervisor"):
        serving.wait()
        time.sleep(chance.choice([0, 0, 0.5]))
        serving.start(and_wait=False)
    return name if victims else ""


def kill_many(serving: Serving, chance: random.Random, n: int) -> Counter[str]:
    """Kill at random moments; gives how many of each were."""
    killed: Counter[str] = Counter()
    while killed.total() < n:
        time.sleep(chance.choice([chance.uniform(0, 0.3), chance.uniform(0.3, 1.5), chance.uniform(1.5, 5)]))
        if name := kill_one(serving, chance):
            killed[name] += 1
    return killed


def run(root: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "headwater.cli.main", "run", "--project", str(root)],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )


def check(root: Path, load: Load, folder: Path) -> None:
    """All that is promised, of a project that has settled and ended."""
    sent, found = ids_of(load.acknowledged), outcomes(root)
    assert len(set(sent)) == len(sent)
    assert Counter(each.event_id for each in accepted(found)) == Counter(sent)
    refused = [each for each in found if isinstance(each, Refused)]
    assert {each.reason for each in refused} <= {Reason.DUPLICATE.value}
    assert {each.message_id for each in refused} <= set(sent)
    assert len(refused) >= load.n_repeated
    check_order(load, {each.event_id: each.position for each in accepted(found)})
    wanted = expected(load.acknowledged)
    assert live(root) == wanted
    again, live_again = rebuilt(root, folder)
    assert [each for each in again if not isinstance(each, Moved)] == [
        each for each in found if not isinstance(each, Moved)
    ]
    assert live_again == wanted
    run(root)
    assert Counter(event_ids(root)) == Counter(sent)
    assert at_rest(root) == wanted
    assert rebuild(open_project(root)).is_equal


def check_order(load: Load, positions: dict[str, int]) -> None:
    """Each person's events stand in the log as their client sent them."""
    for sender in load.senders:
        for user in {str(call["userId"]) for call in sender.client.acknowledged}:
            own = [each for each in sender.client.acknowledged if each["userId"] == user]
            placed = [positions[name] for name in ids_of(own)]
            assert all(before < after for before, after in pairwise(placed)), f"{user} is out of order"


@pytest.mark.parametrize("seed", range(max(1, KILLS // KILLS_A_SYSTEM)))
def test_what_was_acknowledged_is_there_once_whatever_was_killed(tmp_path: Path, seed: int) -> None:
    root, chance = make_project(tmp_path / "shop", FILES), random.Random(f"kill {seed}")
    with Serving(root, edge_workers=2, refresh_minutes=0.1) as serving:
        load = Load(serving.edge_port, seed)
        load.start()
        killed = kill_many(serving, chance, min(KILLS, KILLS_A_SYSTEM))
        load.stop()
        settle(root)
        serving.wait_until_well()
        assert serving.stop() == 0
        assert len(load.acknowledged) > 20 * killed.total(), "too little was sent for this to prove anything"
        assert set(SHARED) <= live(root).keys()
        check(root, load, tmp_path / "again")
