"""Sessions of people who are signed in to the console, and links that sign somebody in once.

Reads and writes `console_sessions` and `console_links` in the database of operational state, so that a restart keeps people
signed in. Neither a session's id nor a link's token stands there: each is 256 random bits, of which a plain hash is kept (as of
keys, docs/decisions/0021). A session that a key opened ends with the key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from headwater.access.audit.about import local_user
from headwater.access.keys import AccessKeys
from headwater.access.roles import Action, Caller, Role
from headwater.core.project import Project
from headwater.core.state import connect_state, explained

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
LINK_LASTS = timedelta(minutes=10)
_TOUCH_EVERY = timedelta(seconds=20)  # a click is not worth a write each
_KEPT = timedelta(days=1)  # after their end
_WHAT = "the console's sessions"
_METADATA = sa.MetaData()
_SESSIONS = sa.Table(
    "console_sessions",
    _METADATA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("only", sa.JSON, nullable=False),
    sa.Column("key_id", sa.String(12), nullable=False),
    sa.Column("begun_at", sa.DateTime, nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
)
_LINKS = sa.Table(
    "console_links",
    _METADATA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
)


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in. `hash`: of its id, by which it is known inside."""

    hash: str
    caller: Caller


@dataclass(frozen=True)
class OpenSession:
    """A session that has not ended, as whoever manages keys sees it. Instants are UTC, without zone.

    `key_id`: of the key that opened it; empty: a link did.
    """

    hash: str
    name: str
    role: Role
    begun_at: datetime
    seen_at: datetime
    key_id: str


class Sessions:
    """The sessions of one project. `clock`: the present, UTC without zone."""

    def __init__(
        self, engine: sa.Engine, keys: AccessKeys, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._clock = clock or _now
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def begin(self, caller: Caller, key_id: str = "") -> str:
        """Sign somebody in; gives the session's id, which is told to their browser and to nobody else.

        `key_id`: of the key that they showed, with which the session ends; empty: of none.
        """
        session_id, now = secrets.token_urlsafe(32), self._clock()
        row = {
            "name": caller.name,
            "role": caller.role.value,
            "only": sorted(caller.actions),
            "key_id": key_id,
        }
        with self._begin() as connection:
            connection.execute(_SESSIONS.delete().where(_SESSIONS.c.seen_at < now - LONGEST - _KEPT))
            connection.execute(
                _SESSIONS.insert().values(hash=hash_of(session_id), begun_at=now, seen_at=now, **row)
            )
        return session_id

    def find(self, session_id: str, *, is_used: bool = True) -> Session | None:
        """The session of this id; None: there is none, or it has ended. `is_used`: somebody does something, so it is not idle."""
        return self.by_hash(hash_of(session_id), is_used=is_used) if session_id else None

    def by_hash(self, hashed: str, *, is_used: bool = True) -> Session | None:
        """The same, by the hash of its id."""
        now = self._clock()
        with self._begin() as connection:
            row = (
                connection.execute(sa.select(_SESSIONS).where(_SESSIONS.c.hash == hashed)).mappings().first()
            )
            if row is None or not _is_alive(row, now):
                return None
            if is_used and now - row["seen_at"] > _TOUCH_EVERY:
                connection.execute(_SESSIONS.update().where(_SESSIONS.c.hash == hashed).values(seen_at=now))
        if row["key_id"] and self._keys.by_id(row["key_id"]) is None:
            return None
        role = Role(row["role"])
        # What a role may can change with a version of Headwater: nobody keeps more than their role has now.
        actions = role.actions & {Action(each) for each in row["only"] if each in set(Action)}
        return Session(hashed, Caller(row["name"], role, actions))

    def end(self, hashed: str) -> None:
        """Sign out."""
        with self._begin() as connection:
            connection.execute(
                _SESSIONS.update().where(_SESSIONS.c.hash == hashed).values(ended_at=self._clock())
            )

    def open_now(self) -> list[OpenSession]:
        """Every session that has not ended, the one used last first."""
        now = self._clock()
        with self._begin() as connection:
            rows = connection.execute(sa.select(_SESSIONS).order_by(_SESSIONS.c.seen_at.desc())).mappings()
            alive = [row for row in rows if _is_alive(row, now)]
        return [
            OpenSession(
                row["hash"],
                row["name"],
                Role(row["role"]),
                row["begun_at"],
                row["seen_at"],
                row["key_id"],
            )
            for row in alive
            if not row["key_id"] or self._keys.by_id(row["key_id"]) is not None
        ]

    def make_link(self) -> str:
        """A token that signs in, once and soon, whoever works at this machine, as its admin; told this once."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._begin() as connection:
            connection.execute(_LINKS.delete().where(_LINKS.c.expires_at < now))
            connection.execute(
                _LINKS.insert().values(hash=hash_of(token), name=local_user(), expires_at=now + LINK_LASTS)
            )
        return token

    def take_link(self, token: str) -> Caller | None:
        """Who is signed in by a token, which is used up by this; None: nobody, or nobody any more."""
        found = _LINKS.c.hash == hash_of(token)
        with self._begin() as connection:
            row = connection.execute(sa.select(_LINKS).where(found)).mappings().first()
            # Of two who come at the same moment, the one who removes it is signed in.
            is_first = connection.execute(_LINKS.delete().where(found)).rowcount == 1
        if row is None or not is_first or row["expires_at"] <= self._clock():
            return None
        return Caller(row["name"], Role.ADMIN, Role.ADMIN.actions)

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(_WHAT), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_sessions(project: Project) -> Iterator[Sessions]:
    """The project's sessions.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield Sessions(engine, AccessKeys(engine))
    finally:
        engine.dispose()


def link_to_console(project: Project, port: int) -> str:
    """The address of a project's console at a port of this machine, with a token that signs in once and soon.

    Raises:
        StorageError: its database cannot be reached, read or written.
    """
    with open_sessions(project) as sessions:
        token = sessions.make_link()
    return f"{console_address(port)}/sign-in/once?token={token}"


def console_address(port: int) -> str:
    """Where the console at a port of this machine is."""
    return f"http://127.0.0.1:{port}"


def hash_of(secret: str) -> str:
    """What is kept of an id or a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _is_alive(row: sa.RowMapping, now: datetime) -> bool:
    return row["ended_at"] is None and now - row["seen_at"] < IDLE and now - row["begun_at"] < LONGEST


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
