"""Keys of the management API: made, listed, revoked, and recognised. A key is shown once, when it is made.

Reads and writes `api_keys` in the database of operational state: of each key its name, its role, what of that it may, until
when, and a hash of it. The key is 256 random bits, so a plain hash is enough: there is nothing to guess, and so nothing that a
slow hash would slow down (docs/decisions/0021).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from headwater.access.roles import Action, Caller, Role
from headwater.core.errors import NotFoundError, UserError
from headwater.core.project import Project
from headwater.core.state import connect_state, explained
from headwater.privacy.shown import Harmless

NAME = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
SHAPE = re.compile(r"hw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_WHAT = "the keys of the API"
_METADATA = sa.MetaData()
_KEYS = sa.Table(
    "api_keys",
    _METADATA,
    sa.Column("key_id", sa.String(12), primary_key=True),
    sa.Column("name", sa.String(63), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("only", sa.JSON, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("expires_at", sa.DateTime),
    sa.Column("revoked_at", sa.DateTime),
)
_NO_HASH = "0" * 64


@dataclass(frozen=True)
class AccessKey:
    """A key, without what is secret of it. Instants are UTC, without zone.

    Attributes:
        only: to which actions of its role it is limited; empty: to none of them.
        expires_at: from when it opens nothing any more.
        revoked_at: since when it opens nothing.
    """

    name: Harmless
    role: Role
    only: tuple[Action, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether it opens something now."""
        return self.revoked_at is None and (self.expires_at is None or _now() < self.expires_at)

    @property
    def caller(self) -> Caller:
        """Who asks with it."""
        return Caller(self.name, self.role, self.role.actions & set(self.only or Action))


class AccessKeys:
    """The keys of one project."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def create(
        self, name: str, role: Role, *, only: Iterable[Action] = (), expires_at: datetime | None = None
    ) -> str:
        """Make a key; gives what is to be sent with each request, and is known to nobody afterwards.

        Args:
            name: by which it is known, and under which is noted what was done with it.
            role: what it is at most.
            only: the actions of its role that it is limited to; to none of them, if none is named.
            expires_at: from when it opens nothing any more: UTC, without zone.

        Raises:
            UserError: it cannot have that name, or one that is in force has it; its role may not do what it is limited to; or
                it would have expired.
        """
        limits = sorted(set(only))
        _judge(name, role, limits, expires_at)
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._begin() as connection:
            if connection.execute(sa.select(_KEYS.c.key_id).where(_in_force(name))).first():
                raise UserError(
                    f"there is a key '{name}' already",
                    next_step=f"take another name, or `headwater access revoke {name}` first",
                )
            row = {"key_id": key_id, "name": name, "role": role.value, "only": limits, "hash": _hash(secret)}
            connection.execute(_KEYS.insert().values(**row, created_at=_now(), expires_at=expires_at))
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
        known = [key.name for key in self.all() if key.is_in_force]
        raise NotFoundError("key in force", name, known, next_step="see `headwater access list`")

    def recognise(self, presented: str) -> AccessKey | None:
        """The key in force that was presented; None: it is none. How long that takes does not tell how much of it is right."""
        shape = SHAPE.fullmatch(presented)
        key_id, secret = shape.groups() if shape else ("", "")
        with self._begin() as connection:
            row = connection.execute(sa.select(_KEYS).where(_KEYS.c.key_id == key_id)).mappings().first()
        is_it = hmac.compare_digest(row["hash"] if row else _NO_HASH, _hash(secret))
        key = _read(row) if row and is_it else None
        return key if key and key.is_in_force else None

    def by_id(self, key_id: str) -> AccessKey | None:
        """The key in force of this id, as `key_id_of` gives it; None: there is none."""
        with self._begin() as connection:
            row = connection.execute(sa.select(_KEYS).where(_KEYS.c.key_id == key_id)).mappings().first()
        key = _read(row) if row else None
        return key if key and key.is_in_force else None

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


def key_id_of(presented: str) -> str:
    """The id in what was presented as a key, which tells nothing secret; empty: it is no key."""
    shape = SHAPE.fullmatch(presented)
    return shape[1] if shape else ""


def _judge(name: str, role: Role, only: Iterable[Action], expires_at: datetime | None) -> None:
    """Whether there can be such a key.

    Raises:
        UserError: there cannot.
    """
    if not NAME.fullmatch(name):
        raise UserError(
            "a key's name is lower case letters, digits, `_`, `.` and `-`, and begins with a letter",
            next_step="name it after who will use it, like crm_sync",
        )
    if beyond := sorted(set(only) - role.actions):
        raise UserError(
            f"the role {role} may not {', '.join(beyond)}",
            next_step=f"limit the key to some of: {', '.join(sorted(role.actions))}; or give it another role",
        )
    if expires_at is not None and expires_at <= _now():
        raise UserError("the key would have expired already", next_step="name a day to come")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _in_force(name: str) -> sa.ColumnElement[bool]:
    is_alive = sa.or_(_KEYS.c.expires_at.is_(None), _KEYS.c.expires_at > _now())
    return sa.and_(_KEYS.c.name == name, _KEYS.c.revoked_at.is_(None), is_alive)


def _read(row: sa.RowMapping) -> AccessKey:
    only = tuple(Action(each) for each in row["only"])
    moments = (row[name] for name in ("created_at", "expires_at", "revoked_at"))
    return AccessKey(row["name"], Role(row["role"]), only, *moments)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
