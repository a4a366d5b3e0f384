"""Destinations: what is told of them to whom, what would be sent, sending it, and changing their files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import pytest
from tests.console.asking import Asking

from headwater.access.audit.entry import Outcome
from headwater.access.roles import Action, Role
from headwater.activate.declare import kinds
from headwater.activate.ledger import open_ledger
from headwater.activate.records import Ending
from headwater.console.desk.files import Change, Draft, drafted
from headwater.console.desk.question import RefusedError
from headwater.console.destinations.file import DRAFT, DRAFT_AUDIENCES, FORM, SAVE, SAVE_AUDIENCES, TRY
from headwater.console.destinations.questions import DESTINATION, DESTINATIONS
from headwater.console.destinations.sending import CHECK, DELIVER, PLAN, nobody_goes
from headwater.console.drawn.declared import fields_of, hidden_in, settings_from, shown, told_text
from headwater.console.works.work import Work
from headwater.console.works.works import Works
from headwater.core.errors import EditConflictError, NotFoundError, ProjectError, SettingsError, UserError
from headwater.core.project import open_project
from headwater.testing.fake_destination import FakeDestination

WEBHOOK = """
kind: webhook   # the agency's own
purpose: newsletter
audiences: [coffee_lovers]
identifiers: {email: sha256_hex}
settings:
  url: https://example.com/T0AB12CD34EF56
  secret: hunter2-and-more
  bearer: "${CRM_TOKEN}"
  headers: {X-Key: "${CRM_KEY}"}
"""
SECRETS = ("hunter2-and-more", "T0AB12CD34EF56")


@pytest.fixture(scope="module")
def copied(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of this module's own, in which files are changed and deliveries made."""
    folder = tmp_path_factory.mktemp("destinations") / "shop"
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("state", "audit", "live", "deliveries"))
    (folder / "destinations" / "crm.yaml").write_text(WEBHOOK.lstrip())
    return folder


@pytest.fixture(scope="module")
def asked(copied: Path) -> Iterator[Asking]:
    asking = Asking(copied)
    yield asking
    asking.close()


def form_of(**others: object) -> str:
    said = {
        "is_new": True, "kind": "csv_file", "description": None, "purpose": "newsletter", "live": None,
        "audiences": ["coffee_lovers"], "identifiers": {"email": "sha256_hex"}, "settings": {"folder": "out"},
    }  # fmt: skip
    return json.dumps(said | others)


def test_every_kind_is_told_with_its_fields_and_limits(asked: Asking) -> None:
    found = asked.ask(DESTINATIONS, role=Role.READ_ONLY)
    assert [each.name for each in found.kinds] == ["csv_file", "webhook"]
    webhook = found.kinds[1]
    assert {each.name: each.is_secret for each in webhook.fields} == {
        "url": False, "secret": True, "bearer": True, "headers": True,
    }  # fmt: skip
    assert webhook.most_bytes
    assert webhook.used_by == ("crm",)
    assert [each.name for each in found.declared] == ["crm", "hostile", "mailing"]


@pytest.mark.parametrize("role", Role)
def test_no_secret_is_in_any_answer(asked: Asking, copied: Path, role: Role) -> None:
    answers: list[object] = [asked.ask(DESTINATIONS, role=role), asked.ask(DESTINATION, "crm", role=role)]
    if role.actions & {Action.OPERATE, Action.SEND}:
        answers.append(asked.ask(FORM, "crm", "", role=role))
    if Action.OPERATE in role.actions:
        said = form_of(is_new=False, kind="webhook", settings={"bearer": "${OTHER}"})
        drafted = asked.ask(DRAFT, "crm", said, role=role)
        answers.append(drafted.lines)
        assert all(each in drafted.draft.text for each in SECRETS)  # what is not shown stays in the file
    told = repr(answers)
    assert not any(each in told for each in SECRETS)
    assert ("${CRM_KEY}" in told) is (Action.OPERATE in role.actions)


def test_what_stands_in_the_file_and_is_not_shown_is_said(asked: Asking) -> None:
    form = asked.ask(FORM, "crm", "", role=Role.ENGINEER)
    assert set(form.hidden) == {"url", "secret"}
    assert form.settings["bearer"] == "${CRM_TOKEN}"
    assert form.settings["headers"] == "X-Key: ${CRM_KEY}"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"url": "https://example.com", "secret": "written-out"}, "a secret is not written into a file"),
        ({"url": "https://example.com", "headers": "X: plain"}, "a secret is not written into a file"),
        ({"url": "https://${HEADWATER_KEYS}.example.com"}, "this installation's own"),
        ({"url": "https://example.com", "headers": "X"}, "one name and its value"),
    ],
)
def test_secrets_are_named_and_those_of_the_installation_are_not(
    asked: Asking, settings: dict[str, str], why: str
) -> None:
    with pytest.raises(UserError, match=why):
        asked.ask(DRAFT, "evil", form_of(kind="webhook", settings=settings))


