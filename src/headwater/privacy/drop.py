"""California's deletion requests to data brokers (DROP, Delete Act): the lists of hashes as they come, and the answers to them.

A ZIP holds up to six lists, each a CSV with the columns ID and Hash, named `…_<Type>.csv`. A hash is the base64 of the SHA-256 of
the UTF-8 bytes: of an e-mail address without spaces around and in lower case (dots and `+tag` stay), of the last ten digits of a
phone number. What is answered is the same IDs, each with a status. Reads and writes nothing but what it is given.
"""

from __future__ import annotations

import csv
import io
import zipfile
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from headwater.core.errors import UserError

MOST_BYTES = 4 << 30  # of a list, unpacked
_MOST_LETTERS = 4096  # of a line
_DIGITS = 10
_HASH_BYTES = 32


class ListType(StrEnum):
    """What the hashes of a list are of; the value as the names of files end."""

    EMAIL = "Email"
    PHONE = "Phone"
    MOBILE_AD_ID = "MAID"
    CONNECTED_TV_ID = "CTVID"
    NAME_BIRTH_ZIP = "NDZ"
    NAME_VIN = "NameVIN"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of identifier that are looked for; none: nobody can be found by it here."""
        return _KINDS.get(self, ())


_KINDS: Mapping[ListType, tuple[str, ...]] = MappingProxyType(
    {ListType.EMAIL: ("email", "hashed_email"), ListType.PHONE: ("phone",)}
)


class Status(StrEnum):
    """What is answered of an ID."""

    EXEMPT = "2"
    DELETED = "3"
    OPTED_OUT = "4"
    NOT_FOUND = "5"


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be answered: where it stands, and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class HashList:
    """One list.

    Attributes:
        file: its name.
        ids: by hash, the IDs that came with it.
    """

    file: str
    type: ListType
    ids: Mapping[bytes, Sequence[str]]

    @property
    def n_rows(self) -> int:
        """How many rows it has that can be answered."""
        return sum(map(len, self.ids.values()))


@dataclass
class Lists:
    """All lists of a ZIP: those that are looked for, those that are not, and rows that cannot be answered."""

    lists: list[HashList] = field(default_factory=list)
    not_looked_for: dict[str, int] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)


def hashed_text(kind: str, value: str) -> str | None:
    """What of an identifier is hashed in these lists; None: nothing is, or it stands as its hash already.

    >>> hashed_text("email", "jane.doe+x@example.org"), hashed_text("phone", "+14155559317")
    ('jane.doe+x@example.org', '4155559317')
    """
    match kind:
        case "email":
            return value.strip().lower()
        case "phone":
            digits = "".join(sign for sign in value if sign in "0123456789")
            return digits[-_DIGITS:] if len(digits) >= _DIGITS else None
    return None


def read_lists(path: Path) -> Lists:
    """The lists of a ZIP.

    Raises:
        UserError: it is no ZIP, or holds no list.
    """
    found = Lists()
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    _read_list(archive, entry, found)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, RuntimeError, NotImplementedError):
        raise UserError(
            f"{path.name} cannot be read as a ZIP", next_step="download the lists again from the DROP"
        ) from None
    if not found.lists and not found.not_looked_for:
        raise UserError(
            f"{path.name} holds no list of hashes",
            next_step=f"its files must be named …_<Type>.csv, with one of {', '.join(ListType)}",
        )
    return found


def _read_list(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, found: Lists) -> None:
    name = PurePosixPath(entry.filename).name
    type_ = next((each for each in ListType if name.removesuffix(".csv").endswith(f"_{each}")), None)
    if type_ is None or not name.endswith(".csv"):
        found.bad.append(BadRow(name, 0, "is no list: its name does not say of which type"))
        return
    if entry.file_size > MOST_BYTES:
        found.bad.append(BadRow(name, 0, "is too large"))
        return
    ids: dict[bytes, list[str]] = {}
    with archive.open(entry) as file, io.TextIOWrapper(file, "utf-8-sig", "replace", newline="") as text:
        for line, id_, hash_ in _rows(name, text, found):
            digest = _digest(hash_)
            if not id_ or digest is None:
                why = "its hash is no base64 of 32 bytes" if id_ else "it has no ID"
                found.bad.append(BadRow(name, line, why))
            else:
                ids.setdefault(digest, []).append(id_)
    listed = HashList(name, type_, ids)
    if type_.kinds:
        found.lists.append(listed)
    else:
        found.not_looked_for[name] = listed.n_rows


def _rows(name: str, text: io.TextIOWrapper, found: Lists) -> Iterator[tuple[int, str, str]]:
    """Line, ID and hash of each row that has both columns."""
    lines = _Lines(text)
    reader = csv.reader(lines)
    head = [each.strip().lower() for each in next(reader, [])]
    if not {"id", "hash"} <= set(head):
        found.bad.append(BadRow(name, 1, "it has no columns ID and Hash"))
        return
    at = (head.index("id"), head.index("hash"))
    try:
        for row in reader:
            if row and len(row) <= max(at):
                found.bad.append(BadRow(name, reader.line_num, "it has too few columns"))
            elif row:
                yield reader.line_num, row[at[0]].strip(), row[at[1]].strip()
    except csv.Error:
        found.bad.append(BadRow(name, reader.line_num, "it is no CSV from here on"))


class _Lines:
    """The lines of a text; one that is longer than any line of a list ends it."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(_MOST_LETTERS):
            if len(line) == _MOST_LETTERS:
                raise csv.Error
            yield line


def _digest(hash_: str) -> bytes | None:
    """The bytes of a hash; None: it is none."""
    try:
        found = b64decode(hash_, validate=True)
    except (NotBase64Error, ValueError):
        return None
    return found if len(found) == _HASH_BYTES else None
