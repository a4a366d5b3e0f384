"""Keys of the management API: made, listed, revoked, and recognised. A key is shown once, when it is made.

Reads and writes `access_keys` in the database of operational state: of each key its name, what it may, and a hash of it. The key
is 256 random bits, so a plain hash is enough: there is nothing to guess, and so nothing that a slow hash would slow down.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from headwater.access.rights import Right
from headwater.core.errors import NotFoundError, UserError
from headwater.core.project import Project
from headwater.core.state import connect_state, explained

NAME = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
SHAPE = re.compile(r"hw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_WHAT = "the keys of the API"
_METADATA = sa.MetaData()
_KEYS = sa.Table(
    "access_keys",
    _METADATA,
    sa.Column("key_id", sa.String(12), primary_key=True),
    sa.Column("name", sa.String(63), nullable=False),
    sa.Column("may", sa.String(16), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("revoked_at", sa.DateTime),
)
_NO_HASH = "0" * 64


@dataclass(frozen=True)
class AccessKey:
    """A key, without what is secret of it. Instants are UTC, without zone; `revoked_at`: since when it opens nothing."""

    name: str
    may: Right
    created_at: datetime
    revoked_at: datetime | None = None


class AccessKeys:
    """The keys of one project."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def create(self, name: str, may: Right) -> str:
        """Make a key; gives what is to be sent with each request, and is known to nobody afterwards.

        Raises:
            UserError: it cannot have that name, or one that is in force has it.
        """
        if not NAME.fullmatch(name):
            raise UserError(
                "a key's name is lower case letters, digits, `_`, `.` and `-`, and begins with a letter",
                next_step="name it after who will use it, like crm_sync",
            )
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._begin() as connection:
            if connection.execute(sa.select(_KEYS.c.key_id).where(_in_force(name))).first():
                raise UserError(
                    f"there is a key '{name}' already",
                    next_step=f"take another name, or `headwater access revoke {name}` first",
                )
            row = {"key_id": key_id, "name": name, "may": may.value, "hash": _hash(secret)}
            connection.execute(_KEYS.insert().values(**row, created_at=_now()))
        return f"hw_{key_id}_{secret}"

    def all(self) -> list[AccessKey]:
        """Every key there was, oldest first."""
        with self._begin() as connection:
            rows = connection.execute(sa.select(_KEYS).order_by(_KEYS.c.created_at, _KEYS.c.name)).mappings()
            return [_read(row) for row in rows]

    def revoke(self, name: str) -> None:
        """Let a key open nothing from now on.

        Raises:
            NotFoundError: no key in force has that name.
        """
        with self._begin() as connection:
            if connection.execute(_KEYS.update().where(_in_force(name)).values(revoked_at=_now())).rowcount:
                return
        known = [key.name for key in self.all() if key.revoked_at is None]
        raise NotFoundError("key in force", name, known, next_step="see `headwater access list`")

    def recognise(self, presented: str) -> AccessKey | None:
        """The key in force that was presented; None: it is none. How long that takes does not tell how much of it is right."""
        shape = SHAPE.fullmatch(presented)
        key_id, secret = shape.groups() if shape else ("", "")
        with self._begin() as connection:
            row = connection.execute(sa.select(_KEYS).where(_KEYS.c.key_id == key_id)).mappings().first()
        is_it = hmac.compare_digest(row["hash"] if row else _NO_HASH, _hash(secret))
        return _read(row) if row and is_it and row["revoked_at"] is None else None

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(_WHAT), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_access_keys(project: Project) -> Iterator[AccessKeys]:
    """The project's keys.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield AccessKeys(engine)
    finally:
        engine.dispose()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _in_force(name: str) -> sa.ColumnElement[bool]:
    return sa.and_(_KEYS.c.name == name, _KEYS.c.revoked_at.is_(None))


def _read(row: sa.RowMapping) -> AccessKey:
    return AccessKey(row["name"], Right(row["may"]), row["created_at"], row["revoked_at"])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
