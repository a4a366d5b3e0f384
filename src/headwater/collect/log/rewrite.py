"""Change records where they stand: each keeps its length, so none moves, and every position stays what it was.

Reads and writes the files of a log, each replaced whole in one step: whoever dies when, a file is as it was or as it was to be,
and who reads meanwhile reads one of both. Others may go on appending: where the newest file is to be changed, the next record
begins a new one first (`writer.begin_segment`).

What is replaced is to be gone for good, wherever else a copy of the log is: its keys are destroyed. Which they are is noted in a
file beside the log's before it is replaced; so whoever was killed between finds there what is still to be destroyed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headwater.collect.log.frame import framed, frames, next_frame
from headwater.collect.log.reader import Record
from headwater.collect.log.segments import bases, path_of, records_of
from headwater.collect.log.writer import begin_segment
from headwater.core.errors import Bug, StorageError
from headwater.core.sealing.records import HEAD_BYTES, Records, head_of
from headwater.core.sealing.seals import Seals
from headwater.core.sealing.stores import keep

AT_ONCE = 1024 * 1024  # bytes of records that are looked at together
_DRAFT, _SHRED = ".draft", ".shred"

Change = Callable[[Sequence[Record]], Mapping[int, bytes]]
"""Of records as they lie there, sealed: what is to stand in their place, by position; each as long as what it replaces."""


@dataclass(frozen=True)
class Rewritten:
    """How much was changed.

    Attributes:
        n_records: that were changed.
        n_segments: files that were replaced.
        n_damaged: stretches that could not be read, and stayed as they are.
    """

    n_records: int = 0
    n_segments: int = 0
    n_damaged: int = 0


def rewrite_log(folder: Path, seals: Seals, change: Change, within: Sequence[int] | None = None) -> Rewritten:
    """Change the records of a log, and destroy the keys of what stood there.

    Args:
        folder: of the log.
        seals: of the project.
        change: is asked of all records, in their order, some at a time; of the newest file perhaps twice.
        within: where the files begin that are looked at; None: all.

    Raises:
        KeysError: the keys of a record that was changed are not there.
        StorageError: a file cannot be read or written; those before it are changed, and it may be begun again.
    """
    records = records_of(folder, seals)
    try:
        for draft in folder.glob(f"*{_DRAFT}"):  # of one that was killed
            draft.unlink()
        for note in folder.glob(f"*{_SHRED}"):
            _shred_noted(note, records)
        wanted = [each for each in bases(folder) if within is None or each in within]
        done = [_rewrite(folder, base, records, change) for base in wanted]
    except OSError as error:
        raise StorageError(
            f"a file of the log cannot be changed: {error}", next_step="free disk space, then run it again"
        ) from error
    return Rewritten(
        sum(each.n_records for each in done),
        sum(each.n_segments for each in done),
        sum(each.n_damaged for each in done),
    )


def read_whole(folder: Path) -> Iterator[list[Record]]:
    """All records of a log as they lie there, sealed, some at a time; also what no reader is shown yet."""
    for base in bases(folder):
        segment = Segment(base, _bytes(path_of(folder, base)))
        yield from segment.records()


class Segment:
    """The bytes of a file of the log.

    Attributes:
        n_damaged: stretches that were passed over so far.
    """

    def __init__(self, base: int, data: bytes) -> None:
        self.base = base
        self.data = data
        self.n_damaged = 0

    def records(self) -> Iterator[list[Record]]:
        """Its whole records, about AT_ONCE bytes at a time."""
        found, held, begin, whole = list[Record](), 0, 0, memoryview(self.data)
        while begin < len(self.data):
            end = begin
            for frame in frames(whole[begin:], self.base):
                end = begin + frame.end
                found.append(Record(self.base + begin + frame.begin, self.base + end, frame.payload))
                held += len(frame.payload)
                if held >= AT_ONCE:
                    yield found
                    found, held = [], 0
            begin = self._after_damage(end)
        if found:
            yield found

    def heads(self, positions: Iterable[int]) -> Iterator[bytes]:
        """What records begin with, by which their keys are known."""
        for position in positions:
            begin = position - self.base
            yield head_of(next(frames(memoryview(self.data)[begin:], self.base)).payload)

    def _after_damage(self, end: int) -> int:
        """Where it goes on after what is no record; the torn end of a file is no damage."""
        if end == len(self.data):
            return end
        following = next_frame(self.data, end, self.base)
        self.n_damaged += following < len(self.data)
        return following


def _rewrite(folder: Path, base: int, records: Records, change: Change) -> Rewritten:
    path = path_of(folder, base)
    segment, changes = _changes(path, base, change)
    if changes and base == max(bases(folder)):
        begin_segment(folder)
        segment, changes = _changes(path, base, change)
    if not changes:
        return Rewritten(n_damaged=segment.n_damaged)
    changed, note = _changed(segment, changes), path.with_suffix(_SHRED)
    _write(note, b"".join(segment.heads(changes)))
    _replace(path, changed)
    _shred_noted(note, records)
    return Rewritten(len(changes), 1, segment.n_damaged)


def _changes(path: Path, base: int, change: Change) -> tuple[Segment, dict[int, bytes]]:
    segment, found = Segment(base, _bytes(path)), dict[int, bytes]()
    for records in segment.records():
        found.update(change(records))
    return segment, found


def _bytes(path: Path) -> bytes:
    """What is in a file; nothing if it was let go of meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _changed(segment: Segment, changes: Mapping[int, bytes]) -> bytearray:
    data = bytearray(segment.data)
    for position, payload in changes.items():
        begin = position - segment.base
        frame = framed([payload], segment.base)
        before = next(frames(memoryview(segment.data)[begin:], segment.base))
        if before.end != len(frame):
            raise Bug(f"the record at {position} would move those after it")
        data[begin : begin + len(frame)] = frame
    return data


def _replace(path: Path, data: bytearray) -> None:
    """Put other bytes in a file's place, in one step; it keeps its time, by which it is let go of some day."""
    times = path.stat()
    draft = path.with_suffix(_DRAFT)
    _write(draft, data)
    os.utime(draft, ns=(times.st_atime_ns, times.st_mtime_ns))
    draft.replace(path)
    keep(path.parent)


def _write(path: Path, data: bytes | bytearray) -> None:
    """A file, on the disk when this returns, and its name too."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    keep(path.parent)


def _shred_noted(note: Path, records: Records) -> None:
    """Destroy the keys of the records that a note names, but of those that stand in their file as before."""
    data = note.read_bytes()
    noted = {data[at : at + HEAD_BYTES] for at in range(0, len(data) - HEAD_BYTES + 1, HEAD_BYTES)}
    base = int(note.stem)
    segment = Segment(base, _bytes(path_of(note.parent, base)))
    there = {head_of(each.payload) for found in segment.records() for each in found}
    records.shred(noted - there)
    note.unlink()
