"""Seal a log anew: what retired keys sealed, by the active one. No record moves, for a sealed one is as long as it was.

Reads and writes the files of a log, each replaced whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headwater.collect.log.reader import Record
from headwater.collect.log.rewrite import rewrite_log
from headwater.collect.log.segments import records_of
from headwater.core.errors import SealError
from headwater.core.sealing.records import Records
from headwater.core.sealing.seals import Seals


def reseal_log(folder: Path, seals: Seals) -> int:
    """Seal the records of a log anew; gives how many there were to do. What cannot be opened stays as it is.

    The keys of what they were sealed by are destroyed with it: older copies of the log cannot be opened any more.

    Raises:
        KeysError: keys are not there.
        StorageError: a file cannot be read or written.
    """
    by = records_of(folder, seals)

    def change(records: Sequence[Record]) -> dict[int, bytes]:
        found = ((each.position, _anew(each.payload, by)) for each in records)
        return {position: anew for position, anew in found if anew is not None}

    n_records = rewrite_log(folder, seals, change).n_records
    by.shred_retired()
    return n_records


def _anew(sealed: bytes, by: Records) -> bytes | None:
    if by.is_by_active(sealed):
        return None
    try:
        opened = by.open(sealed)
    except SealError:
        return None
    return None if opened is None else by.seal(opened)
