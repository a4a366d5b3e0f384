"""Writers killed at random moments, over many small files: what they were told is written is there, whole, once and in order."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.core.sealing.ring import SEALS

from headwater.collect.log.reader import Reader, read_all
from headwater.collect.log.segments import bases
from headwater.collect.log.writer import recover

pytestmark = [pytest.mark.slow, pytest.mark.chaos]
KILLS = 4 * int(os.environ.get("CHAOS_ROUNDS", "3"))
WRITE = """
import os, sys
from pathlib import Path
from headwater.collect.log.writer import Writer
from tests.core.sealing.ring import SEALS
writer, name, number = Writer(Path(sys.argv[1]), SEALS, segment_bytes=40_000), sys.argv[2], 0
while True:
    group = [f"{name} {number + place}".encode() * (1 + number % 40) for place in range(1 + number % 3)]
    positions = writer.append(group)
    number += len(group)
    os.write(1, f"{number}\\n".encode())
"""


class Writing:
    """A process that writes until it is killed; `name`: in each of its records."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        command = [sys.executable, "-c", WRITE, str(folder), name]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)

    def wait_until_it_writes(self) -> None:
        """Wait for the first that it was told is written."""
        assert select.select([self._process.stdout], [], [], 60.0)[0]

    def kill(self) -> int:
        """Kill it; gives how many records it was told are written."""
        self._process.send_signal(signal.SIGKILL)
        told = self._process.communicate()[0]
        whole = told[: told.rfind(b"\n") + 1].split()
        return int(whole[-1]) if whole else 0


def test_what_writers_were_told_is_there_once_and_in_order(tmp_path: Path) -> None:
    chance = random.Random(5)
    reader, n_read = Reader(tmp_path, SEALS), 0
    told: dict[str, int] = {}
    writing = [Writing(tmp_path, f"w{number}") for number in range(2)]
    for number in range(2, 2 + KILLS):
        for each in writing:
            each.wait_until_it_writes()
        time.sleep(chance.uniform(0.0, 0.2))
        victim = writing.pop(chance.randrange(len(writing)))
        told[victim.name] = victim.kill()
        if chance.random() < 0.2:  # all of them, and the one that watches over them
            told |= {each.name: each.kill() for each in writing}
            writing = []
            recover(tmp_path)
        writing += [Writing(tmp_path, f"w{number}.{place}") for place in range(2 - len(writing))]
        n_read += len(reader.read())
    told |= {each.name: each.kill() for each in writing}
    end = recover(tmp_path)
    found: dict[str, list[int]] = {}
    for record in read_all(tmp_path, SEALS, 0, end):
        words = record.payload.split()
        name, number = words[0].decode(), int(words[1].split(b"w")[0])
        assert record.payload == f"{name} {number}".encode() * (
            len(record.payload) // len(f"{name} {number}")
        )
        found.setdefault(name, []).append(number)
    while n_more := len(reader.read()):
        n_read += n_more
    assert n_read == sum(map(len, found.values())), "one that reads along reads the same"
    assert reader.n_damaged == 0
    assert len(bases(tmp_path)) > 5
    for name, n_told in told.items():
        assert found.get(name, [])[:n_told] == list(range(n_told)), (
            f"{name} was told that {n_told} are written"
        )
        assert found.get(name, []) == list(range(len(found.get(name, []))))
