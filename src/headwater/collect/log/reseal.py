"""Seal a log anew: what retired keys sealed, by the active one. No record moves, for a sealed one is as long as it was.

Reads and writes the files of a log, each replaced whole; nobody may be writing or reading there meanwhile.
"""

from __future__ import annotations

import os
from pathlib import Path

from headwater.collect.log.frame import framed, frames, next_frame
from headwater.collect.log.segments import bases, path_of, pieces_of
from headwater.core.errors import SealError
from headwater.core.sealing.pieces import Pieces
from headwater.core.sealing.seals import Seals


def reseal_log(folder: Path, seals: Seals) -> int:
    """Seal the records of a log anew; gives how many there were to do. What cannot be opened stays as it is."""
    pieces, n_resealed = pieces_of(folder, seals), 0
    for base in bases(folder):
        path = path_of(folder, base)
        data = bytearray(path.read_bytes())
        n = _reseal(data, base, pieces)
        if n:
            _replace(path, data)
        n_resealed += n
    return n_resealed


def _reseal(data: bytearray, base: int, pieces: Pieces) -> int:
    """Change the records in the bytes of a file; gives how many."""
    begin = n = 0
    while begin < len(data):
        end = begin
        for frame in frames(memoryview(bytes(data[begin:])), base):
            anew = _anew(frame.payload, pieces)
            if anew is not None:
                data[begin + frame.begin : begin + frame.end] = framed([anew], base)
                n += 1
            end = begin + frame.end
        begin = next_frame(bytes(data), max(begin, end), base)
    return n


def _anew(sealed: bytes, pieces: Pieces) -> bytes | None:
    if pieces.is_by_active(sealed):
        return None
    try:
        opened = pieces.open(sealed)
    except SealError:
        return None
    return None if opened is None else pieces.seal(opened)


def _replace(path: Path, data: bytearray) -> None:
    """Put other bytes in a file's place, in one step; it keeps its time, by which it is let go of some day."""
    times = path.stat()
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(draft, ns=(times.st_atime_ns, times.st_mtime_ns))
    draft.replace(path)
