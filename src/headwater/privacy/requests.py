"""What persons ask for of their data: who asked what, until when it must be answered, and what came of it.

Reads and writes `privacy_requests` and `privacy_extensions` in the database of operational state. Of whom a request is about
stand there blind indexes; their identifiers only as long as it is under way, sealed, so that what was broken off can be finished.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
import sqlalchemy as sa

from headwater.core.errors import NotFoundError, UserError
from headwater.core.project import Project
from headwater.core.sealing.seals import Place, Seals
from headwater.core.state import connect_state, explained
from headwater.privacy.persons import Node, Persons

_WHAT = "the privacy requests"
_PERSONS = Place("privacy_requests", "persons")
_METADATA = sa.MetaData()
_REQUESTS = sa.Table(
    "privacy_requests",
    _METADATA,
    sa.Column("request_id", sa.String(64), primary_key=True),
    sa.Column("asks", sa.String(16), nullable=False),
    sa.Column("law", sa.String(16), nullable=False),
    sa.Column("received_at", sa.DateTime, nullable=False),
    sa.Column("due_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("subjects", sa.JSON, nullable=False),
    sa.Column("persons", sa.Text),
    sa.Column("receipt", sa.JSON),
)
_EXTENSIONS = sa.Table(
    "privacy_extensions",
    _METADATA,
    sa.Column("request_id", sa.String(64), primary_key=True),
    sa.Column("due_at", sa.DateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("extended_at", sa.DateTime, nullable=False),
)


class Asks(StrEnum):
    """What is asked for."""

    ERASE = "erase"
    EXPORT = "export"
    RESTRICT = "restrict"
    UNRESTRICT = "unrestrict"
    CORRECT = "correct"
    OPT_OUT = "opt-out"


class Law(StrEnum):
    """Under which law, which says by when it must be answered."""

    GDPR = "gdpr"
    CCPA = "ccpa"

    @property
    def days(self) -> int:
        """How many days there are: GDPR art. 12(3), one month; CCPA § 1798.130(a)(2), 45 days."""
        return 30 if self is Law.GDPR else 45

    @property
    def more_days(self) -> int:
        """How many more there may be once, if whoever asked is told why in time: the same sections; two months, 45 days."""
        return 59 if self is Law.GDPR else 45


@dataclass(frozen=True)
class PrivacyRequest:
    """A request. Instants are UTC, without zone.

    Attributes:
        subjects: the blind indexes of the identifiers that it named.
        ended_at: when it was answered; None: it is under way.
        receipt: what came of it, once it has ended.
        extended_for: why there is more time than the law gives by itself; empty: there is not.
    """

    request_id: str
    asks: Asks
    law: Law
    received_at: datetime
    due_at: datetime
    ended_at: datetime | None
    subjects: tuple[str, ...]
    receipt: Mapping[str, object] | None
    extended_for: str = ""

    def is_overdue(self, now: datetime | None = None) -> bool:
        """Whether it should have been answered by now (UTC, without zone)."""
        return self.ended_at is None and self.due_at < (now or _now())


class PrivacyRequests:
    """Those of one project."""

    def __init__(self, engine: sa.Engine, seals: Seals) -> None:
        self._engine = engine
        self._seals = seals
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def begin(self, asks: Asks, law: Law, nodes: Sequence[Node], received_at: datetime | None = None) -> str:
        """Note a request about the persons who have these identifiers; gives its id. `received_at`: UTC; None: now."""
        at = (received_at or datetime.now(UTC)).replace(tzinfo=None)
        request_id = f"{asks}-{at:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
        row = {
            "request_id": request_id,
            "asks": asks.value,
            "law": law.value,
            "received_at": at,
            "due_at": at + timedelta(days=law.days),
            "subjects": [self._seals.index_text(value, kind) for kind, value in nodes],
            "persons": self._sealed(self._of(nodes)),
        }
        with self._begin() as connection:
            connection.execute(_REQUESTS.insert().values(row))
        return request_id

    def persons(self, request_id: str) -> Persons:
        """Of a request under way, the persons it is about, as far as that was noted; nobody once it has ended."""
        with self._begin() as connection:
            row = connection.execute(sa.select(_REQUESTS).where(_is(request_id))).mappings().first()
        sealed = row["persons"] if row else None
        opened = None if sealed is None else self._seals.open_text(sealed, _PERSONS)
        noted = json.loads(opened) if opened else {"nodes": [], "node_ids": [], "profile_ids": []}
        numbers = (np.array(noted[name], dtype=np.int64) for name in ("node_ids", "profile_ids"))
        nodes = [(kind, value) for kind, value in noted["nodes"]]
        return Persons(tuple(nodes), self._of(nodes).indexes, *numbers)

    def widen(self, request_id: str, persons: Persons) -> None:
        """Note all that the persons a request is about are known by: it is finished by that when the tables know them no more."""
        with self._begin() as connection:
            values = {"persons": self._sealed(persons)}
            connection.execute(_REQUESTS.update().where(_is(request_id)).values(values))

    def end(self, request_id: str, receipt: Mapping[str, object]) -> None:
        """Note what came of a request, and forget whom it was about."""
        values = {"ended_at": _now(), "receipt": dict(receipt), "persons": None}
        with self._begin() as connection:
            connection.execute(_REQUESTS.update().where(_is(request_id)).values(values))

    def extend(self, request_id: str, reason: str) -> None:
        """Take more time for a request, as the law gives it once.

        Raises:
            NotFoundError: there is none of this id.
            UserError: it has ended, was extended before, or is overdue already.
        """
        request = self.get(request_id)
        if request.ended_at is None and request.extended_for == reason:
            return  # it was said twice
        if problem := _not_to_extend(request):
            raise UserError(
                f"the request {request_id} {problem}", next_step="see `headwater privacy requests`"
            )
        row = {
            "request_id": request_id,
            "due_at": request.due_at + timedelta(days=request.law.more_days),
            "reason": reason,
            "extended_at": _now(),
        }
        with self._begin() as connection:
            connection.execute(_EXTENSIONS.insert().values(row))

    def drop(self, request_id: str) -> None:
        """Note a request no more, that was a mistake and of which nothing was done."""
        with self._begin() as connection:
            connection.execute(_REQUESTS.delete().where(_is(request_id)))

    def all(self) -> list[PrivacyRequest]:
        """Every request, oldest first."""
        order = (_REQUESTS.c.received_at, _REQUESTS.c.request_id)
        with self._begin() as connection:
            extended = {
                row["request_id"]: row for row in connection.execute(sa.select(_EXTENSIONS)).mappings()
            }
            rows = connection.execute(sa.select(_REQUESTS).order_by(*order)).mappings()
            return [_read(row, extended.get(row["request_id"])) for row in rows]

    def get(self, request_id: str) -> PrivacyRequest:
        """One request.

        Raises:
            NotFoundError: there is none of this id.
        """
        found = {each.request_id: each for each in self.all()}
        if request_id not in found:
            raise NotFoundError(
                "privacy request", request_id, list(found), next_step="see `headwater privacy requests`"
            )
        return found[request_id]

    def under_way(self) -> list[str]:
        """The ids of requests to erase that were begun and never ended, oldest first."""
        return [each.request_id for each in self.all() if each.ended_at is None and each.asks is Asks.ERASE]

    def take_up(
        self, asks: Asks, law: Law, nodes: Sequence[Node], received_at: datetime | None = None
    ) -> PrivacyRequest:
        """The oldest request of a kind about just these identifiers that waits to be answered; a new one, if none does."""
        subjects = set(self._of(nodes).indexes)
        waiting = (each for each in self.all() if each.ended_at is None and each.asks is asks)
        found = next((each for each in waiting if set(each.subjects) == subjects), None)
        return found or self.get(self.begin(asks, law, nodes, received_at))

    def _of(self, nodes: Sequence[Node]) -> Persons:
        """Persons of whom nothing but identifiers is known yet."""
        return Persons(tuple(nodes), tuple(self._seals.index_text(value, kind) for kind, value in nodes))

    def _sealed(self, persons: Persons) -> str:
        noted = {
            "nodes": persons.nodes,
            "node_ids": persons.node_ids.tolist(),
            "profile_ids": persons.profile_ids.tolist(),
        }
        return self._seals.seal_text(json.dumps(noted), _PERSONS)

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(_WHAT), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_requests(project: Project, seals: Seals) -> Iterator[PrivacyRequests]:
    """The project's privacy requests.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield PrivacyRequests(engine, seals)
    finally:
        engine.dispose()


def _is(request_id: str) -> sa.ColumnElement[bool]:
    return _REQUESTS.c.request_id == request_id


def _not_to_extend(request: PrivacyRequest) -> str:
    """Why a request can have no more time; empty: it can."""
    if request.ended_at is not None:
        return "was answered"
    if request.extended_for:
        return "was extended before, which the law allows once"
    return "is overdue: it can be extended in time only" if request.is_overdue() else ""


def _read(row: sa.RowMapping, extended: sa.RowMapping | None) -> PrivacyRequest:
    return PrivacyRequest(
        row["request_id"],
        Asks(row["asks"]),
        Law(row["law"]),
        row["received_at"],
        extended["due_at"] if extended else row["due_at"],
        row["ended_at"],
        tuple(row["subjects"]),
        row["receipt"],
        extended["reason"] if extended else "",
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
