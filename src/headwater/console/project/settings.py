"""Settings as pages show them: what roles may, the keys of the API, sessions that are open, and the project itself.

Reads keys and sessions in the database of operational state, the tables' versions and the project's settings; writes keys and
the end of sessions. No key is shown but once, to whoever made it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import headwater
from headwater.access.keys import AccessKey, open_access_keys
from headwater.access.roles import ROLES, Action, Role
from headwater.access.sessions import OpenSession, open_sessions
from headwater.console.desk.question import Given, Question, RefusedError
from headwater.core.clock import read_instant
from headwater.core.errors import UserError
from headwater.core.project import KINDS
from headwater.core.settings import Settings
from headwater.privacy.anonymity.counts import Counting
from headwater.tables.table import all_tables
from headwater.tables.workspace import Workspace

PACKAGES = ("duckdb", "deltalake", "nicegui", "pyarrow", "sqlglot")


@dataclass(frozen=True)
class Held:
    """A table: its rows, if whoever asks may know, and which version of it is read; None: it has none yet."""

    table: str
    meaning: str
    n_rows: int | None
    version: int | None


@dataclass(frozen=True)
class ProjectFacts:
    """What a project is. Instants are UTC, without zone.

    Attributes:
        folder: where it is; empty for whom that is nothing.
        now: its present. `stands_still`: its configuration says what it is.
        purposes: with what each is for.
        files: of each kind, how many files define something.
        least: the floor below which counts of people are not shown to who asks; None: they are.
        ports: what listens where, and for whom.
        state: where operational state is, without anything secret.
    """

    name: str
    folder: str
    time_zone: str
    now: datetime
    stands_still: bool
    purposes: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, int], ...]
    tables: tuple[Held, ...]
    least: int | None
    ports: tuple[tuple[str, str], ...]
    state: str
    sealed_by: str
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RoleFacts:
    """A role: what it is for, what it may, and what it sees in the clear."""

    role: str
    meaning: str
    actions: frozenset[Action]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """A key that is wanted, as a form says it; `expires`: a day or moment, empty: never."""

    name: str
    role: Role
    only: tuple[Action, ...] = ()
    expires: str = ""


def roles() -> tuple[RoleFacts, ...]:
    """Every role, as `access.roles` declares it."""
    return tuple(
        RoleFacts(role.value, grant.meaning, grant.actions, tuple(sorted(grant.labels)))
        for role, grant in ROLES.items()
    )


def _project(given: Given) -> ProjectFacts:
    """What the project is."""
    project, settings = given.project, given.project.settings
    with given.counting() as counting:
        tables = tuple(_tables(given.workspace, counting))
    return ProjectFacts(
        project.config.project,
        str(project.root) if given.caller.may(Action.OPERATE) else project.root.name,
        project.config.time_zone,
        given.now,
        project.config.now is not None,
        tuple((name, purpose.description) for name, purpose in project.config.purposes.items()),
        tuple((kind, len(project.documents[kind])) for kind in KINDS),
        tables,
        None if given.sees_small_counts else project.config.anonymity.least,
        tuple(_ports(settings)),
        _state(settings),
        settings.keys_in,
        tuple(_versions()),
    )


def _tables(workspace: Workspace, counting: Counting) -> Iterator[Held]:
    for name, table in sorted(all_tables().items()):
        held = workspace.snapshot.versions.get(name)
        n = 0 if held is None else workspace.engine.table(f"SELECT count(*) AS n FROM {name}")["n"][0].as_py()
        yield Held(name, table.meaning, counting.number(n, f"console rows of {name}"), held)


def _ports(settings: Settings) -> Iterator[tuple[str, str]]:
    yield f"{settings.edge_address}:{settings.edge_port}", "events and decisions: public, behind your proxy"
    yield f"127.0.0.1:{settings.health_port}", "health and metrics"
    yield f"127.0.0.1:{settings.api_port}", "management API"
    yield f"127.0.0.1:{settings.console_port}", "this console"


def _state(settings: Settings) -> str:
    """Where operational state is: the database's kind and host, as its URL may hold a password."""
    if not settings.state_url:
        return "SQLite, in the project (state/headwater.db)"
    parts = urlsplit(settings.state_url)
    kind = parts.scheme.split("+")[0]
    try:
        return f"{kind} at {parts.hostname}" if parts.hostname else kind
    except ValueError:
        return kind


def _versions() -> Iterator[tuple[str, str]]:
    yield "headwater", headwater.__version__
    yield "Python", platform.python_version()
    for package in PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


def _keys(given: Given) -> tuple[AccessKey, ...]:
    """Every key there is and was, the newest first; none itself.

    Raises:
        RefusedError: whoever asks does not manage keys.
    """
    _expect_manager(given)
    with open_access_keys(given.project) as keys:
        return tuple(reversed(keys.all()))


def _sessions(given: Given) -> tuple[OpenSession, ...]:
    """Every session that is open.

    Raises:
        RefusedError: whoever asks does not manage keys.
    """
    _expect_manager(given)
    with open_sessions(given.project) as sessions:
        return tuple(sessions.open_now())


def _create(given: Given, wanted: Wanted) -> str:
    """Make a key; gives it, this once.

    Raises:
        RefusedError: it may more than who makes it. UserError: there can be no such key.
    """
    actions = wanted.role.actions & set(wanted.only or Action)
    if not (actions <= given.caller.actions and wanted.role.labels <= given.caller.labels):
        raise RefusedError(Action.MANAGE_KEYS)
    expires_at = _moment(wanted.expires.strip(), given) if wanted.expires.strip() else None
    with open_access_keys(given.project) as keys:
        return keys.create(wanted.name.strip(), wanted.role, only=wanted.only, expires_at=expires_at)


def _revoke(given: Given, name: str) -> None:
    """Let a key open nothing any more, nor the sessions that it opened.

    Raises:
        NotFoundError: no key in force has that name.
    """
    with open_access_keys(given.project) as keys:
        keys.revoke(name)


def _end(given: Given, _name: str, hashed: str) -> None:
    """Sign somebody out."""
    with open_sessions(given.project) as sessions:
        sessions.end(hashed)


def _moment(text: str, given: Given) -> datetime:
    """A moment as keys hold it: UTC, without zone."""
    try:
        return read_instant(text, given.project.clock.zone).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UserError(f"'{text}' is no moment", next_step="write 2027-01-01 or 2027-01-01T12:00") from None


def _expect_manager(given: Given) -> None:
    """Go on only for whoever manages keys. To look at them changes nothing, so it is no action of its own in the audit log."""
    if not given.caller.may(Action.MANAGE_KEYS):
        raise RefusedError(Action.MANAGE_KEYS)


def _told(name: str, *_: object) -> tuple[str, ...]:
    return (name,)


PROJECT = Question("console project", Action.SEE_COUNTS, _project, seconds=60.0)
KEYS = Question("console keys", Action.SEE_COUNTS, _keys, seconds=0.0)
SESSIONS = Question("console sessions", Action.SEE_COUNTS, _sessions, seconds=0.0)
CREATE = Question(
    "console keys create",
    Action.MANAGE_KEYS,
    _create,
    seconds=0.0,
    about=lambda wanted: (wanted.name.strip(),),
)
REVOKE = Question("console keys revoke", Action.MANAGE_KEYS, _revoke, seconds=0.0, about=_told)
END = Question("console sessions end", Action.MANAGE_KEYS, _end, seconds=0.0, about=_told)
