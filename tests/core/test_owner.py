"""A project has one owner at a time; a killed one leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headwater.core.errors import BusyError
from headwater.core.owner import own

HOLD = """
import sys
from pathlib import Path
from headwater.core.owner import own
with own(Path(sys.argv[1])):
    print("owned", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_owner(project: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "owned\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_and_told_who_owns_the_project(tmp_path: Path) -> None:
    with another_owner(tmp_path) as process:
        with pytest.raises(BusyError) as caught, own(tmp_path):
            pass
        assert f"(process {process.pid}, since 20" in str(caught.value)
        assert caught.value.is_retryable


def test_a_killed_owner_leaves_no_lock(tmp_path: Path) -> None:
    with another_owner(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with own(tmp_path):
            pass


def test_an_owner_that_ends_leaves_no_lock_also_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), own(tmp_path):
        raise RuntimeError
    with own(tmp_path):
        pass


def test_a_refused_process_does_not_blot_out_who_owns_it(tmp_path: Path) -> None:
    with another_owner(tmp_path):
        told = []
        for _ in range(2):
            with pytest.raises(BusyError) as caught, own(tmp_path):
                pass
            told.append(str(caught.value))
        assert told[0] == told[1]


def test_the_owner_is_named_also_where_another_was_before(tmp_path: Path) -> None:
    with another_owner(tmp_path):
        pass
    with (
        another_owner(tmp_path) as process,
        pytest.raises(BusyError, match=f"process {process.pid}"),
        own(tmp_path),
    ):
        pass


def test_two_projects_have_two_owners(tmp_path: Path) -> None:
    with another_owner(tmp_path / "a"), own(tmp_path / "b"):
        pass
