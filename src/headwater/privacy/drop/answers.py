"""What became of each request of a list, kept until it is answered and afterwards: who was deleted is not found a second time.

Reads and writes the table `drop_answers` of the project's database of state; writes files of answers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

import sqlalchemy as sa

from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.core.state import connect_state, explained
from headwater.engine.lake import write_atomically
from headwater.privacy.drop.download import Download, ListType

_WHAT = "the answers to deletion lists"
_METADATA = sa.MetaData()
_ANSWERS = sa.Table(
    "drop_answers",
    _METADATA,
    sa.Column("item_id", sa.String(64), primary_key=True),
    sa.Column("list", sa.String(16), nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("noted_at", sa.DateTime, nullable=False),
)


class Status(IntEnum):
    """How a request is answered."""

    DELETED = 3
    OPTED_OUT = 4
    NOT_FOUND = 5


class Answers:
    """Those of one project."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def known(self) -> dict[str, Status]:
        """Of every request that was found: what was, or is being, done."""
        with explained(_WHAT), self._engine.begin() as connection:
            rows = connection.execute(sa.select(_ANSWERS.c.item_id, _ANSWERS.c.status))
            return {item_id: Status(status) for item_id, status in rows}

    def note(self, of: ListType, statuses: Mapping[str, Status]) -> None:
        """Note what is being done; before it is done."""
        now = datetime.now(UTC).replace(tzinfo=None)
        rows = [
            {"item_id": item_id, "list": of.value, "status": int(status), "noted_at": now}
            for item_id, status in statuses.items()
        ]
        if rows:
            with explained(_WHAT), self._engine.begin() as connection:
                connection.execute(_ANSWERS.insert(), rows)


@contextmanager
def open_answers(project: Project) -> Iterator[Answers]:
    """The project's answers.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield Answers(engine)
    finally:
        engine.dispose()


def answer_files(download: Download, folder: Path, day: datetime) -> dict[ListType, Path]:
    """Where the answers to a download are written.

    Raises:
        UserError: one of the files is there already.
    """
    files = {
        each.type: folder / f"{day:%Y%m%d}_{download.broker}_{each.type}.csv"
        for each in download.lists
        if each.items
    }
    if there := sorted(path.name for path in files.values() if path.exists()):
        raise UserError(
            f"{folder.name or folder} holds {', '.join(there)} already",
            next_step="name another folder, or move them away",
        )
    return files


def write_answers(path: Path, statuses: Mapping[str, Status]) -> None:
    """A file of answers, whole or not at all: columns ID and Status."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(("ID", "Status"))
    rows.writerows((item_id, int(status)) for item_id, status in statuses.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.getvalue().encode())
