"""The audit log: appended to by every process of a project, read newest first, never changed.

Reads and writes `audit_entries` and `audit_head` in the database of operational state, and appends to `audit/head`. Writers take
turns: each first raises the count in the one row of `audit_head`, which the database lets one transaction do at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateTable

from headwater.access.audit.entry import Entry, Event, Outcome, chain_key, first_hash, hash_of, now
from headwater.access.audit.witness import FILE, Mark, Witness
from headwater.access.roles import Action
from headwater.core.errors import AuditError
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.core.state import connect_state, explained

WHAT, NEXT_STEP = "the audit log", "see what `headwater audit verify` says"
_PAGE = 1000
_METADATA = sa.MetaData()
_ENTRIES = sa.Table(
    "audit_entries",
    _METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(26), nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("about", sa.JSON, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
_HEAD = sa.Table(
    "audit_head",
    _METADATA,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for; what is None is not asked for. `since`: UTC, without zone."""

    since: datetime | None = None
    who: str | None = None
    action: Action | None = None
    most: int = 50


class AuditLog:
    """The log of one project. `key`: of its chain; `witness`: the second place."""

    def __init__(self, engine: sa.Engine, key: bytes, witness: Witness) -> None:
        self._engine = engine
        self.key = key
        self.witness = witness
        for table in _METADATA.sorted_tables:
            with self._at_once() as connection:
                connection.execute(CreateTable(table, if_not_exists=True))
        with self._at_once() as connection:
            connection.execute(_beginning(first_hash(key)))

    def append(self, *events: Event) -> None:
        """Record what happened, in this order, all or nothing; it is on the disk when this returns.

        Raises:
            StorageError: it could not be recorded.
        """
        if not events:
            return
        with self._begin() as connection:
            connection.execute(_HEAD.update().values(number=_HEAD.c.number + len(events)))
            head = connection.execute(sa.select(_HEAD)).mappings().first()
            if head is None:
                raise AuditError("the audit log does not say any more how far it went", next_step=NEXT_STEP)
            before, marks = head["hash"], []
            for number, event in enumerate(events, start=head["number"] - len(events) + 1):
                at = now()
                before = hash_of(number, at, event, before, self.key)
                connection.execute(_ENTRIES.insert().values(_row(Entry(number, at, event, before))))
                marks.append(Mark(number, before))
            connection.execute(_HEAD.update().values(hash=before))
        self.witness.note(marks)

    def entries(self, wanted: Wanted = Wanted()) -> list[Entry]:
        """Entries, newest first.

        Raises:
            AuditError: one of them says nothing any more.
        """
        found = sa.select(_ENTRIES).order_by(_ENTRIES.c.number.desc()).limit(wanted.most)
        if wanted.since is not None:
            found = found.where(_ENTRIES.c.at >= wanted.since.isoformat(timespec="microseconds"))
        if wanted.who is not None:
            found = found.where(_ENTRIES.c.who == wanted.who)
        if wanted.action is not None:
            found = found.where(_ENTRIES.c.action == wanted.action.value)
        with self._begin() as connection:
            return [_read(row) for row in connection.execute(found).mappings()]

    def rows(self) -> Iterator[sa.RowMapping]:
        """Every entry as it is stored, oldest first, also one that says nothing any more."""
        last: int | None = None
        while True:
            found = sa.select(_ENTRIES).order_by(_ENTRIES.c.number).limit(_PAGE)
            with self._begin() as connection:
                later = found if last is None else found.where(_ENTRIES.c.number > last)
                rows = list(connection.execute(later).mappings())
            if not rows:
                return
            yield from rows
            last = rows[-1]["number"]

    def head(self) -> Mark | None:
        """How far it went, as the log itself says; None: it does not say."""
        with self._begin() as connection:
            row = connection.execute(sa.select(_HEAD)).mappings().first()
        return Mark(row["number"], row["hash"]) if row else None

    @contextmanager
    def _at_once(self) -> Iterator[sa.Connection]:
        """For what another process may be making at the same moment: then it is made."""
        with explained(WHAT), suppress(IntegrityError, ProgrammingError), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(WHAT), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_audit(project: Project) -> Iterator[AuditLog]:
    """The project's log; its keys are made, if it has none.

    Raises:
        StorageError: its database cannot be reached, read or written.
        KeysError: the project's keys are missing, damaged or open to others.
    """
    engine = connect_state(project, WHAT)
    try:
        yield log_over(engine, project)
    finally:
        engine.dispose()


def log_over(engine: sa.Engine, project: Project) -> AuditLog:
    """The project's log in a database that is open already."""
    return AuditLog(engine, chain_key(seals_of(project).ring), Witness(project.path(*FILE.split("/"))))


def read_row(row: sa.RowMapping) -> tuple[int, datetime, Event]:
    """What an entry says.

    Raises:
        TypeError, ValueError: nothing that an entry can say.
    """
    counts, about = row["counts"], row["about"]
    if not isinstance(counts, dict) or not isinstance(about, list):
        raise TypeError("no counts, or nothing that it is about")
    event = Event(
        row["who"],
        row["role"],
        Action(row["action"]),
        row["by"],
        tuple(about),
        Outcome(row["outcome"]),
        counts,
    )
    return row["number"], datetime.fromisoformat(row["at"]), event


def _beginning(first: str) -> sa.Insert:
    """What makes the row that says how far the log went; nothing, if there is one, or there are entries whose head is gone."""
    values = sa.select(sa.literal(1), sa.literal(0), sa.literal(first)).where(
        ~sa.exists(sa.select(_HEAD.c.one)), ~sa.exists(sa.select(_ENTRIES.c.number))
    )
    return _HEAD.insert().from_select(["one", "number", "hash"], values)


def _row(entry: Entry) -> dict[str, object]:
    event = entry.event
    return {
        **{name: getattr(event, name) for name in ("who", "role", "by")},
        "number": entry.number,
        "at": entry.at.isoformat(timespec="microseconds"),
        "action": event.action.value,
        "about": list(event.about),
        "outcome": event.outcome.value,
        "counts": dict(event.counts),
        "hash": entry.hash,
    }


def _read(row: sa.RowMapping) -> Entry:
    try:
        return Entry(*read_row(row), row["hash"])
    except (TypeError, ValueError):
        raise AuditError(f"entry {row['number']} of the audit log was changed", next_step=NEXT_STEP) from None
