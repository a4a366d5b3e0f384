"""The list of audiences however many; people of one as roles may see them; where it goes; copying, renaming and removing it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.console.asking import Asking

from headwater.access.audit.entry import Outcome
from headwater.access.roles import Action, Role
from headwater.audiences.members import members
from headwater.audiences.shuffle import Stretch
from headwater.console.audiences.agreed import DRAFT_TERMS, SAVE_TERMS
from headwater.console.audiences.listing import A_PAGE, NONE, NOWHERE, Looked, found, groups, looked_at
from headwater.console.audiences.managing import COPY, MANAGED, MOVE, REMOVE, RENAME
from headwater.console.audiences.questions import AUDIENCES, SHOWN, Listed
from headwater.console.audiences.sampling import N_SHOWN, SAMPLE
from headwater.console.audiences.sending import DESTINIES, Takes
from headwater.console.audiences.terms_panel import said_of
from headwater.console.audiences.whole import AUDIENCE, HIDDEN, WHY, Reason
from headwater.console.desk.files import Change
from headwater.console.desk.question import RefusedError
from headwater.console.destinations.file import DRAFT_AUDIENCES, SAVE_AUDIENCES
from headwater.console.people.questions import FIND
from headwater.core.errors import EditConflictError, NotFoundError, ProjectError, Refusal, UserError
from headwater.core.project import open_project
from headwater.tables.workspace import read

OTHERS = {
    "audiences/named.yaml": "description: Named by nobody\nrule: {did: purchase}\n",
    "destinations/partner.yaml": """\
kind: csv_file
purpose: newsletter
audiences: [big_spenders]   # agreed in May
identifiers: {email: sha256_hex}
settings: {folder: partner}
""",
}
MAY_NOT_CHANGE = [role for role in Role if Action.CHANGE_AUDIENCES not in role.actions]


@pytest.fixture
def asked(shop: Path, tmp_path: Path) -> Iterator[Asking]:
    """A shop of each test's own, in which files are changed."""
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("state", "audit", "live", "deliveries"))
    for name, text in OTHERS.items():
        (folder / name).write_text(text)
    asking = Asking(folder)
    yield asking
    asking.close()


def listed(name: str, size: int, *, purpose: str = "", to: tuple[str, ...] = (), day: int = 1) -> Listed:
    return Listed(name, "", purpose, size, None, (), datetime(2026, 1, day), (), to)


MANY = [
    listed(f"a{n:03}", 1000 - n, purpose="ads" if n % 2 else "", to=("crm",) if n < 3 else ())
    for n in range(130)
]


def test_a_list_of_many_is_told_page_by_page() -> None:
    pages = [found(MANY, Looked(page=page)) for page in ("1", "2", "3", "99", "0")]
    assert [len(each.listed) for each in pages] == [A_PAGE, A_PAGE, 30, 30, A_PAGE]
    assert [(each.first, each.page, each.n_pages) for each in pages][:3] == [
        (1, 1, 3),
        (51, 2, 3),
        (101, 3, 3),
    ]
    assert [one for each in pages[:3] for one in each.listed] == MANY


def test_a_list_is_narrowed_and_sorted() -> None:
    assert found(MANY, Looked(purpose="ads")).n == 65
    assert found(MANY, Looked(purpose=NONE, to="crm")).n == 2
    assert found(MANY, Looked(to=NOWHERE)).n == 127
    assert found(MANY, Looked(label="location")).n == 0
    assert found(MANY, Looked(sort="size", down="1")).listed[0].name == "a129"
    assert found(MANY, Looked(sort="name", down="1")).listed[0].name == "a129"
    assert [each.name for each in found(MANY, Looked(sort="to")).listed[:4]] == [
        "a000",
        "a001",
        "a002",
        "a003",
    ]
    assert groups(MANY)["purpose"] == {
        "": "Any purpose",
        "ads": "ads (65)",
        NONE: "no purpose of its own (65)",
    }


@pytest.mark.parametrize(
    "query",
    [{}, {"q": "tea & 100 %", "sort": "name", "down": "1", "page": "3"}, {"to": "crm", "purpose": "ads"}],
)
def test_what_is_looked_at_stands_in_the_address(query: dict[str, str]) -> None:
    address = looked_at(query).address
    assert looked_at(dict(parse_qsl(urlsplit(address).query))) == looked_at(query)
    assert dict(parse_qsl(urlsplit(address).query)) == query


