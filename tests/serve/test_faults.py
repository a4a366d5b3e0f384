"""When the machine fails: a full disk, a slow one, one that does not write, a clock that jumps, files that a power cut tore."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.serve.clients import Client, ids_of, track
from tests.serve.load import FILES, expected
from tests.serve.running import Serving, make_project, until
from tests.serve.state import accepted, knows, live, outcomes, settle

from headwater.collect.log.frame import framed
from headwater.collect.log.segments import bases, path_of
from headwater.flow.live_log import Folders

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.chaos]
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
/* The time of day is so many seconds ahead as the file CLOCK_AHEAD says; clocks that only run are as they are. */
int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, at);
    FILE *file = clock == CLOCK_REALTIME ? fopen(getenv("CLOCK_AHEAD"), "r") : NULL;
    long ahead = 0;
    if (file) {
        if (fscanf(file, "%ld", &ahead) == 1) at->tv_sec += ahead;
        fclose(file);
    }
    return result;
}
"""


def check(root: Path, *clients: Client) -> None:
    """All that was acknowledged is there once, and counted once."""
    calls = [call for client in clients for call in client.acknowledged]
    assert Counter(each.event_id for each in accepted(outcomes(root))) == Counter(ids_of(calls))
    assert live(root) == expected(calls)


def buy(number: int) -> dict[str, object]:
    return dict(track(f"u{number % 7}", "purchase", f"m{number}", revenue=5))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], check=False)
    if done.returncode != 0:
        pytest.skip("a disk may not be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write a file until there is no space left."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 65_536)
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(b"x")


def test_a_full_disk_is_told_to_clients_and_recovered_from(small_disk: Path) -> None:
    root = make_project(small_disk / "shop", FILES)
    with Serving(root, edge_workers=1, told=small_disk.parent / "told.txt") as serving:
        client = Client(serving.edge_port)
        client.send(*map(buy, range(20)))
        settle(root)
        worker = serving.pids()["worker"]
        for number in range(20, 23):
            fill(small_disk / "filler")
            body = Client.body(buy(number))
            until(lambda: client.post("/v1/batch", body) == 503, "there is no space left")  # noqa: B023
            assert client.headers["retry-after"] == "2"
            assert not live(root).keys() - {f"u{n}" for n in range(7)}
            (small_disk / "filler").unlink()
            client.send(buy(number))
        assert serving.pids()["worker"] == worker, "the edge lived through it"
        until(lambda: knows(root, "u1", "buyers"), "the stream goes on")
        settle(root)
        serving.wait_until_well()
        check(root, client)
        assert serving.stop() == 0


@contextmanager
def injected(pid: int, fault: str) -> Iterator[None]:
    """A process whose waiting for the disk fails or lasts, as the kernel sees it."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    command = [
        "strace",
        "-f",
        "-qq",
        "-p",
        str(pid),
        "-e",
        "trace=fdatasync",
        "-e",
        f"inject=fdatasync:{fault}",
    ]
    tracing = subprocess.Popen([*command, "-o", "/dev/null"], stderr=subprocess.PIPE)
    try:
        until(lambda: tracing.poll() is not None or _is_traced(pid), "it is traced")
        if tracing.poll() is not None:
            pytest.skip("processes may not be traced here")
        yield
    finally:
        tracing.send_signal(signal.SIGINT)
        tracing.communicate()


def _is_traced(pid: int) -> bool:
    words = Path(f"/proc/{pid}/status").read_text().split("TracerPid:")[1].split()
    return words[0] != "0"


def test_nothing_is_acknowledged_or_counted_before_a_slow_disk_has_it(tmp_path: Path) -> None:
    root = make_project(tmp_path / "shop", FILES)
    with Serving(root) as serving:
        client, hasty = Client(serving.edge_port), Client(serving.edge_port, timeout=0.5)
        client.send(buy(0))
        settle(root)
        with injected(serving.pids()["worker"][0], "delay_enter=1500000"):
            assert hasty.post("/v1/batch", Client.body(buy(1))) == 0, (
                "it would have been acknowledged too early"
            )
            assert len(accepted(outcomes(root))) == 1, "what is not on the disk is not counted"
            client.send(*map(buy, range(1, 5)))
        client.send(buy(5))
        settle(root)
        check(root, client)


def test_what_the_disk_would_not_take_is_refused_and_counts_once_when_sent_again(tmp_path: Path) -> None:
    root = make_project(tmp_path / "shop", FILES)
    with Serving(root) as serving:
        client = Client(serving.edge_port)
        client.send(buy(0))
        with injected(serving.pids()["worker"][0], "error=EIO"):
            for number in range(1, 4):
                assert client.post("/v1/batch", Client.body(buy(number))) == 503
        client.send(*map(buy, range(1, 6)))
        settle(root)
        check(root, client)


def test_torn_files_are_mended_on_start(tmp_path: Path) -> None:
    """As after a power cut: half a record at the end of both logs, and heads that say anything."""
    root = make_project(tmp_path / "shop", FILES)
    folders = Folders.of(root)
    with Serving(root) as serving:
        client = Client(serving.edge_port)
        for round_ in range(4):
            client.send(*(buy(100 * round_ + number) for number in range(30)))
            settle(root)
            serving.kill_all()
            for folder in (folders.requests, folders.outcomes):
                last = max(bases(folder))
                with path_of(folder, last).open("ab") as file:
                    file.write(framed([b"of a dead writer" * 9], last)[: 7 + 40 * round_])
                if round_ % 2:
                    (folder / "head").unlink()
                else:
                    (folder / "head").write_bytes(os.urandom(24) + bytes(4072))
            serving.start()
        client.send(buy(999))
        settle(root)
        check(root, client)


@pytest.fixture
def ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that says how many seconds the clock of every process that is started is ahead."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler to make a clock that jumps")
    (tmp_path / "clock.c").write_text(CLOCK)
    library, file = tmp_path / "clock.so", tmp_path / "ahead"
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "clock.c"), "-ldl"]
    subprocess.run(command, check=True)
    set_ahead(file, timedelta())
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("CLOCK_AHEAD", str(file))
    return file


def set_ahead(file: Path, span: timedelta) -> None:
    new = file.with_suffix(".new")
    new.write_text(str(int(span.total_seconds())))
    new.rename(file)


def test_a_clock_that_jumps_ahead_and_back_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path, ahead: Path
) -> None:
    recent = {"audiences/recent.yaml": "description: r\nrule: {did: purchase, within: {last: 2 days}}\n"}
    root = make_project(tmp_path / "shop", FILES | recent)
    with Serving(root) as serving:
        client, again = Client(serving.edge_port), Client(serving.edge_port)
        client.send(*map(buy, range(10)))
        until(lambda: knows(root, "u1", "recent"), "they bought just now")
        set_ahead(ahead, timedelta(days=400))
        until(lambda: not knows(root, "u1", "recent"), "it was long ago")
        again.send(*map(buy, range(10)))
        client.send(*map(buy, range(10, 20)))
        settle(root)
        set_ahead(ahead, timedelta())
        again.send(*map(buy, range(20)))
        client.send(*map(buy, range(20, 30)))
        settle(root)
        until(lambda: knows(root, "u1", "recent"), "it was just now")
        found = outcomes(root)
    far = datetime.now(UTC) + timedelta(days=300)
    received = {
        each.event_id: datetime.fromtimestamp(each.received_at / 1e6, UTC) for each in accepted(found)
    }
    assert {int(name[1:]) // 10 for name, at in received.items() if at > far} == {1}, "the clock did jump"
    assert Counter(each.event_id for each in accepted(found)) == Counter(ids_of(client.acknowledged))
