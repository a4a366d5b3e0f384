"""Read what a data broker downloads from DROP: a ZIP of CSV files, one for each list, with the columns ID and Hash.

Reads the file; writes nothing. A row that cannot be read is counted and gets no answer; a file that is none of theirs is refused.

Source: California Privacy Protection Agency, DROP technical specifications 1.2 (July 2026), "Working with the data".
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from headwater.core.errors import UserError

HASH_BYTES = 32
MOST_BYTES = 2 << 30
"""Of one list, unpacked."""
_REMOVED = "Removed"
_NEXT = "download the lists again, and give the ZIP file as it comes"


class ListType(StrEnum):
    """What the people of a list are named by. The value stands in the names of files."""

    EMAIL = "Email"
    PHONE = "Phone"
    MAID = "MAID"
    CTVID = "CTVID"
    NDZ = "NDZ"
    NAME_VIN = "NameVIN"


_NAME = re.compile(
    rf"^(?:.*/)?(\d{{8}})_([A-Za-z0-9-]+)_({'|'.join([*ListType, _REMOVED])})(?:_[A-Za-z0-9-]+)?\.csv$",
    re.IGNORECASE,
)
_TYPES = {each.lower(): each for each in ListType}


@dataclass(frozen=True)
class WorkItem:
    """One request: its id, and the hash of what the person is named by (32 bytes)."""

    item_id: str
    digest: bytes


@dataclass
class DeletionList:
    """One list. `refused`: what is wrong with a row, by its line; such a row is not answered."""

    type: ListType
    items: list[WorkItem] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Download:
    """All lists of a download. `broker`: the id in the names of its files; `n_removed`: requests that were taken back."""

    broker: str
    lists: tuple[DeletionList, ...]
    n_removed: int


def read_download(path: Path) -> Download:
    """The lists of a ZIP file.

    Raises:
        UserError: it is no ZIP file, or has a file that is no list.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            return _read(packed, path.name)
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise UserError(f"{path.name} cannot be read as a ZIP file: {error}", next_step=_NEXT) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"a list in {path.name} is no CSV file in UTF-8: {error}", next_step=_NEXT) from None


def _read(packed: zipfile.ZipFile, name: str) -> Download:
    lists, brokers, n_removed = dict[ListType, DeletionList](), set[str](), 0
    for member in packed.infolist():
        if member.is_dir():
            continue
        named = _NAME.match(member.filename)
        if named is None:
            raise UserError(
                f"{name} holds the file '{member.filename[:80]}', which is not named like a list of DROP",
                next_step=_NEXT,
            )
        if member.file_size > MOST_BYTES:
            raise UserError(f"a list in {name} has more than {MOST_BYTES:,} bytes", next_step=_NEXT)
        brokers.add(named[2])
        with packed.open(member) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            kind = named[3].lower()
            if kind == _REMOVED.lower():
                n_removed += sum(1 for _ in _rows(text, member.filename))
            else:
                into = lists.setdefault(_TYPES[kind], DeletionList(_TYPES[kind]))
                _fill(into, text, member.filename)
    if len(brokers) != 1:
        raise UserError(f"{name} holds the lists of {len(brokers)} data brokers, not of one", next_step=_NEXT)
    return Download(brokers.pop(), tuple(lists.values()), n_removed)


def _rows(text: io.TextIOWrapper, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text)
    head = [each.strip().lower() for each in next(reader, [])]
    if head[:1] != ["id"]:
        raise UserError(f"the list '{name[-80:]}' has no column ID", next_step=_NEXT)
    for row in reader:
        if row:
            yield reader.line_num, row


def _fill(into: DeletionList, text: io.TextIOWrapper, name: str) -> None:
    known = {each.item_id: each.digest for each in into.items}
    for line, row in _rows(text, name):
        item = _item(row)
        if isinstance(item, str):
            into.refused[line] = item
        elif known.setdefault(item.item_id, item.digest) != item.digest:
            into.refused[line] = "its ID stands for another hash, too"
        else:
            into.items.append(item)


def _item(row: list[str]) -> WorkItem | str:
    """A row, or what is wrong with it."""
    if len(row) != 2:
        return f"it has {len(row)} values, not 2"
    item_id, text = row[0].strip(), row[1].strip()
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", item_id):
        return "its ID is none"
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return "its hash is no base64"
    return (
        WorkItem(item_id, digest)
        if len(digest) == HASH_BYTES
        else f"its hash has {len(digest)} bytes, not 32"
    )