def test_all_audiences_are_not_said_to_be_sent() -> None:
    assert groups([listed("tea", 1)])["to"][""] == "Any destination, or none"


def test_an_address_that_says_nonsense_is_borne() -> None:
    assert looked_at({"sort": "secret", "page": "-1", "drop": "table"}) == Looked()
    assert found(MANY, looked_at({"page": "9" * 400})).page == 3


def test_only_those_looked_at_are_asked_for(asking: Asking) -> None:
    every = {each.name: each for each in asking.ask(AUDIENCES).listed}
    rows = asking.ask(SHOWN, ("nearly_nobody", "coffee_lovers", "gone"))
    assert [each.name for each in rows] == ["nearly_nobody", "coffee_lovers"]
    assert all(each.size == every[each.name].size for each in rows)
    assert all(each.trend for each in rows)
    floored = asking.ask(SHOWN, ("nearly_nobody", "tea_not_coffee"), role=Role.MARKETER)
    assert floored[0].size is None
    assert not any(each.trend for each in floored)


def test_a_list_tells_nobody_counts_that_they_do_not_look_at(asking: Asking) -> None:
    assert {each.size for each in asking.ask(AUDIENCES, role=Role.MARKETER).listed} == {None}


def test_who_came_and_went_is_for_those_who_see_exact_sizes(asking: Asking) -> None:
    assert asking.ask(AUDIENCE, "coffee_lovers", role=Role.MARKETER).moves == ()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ANALYST, Role.READ_ONLY])
def test_some_people_are_shown_as_a_role_sees_them_and_that_is_recorded(
    asking: Asking, shop: Path, role: Role
) -> None:
    people = asking.ask(SAMPLE, "coffee_lovers", 0, role=role)
    event = asking.recorded()[0].event
    assert (event.action, event.by, event.about) == (
        Action.SEE_PEOPLE,
        "console audience sample",
        ("coffee_lovers",),
    )
    assert event.counts == {"seen": len(people)}
    with read(open_project(shop)) as workspace:
        inside = members("coffee_lovers", workspace)["profile_id"].to_pylist()
    assert {each.profile_id for each in people} <= set(inside)
    assert len(people) == min(N_SHOWN, len(inside))
    assert all(each.entered_at for each in people)
    emails = [one.value or "" for each in people for one in each.identifiers if one.identifier == "email"]
    assert emails
    assert all(("@" in each) is (role is Role.ADMIN) for each in emails)
    assert asking.ask(SAMPLE, "tea_not_coffee", 0, role=role) != asking.ask(
        SAMPLE, "tea_not_coffee", 1, role=role
    )


def test_who_may_not_see_people_sees_none(asking: Asking) -> None:
    with pytest.raises(RefusedError):
        asking.ask(SAMPLE, "coffee_lovers", 0, role=Role.MARKETER)
    assert asking.recorded()[0].event.outcome is Outcome.REFUSED


def test_who_is_in_a_labelled_audience_is_hidden_from_whom_the_label_is(asked: Asking) -> None:
    source = asked.desk.root / "sources" / "members.yaml"
    source.write_text(
        source.read_text().replace("{city: city,", "{city: {column: city, labels: [financial]},")
    )
    (asked.desk.root / "audiences" / "berliners.yaml").write_text("rule: {trait: city, is: {exists: true}}\n")
    with pytest.raises(Refusal, match="financial"):
        asked.ask(SAMPLE, "berliners", 0, role=Role.ANALYST)
    assert asked.ask(SAMPLE, "berliners", 0, role=Role.ADMIN) == ()  # it was not run yet


def test_an_explanation_says_about_whom_it_is_as_the_role_sees_them(asking: Asking) -> None:
    number = asking.ask(FIND, "email=m1@example.com")
    for role, value in ((Role.PRIVACY_OFFICER, "m1@example.com"), (Role.READ_ONLY, "(hidden: identifier)")):
        found = asking.ask(WHY, "coffee_lovers", str(number), role=role)
        assert found.whom.profile_id == number
        assert value in {each.value for each in found.whom.identifiers}
    assert (found.whom.entered_at is not None) == found.reason.passed
    assert asking.ask(WHY, "coffee_lovers", "email=m1@example.com").whom.profile_id == number


