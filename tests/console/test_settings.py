"""Settings: who sees keys and sessions, who makes and ends them, and what is told of the project."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.console.asking import Asking

from headwater.access.audit.entry import Outcome
from headwater.access.keys import open_access_keys
from headwater.access.roles import Action, Caller, Role
from headwater.access.sessions import open_sessions
from headwater.console.desk.question import Question, RefusedError
from headwater.console.project.settings import CREATE, END, KEYS, PROJECT, REVOKE, SESSIONS, Wanted
from headwater.core.errors import NotFoundError, UserError
from headwater.core.project import open_project

OTHERS = [role for role in Role if Action.MANAGE_KEYS not in role.actions]


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("question", [KEYS, SESSIONS], ids=["keys", "sessions"])
def test_only_who_manages_keys_sees_them(asking: Asking, question: Question[object], role: Role) -> None:
    with pytest.raises(RefusedError):
        asking.ask(question, role=role)


@pytest.mark.parametrize("role", OTHERS)
def test_only_who_manages_keys_makes_and_ends_any(asking: Asking, role: Role) -> None:
    key: tuple[Question[Any], tuple[Hashable, ...]] = (CREATE, (Wanted("mine", Role.READ_ONLY),))
    for question, given in (key, (REVOKE, ("x",)), (END, ("x", "y"))):
        with pytest.raises(RefusedError):
            asking.ask(question, *given, role=role)
        assert asking.recorded()[0].event.outcome is Outcome.REFUSED


def test_a_key_is_shown_once_and_opens_until_it_is_revoked(asking: Asking, shop: Path) -> None:
    secret = asking.ask(CREATE, Wanted("crm_sync", Role.ANALYST, (Action.SEE_COUNTS,), "2099-01-01"))
    with open_access_keys(open_project(shop)) as keys:
        found = keys.recognise(secret)
    assert found is not None
    assert (found.role, found.only, found.expires_at) == (
        Role.ANALYST,
        (Action.SEE_COUNTS,),
        datetime(2098, 12, 31, 23),
    )
    assert secret not in repr(asking.ask(KEYS))
    assert secret not in repr(asking.recorded())
    event = asking.recorded()[0].event
    assert (event.action, event.about, event.outcome) == (Action.MANAGE_KEYS, ("crm_sync",), Outcome.DONE)
    asking.ask(REVOKE, "crm_sync")
    with open_access_keys(open_project(shop)) as keys:
        assert keys.recognise(secret) is None


@pytest.mark.parametrize(
    "wanted",
    [Wanted("Two Words", Role.ANALYST), Wanted("a", Role.ANALYST, (), "soon"), Wanted("a", Role.ANALYST, (), "2001-01-01")],
    ids=["name", "no moment", "past"],
)  # fmt: skip
def test_a_key_that_cannot_be_is_refused_in_words(asking: Asking, wanted: Wanted) -> None:
    with pytest.raises(UserError) as error:
        asking.ask(CREATE, wanted)
    assert error.value.next_step


def test_nobody_gives_more_than_they_may(asking: Asking) -> None:
    few = Caller("few", Role.ADMIN, frozenset({Action.MANAGE_KEYS, Action.SEE_COUNTS}))
    session = asking.sessions.find(asking.sessions.begin(few))
    assert session is not None
    with pytest.raises(RefusedError):
        asking.desk.answer(CREATE, session, (Wanted("more", Role.ADMIN),))
    assert asking.desk.answer(CREATE, session, (Wanted("less", Role.ADMIN, (Action.SEE_COUNTS,)),))
    asking.ask(REVOKE, "less")


def test_a_session_that_is_ended_asks_nothing_more(asking: Asking, shop: Path) -> None:
    theirs = asking.session(Role.ANALYST)
    assert theirs.hash in [each.hash for each in asking.ask(SESSIONS)]
    asking.ask(END, theirs.caller.name, theirs.hash)
    assert theirs.hash not in [each.hash for each in asking.ask(SESSIONS)]
    with open_sessions(open_project(shop)) as sessions:
        assert sessions.by_hash(theirs.hash) is None


def test_a_session_of_a_revoked_key_is_not_open(asking: Asking) -> None:
    secret = asking.ask(CREATE, Wanted("short", Role.READ_ONLY))
    begun = asking.sessions.begin(Caller("short", Role.READ_ONLY, Role.READ_ONLY.actions), secret[3:15])
    assert asking.sessions.find(begun) is not None
    asking.ask(REVOKE, "short")
    assert "short" not in [each.name for each in asking.ask(SESSIONS)]
    with pytest.raises(NotFoundError):
        asking.ask(REVOKE, "short")


def test_the_project_is_told_without_small_counts_and_paths_to_whom_they_are_nothing(
    asking: Asking, shop: Path
) -> None:
    admin, reader = asking.ask(PROJECT), asking.ask(PROJECT, role=Role.READ_ONLY)
    assert (admin.folder, reader.folder) == (str(shop.resolve()), shop.name)
    assert admin.stands_still
    exact = {each.table: each.n_rows for each in admin.tables}
    told = {each.table: each.n_rows for each in reader.tables}
    assert (exact["profiles"] or 0) > 25
    small = [table for table, n in exact.items() if n is not None and 0 < n < 25]
    assert small
    assert [told[table] for table in small] == [None] * len(small)
