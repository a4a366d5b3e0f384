"""The process that runs the stream: takes the log in as it grows, and lets time pass.

Reads the project's definitions, the log of requests; writes the live store and the log of outcomes. It begins again where its
store says, with new definitions, whenever the core says that there are any.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.core.lifeline import end_with_starter
from headwater.core.project import open_project
from headwater.flow.definitions import read_definitions
from headwater.flow.generation import generation
from headwater.flow.live_log import Folders
from headwater.flow.stream import Stream
from headwater.flow.treatment import make_treatment
from headwater.live.state import micros
from headwater.serve import counts
from headwater.tables.workspace import read

PAUSE = 0.002  # seconds between two looks at a log that does not grow
LOOK_SECONDS = 1.0  # between two looks for new definitions


class StreamProcess:
    """Runs until told to end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._is_ending = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def run(self) -> None:
        """Run the stream, with new definitions whenever there are."""
        while not self._is_ending:
            began = generation(self._root)
            stream = self._open()
            try:
                self._run_until_new(stream, began)
            finally:
                stream.close()

    def _open(self) -> Stream:
        project = open_project(self._root)
        with read(project) as workspace:
            treatment = make_treatment(read_definitions(workspace), workspace)
        return Stream(Folders.of(self._root), treatment)

    def _run_until_new(self, stream: Stream, began: str) -> None:
        looked = time.monotonic()
        while not self._is_ending:
            before = stream.n_events
            n_records = stream.take_some()
            n_judged = 0 if stream.behind else stream.pass_time(micros(Clock().now()))
            if n_records:
                counts.STREAM_EVENTS.inc(stream.n_events - before)
            if not n_records and not n_judged:
                time.sleep(PAUSE)
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                counts.STREAM_BEHIND.set(stream.behind)
                if generation(self._root) != began:
                    return

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
