"""How soon an anonymous visitor who signs in is the person known by that, with what both did.

    python -m bench.live.link --profiles 100000 --rounds 40 --history 300

Runs `headwater serve` on a generated project. In each round a new visitor and somebody of the base do so many things each; then
one event names both, and from the moment it is acknowledged the live store is looked at until one person has all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path

from bench import page
from bench.live.project import KEY
from bench.live.sustained import EDGE, event_body, prepared, serving
from headwater.collect.log.reader import Reader
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.flow.live_log import Folders
from headwater.live.state import Node
from headwater.live.store import Store, View

AIM = 0.05  # seconds
A_REQUEST = 100  # events
LONGEST = 30.0  # seconds that anything is waited for
Call = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Measure how soon a visitor who signs in is one with who they are."
    )
    parser.add_argument("--profiles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--history", type=int, default=300)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "headwater-bench-live")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = measured(given.folder, given.profiles, given.rounds, given.history)
    print(text)
    if given.write:
        page.write("live link", f"{page.machine('lmdb')}\n\n{text}")


def measured(folder: Path, n_profiles: int, rounds: int, history: int) -> str:
    """The table of it."""
    root = prepared(folder, n_profiles)
    with serving(root), closing(Store(Folders.of(root).store, seals_of(open_project(root)))) as store:
        linking = Linking(root, store, n_profiles)
        seconds = sorted(linking.linked(number, history) for number in range(rounds))
    told = [_milliseconds(seconds[len(seconds) * percent // 100]) for percent in (50, 90)]
    reached = (
        "reached"
        if seconds[-1] <= AIM
        else "not reached by all"
        if seconds[len(seconds) // 2] <= AIM
        else "not reached"
    )
    row = (
        f"{n_profiles:,}",
        f"{history:,} and {history:,}",
        *told,
        _milliseconds(seconds[-1]),
        f"{_milliseconds(AIM)}: {reached}",
    )
    return page.table(
        (
            "people in the base",
            "events on either side",
            "half within",
            "nine in ten within",
            f"all {rounds} within",
            "aim",
        ),
        [row],
    )


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"


class Linking:
    """Visitors who sign in, one after the other."""

    def __init__(self, root: Path, store: Store, n_profiles: int) -> None:
        self._requests, self._seals = Folders.of(root).requests, seals_of(open_project(root))
        self._store = store
        self._n_profiles = n_profiles
        self._random = random.Random(11)

    def linked(self, number: int, history: int) -> float:
        """Seconds from when the event that ties two is acknowledged until the store has one person with all that both did."""
        visitor: Node = ("anonymous_id", f"link-{os.getpid()}-{number}-{time.time_ns()}")
        user: Node = ("user_id", str(self._random.randint(1, self._n_profiles)))
        self._do({"anonymousId": visitor[1]}, history)
        self._do({"userId": user[1]}, history)
        self._wait_for_stream()
        with self._store.reading() as view:
            expected = _n_did(view, visitor) + _n_did(view, user)
            assert view.key_of(visitor) != view.key_of(user)
        _post("/v1/identify", {"userId": user[1], "anonymousId": visitor[1]})
        began = time.perf_counter()
        while not self._is_one(visitor, user, expected):
            if time.perf_counter() - began > LONGEST:
                raise SystemExit("the two did not become one")
            time.sleep(0.0005)
        return time.perf_counter() - began

    def _is_one(self, visitor: Node, user: Node, expected: int) -> bool:
        with self._store.reading() as view:
            return view.key_of(visitor) == view.key_of(user) and _n_did(view, user) == expected

    def _do(self, who: Call, history: int) -> None:
        calls = [self._call(who) for _ in range(history)]
        for begin in range(0, history, A_REQUEST):
            _post("/v1/batch", {"batch": calls[begin : begin + A_REQUEST]})

    def _call(self, who: Call) -> Call:
        call: Call = json.loads(event_body(self._random, self._n_profiles))
        del call["userId"]
        return {**call, **who, "messageId": f"{self._random.getrandbits(96):024x}-{time.time_ns()}"}

    def _wait_for_stream(self) -> None:
        """Until all that was sent is in the live store."""
        until = time.monotonic() + LONGEST
        with closing(Reader(self._requests, self._seals)) as reader:
            end = reader.end
        while time.monotonic() < until:
            with self._store.reading() as view:
                if view.number("position") >= end:
                    return
            time.sleep(0.01)
        raise SystemExit("the stream did not keep up")


def _n_did(view: View, node: Node) -> int:
    """How many events are kept of whoever has an identifier."""
    key = view.key_of(node)
    assert key is not None
    return sum(map(len, view.past(key).did.values()))


def _post(path: str, body: Call) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{EDGE}{path}",
        json.dumps({**body, "writeKey": KEY}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=LONGEST) as answer:
        assert answer.status == 200


if __name__ == "__main__":
    main()
