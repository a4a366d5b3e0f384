"""The process that runs the stream: takes the log in as it grows, and lets time pass.

Reads the project's definitions, the log of requests; writes the live store and the log of outcomes. It begins again where its
store says, with new definitions, whenever the core says that there are any; and lets go of everything while another process
has to have it for itself.
"""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import lmdb
import msgspec

from headwater.collect.tracking_plan.drift import Account, from_json, merged, to_json
from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.core.lifeline import end_with_starter
from headwater.core.owner import QUIET, is_owned
from headwater.core.sealing.keeping import seals_of
from headwater.engine.lake import write_atomically
from headwater.flow.definitions import read_definitions
from headwater.flow.generation import generation, sound_project
from headwater.flow.live_log import Folders
from headwater.flow.stream import Stream
from headwater.flow.treatment import make_treatment
from headwater.live.base import LakeBase, current_base, read_made
from headwater.live.state import Node, micros
from headwater.serve import counts
from headwater.tables.workspace import read

PAUSE = 0.002  # seconds between two looks at a log that does not grow
PACE = 0.02  # seconds between two transactions, at the least, while little waits: each ends with two waits for the disk
LITTLE = 64 * 1024  # bytes of the log: what comes in a few hundredths of a second when it comes fast
AT_EASE, BETWEEN = (
    200,
    20,
)  # how many are looked at again at once: while no event waits, and while events come
DRIFT_SECONDS = 5.0  # between two accounts of how events look
LOOK_SECONDS = 1.0  # between two looks for new definitions


class Bases:
    """Has the stream turn to new bases, and take those in who move by time alone."""

    def __init__(self, folder: Path, stream: Stream) -> None:
        self._folder = folder
        self._stream = stream
        self._base: LakeBase | None = None
        self._until = 0
        self._expected: Iterator[Node] = iter(())

    @property
    def is_there(self) -> bool:
        """Whether there is a base."""
        return self._base is not None

    def look(self) -> None:
        """Take up what the core has made since the last look."""
        folder = current_base(self._folder)
        if folder is None:
            return
        try:
            if self._base is None or self._base.name != folder.name:
                self._base = LakeBase(folder, self._stream.seals, self._stream.wanted)
                self._stream.turn_to(self._base)
                self._until = 0
            made = read_made(folder)
            if made.until != self._until:
                self._until = made.until
                self._expected = self._base.turning()
        except (OSError, lmdb.Error, msgspec.MsgspecError):
            return  # it has just been replaced: the next look finds the new one

    def expect_some(self, most: int) -> int:
        """Have some of those taken in who move by time alone; gives how many were looked at."""
        nodes = list(islice(self._expected, most))
        if nodes:
            self._stream.expect(nodes)
        return len(nodes)


class StreamProcess:
    """Runs until told to end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._is_ending = False
        self._n_told, self._told_at = 0, float("-inf")
        self._drift_before: Account | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def run(self) -> None:
        """Run the stream, with new definitions whenever there are."""
        while not self._is_ending:
            if is_owned(self._root, QUIET):
                time.sleep(LOOK_SECONDS / 10)
                continue
            began = generation(self._root)
            stream = self._open()
            gc.collect()
            gc.freeze()  # what is there now stays: collections need not look at it again and again
            gc.set_threshold(50_000, 20, 100)
            self._n_told, self._drift_before = 0, None
            try:
                self._run_until_new(stream, began)
            finally:
                stream.close()

    def _open(self) -> Stream:
        project = sound_project(self._root)
        with read(project) as workspace:
            treatment = make_treatment(read_definitions(workspace), workspace)
        return Stream(Folders.of(self._root), seals_of(project), treatment)

    def _run_until_new(self, stream: Stream, began: str) -> None:
        bases = Bases(Folders.of(self._root).bases, stream)
        looked = float("-inf")
        while not self._is_ending:
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                counts.STREAM_BEHIND.set(stream.behind)
                bases.look()
                self._tell_drift(stream)
                if generation(self._root) != began or is_owned(self._root, QUIET):
                    return
            if not bases.is_there:
                time.sleep(
                    LOOK_SECONDS / 10
                )  # without it everyone would seem new, and enter audiences they have long been in
                looked = float("-inf")
                continue
            before, taking = stream.n_events, time.monotonic()
            n_done = stream.take_some()
            if n_done:
                counts.STREAM_EVENTS.inc(stream.n_events - before)
            if stream.behind >= LITTLE:
                continue
            most = BETWEEN if n_done or stream.behind else AT_EASE
            n_others = stream.pass_time(micros(Clock().now()), most)
            n_others += stream.renew_some(most) + bases.expect_some(most)
            if not n_others:
                time.sleep(max(PAUSE, PACE - (time.monotonic() - taking)) if n_done else PAUSE)

    def _tell_drift(self, stream: Stream) -> None:
        """Write now and then how events look; what was noted before this process began stays."""
        if stream.n_events == self._n_told or time.monotonic() - self._told_at < DRIFT_SECONDS:
            return
        self._n_told, self._told_at = stream.n_events, time.monotonic()
        path = self._root / "live" / "drift.json"
        with suppress(OSError, ValueError):
            if self._drift_before is None:
                self._drift_before = from_json(path.read_bytes()) if path.exists() else Account()
            write_atomically(path, to_json(merged(self._drift_before, stream.drift)))

    def _end(self, *_: object) -> None:
        self._is_ending = True


def main(root: str) -> None:
    """Run it in this process."""
    try:
        StreamProcess(Path(root)).run()
    except HeadwaterError as error:
        print(f"stream: {error.message}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    end_with_starter()
    main(sys.argv[1])
