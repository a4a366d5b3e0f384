"""What persons ask for, as the console answers it: foreseen, done, proven, and told of in the audit log."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import wait
from datetime import date
from pathlib import Path

import pytest
from tests.console.asking import Asking
from tests.console.conftest import made

from headwater.access.audit.entry import Outcome
from headwater.access.roles import Role
from headwater.console.desk.question import RefusedError
from headwater.console.people.deciding import DECIDE, FORESEE as FORESEE_DECISION, Step
from headwater.console.people.questions import FIND, PERSON
from headwater.console.people.whom import ABOUT
from headwater.console.privacy.requests import (
    CORRECT,
    ERASE,
    EXPORT,
    EXTEND,
    FORESEE,
    LIFT,
    NOTE,
    OBJECT,
    REQUEST,
    REQUESTS,
    RESTRICT,
    RESUME,
    STATED,
    UNRESTRICT,
    VERIFY,
    Asking as Case,
    Stated,
)
from headwater.console.privacy.standing import CONSENTS, ENTRIES, GATE, RETENTION, VERIFY_AUDIT
from headwater.console.works.works import Works
from headwater.core.errors import UserError
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.privacy.requests import Asks, Law, open_requests

OFFICER = Role.PRIVACY_OFFICER


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """Of a shop that tests of this module change, each about somebody else."""
    asking = Asking(made(Path(tmp_path_factory.mktemp("privacy") / "shop")))
    yield asking
    asking.close()


def test_an_export_is_an_archive_of_all_that_is_held(own: Asking) -> None:
    found = own.ask(EXPORT, Case(("email=m1@example.com",)), role=OFFICER)
    with zipfile.ZipFile(io.BytesIO(found.archive)) as archive:
        names = {name.split("/")[1] for name in archive.namelist()}
        held = json.loads(archive.read(f"{found.request_id}/export.json"))
    assert {"export.json", "index.html", "events.csv"} <= names
    assert {each["value"] for each in held["identifiers"]} >= {"m1@example.com"}
    assert found.rows["events"] > 0
    assert own.ask(REQUEST, found.request_id, role=OFFICER).is_genuine


def test_an_erasure_is_foreseen_done_and_proven(own: Asking) -> None:
    number = own.ask(FIND, "email=m3@example.com", role=OFFICER)
    case = Case((str(number),), Law.CCPA, date(2026, 3, 1))
    foreseen = own.ask(FORESEE, case, role=OFFICER)
    assert (foreseen.n_profiles, foreseen.rows["table events"] > 0) == (1, True)
    receipt = own.ask(ERASE, case, role=OFFICER)
    assert (receipt.n_profiles, receipt.left, receipt.received_at) == (1, (), "2026-03-01T00:00:00Z")
    assert receipt.rows["events"] == foreseen.rows["table events"]
    event = own.recorded()[0].event
    assert (event.by, event.about, dict(event.counts)) == (
        "console privacy erase",
        (f"profile {number}",),
        {"erased": 1},
    )
    typed = ("email=m3@example.com",)
    about = own.ask(ABOUT, typed, role=OFFICER)
    assert (about.profiles, about.n_suppressed) == ((), 1)
    assert own.ask(VERIFY, Case(typed), role=OFFICER) == ()
    assert "m3@example.com" not in str(own.recorded())


def test_restricting_and_letting_be_used_again(own: Asking) -> None:
    who = ("email=m5@example.com",)
    own.ask(RESTRICT, Case(who), role=OFFICER)
    assert own.ask(ABOUT, who, role=OFFICER).is_restricted
    own.ask(UNRESTRICT, Case(who), role=OFFICER)
    assert not own.ask(ABOUT, who, role=OFFICER).is_restricted


def test_a_correction_wins_until_it_is_withdrawn(own: Asking) -> None:
    who = ("email=m11@example.com",)

    def city() -> Stated:
        (found,) = (each for each in own.ask(STATED, who, role=OFFICER) if each.trait == "city")
        return found

    before = city()
    assert not before.is_corrected
    answer = own.ask(CORRECT, Case(who), "city", "Chur", role=OFFICER)
    assert answer.done["city"] == "corrected"
    assert (city().value, city().is_corrected) == ("Chur", True)
    own.ask(CORRECT, Case(who), "city", None, role=OFFICER)
    assert city() == before
    with pytest.raises(UserError, match="no number"):
        own.ask(CORRECT, Case(who), _number(own, who), "many", role=OFFICER)


def _number(own: Asking, who: tuple[str, ...]) -> str:
    return next(each.trait for each in own.ask(STATED, who, role=OFFICER) if each.type == "number")


def test_who_was_erased_is_let_in_again(own: Asking) -> None:
    who = ("email=m13@example.com",)
    receipt = own.ask(ERASE, Case(who), role=OFFICER)
    assert receipt.n_kept_out > 1
    assert own.ask(LIFT, Case(who), role=OFFICER) == receipt.n_kept_out
    assert own.ask(ABOUT, who, role=OFFICER).n_suppressed == 0
    with pytest.raises(UserError, match="not kept out"):
        own.ask(LIFT, Case(who), role=OFFICER)


def test_an_erasure_that_was_broken_off_is_carried_out(own: Asking) -> None:
    who = ("email=m15@example.com",)
    project = open_project(own.desk.root)
    with open_requests(project, seals_of(project)) as requests:
        begun = requests.begin(Asks.ERASE, Law.GDPR, [("email", "m15@example.com")], None)
    (receipt,) = own.ask(RESUME, role=OFFICER)
    assert (receipt.request_id, receipt.n_profiles, receipt.left) == (begun, 1, ())
    assert own.ask(ABOUT, who, role=OFFICER).profiles == ()
    assert own.ask(RESUME, role=OFFICER) == ()


def test_an_objection_counts_at_once(own: Asking) -> None:
    who = ("email=m7@example.com",)
    found = own.ask(OBJECT, Case(who), ("newsletter",), role=OFFICER)
    assert found.purposes == ("newsletter",)
    (stands,) = own.ask(ABOUT, who, role=OFFICER).purposes
    assert stands.standing == "denied"


def test_a_noted_request_waits_overdue_first_and_is_known_of_the_person(own: Asking) -> None:
    who = ("email=m9@example.com",)
    late = own.ask(NOTE, Case(who, received_on=date(2026, 1, 1)), Asks.EXPORT, role=OFFICER)
    waits = own.ask(NOTE, Case(who), Asks.RESTRICT, role=OFFICER)
    listed = [each.request_id for each in own.ask(REQUESTS, role=OFFICER)]
    assert listed.index(late.request_id) < listed.index(waits.request_id)
    assert late.is_overdue
    assert {each.request_id for each in own.ask(ABOUT, who, role=OFFICER).requests} == {
        late.request_id,
        waits.request_id,
    }
    assert own.ask(REQUEST, waits.request_id, role=OFFICER).is_genuine is None
    with pytest.raises(UserError, match="needs a reason"):
        own.ask(EXTEND, waits.request_id, "  ", role=OFFICER)
    assert own.ask(EXTEND, waits.request_id, "many accounts", role=OFFICER).due_at > waits.due_at


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ANALYST, Role.MARKETER, Role.READ_ONLY])
def test_nobody_else_answers_requests(own: Asking, role: Role) -> None:
    case = Case(("email=m1@example.com",))
    for question in (FORESEE, ERASE, EXPORT, RESTRICT):
        with pytest.raises(RefusedError):
            own.ask(question, case, role=role)
        assert own.recorded()[0].event.outcome is Outcome.REFUSED
    for question in (ENTRIES, VERIFY_AUDIT):
        with pytest.raises(RefusedError):
            own.ask(question, *(["", "", None, 5] if question is ENTRIES else []), role=role)


def test_a_decision_is_foreseen_taken_and_taken_back(own: Asking) -> None:
    number = own.ask(FIND, "email=m11@example.com", role=Role.ENGINEER)
    person = own.ask(PERSON, number, role=Role.ENGINEER)
    tie = person.ties.ties[0]
    step = Step(number, tie.node_id, tie.other_node_id, "unmerge", "mother and daughter")
    foreseen = own.ask(FORESEE_DECISION, step, role=Role.ENGINEER)
    assert foreseen.n_split == 1
    assert not own.ask(DECIDE, step, role=Role.ENGINEER).is_one
    after = own.ask(PERSON, own.ask(FIND, "email=m11@example.com"), role=Role.PRIVACY_OFFICER)
    decided = [each for each in after.ties.ties if each.decision]
    assert [(each.decision.verdict, each.decision.reason) for each in decided if each.decision] == [
        ("different", "mother and daughter")
    ]
    back = Step(after.profile.profile_id, tie.node_id, tie.other_node_id, "withdraw")
    assert own.ask(DECIDE, back, role=Role.ENGINEER).is_one


def test_how_privacy_stands_is_seen_with_small_counts_hidden(own: Asking) -> None:
    exact, floored = (own.ask(CONSENTS, role=role) for role in (OFFICER, Role.MARKETER))
    assert exact.least is None
    assert floored.least is not None
    numbers = [(each.n_granted, each.n_denied) for each in floored.purposes]
    assert all(n is None or n >= floored.least for pair in numbers for n in pair)
    gate = own.ask(GATE, "mailing", role=OFFICER)
    for each in gate.check.audiences:
        assert each.refusal or each.n_members == each.n_permitted + sum(each.left_out.values())
    hidden = own.ask(GATE, "mailing", role=Role.MARKETER)
    assert any(each.n_members is None for each in hidden.check.audiences)
    assert not own.ask(RETENTION, role=Role.MARKETER).is_counted
    assert own.ask(RETENTION, role=OFFICER).is_counted


def test_the_audit_log_is_filtered_and_verified(own: Asking) -> None:
    own.ask(FIND, "email=m1@example.com")
    found = own.ask(ENTRIES, "the_admin", "see_people", None, 5, role=OFFICER)
    assert {(each.event.who, each.event.action.value) for each in found} == {("the_admin", "see_people")}
    assert own.ask(VERIFY_AUDIT, role=OFFICER).is_whole


def test_what_takes_its_time_is_found_again_by_who_began_it_alone(own: Asking) -> None:
    async def begin() -> None:
        works = Works(own.desk)
        mine, other = own.session(OFFICER), own.session(OFFICER)
        work = works.begin(mine, "Looking", lambda *_: None, FORESEE, Case(("email=m1@example.com",)))
        wrong = works.begin(mine, "Wrong", lambda *_: None, FORESEE, Case(("email=none",)))
        assert works.of(mine) == [work, wrong]
        assert works.of(other) == []
        await asyncio.to_thread(wait, [work.answer, wrong.answer])
        assert work.answer.result().n_profiles == 1
        assert isinstance(wrong.error, UserError)
        works.drop(mine, work)
        assert works.of(mine) == [wrong]

    asyncio.run(begin())