def test_of_a_labelled_audience_neither_what_was_seen_nor_since_when_is_told(asked: Asking) -> None:
    source = asked.desk.root / "sources" / "members.yaml"
    source.write_text(
        source.read_text().replace("{city: city,", "{city: {column: city, labels: [financial]},")
    )
    file = asked.desk.root / "audiences" / "big_spenders.yaml"
    file.write_text("rule: {trait: city, is: {exists: true}}\n")  # people are in it as they were
    someone = members_now(asked, "big_spenders")[0]
    assert asked.ask(WHY, "big_spenders", str(someone)).whom.entered_at
    hidden = asked.ask(WHY, "big_spenders", str(someone), role=Role.ANALYST)
    assert hidden.whom.entered_at is None
    assert set(_seen(hidden.reason)) <= {"", HIDDEN}


def _seen(reason: Reason) -> Iterator[str]:
    yield reason.seen
    for each in reason.parts:
        yield from _seen(each)


def test_where_an_audience_goes_is_told_and_changed(asked: Asking) -> None:
    def takes(name: str) -> dict[str, Takes]:
        found = asked.ask(DESTINIES, name)
        return {each.name: each.takes for each in found.destinations}

    assert takes("big_spenders") == {"hostile": Takes.NOT, "mailing": Takes.ALL, "partner": Takes.THIS}
    drafted = asked.ask(DRAFT_AUDIENCES, "partner", ("big_spenders", "named"), role=Role.MARKETER)
    added = [each.text.strip() for each in drafted.lines if each.change is Change.ADDED]
    assert [each.split() for each in added] == [
        ["audiences:", "[big_spenders,", "named]", "#", "agreed", "in", "May"]
    ]
    asked.ask(SAVE_AUDIENCES, drafted.draft, role=Role.MARKETER)
    asked.desk.changed()
    assert takes("named")["partner"] is Takes.THIS


def test_what_uses_an_audience_is_told(asked: Asking) -> None:
    used = asked.ask(MANAGED, "coffee_lovers").used_by
    assert [(each.what, each.name) for each in used] == [
        ("audience", "tea_not_coffee"),
        ("placement", "home_hero"),
    ]
    named = asked.ask(MANAGED, "big_spenders")
    assert [(each.what, each.to) for each in named.used_by] == [("destination", "/destinations/partner")]
    assert named.taken_by == ("mailing",)
    assert asked.ask(MANAGED, "nearly_nobody", role=Role.MARKETER).size is None


@pytest.mark.parametrize("name", ["coffee_lovers", "big_spenders"])
def test_what_is_used_is_neither_removed_nor_renamed(asked: Asking, name: str) -> None:
    file = asked.desk.root / "audiences" / f"{name}.yaml"
    seen = file.read_text()
    with pytest.raises(UserError, match="is used by"):
        asked.ask(REMOVE, name, seen)
    with pytest.raises(UserError, match="is used by"):
        asked.ask(RENAME, name, "other", seen)
    assert file.read_text() == seen
    assert not file.with_name("other.yaml").exists()


def test_an_audience_is_copied_renamed_and_removed(asked: Asking) -> None:
    folder, text = asked.desk.root / "audiences", OTHERS["audiences/named.yaml"]
    assert asked.ask(COPY, "named", "named_2", role=Role.MARKETER) == "audiences/named_2.yaml"
    assert asked.ask(RENAME, "named", "renamed", text, role=Role.MARKETER) == "audiences/renamed.yaml"
    assert {each.name for each in asked.ask(AUDIENCES).listed} >= {"named_2", "renamed"}
    assert not (folder / "named.yaml").exists()
    assert (folder / "renamed.yaml").read_text() == (folder / "named_2.yaml").read_text() == text
    asked.ask(REMOVE, "renamed", text, role=Role.MARKETER)
    assert not (folder / "renamed.yaml").exists()
    events = [each.event for each in asked.recorded() if each.event.outcome is Outcome.DONE]
    assert [each.about for each in events] == [("renamed",), ("named", "renamed"), ("named", "named_2")]
    with pytest.raises(NotFoundError):
        asked.ask(REMOVE, "renamed", text)


