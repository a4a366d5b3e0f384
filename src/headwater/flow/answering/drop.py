"""Answer the lists of California's DROP: look for whom they name, erase them or let them opt out, and write what was done.

Reads the lists and `nodes`; what it does is a request to erase, or to opt out. Writes a folder of answers. What was found is
written beside it before anybody is erased: who is erased cannot be found again, and must be answered all the same.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headwater.core.errors import StorageError, UserError
from headwater.engine.query import DIALECT, literal
from headwater.privacy.drop import BadRow, HashList, Lists, Status, hashed_text
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

UNFINISHED = ".unfinished"
Found = Mapping[bytes, str]
"""By hash, an identifier as kind=value."""


@dataclass(frozen=True)
class Answered:
    """What was answered.

    Attributes:
        n_found: how many identifiers that the lists name are held.
        is_done: whether it was done; else it is what would be answered.
        statuses: by status, how many IDs.
        bad: rows that cannot be answered.
        not_looked_for: by file, how many rows of lists in which nobody can be found here.
    """

    n_found: int
    is_done: bool
    statuses: Mapping[str, int]
    bad: tuple[BadRow, ...]
    not_looked_for: Mapping[str, int]


def find_listed(lists: Lists, workspace: Workspace) -> dict[str, Found]:
    """Whom each list names, of those that are held: by file."""
    return {each.file: dict(_held(each, workspace)) for each in lists.lists}


def _held(listed: HashList, workspace: Workspace) -> Iterator[tuple[bytes, str]]:
    for kind in listed.type.kinds:
        of_kind = literal(kind).sql(dialect=DIALECT)
        rows = workspace.engine.stream(f"SELECT {opened()} AS value FROM nodes WHERE identifier = {of_kind}")
        for batch in rows:
            for value in batch.column("value").to_pylist():
                digest = None if value is None else _digest(kind, value)
                if digest in listed.ids and digest is not None:
                    yield digest, f"{kind}={value}"


def _digest(kind: str, value: str) -> bytes | None:
    """The SHA-256 of an identifier as the lists have it."""
    if kind == "hashed_email":
        return bytes.fromhex(value)
    text = hashed_text(kind, value)
    return None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def foreseen(
    lists: Lists, found: Mapping[str, Found], exempt: Collection[str], is_done: Status
) -> dict[str, int]:
    """How many IDs would be answered with which status."""
    statuses = (
        status
        for listed in lists.lists
        for _, status in _answers(listed, found[listed.file], exempt, is_done)
    )
    return dict(sorted(Counter(statuses).items()))


def write_answers(
    lists: Lists, found: Mapping[str, Found], exempt: Collection[str], is_done: Status, folder: Path
) -> None:
    """Write what will be answered, beside the folder that it will be; what was found before and not finished is kept.

    Raises:
        UserError: the folder is there already.
        StorageError: it cannot be written.
    """
    if folder.exists():
        raise UserError(f"{folder.name} is there already", next_step="name a folder that does not exist yet")
    draft = _draft(folder)
    before = dict(_answers_in(draft))
    try:
        draft.mkdir(parents=True, exist_ok=True, mode=0o700)
        for listed in lists.lists:
            rows = _answers(listed, found[listed.file], exempt, is_done)
            kept = ((id_, before.get((listed.file, id_), status)) for id_, status in rows)
            _write(draft / listed.file, ("ID", "Status"), kept)
        if lists.bad:
            bad = ((each.file, str(each.line), each.reason) for each in lists.bad)
            _write(draft / "rejected.csv", ("File", "Line", "Reason"), bad)
    except OSError as error:
        raise _not_written(error) from error


def finish_answers(folder: Path) -> dict[str, int]:
    """Let what was written be the answer; gives how many IDs have which status.

    Raises:
        StorageError: it cannot be renamed.
    """
    draft = _draft(folder)
    counts = Counter(status for _, status in _answers_in(draft, all_of_them=True))
    try:
        draft.rename(folder)
    except OSError as error:
        raise _not_written(error) from error
    return dict(sorted(counts.items()))


def to_be_done(lists: Lists, found: Mapping[str, Found], exempt: Collection[str]) -> list[str]:
    """The identifiers, as kind=value, of all who are found and of whom an ID is not exempt."""
    wanted = {
        identifier
        for listed in lists.lists
        for digest, identifier in found[listed.file].items()
        if set(listed.ids[digest]) - set(exempt)
    }
    return sorted(wanted)


def _answers(
    listed: HashList, found: Found, exempt: Collection[str], is_done: Status
) -> Iterator[tuple[str, str]]:
    for digest, ids in listed.ids.items():
        for id_ in ids:
            status = is_done if digest in found else Status.NOT_FOUND
            yield id_, (Status.EXEMPT if id_ in exempt and digest in found else status).value


def _answers_in(draft: Path, *, all_of_them: bool = False) -> Iterator[tuple[tuple[str, str], str]]:
    """File, ID and status of what was written before; by itself only of those who were found then."""
    for path in sorted(draft.glob("*.csv")) if draft.is_dir() else ():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                status = row.get("Status")
                if status and (all_of_them or status != Status.NOT_FOUND):
                    yield (path.name, str(row["ID"])), status


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows(rows)


def _draft(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{UNFINISHED}")


def _not_written(error: OSError) -> StorageError:
    return StorageError(
        f"the answers could not be written: {error.strerror}",
        next_step="free disk space, or name another folder",
    )
