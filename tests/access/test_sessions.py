"""Sessions of the console and links that sign in once: how long they last, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.access.keys import AccessKeys, key_id_of
from headwater.access.roles import Action, Caller, Role
from headwater.access.sessions import IDLE, LINK_LASTS, LONGEST, Sessions, link_to_console
from headwater.core.project import open_project
from headwater.core.state import connect_state

BEGIN = datetime(2026, 3, 1, 9)
ANN = Caller("ann", Role.ANALYST, Role.ANALYST.actions)


class Moment:
    """A clock that stands until it is set on."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def engine(root: Path) -> Iterator[sa.Engine]:
    engine = connect_state(open_project(root), "tests")
    yield engine
    engine.dispose()


@pytest.fixture
def keys(engine: sa.Engine) -> AccessKeys:
    return AccessKeys(engine)


@pytest.fixture
def sessions(engine: sa.Engine, keys: AccessKeys, clock: Callable[[], datetime]) -> Sessions:
    return Sessions(engine, keys, clock)


def test_a_session_is_whose_it_is(sessions: Sessions) -> None:
    found = sessions.find(sessions.begin(ANN))
    assert found is not None
    assert found.caller == ANN


@pytest.mark.parametrize("session_id", ["", "x", "ä" * 43, "\x00", "\udcff"])
def test_what_is_no_session_is_nobodys(sessions: Sessions, session_id: str) -> None:
    sessions.begin(ANN)
    assert sessions.find(session_id) is None


def test_a_session_ends_when_nobody_does_anything(sessions: Sessions, clock: Moment) -> None:
    session_id = sessions.begin(ANN)
    clock.pass_by(IDLE - timedelta(minutes=1))
    assert sessions.find(session_id)
    clock.pass_by(IDLE - timedelta(minutes=1))
    assert sessions.find(session_id)
    clock.pass_by(IDLE)
    assert sessions.find(session_id) is None


def test_looking_on_keeps_no_session_alive(sessions: Sessions, clock: Moment) -> None:
    session_id = sessions.begin(ANN)
    clock.pass_by(IDLE - timedelta(minutes=1))
    assert sessions.find(session_id, is_used=False)
    clock.pass_by(timedelta(minutes=2))
    assert sessions.find(session_id) is None


def test_a_session_ends_however_much_it_is_used(sessions: Sessions, clock: Moment) -> None:
    session_id = sessions.begin(ANN)
    for _ in range(int(LONGEST / timedelta(minutes=20)) - 1):
        clock.pass_by(timedelta(minutes=20))
        assert sessions.find(session_id)
    clock.pass_by(timedelta(minutes=20))
    assert sessions.find(session_id) is None


def test_signing_out_ends_it(sessions: Sessions) -> None:
    session_id = sessions.begin(ANN)
    found = sessions.find(session_id)
    assert found is not None
    sessions.end(found.hash)
    assert sessions.find(session_id) is None


def test_a_session_ends_with_the_key_that_opened_it(sessions: Sessions, keys: AccessKeys) -> None:
    key = keys.create("ann", Role.ANALYST)
    session_id = sessions.begin(ANN, key_id_of(key))
    assert sessions.find(session_id)
    keys.revoke("ann")
    keys.create("ann", Role.ADMIN)  # of the same name, and another one
    assert sessions.find(session_id) is None


def test_a_session_may_no_more_than_the_key(sessions: Sessions) -> None:
    found = sessions.find(sessions.begin(Caller("ann", Role.ADMIN, frozenset({Action.SEE_COUNTS}))))
    assert found is not None
    assert found.caller.actions == {Action.SEE_COUNTS}


def test_people_stay_signed_in_when_it_starts_again(engine: sa.Engine, sessions: Sessions) -> None:
    session_id = sessions.begin(ANN)
    again = Sessions(engine, AccessKeys(engine), lambda: BEGIN)
    assert again.find(session_id)


def test_a_link_signs_in_once(sessions: Sessions) -> None:
    token = sessions.make_link()
    caller = sessions.take_link(token)
    assert caller is not None
    assert (caller.role, caller.name.startswith("local:")) == (Role.ADMIN, True)
    assert sessions.take_link(token) is None


def test_a_link_soon_signs_nobody_in(sessions: Sessions, clock: Moment) -> None:
    token = sessions.make_link()
    clock.pass_by(LINK_LASTS)
    assert sessions.take_link(token) is None


def test_nothing_of_what_is_kept_signs_in(sessions: Sessions, root: Path) -> None:
    secrets = [sessions.begin(ANN), sessions.make_link()]
    kept = b"".join(path.read_bytes() for path in (root / "state").rglob("*"))
    assert b"ann" in kept
    assert not [each for each in secrets if each.encode() in kept]


def test_the_address_of_the_console_signs_in(root: Path, engine: sa.Engine, keys: AccessKeys) -> None:
    address, token = link_to_console(open_project(root), 8703).split("/sign-in/once?token=")
    assert address == "http://127.0.0.1:8703"
    assert Sessions(engine, keys, lambda: datetime.now(UTC).replace(tzinfo=None)).take_link(token)