def test_a_name_that_is_none_or_taken_is_refused(asked: Asking) -> None:
    text = OTHERS["audiences/named.yaml"]
    for new in ("", "../evil", "Named", "coffee_lovers"):
        with pytest.raises(UserError):
            asked.ask(COPY, "named", new)
        with pytest.raises(UserError):
            asked.ask(RENAME, "named", new, text)
    assert (asked.desk.root / "audiences" / "named.yaml").read_text() == text


def test_what_somebody_changed_meanwhile_is_not_lost(asked: Asking) -> None:
    file = asked.desk.root / "audiences" / "named.yaml"
    theirs = OTHERS["audiences/named.yaml"] + "# theirs\n"
    file.write_text(theirs)
    for question, given in ((REMOVE, ()), (RENAME, ("other",))):
        with pytest.raises(EditConflictError):
            asked.ask(question, "named", *given, OTHERS["audiences/named.yaml"])
    assert file.read_text() == theirs
    assert not file.with_name("other.yaml").exists()


@pytest.mark.parametrize("role", MAY_NOT_CHANGE)
def test_who_may_not_change_audiences_changes_none(asked: Asking, role: Role) -> None:
    text = OTHERS["audiences/named.yaml"]
    for question, given in ((COPY, ("x",)), (RENAME, ("x", text)), (REMOVE, (text,))):
        with pytest.raises(RefusedError):
            asked.ask(question, "named", *given, role=role)


def test_what_others_are_made_of_is_not_taken_from_under_them(asked: Asking) -> None:
    """A file that is not sound names it all the same."""
    (asked.desk.root / "cleanrooms").mkdir(exist_ok=True)
    (asked.desk.root / "audiences" / "broken.yaml").write_text(
        "rule: {all: [{in_audience: named}, {did: 7}]}\n"
    )
    asked.desk.changed()
    with pytest.raises((ProjectError, UserError)):
        asked.ask(REMOVE, "named", OTHERS["audiences/named.yaml"])


def test_a_folder_holds_those_of_the_folders_in_it() -> None:
    many = [replace(MANY[0], name="a", folder=""), replace(MANY[1], name="b", folder="loyalty")]
    many += [replace(MANY[2], name="c", folder="loyalty/winter"), replace(MANY[3], name="d", folder="loy")]
    assert [each.name for each in found(many, Looked(folder="loyalty")).listed] == ["b", "c"]
    assert [each.name for each in found(many, Looked(folder="loyalty/winter")).listed] == ["c"]
    assert [each.name for each in found(many, Looked(folder=NONE)).listed] == ["a"]
    assert groups(many)["folder"] == {
        "": "Every folder",
        "loy": "loy (1)",
        "loyalty": "loyalty (2)",
        "loyalty/winter": "loyalty/winter (1)",
        NONE: "in no folder (1)",
    }


def test_an_audience_moves_to_a_folder_and_stays_what_it_is(asked: Asking) -> None:
    root, seen = asked.desk.root, asked.ask(MANAGED, "named").seen
    assert asked.ask(MOVE, "named", "loyalty/winter", seen) == "audiences/loyalty/winter/named.yaml"
    assert (root / "audiences/loyalty/winter/named.yaml").read_text() == seen
    assert not (root / "audiences/named.yaml").exists()
    managed = asked.ask(MANAGED, "named")
    assert (managed.folder, managed.folders) == ("loyalty/winter", ("loyalty/winter",))
    assert {each.name: each.folder for each in asked.ask(AUDIENCES).listed}["named"] == "loyalty/winter"
    assert asked.ask(COPY, "named", "another") == "audiences/loyalty/winter/another.yaml"
    asked.ask(REMOVE, "another", asked.ask(MANAGED, "another").seen)
    assert asked.ask(MOVE, "named", "", seen) == "audiences/named.yaml"
    assert not (root / "audiences/loyalty").exists()


@pytest.mark.parametrize("folder", ["..", "a/../b", "/etc", "A", "a b", "a//b", ".git", "a/b/c/d/e/f"])
def test_no_file_moves_elsewhere(asked: Asking, folder: str) -> None:
    before = sorted(asked.desk.root.rglob("*.yaml"))
    with pytest.raises(UserError):
        asked.ask(MOVE, "named", folder, asked.ask(MANAGED, "named").seen)
    assert sorted(asked.desk.root.rglob("*.yaml")) == before


