"""Audiences that are being written: by hand and as YAML the same, exactly counted, saved over nobody's work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.asking import Asking

from headwater.access.audit.entry import Outcome
from headwater.access.roles import Action, Role
from headwater.console.audiences.known import WORDS
from headwater.console.audiences.questions import AUDIENCES
from headwater.console.builder.drafts import COMPARE, DRAFT, DRAFT_RULE, SAVE, TEXT
from headwater.console.desk.files import Change, Draft
from headwater.console.desk.question import RefusedError
from headwater.core.errors import EditConflictError, ProjectError, UserError

TEA = "# ours\ndescription: Tea\nrule:\n  all:\n    - did: purchase\n      where: {category: tea}\n"


def test_a_draft_is_counted_exactly_and_read_in_words(asking: Asking) -> None:
    draft = asking.ask(DRAFT, TEA)
    assert draft.words.startswith("all of (did purchase")
    assert draft.size == draft.parts[0,].n
    sizes = {each.name: each.size for each in asking.ask(AUDIENCES).listed}
    assert asking.ask(DRAFT, asking.ask(TEXT, "coffee_lovers")).size == sizes["coffee_lovers"]


def test_a_draft_about_few_people_tells_no_number(asking: Asking) -> None:
    draft = asking.ask(DRAFT, asking.ask(TEXT, "nearly_nobody"), role=Role.MARKETER)
    assert (draft.size, draft.least, [part.n for part in draft.parts.values()]) == (None, 25, [None])


def test_what_each_part_leaves_is_counted_in_groups_too(asking: Asking) -> None:
    tea, wine = (
        {"did": "purchase", "where": {"category": "tea"}},
        {"did": "purchase", "where": {"category": "wine"}},
    )
    draft = asking.ask(DRAFT, f"rule: {{all: [{tea}, {{not: {wine}}}, {{any: [{tea}, {wine}]}}]}}")
    size = {place: leaves.n for place, leaves in draft.parts.items()}

    def counted(rule: object) -> int | None:
        return asking.ask(DRAFT, f"rule: {rule}").size

    assert set(size) == {(0,), (1,), (1, 0), (2,), (2, 0), (2, 1)}
    assert size[0,] == size[2, 0] == counted(tea)
    assert size[1, 0] == size[2, 1] == counted(wine)
    assert size[1,] == counted({"all": [tea, {"not": wine}]})
    assert size[2,] == draft.size
    assert draft.parts[1,].before == draft.parts[0,].share
    assert draft.parts[2, 0].before == 0.0  # of alternatives each is met by itself
    assert set(asking.ask(DRAFT, f"rule: {{any: [{{all: [{tea}]}}]}}", role=Role.MARKETER).parts) == {(0,)}


def test_what_is_wrong_is_told_beside_its_condition(asking: Asking) -> None:
    steps = "sequence: [{did: purchase}, {did: ''}]"
    draft = asking.ask(DRAFT, f"rule: {{all: [{{did: purchase}}, {{any: [{{did: nothing}}, {{{steps}}}]}}]}}")
    assert set(draft.unsound) == {(1, 0), (1, 1)}
    assert "did: there is no event 'nothing'" in draft.unsound[1, 0]
    assert draft.unsound[1, 1] == "sequence 2 did: choose an event"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"did": "purchase", "where": {"": ""}}, "where: choose a property"),
        ({"did": "purchase", "where": {"": {"one_of": []}, "category": {"at_least": "x"}}}, "where: choose a property"),
        ({"trait": "", "is": {}}, "trait: choose a trait"),
        ({"in_audience": ""}, "in audience: choose an audience"),
        ({"in_list": ""}, "in list: choose a list"),
        ({"total": "", "of": "", "is": {"at_least": ""}}, "total: choose a property; of: choose an event"),
        (
            {"sequence": [{"did": "purchase"}, {"did": "purchase", "same": {"": 1}, "without": {"did": ""}}]},
            "sequence 2 same: choose a property; sequence 2 without did: choose an event",
        ),
        (
            {"did": "purchase", "within": {"last": "60"}},
            "within last: write 60 days, or another unit: minutes, hours, weeks, months, years",
        ),
    ],
)  # fmt: skip
def test_what_is_left_open_is_asked_for_and_nothing_else_is_said(
    asking: Asking, rule: object, told: str
) -> None:
    assert asking.ask(DRAFT_RULE, json.dumps({"all": [rule]})).unsound == {(0,): told}


def test_a_name_that_no_file_can_have_is_told_in_words(asking: Asking) -> None:
    with pytest.raises(UserError, match="'Grocery regulars' cannot be a name of audiences") as told:
        asking.ask(COMPARE, "Grocery regulars", TEA, "")
    assert told.value.next_step == "write lower case letters, digits and _, such as grocery_regulars"
    with pytest.raises(UserError, match="has no name yet"):
        asking.ask(COMPARE, "", TEA, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rule: {did: }", "did"),
        ("rule: [", "is not valid YAML"),
        ("", "must hold|missing"),
        ("rule: {nothing: 1}", "there is no operator 'nothing'"),
        ("rule: {in_audience: coffee_lover}", "coffee_lovers"),
        ("\x00", "is not valid YAML"),
        ("rule: " + "{not: " * 200 + "x" + "}" * 200, "nested deeper"),
        ("x" * 300_000, "is longer than"),
    ],
    ids=["empty", "no YAML", "nothing", "no operator", "no audience", "no text", "deep", "long"],
)
def test_what_is_wrong_with_a_draft_is_said(asking: Asking, text: str, told: str) -> None:
    problems = asking.ask(DRAFT, text).problems
    assert problems
    assert any(each in " ".join(problems) for each in told.split("|"))


def test_the_words_are_those_of_the_project(asking: Asking) -> None:
    words = asking.ask(WORDS)
    assert "purchase" in words.events
    assert "city" in words.traits
    assert "coffee_lovers" in words.audiences


@pytest.fixture
def saved(shop: Path, asking: Asking) -> Iterator[Path]:
    """Where a new audience will be."""
    path = shop / "audiences" / "tea_people.yaml"
    yield path
    path.unlink(missing_ok=True)
    asking.desk.changed()


def compared(asking: Asking, text: str, begun_from: str = "", name: str = "tea_people") -> Draft:
    return asking.ask(COMPARE, name, text, begun_from)


def test_an_audience_is_saved_as_it_was_written(asking: Asking, saved: Path) -> None:
    draft = compared(asking, TEA)
    assert not saved.exists()
    assert [line.text for line in draft.difference if line.change is Change.ADDED] == TEA.splitlines()
    assert asking.ask(SAVE, draft, role=Role.MARKETER) == "audiences/tea_people.yaml"
    assert saved.read_text() == TEA
    changed = compared(asking, TEA.replace("tea", "wine"), TEA)
    told = {line.change: line.text.strip() for line in changed.difference}
    assert told[Change.REMOVED] == "where: {category: tea}"
    assert told[Change.ADDED] == "where: {category: wine}"
    asking.ask(SAVE, changed, role=Role.MARKETER)
    assert "tea_people" in {each.name for each in asking.ask(AUDIENCES).listed}
    events = [each.event for each in asking.recorded()[:4]]
    assert [each.outcome for each in events] == [Outcome.DONE, Outcome.BEGUN] * 2
    assert {each.action for each in events} == {Action.CHANGE_AUDIENCES}
    assert {each.about for each in events} == {("tea_people",)}


def test_what_somebody_else_saved_meanwhile_stays_and_is_told(asking: Asking, saved: Path) -> None:
    asking.ask(SAVE, compared(asking, TEA))
    mine = compared(asking, TEA + "# mine\n", TEA)
    theirs = TEA.replace("category: tea", "category: bread")
    saved.write_text(theirs)
    with pytest.raises(EditConflictError) as told:
        asking.ask(SAVE, mine)
    assert (told.value.seen, told.value.now) == (TEA, theirs)
    assert saved.read_text() == theirs
    with pytest.raises(UserError, match="there is an audience 'tea_people' already"):
        compared(asking, TEA)
    asking.ask(SAVE, compared(asking, TEA + "# mine\n", theirs))  # who has seen it may write over it
    assert saved.read_text() == TEA + "# mine\n"


@pytest.mark.parametrize("role", [each for each in Role if Action.CHANGE_AUDIENCES not in each.actions])
def test_who_may_not_saves_nothing(asking: Asking, saved: Path, role: Role) -> None:
    with pytest.raises(RefusedError):
        asking.ask(SAVE, Draft("audiences/tea_people.yaml", "", TEA), role=role)
    assert not saved.exists()


@pytest.mark.parametrize(
    "name",
    ["", "Tea", "../tea", "../../tea", "tea/Of us", "a/../tea", "tea.people", "tea\n", "x" * 200, "\x00"],
)
def test_no_file_is_written_elsewhere(asking: Asking, shop: Path, name: str) -> None:
    before = sorted(path for path in shop.rglob("*.yaml"))
    with pytest.raises(UserError):
        compared(asking, TEA, name=name)
    with pytest.raises(UserError):
        asking.ask(SAVE, Draft(f"audiences/{name}.yaml", "", TEA))
    assert asking.ask(TEXT, name) == ""
    assert sorted(path for path in shop.rglob("*.yaml")) == before


@pytest.mark.parametrize(
    "text",
    [
        "rule: {did: }",
        "rule: [",
        "rule: {in_audience: tea_people}",
        "rule: {did: purchase}\npurpose: nothing",
    ],
    ids=["empty", "no YAML", "a circle", "no purpose"],
)
def test_what_is_not_sound_is_not_saved(asking: Asking, saved: Path, text: str) -> None:
    with pytest.raises(ProjectError):
        compared(asking, text)
    with pytest.raises(ProjectError):
        asking.ask(SAVE, Draft("audiences/tea_people.yaml", "", text))
    assert not saved.exists()
