"""Killed anywhere and run again, a project ends in the state that an undisturbed run ends in."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.flow.state import state_of

from headwater.testing.shop import make_shop

pytestmark = [pytest.mark.slow, pytest.mark.chaos]
KILLS = int(os.environ.get("CHAOS_ROUNDS", "2"))


def _run(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "headwater.cli.main", "run", "--project", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _kill_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the process was still at work when it was killed."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return True
    finally:
        process.communicate()
    return False


def _finish(folder: Path) -> float:
    """The seconds that it took."""
    begun = time.monotonic()
    process = _run(folder)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    return time.monotonic() - begun


def test_killed_at_random_points_and_run_again_the_end_is_the_same(tmp_path: Path) -> None:
    undisturbed = make_shop(tmp_path / "undisturbed" / "shop", n_purchases=20_000).folder
    takes = _finish(undisturbed)
    expected = state_of(undisturbed)
    chance = random.Random(11)
    killed = 0
    for number in range(KILLS):
        folder = make_shop(tmp_path / f"killed_{number}" / "shop", n_purchases=20_000).folder
        for _ in range(3):
            begun = time.monotonic()
            if _kill_after(_run(folder), chance.uniform(0.2, 1.0) * takes):
                killed += 1
            else:  # the machine is faster than it was, or little was left to do
                takes = min(takes, time.monotonic() - begun)
        _finish(folder)
        assert state_of(folder) == expected, f"round {number}"
        shutil.rmtree(folder)
    assert killed >= KILLS, "too few runs were killed at work for this to prove anything"