def test_what_somebody_changed_meanwhile_does_not_move(asked: Asking) -> None:
    seen = asked.ask(MANAGED, "named").seen
    (asked.desk.root / "audiences/named.yaml").write_text(seen + "holdout: 5%\n")
    with pytest.raises(EditConflictError):
        asked.ask(MOVE, "named", "loyalty", seen)
    assert not (asked.desk.root / "audiences/loyalty").exists()


def test_terms_say_what_they_come_to_and_are_written_as_they_were_seen(asked: Asking) -> None:
    before = asked.ask(DESTINIES, "big_spenders")
    assert (before.agreed.holdout, before.agreed.n_told_of) == ("", before.size)
    would = asked.ask(DRAFT_TERMS, "big_spenders", "40%", "2020-01-01", "")
    out = {
        each
        for each in members_now(asked, "big_spenders")
        if Stretch("big_spenders:holdout", 0, 400_000).holds(each)
    }
    assert out
    assert before.size is not None
    assert would.agreed.n_told_of == before.size - len(out)
    assert asked.ask(SAVE_TERMS, "big_spenders", would.draft) == "audiences/big_spenders.yaml"
    after = asked.ask(DESTINIES, "big_spenders").agreed
    assert (after.holdout, after.begins, after.ends, after.is_scheduled) == ("40%", "2020-01-01", "", True)
    gone = asked.ask(DRAFT_TERMS, "big_spenders", "", "", "2020-01-01")
    assert (gone.agreed.is_scheduled, gone.agreed.n_told_of) == (False, 0)
    assert [each.text for each in gone.draft.difference if each.change is Change.REMOVED] == [
        "holdout: 40%",
        "from: 2020-01-01",
    ]


def test_an_audience_says_its_terms(asked: Asking) -> None:
    assert not asked.ask(AUDIENCE, "named").terms
    file = asked.desk.root / "audiences" / "named.yaml"
    file.write_text(file.read_text() + "holdout: 10%\nfrom: 2026-03-01\nuntil: 2026-03-30\n")
    asked.desk.changed()
    terms = asked.ask(AUDIENCE, "named").terms
    assert said_of(terms) == "10% held out, from 2026-03-01, until 2026-03-30"
    assert terms.is_scheduled == asked.ask(DESTINIES, "named").agreed.is_scheduled is False


def test_where_the_clock_stands_still_counts_say_of_when_they_are(asked: Asking) -> None:
    counted_at = asked.ask(AUDIENCE, "named").counted_at
    assert counted_at == datetime(2026, 4, 1)  # as headwater.yaml says it, in the zone of the project
    assert asked.ask(DESTINIES, "named").counted_at == counted_at
    config = asked.desk.root / "headwater.yaml"
    config.write_text(config.read_text().replace("now: 2026-04-01T00:00\n", ""))
    asked.desk.changed()
    assert asked.ask(AUDIENCE, "named").counted_at is None
    assert asked.ask(DESTINIES, "named").counted_at is None


def test_terms_that_cannot_be_are_not_written(asked: Asking) -> None:
    for said in (("110%", "", ""), ("x", "", ""), ("", "soon", ""), ("", "2026-02-01", "2026-01-01")):
        with pytest.raises(ProjectError):
            asked.ask(DRAFT_TERMS, "big_spenders", *said)


def test_terms_of_an_audience_that_moved_meanwhile_are_not_written(asked: Asking) -> None:
    would = asked.ask(DRAFT_TERMS, "named", "10%", "", "")
    asked.ask(MOVE, "named", "loyalty", asked.ask(MANAGED, "named").seen)
    with pytest.raises(UserError, match="is in audiences/loyalty/named.yaml by now"):
        asked.ask(SAVE_TERMS, "named", would.draft)
    assert not (asked.desk.root / "audiences/named.yaml").exists()


@pytest.mark.parametrize("role", MAY_NOT_CHANGE)
def test_terms_and_folders_are_for_whom_may_change_audiences(asked: Asking, role: Role) -> None:
    with pytest.raises(RefusedError):
        asked.ask(DRAFT_TERMS, "big_spenders", "10%", "", "", role=role)
    with pytest.raises(RefusedError):
        asked.ask(MOVE, "named", "loyalty", "", role=role)


def members_now(asked: Asking, name: str) -> list[int]:
    with read(open_project(asked.desk.root)) as workspace:
        return [int(each) for each in members(name, workspace)["profile_id"].to_pylist()]
