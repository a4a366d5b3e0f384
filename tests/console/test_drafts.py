"""Audiences that are being written: by hand and as YAML the same, exactly counted, saved over nobody's work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.console.asking import Asking

from headwater.access.audit.entry import Outcome
from headwater.access.roles import Action, Role
from headwater.audiences.operator import operators
from headwater.console.audiences import rule_tree
from headwater.console.audiences.drafts import (
    DRAFT,
    SAVE,
    TEXT,
    WORDS,
    diff,
    from_line,
    one_line,
    with_rule,
)
from headwater.console.audiences.questions import AUDIENCES
from headwater.console.desk.question import RefusedError
from headwater.core.errors import ProjectError, UserError

TEA = "# ours\ndescription: Tea\nrule:\n  all:\n    - did: purchase\n      where: {category: tea}\n"
LEAVES = st.sampled_from(
    [{"did": "purchase"}, {"trait": "city", "is": "Berlin"}, {"in_audience": "coffee_lovers"}]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
).map(rule_tree.as_group)


@settings(max_examples=15)
@given(TREES, st.data())
def test_what_a_hand_does_to_a_rule_touches_nothing_else(tree: rule_tree.Tree, data: st.DataObject) -> None:
    before = one_line(tree)
    every = list(rule_tree.places(tree))
    group = data.draw(st.sampled_from([each for each in every if _is_list(tree, each)]))
    added = rule_tree.add(tree, group, {"did": "new"})
    assert one_line(tree) == before
    assert one_line(added).count("did: new") == before.count("did: new") + 1
    kind = rule_tree.branch_of(rule_tree.at(tree, group))
    last = len(rule_tree.at(tree, (*group, kind)))
    assert rule_tree.remove(added, (*group, kind, last)) == tree
    turned = rule_tree.turn(tree, group, "any" if kind == "all" else "all")
    assert rule_tree.turn(turned, group, kind) == tree


def _is_list(tree: rule_tree.Tree, place: tuple[str | int, ...]) -> bool:
    part = rule_tree.at(tree, place)
    return isinstance(part.get(rule_tree.branch_of(part)), list)


@settings(max_examples=15)
@given(TREES)
def test_a_rule_is_the_same_by_hand_and_as_yaml(tree: rule_tree.Tree) -> None:
    text = with_rule(TEA, tree)
    assert from_line(text) == {"description": "Tea", "rule": tree}
    assert text.startswith("# ours\n")
    assert from_line(one_line(tree)) == tree


@pytest.mark.parametrize("operator", sorted(operators()))
def test_every_operator_can_be_written_by_hand(operator: str) -> None:
    fields = rule_tree.fields_of(operator)
    assert fields[0].name == operator
    assert rule_tree.operator_of(rule_tree.simplest(operator)) == operator
    declared = operators()[operator].fields.model_fields
    assert {each.name for each in fields} == {info.alias or name for name, info in declared.items()}


def test_a_draft_is_counted_exactly_and_read_in_words(asking: Asking) -> None:
    draft = asking.ask(DRAFT, TEA)
    assert draft.words.startswith("all of (did purchase")
    assert draft.size == draft.parts[0].n
    sizes = {each.name: each.size for each in asking.ask(AUDIENCES).listed}
    assert asking.ask(DRAFT, asking.ask(TEXT, "coffee_lovers")).size == sizes["coffee_lovers"]


def test_a_draft_about_few_people_tells_no_number(asking: Asking) -> None:
    draft = asking.ask(DRAFT, asking.ask(TEXT, "nearly_nobody"), role=Role.MARKETER)
    assert (draft.size, draft.least, [part.n for part in draft.parts]) == (None, 25, [None])


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


def test_an_audience_is_saved_as_it_was_written(asking: Asking, saved: Path) -> None:
    found = asking.ask(SAVE, "tea_people", TEA, "", role=Role.MARKETER)
    assert saved.read_text() == TEA
    assert found.diff == tuple(f"+{line}" for line in TEA.splitlines())
    changed = TEA.replace("tea", "wine")
    assert asking.ask(SAVE, "tea_people", changed, TEA).diff[-2:] == (
        "-      where: {category: tea}",
        "+      where: {category: wine}",
    )
    asking.desk.changed()
    assert "tea_people" in {each.name for each in asking.ask(AUDIENCES).listed}
    events = [each.event for each in asking.recorded()[:4]]
    assert [each.outcome for each in events] == [Outcome.DONE, Outcome.BEGUN] * 2
    assert {each.action for each in events} == {Action.CHANGE_AUDIENCES}
    assert {each.about for each in events} == {("tea_people",)}


def test_what_somebody_else_saved_meanwhile_stays_and_is_shown(asking: Asking, saved: Path) -> None:
    asking.ask(SAVE, "tea_people", TEA, "")
    theirs = TEA.replace("category: tea", "category: bread")
    saved.write_text(theirs)
    with pytest.raises(UserError, match="somebody changed tea_people") as told:
        asking.ask(SAVE, "tea_people", TEA + "# mine\n", TEA)
    assert "+      where: {category: bread}" in told.value.message
    assert saved.read_text() == theirs
    with pytest.raises(UserError, match="somebody changed"):
        asking.ask(SAVE, "tea_people", TEA, "")  # a new one, of a name that is taken


@pytest.mark.parametrize("role", [each for each in Role if Action.CHANGE_AUDIENCES not in each.actions])
def test_who_may_not_saves_nothing(asking: Asking, saved: Path, role: Role) -> None:
    with pytest.raises(RefusedError):
        asking.ask(SAVE, "tea_people", TEA, "", role=role)
    assert not saved.exists()


@pytest.mark.parametrize(
    "name", ["", "Tea", "../tea", "tea/people", "tea.people", "tea\n", "x" * 200, "\x00"]
)
def test_no_file_is_written_elsewhere(asking: Asking, shop: Path, name: str) -> None:
    before = sorted(path for path in shop.rglob("*.yaml"))
    with pytest.raises(UserError):
        asking.ask(SAVE, name, TEA, "")
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
        asking.ask(SAVE, "tea_people", text, "")
    assert not saved.exists()


def test_a_diff_shows_lines_that_look_like_its_own_marks() -> None:
    assert diff("-- a\nb\n", "++ c\nb\n") == ["--- a", "+++ c", " b"]
    assert diff("same\n", "same\n") == []