@pytest.mark.parametrize("role", [role for role in Role if Action.OPERATE not in role.actions])
def test_only_who_operates_sets_destinations_up(asked: Asking, role: Role) -> None:
    draft = Draft("destinations/mine.yaml", "", "kind: csv_file\n")
    with pytest.raises(RefusedError):
        asked.ask(DRAFT, "mine", form_of(), role=role)
    with pytest.raises(RefusedError):
        asked.ask(SAVE, draft, role=role)


def test_a_destination_is_set_up_shown_and_written(asked: Asking, copied: Path) -> None:
    drafted = asked.ask(DRAFT, "agency", form_of(description="For the agency"), role=Role.ENGINEER)
    assert {each.change for each in drafted.lines} == {Change.ADDED}
    assert not (copied / "destinations" / "agency.yaml").exists()
    asked.ask(SAVE, drafted.draft, role=Role.ENGINEER)
    asked.desk.changed()
    event = asked.recorded()[0].event
    assert (event.action, event.about, event.outcome) == (Action.OPERATE, ("agency",), Outcome.DONE)
    one = asked.ask(DESTINATION, "agency")
    assert (one.declared.kind, one.declared.audiences, one.declared.status) == (
        "csv_file",
        ("coffee_lovers",),
        None,
    )
    with pytest.raises(UserError, match="already"):
        asked.ask(DRAFT, "agency", form_of())
    (copied / "destinations" / "agency.yaml").unlink()
    asked.desk.changed()


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "nothing"},
        {"identifiers": {}},
        {"settings": {"folder": "../out"}},
        {"audiences": ["nobody"]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_is_not_sound_is_refused_before_it_is_written(
    asked: Asking, copied: Path, wrong: dict[str, object]
) -> None:
    with pytest.raises(ProjectError):
        asked.ask(DRAFT, "agency", form_of(**wrong))
    assert not (copied / "destinations" / "agency.yaml").exists()


def test_a_marketer_chooses_audiences_and_nothing_else(asked: Asking, copied: Path) -> None:
    found = asked.ask(DRAFT_AUDIENCES, "mailing", ("coffee_lovers",), role=Role.MARKETER)
    added = [each.text.strip() for each in found.lines if each.change is Change.ADDED]
    assert added == ["audiences:", "- coffee_lovers"]
    more = drafted(
        copied,
        "destinations/mailing.yaml",
        {"audiences": ["coffee_lovers"], "settings": {"folder": "elsewhere"}},
    )
    with pytest.raises(RefusedError):
        asked.ask(SAVE_AUDIENCES, more, role=Role.MARKETER)
    with pytest.raises(RefusedError):
        asked.ask(DRAFT_AUDIENCES, "mailing", None, role=Role.ANALYST)


def test_who_was_slower_is_told_without_secrets(asked: Asking, copied: Path) -> None:
    file = copied / "destinations" / "crm.yaml"
    mine = asked.ask(DRAFT_AUDIENCES, "crm", ("big_spenders",), role=Role.MARKETER)
    try:
        file.write_text(WEBHOOK.lstrip().replace("hunter2-and-more", "hunter3-and-more"))
        with pytest.raises(EditConflictError) as error:
            asked.ask(SAVE_AUDIENCES, mine.draft, role=Role.MARKETER)
        told = error.value.seen + error.value.now + error.value.message
        assert "hunter" not in told
        assert "big_spenders" not in file.read_text()
    finally:
        file.write_text(WEBHOOK.lstrip())
        asked.desk.changed()


def test_a_plan_is_what_is_then_sent_and_only_there(asked: Asking, copied: Path) -> None:
    before = asked.ask(PLAN, "mailing")
    wanted = {each.audience: each.n_added for each in before if each.n_added}
    assert wanted
    delivered = asked.ask(DELIVER, "mailing", Work("Deliver", _shown), role=Role.MARKETER)
    assert {each.audience: each.n_added for each in delivered if each.n_added} == wanted
    assert list((copied / "deliveries").rglob("*.csv"))
    assert all(each.n_requests == 0 for each in asked.ask(PLAN, "mailing"))
    with open_ledger(open_project(copied)) as ledger:
        assert {each.destination for each in ledger.deliveries()} == {"mailing"}
    sent = [each.event for each in asked.recorded() if each.event.action is Action.SEND]
    assert {each.who for each in sent} == {"the_marketer"}
    assert sent[0].counts["added"] == sum(n or 0 for n in wanted.values())
    asked.desk.changed()
    one = asked.ask(DESTINATION, "mailing")
    assert {each.audience: each.n_added for each in one.syncs} == wanted
    assert one.declared.status is Ending.DONE
    assert one.folder == "deliveries"
    assert all((copied / file).is_file() for each in one.syncs for file in each.files)
    assert all(f"_{each.audience}_{each.delivery_id}" in each.files[0] for each in one.syncs if each.n_added)
    assert [asked.ask(DESTINATION, "crm").folder, asked.ask(DESTINATION, "crm").syncs] == ["", ()]
    floored = asked.ask(DESTINATION, "mailing", role=Role.MARKETER)
    assert all(each.n_added is None for each in floored.syncs if (wanted[each.audience] or 0) < 25)


@pytest.mark.parametrize("role", [role for role in Role if Action.SEND not in role.actions])
def test_only_who_sends_delivers(asked: Asking, role: Role) -> None:
    with pytest.raises(RefusedError):
        asked.ask(DELIVER, "mailing", Work("Deliver", _shown), role=role)


def test_a_check_says_which_secret_is_not_there(asked: Asking) -> None:
    checked = asked.ask(CHECK, "crm", role=Role.MARKETER)
    assert "CRM_TOKEN" in checked.missing
    assert asked.ask(CHECK, "mailing").missing == ""
    with pytest.raises(NotFoundError):
        asked.ask(CHECK, "nowhere")


def _shown(*_: object) -> None:
    """Nothing is drawn here."""


def test_what_takes_long_says_how_it_ended(asked: Asking) -> None:
    works = Works(asked.desk)
    admin = asked.session(Role.ADMIN)
    begun = [works.begin_at("a test", admin, "Deliver", _shown, DELIVER, "nowhere") for _ in range(2)]
    work = begun[0]
    assert works.at("a test") in begun
    assert begun[1] is work or work.is_over
    wait([work.answer], 10)
    assert isinstance(work.error, NotFoundError)


@pytest.mark.parametrize("kind", kinds())
def test_what_a_form_shows_is_what_it_gives_back(kind: str) -> None:
    model = kinds()[kind].fields
    assert all(each.meaning for each in fields_of(model))
    for example in kinds()[kind].examples:
        before = dict(example.settings)
        assert settings_from(model, shown(model, before), before) == before
        assert not hidden_in(model, before) & set(shown(model, before).values())


@pytest.mark.parametrize(
    "secret", ['"hunter2\\x2dand-more"', "|\n    hunter2-and-more", "'hunter2-and-more'  # hunter2-and-more"]
)
def test_a_secret_is_not_shown_however_it_is_written(secret: str) -> None:
    text = WEBHOOK.replace("hunter2-and-more", secret) + "  typo: hunter2-and-more\n"
    told = told_text(text, "destinations/crm.yaml")
    assert "hunter2" not in told
    assert "# the agency's own" in told


def test_a_destination_is_tried_before_its_file_is_written(asked: Asking, copied: Path) -> None:
    with FakeDestination() as there:
        said = form_of(kind="webhook", settings={"url": there.url})
        drafted_file = asked.ask(DRAFT, "tried", said).draft
        tried = asked.ask(TRY, "tried", drafted_file)
        assert (tried.is_taken, tried.said) == (True, "it took a batch of nobody")
        assert len(there.received) == 1
    gone = asked.ask(TRY, "tried", drafted_file)
    assert not gone.is_taken
    assert not (copied / "destinations" / "tried.yaml").exists()
    assert asked.recorded()[0].event.by == "console destination test call"


def test_a_destination_there_is_is_tried_as_it_is(asked: Asking) -> None:
    assert asked.ask(TRY, "mailing", None).is_taken
    with pytest.raises(SettingsError, match="CRM_KEY, CRM_TOKEN are not set"):
        asked.ask(TRY, "crm", None)
    with pytest.raises(NotFoundError):
        asked.ask(TRY, "nobody", None)


@pytest.mark.parametrize("role", [role for role in Role if Action.OPERATE not in role.actions])
def test_only_who_may_set_destinations_up_tries_them(asked: Asking, role: Role) -> None:
    with pytest.raises(RefusedError):
        asked.ask(TRY, "mailing", None, role=role)


NAMELESS = """
kind: csv_file
purpose: newsletter
audiences: [coffee_lovers]
identifiers: {household_id: plain}
"""


@pytest.fixture
def nameless(asked: Asking, copied: Path) -> Iterator[str]:
    """A destination by an identifier that nobody has."""
    file = copied / "destinations" / "nameless.yaml"
    file.write_text(NAMELESS.lstrip())
    asked.desk.changed()
    yield "nameless"
    file.unlink()
    asked.desk.changed()


def test_a_form_says_how_many_people_have_each_identifier(asked: Asking) -> None:
    exact = asked.ask(FORM, "", "csv_file")
    assert dict(exact.n_with)["household_id"] == 0
    assert (dict(exact.n_with)["email"] or 0) > 25
    floored = asked.ask(FORM, "mailing", "", role=Role.MARKETER)
    assert floored.least == 25
    assert dict(floored.n_with)["household_id"] is None


def test_who_cannot_be_named_is_left_out_of_a_check_as_of_a_plan(asked: Asking, nameless: str) -> None:
    (checked,) = asked.ask(CHECK, nameless).audiences
    planned = asked.ask(PLAN, nameless)
    assert dict(checked.left_out)["no_identifier"] == dict(planned[0].left_out)["no_identifier"]
    assert checked.n_permitted == 0


def test_a_place_that_nobody_reaches_does_not_hold_what_it_should(asked: Asking, nameless: str) -> None:
    planned = asked.ask(PLAN, nameless)
    assert nobody_goes(planned)
    assert not nobody_goes([replace(each, is_there=True) for each in planned])
    assert not nobody_goes([replace(each, left_out=()) for each in planned])
