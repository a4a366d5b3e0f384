"""People as the console shows them: found, masked by role, told of in the audit log, and drawn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st
from tests.console.asking import Asking

from headwater.access.audit.entry import Outcome
from headwater.access.roles import Role
from headwater.console.desk.question import RefusedError
from headwater.console.people.deciding import DECIDE, NODE, Step
from headwater.console.people.graph import placed
from headwater.console.people.questions import EVENTS, FIND, KINDS, LATELY, N_EVENTS, PERSON, Person
from headwater.console.people.whom import expect_written
from headwater.core.errors import UserError

EMAIL = "m1@example.com"


@pytest.fixture(scope="module")
def number(asking: Asking) -> int:
    return asking.ask(FIND, f"email={EMAIL}")


def test_kinds_are_those_that_people_have_and_a_number(asking: Asking) -> None:
    assert asking.ask(KINDS) == ("email", "user_id", "anonymous_id", "profile")


def test_of_whom_something_happened_lately_stands_nothing_that_says_who(asking: Asking) -> None:
    found = asking.ask(LATELY, role=Role.READ_ONLY)
    assert found
    assert [each.last_event_at for each in found] == sorted(
        (each.last_event_at for each in found if each.last_event_at), reverse=True
    )


def _values(person: Person) -> list[str | None]:
    return [
        *(each.value for each in person.profile.identifiers),
        *(each.value for each in person.ties.points),
    ]


def test_a_person_is_masked_by_role(asking: Asking, number: int) -> None:
    assert EMAIL in _values(asking.ask(PERSON, number, role=Role.PRIVACY_OFFICER))
    told = _values(asking.ask(PERSON, number, role=Role.ENGINEER))
    assert EMAIL not in told
    assert any(each and each.startswith("email:") for each in told)
    assert set(_values(asking.ask(PERSON, number, role=Role.READ_ONLY))) == {"(hidden: identifier)"}


def test_looking_at_a_person_is_recorded_by_number_and_pseudonym(asking: Asking, number: int) -> None:
    asking.ask(FIND, f"email={EMAIL}")
    asking.ask(PERSON, number)
    seen, found = (each.event for each in asking.recorded()[:2])
    assert (seen.by, seen.about, dict(seen.counts)) == (
        "console profile",
        (f"profile {number}",),
        {"seen": 1},
    )
    assert found.by == "console profile find"
    assert found.about[0].startswith("email:")
    assert EMAIL not in str(asking.recorded())


def test_a_marketer_sees_no_person_and_that_is_recorded(asking: Asking, number: int) -> None:
    for question, about in ((PERSON, number), (FIND, f"email={EMAIL}"), (EVENTS, number)):
        with pytest.raises(RefusedError):
            asking.ask(question, about, *([0] if question is EVENTS else []), role=Role.MARKETER)
        assert asking.recorded()[0].event.outcome is Outcome.REFUSED


def test_all_events_come_page_by_page_newest_first(asking: Asking) -> None:
    number = max(asking.ask(LATELY), key=lambda each: each.n_events).profile_id
    held = asking.ask(PERSON, number).profile
    seen = list(held.events)
    while found := asking.ask(EVENTS, number, len(seen)):
        seen += found
    assert len(seen) == held.n_events > N_EVENTS
    assert [each.occurred_at for each in seen] == sorted((each.occurred_at for each in seen), reverse=True)


def test_a_number_that_nobody_has_is_said_to_be_so(asking: Asking) -> None:
    with pytest.raises(UserError, match="there is no profile 999999"):
        asking.ask(PERSON, 999_999)


def test_only_who_may_decides_and_only_about_the_profile_itself(asking: Asking, number: int) -> None:
    node = asking.ask(PERSON, number).ties.points[0].node_id
    other = asking.ask(NODE, "email=m3@example.com", role=Role.ENGINEER)
    step = Step(number, node, other, "link", "they called")
    with pytest.raises(RefusedError):
        asking.ask(DECIDE, step, role=Role.ANALYST)
    foreign = Step(asking.ask(FIND, "email=m5@example.com"), node, other, "link", "they called")
    with pytest.raises(UserError, match="neither identifier is of profile"):
        asking.ask(DECIDE, foreign, role=Role.ENGINEER)
    with pytest.raises(UserError, match="needs a reason"):
        asking.ask(DECIDE, Step(number, node, other, "link", " "), role=Role.ENGINEER)


@pytest.mark.parametrize(("kind", "value"), [("email", "  "), ("profile", "ann"), ("profile", "1²")])
def test_what_is_no_identifier_is_refused_before_it_is_asked(kind: str, value: str) -> None:
    with pytest.raises(UserError):
        expect_written(kind, value)


@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60))
@settings(max_examples=60)
def test_every_identifier_of_any_graph_has_a_place_of_its_own(n: int, pairs: list[tuple[int, int]]) -> None:
    places = placed(range(n), {(a % n, b % n) for a, b in pairs if a % n != b % n})
    assert set(places) == set(range(n))
    assert len(set(places.values())) == n
