"""What an event costs the stream, by itself: seconds of a core, however long it waits for one or for the disk.

    python -m bench.live.stream --profiles 200000 --events 40000

A few events at a time are written to the log, as they come at a steady rate, and then taken in; only that is measured.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from pathlib import Path

from bench.live.sustained import event_body, prepared
from headwater.collect.kept import keep
from headwater.collect.log.writer import Writer
from headwater.collect.request import Request
from headwater.core.clock import Clock
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.flow.bases import run_and_keep_base
from headwater.flow.definitions import read_definitions
from headwater.flow.live_log import Folders
from headwater.flow.stream import Stream
from headwater.flow.treatment import make_treatment
from headwater.live.base import LakeBase, current_base
from headwater.live.state import micros
from headwater.tables.workspace import read, work

A_TRANSACTION = 20  # events: about what waits when they come at 2,000 a second


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what an event costs the stream.")
    parser.add_argument("--profiles", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "headwater-bench-live")
    given = parser.parse_args()
    seconds = measured(prepared(given.folder, given.profiles), given.profiles, given.events)
    print(
        f"{seconds / given.events * 1e6:,.0f} µs of one core an event: {given.events / seconds:,.0f} events/s"
    )


def measured(root: Path, n_profiles: int, n_events: int) -> float:
    """Seconds of one core for so many events, in a store and a log that are empty before."""
    project = open_project(root)
    folders, seals = Folders.of(root), seals_of(project)
    if current_base(folders.bases) is None:
        with work(project) as workspace:
            run_and_keep_base(workspace, read_definitions(workspace))
    for folder in (folders.store, folders.requests, folders.outcomes):
        shutil.rmtree(folder, ignore_errors=True)
    with read(project) as workspace:
        treatment = make_treatment(read_definitions(workspace), workspace)
    base = current_base(folders.bases)
    assert base is not None  # it has just been made, or was there
    people, writer = random.Random(7), Writer(folders.requests, seals)
    stream = Stream(folders, seals, treatment)
    stream.turn_to(LakeBase(base, seals, stream.wanted))
    used = 0.0
    for _ in range(n_events // A_TRANSACTION):
        writer.append([_kept(event_body(people, n_profiles)) for _ in range(A_TRANSACTION)])
        began = time.process_time()
        stream.take_some()
        stream.pass_time(micros(Clock().now()))
        used += time.process_time() - began
    stream.close()
    return used


def _kept(body: bytes) -> bytes:
    headers = {"content-type": "application/json"}
    request = Request(
        method="POST",
        path="/v1/track",
        headers=headers,
        body=body,
        ip="127.0.0.1",
        received_at=Clock().now(),
        source="web",
    )
    return keep(request, "segment")


if __name__ == "__main__":
    main()
