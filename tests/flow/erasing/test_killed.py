"""Erasing, killed at random moments while others write: run again it ends, and no other event was lost or changed."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.core.sealing.ring import SEALS
from tests.flow.erasing.logged import (
    Customer,
    laid_open,
    make_shop,
    opened,
    outcomes,
    request_of,
    take_in,
    write,
)

from headwater.collect.kept import read_kept
from headwater.collect.log.reader import read_all
from headwater.collect.log.segments import bases
from headwater.collect.log.writer import recover
from headwater.flow.erasing.logs import LogsErased, erase_from_logs, find_in_logs
from headwater.flow.live_log import Folders

pytestmark = [pytest.mark.slow, pytest.mark.chaos]
KILLS = int(os.environ.get("CHAOS_ROUNDS", "2"))
ERASE = """
import os, sys
from pathlib import Path
from tests.core.sealing.ring import SEALS
from tests.flow.erasing.logged import Customer, make_shop
from headwater.flow.erasing.logs import erase_from_logs
from headwater.flow.live_log import Folders
shop = make_shop(Path(sys.argv[1]) / "shop")
os.write(1, b"ready\\n")
erase_from_logs(Folders.of(Path(sys.argv[1]) / "logs"), SEALS, Customer(int(sys.argv[2])).nodes, shop.told)
os.write(1, b"done\\n")
"""
WRITE = """
import os, sys, time
from pathlib import Path
from tests.core.sealing.ring import SEALS
from tests.flow.erasing.test_killed import later
from headwater.collect.kept import keep
from headwater.collect.log.writer import Writer
from headwater.flow.live_log import Folders
writer, number = Writer(Folders.of(Path(sys.argv[1]) / "logs").requests, SEALS, segment_bytes=60_000), 0
while True:
    writer.append([keep(later(number), "segment")])
    number += 1
    os.write(1, b"%d\\n" % number)
    time.sleep(0.002)
"""


def later(number: int):
    body = {
        "batch": [
            {"type": "track", "event": "view", "messageId": f"later {number}", "userId": "somebody-else"}
        ]
    }
    return request_of(path="/v1/batch", body=json.dumps(body).encode())


def batch(number: int, people: list[Customer]):
    calls = [
        {
            "type": "track",
            "event": "view",
            "messageId": f"{number} of {who.number}",
            "userId": who.user_id,
            "context": {"traits": {"email": who.email}},
        }
        for who in people
    ]
    return request_of(path="/v1/batch", body=json.dumps({"batch": calls}).encode()), "segment", ""


def test_it_may_die_at_any_moment_and_others_may_write_meanwhile(tmp_path: Path) -> None:
    chance = random.Random(11)
    shop = make_shop(tmp_path / "shop")
    folders = Folders.of(tmp_path / "logs")
    people = [Customer(number) for number in range(KILLS + 1)]
    others = Customer(90)
    requests = [batch(number, [*chance.sample(people, min(3, len(people))), others]) for number in range(400)]
    write(folders, requests, 20_000)
    take_in(folders, shop)
    marks = re.compile(b"|".join(each.marks.pattern for each in people), re.IGNORECASE)
    before = [each for each in outcomes(folders) if not marks.search(laid_open(repr(each).encode()))]
    writing = subprocess.Popen([sys.executable, "-c", WRITE, str(tmp_path)], stdout=subprocess.PIPE)
    n_died = 0
    for who in people[:-1]:
        erasing = subprocess.Popen(
            [sys.executable, "-c", ERASE, str(tmp_path), str(who.number)], stdout=subprocess.PIPE
        )
        assert erasing.stdout
        assert erasing.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, 0.6))
        erasing.send_signal(signal.SIGKILL)
        n_died += b"done" not in erasing.communicate()[0]
    writing.send_signal(signal.SIGKILL)
    told = writing.communicate()[0]
    n_told = int(told[: told.rfind(b"\n")].split()[-1])
    assert n_died > KILLS / 3, "it is killed before it ends, mostly"
    recover(folders.requests)
    nodes = [node for each in people for node in each.nodes]
    erase_from_logs(folders, SEALS, nodes, shop.told)
    assert find_in_logs(folders, SEALS, nodes, shop.told) == []
    assert erase_from_logs(folders, SEALS, nodes, shop.told) == LogsErased()
    for folder in (folders.requests, folders.outcomes):
        assert not [1 for _, _, payload in opened(folder) if marks.search(laid_open(payload))]
        assert not list(folder.glob("*.draft"))
    assert outcomes(folders) == before
    written = [read_kept(each.payload) for each in read_all(folders.requests, SEALS, 0, 1 << 62)]
    assert len(bases(folders.requests)) > 5
    assert sum(others.user_id.encode() in each.body for each in written) == len(requests)
    assert [
        f'later {number}"'.encode() in each.body for number, each in enumerate(written[len(requests) :])
    ] == [True] * (len(written) - len(requests))
    assert len(written) - len(requests) >= n_told
