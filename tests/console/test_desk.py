"""The desk: who may ask what, what is recorded of it, and how long an answer counts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.console.asking import Asking

from headwater.access.audit.entry import Outcome
from headwater.access.roles import Action, Role
from headwater.console.audiences.questions import AUDIENCES
from headwater.console.audiences.whole import AUDIENCE, WHY
from headwater.console.desk.question import Given, Question, RefusedError, SignedOutError
from headwater.console.project.health import HEALTH
from headwater.core.errors import NobodyError, NotFoundError
from headwater.core.project import open_project
from headwater.tables.workspace import work

MAY_SEE_PEOPLE = [role for role in Role if Action.SEE_PEOPLE in role.actions]
ASKED: list[int] = []


def _count(_: Given, what: int) -> int:
    ASKED.append(what)
    return what


COUNT = Question("console count", Action.SEE_COUNTS, _count)


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    ASKED.clear()


def test_an_answer_is_kept_until_something_changes(asking: Asking, shop: Path) -> None:
    assert [asking.ask(COUNT, 1) for _ in range(3)] == [1, 1, 1]
    assert ASKED == [1]
    asking.ask(COUNT, 2)
    asking.ask(COUNT, 1, role=Role.MARKETER)
    assert ASKED == [1, 2, 1]
    file = shop / "audiences" / "coffee_lovers.yaml"
    said = file.read_text()
    try:
        file.write_text(said + "# changed\n")
        asking.desk.changed()
        asking.ask(COUNT, 1)
    finally:
        file.write_text(said)
        asking.desk.changed()
    assert ASKED == [1, 2, 1, 1]


def test_an_open_project_catches_up_with_what_was_written_beside_it(asking: Asking, shop: Path) -> None:
    rows = Question(
        "console sizes",
        Action.SEE_COUNTS,
        lambda given: (id(given.workspace), given.workspace.snapshot.number, given.now),
    )
    (before, number, then), *others = [asking.ask(rows) for _ in range(2)]
    assert others == [(before, number, then)]
    with work(open_project(shop)) as workspace, workspace.publish() as out:
        out.mark("seen beside", "yes")
    asking.desk.changed()
    after, newer, now = asking.ask(rows)
    assert (after, newer) == (before, number + 1)
    assert now >= then


def test_what_was_changed_from_a_page_is_seen_at_once(asking: Asking, shop: Path) -> None:
    file = shop / "audiences" / "coffee_lovers.yaml"
    said = file.read_text()
    read = Question("console text", Action.SEE_COUNTS, lambda given: file.read_text())
    write = Question(
        "console write", Action.PRIVACY_REQUESTS, lambda given: file.write_text(said + "# changed\n")
    )
    try:
        assert asking.ask(read) == said
        asking.ask(write)
        assert asking.ask(read) == said + "# changed\n"
    finally:
        file.write_text(said)
        asking.desk.changed()


def test_a_known_answer_waits_for_nobody(asking: Asking) -> None:
    session = asking.session(Role.ADMIN)

    async def ask() -> list[int]:
        first = await asking.desk.ask(COUNT, session, 7)
        second = asking.desk.ask(COUNT, session, 7)
        with pytest.raises(StopIteration) as done:  # finished without giving the loop back
            second.send(None)
        return [first, done.value.value]

    assert asyncio.run(ask()) == [7, 7]


@pytest.mark.parametrize("role", Role)
def test_who_may_not_see_people_is_refused_and_that_is_recorded(asking: Asking, role: Role) -> None:
    if role in MAY_SEE_PEOPLE:
        assert asking.ask(WHY, "coffee_lovers", "user_id=m1", role=role).reason.words
    else:
        with pytest.raises(RefusedError):
            asking.ask(WHY, "coffee_lovers", "user_id=m1", role=role)
    event = asking.recorded()[0].event
    assert (event.who, event.action, event.by) == (
        f"the_{role}",
        Action.SEE_PEOPLE,
        "console audience explain",
    )
    assert event.outcome is (Outcome.DONE if role in MAY_SEE_PEOPLE else Outcome.REFUSED)
    assert "m1" not in " ".join(event.about)
    assert event.about[0] == "coffee_lovers"


def test_who_was_not_found_is_recorded(asking: Asking) -> None:
    with pytest.raises(NobodyError):
        asking.ask(WHY, "coffee_lovers", "user_id=nobody")
    assert asking.recorded()[0].event.outcome is Outcome.FAILED


def test_who_is_signed_out_has_no_answer(asking: Asking) -> None:
    session = asking.session(Role.ADMIN)
    asking.sessions.end(session.hash)
    with pytest.raises(SignedOutError):
        asking.desk.answer(HEALTH, session)
    assert asyncio.run(asking.desk.is_over(session))


def test_sizes_below_the_floor_are_shown_to_those_who_may_see_them(asking: Asking) -> None:
    exact = {each.name: each.size for each in asking.ask(AUDIENCES).listed}
    floored = asking.ask(AUDIENCES, role=Role.MARKETER)
    told = {each.name: each.size for each in floored.listed}
    assert exact["nearly_nobody"] is not None
    assert 0 < exact["nearly_nobody"] < 25
    assert told["nearly_nobody"] is None
    assert floored.least == 25
    assert list(told) == sorted(told)  # an order by size would tell of it
    assert not any(each.trend for each in floored.listed)


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.READ_ONLY])
def test_no_count_of_few_people_is_anywhere_in_what_a_page_is_told(asking: Asking, role: Role) -> None:
    whole, health = asking.ask(AUDIENCE, "nearly_nobody", role=role), asking.ask(HEALTH, role=role)
    counts = [whole.listed.size, *(part.n for part in whole.parts), *(each.both for each in whole.overlaps)]
    counts += [count for each in health.moved for count in (each.size, each.n_entered, each.n_left)]
    counts += [count for each in health.consents for count in (each.n_granted, each.n_denied, each.n_open)]
    assert all(count is None or count >= 25 for count in counts)


def test_an_audience_is_told_in_all_its_parts(asking: Asking) -> None:
    whole = asking.ask(AUDIENCE, "tea_not_coffee")
    assert whole.is_narrowing
    assert [part.words for part in whole.parts] == [
        'did purchase where (category equals "tea") at least 1 time at any time',
        "not (is in audience coffee_lovers)",
    ]
    sizes = [part.n for part in whole.parts]
    assert sizes == sorted(sizes, key=lambda n: -(n or 0))
    assert sizes[-1] == whole.listed.size
    assert "in_audience: coffee_lovers" in whole.source
    assert {each.name: each.both for each in whole.overlaps}["coffee_lovers"] == 0


def test_an_audience_that_is_not_there_is_said_so(asking: Asking) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'coffee_lovers'"):
        asking.ask(AUDIENCE, "coffee_lover")


def test_health_tells_what_was_rejected_and_why(asking: Asking) -> None:
    health = asking.ask(HEALTH)
    assert {reason for _, reason, _ in health.rejected} >= {"invalid_number", "duplicate"}
    assert health.n_profiles
    assert all(at is not None for _, at in health.stages)
