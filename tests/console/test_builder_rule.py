"""Rules in somebody's hand: what is done to a part touches no other, by hand and as YAML they mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from headwater.audiences.comparison import comparisons
from headwater.audiences.operator import operators
from headwater.audiences.values import ValueType
from headwater.console.audiences.known import Known
from headwater.console.builder import operands, rule_tree
from headwater.console.builder.begin import begun, first_text
from headwater.console.builder.declared import comparisons_for, fields_in, fields_of, fits, operand_of
from headwater.console.builder.rule_text import from_line, one_line, rule_in, with_rule
from headwater.console.builder.rule_tree import KINDS, Condition, Group, Place

TEA = "# ours\ndescription: Tea\nrule:\n  all:\n    - did: purchase  # buys\n      where: {category: tea}\n"
WORDS = Known(
    ("page", "purchase"), {"city": ValueType.TEXT}, {"category": ValueType.TEXT}, ("coffee",), ("vips",)
)
NAMES = "abcdef"
TREES = st.recursive(
    st.sampled_from([{"did": name} for name in NAMES]),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
)


def takes_in(rule: Any, met: frozenset[str]) -> bool:
    """Whether somebody who meets these conditions is taken in."""
    key, inner = next(iter(rule.items()))
    match key:
        case "all":
            return all(takes_in(each, met) for each in inner)
        case "any":
            return any(takes_in(each, met) for each in inner)
        case "not":
            return not takes_in(inner, met)
        case _:
            return inner in met


@settings(max_examples=60)
@given(TREES, st.frozensets(st.sampled_from(NAMES)))
def test_a_rule_in_a_hand_means_what_it_meant(rule: Mapping[str, object], met: frozenset[str]) -> None:
    written = rule_tree.written(rule_tree.read(rule))
    assert takes_in(written, met) == takes_in(rule, met)
    assert rule_tree.written(rule_tree.read(written)) == written


@settings(max_examples=60)
@given(TREES, st.data())
def test_a_part_that_is_moved_is_there_and_all_others_stay(rule: object, data: st.DataObject) -> None:
    tree = rule_tree.read(rule)
    every = list(rule_tree.places(tree))
    moved, _ = data.draw(st.sampled_from([each for each in every if each[0]] or every))
    group, held = data.draw(st.sampled_from([each for each in every if isinstance(each[1], Group)]))
    assert isinstance(held, Group)
    to = (*group, data.draw(st.integers(0, len(held.parts))))
    after, place = rule_tree.move(tree, moved, to)
    assert conditions(after) == conditions(tree)
    if not moved or to[: len(moved)] == moved:
        assert after is tree  # nothing goes into itself
    else:
        assert rule_tree.at(after, place) is rule_tree.at(tree, moved)
        above = rule_tree.at(after, place[:-1])
        assert isinstance(above, Group)
        assert above.kind == held.kind


@settings(max_examples=30)
@given(TREES, st.data())
def test_a_step_by_key_keeps_every_condition(rule: object, data: st.DataObject) -> None:
    tree = rule_tree.read(rule)
    place = data.draw(st.sampled_from([each for each, _ in rule_tree.places(tree) if each]))
    for way in ("up", "down", "out", "into", "up"):
        before = rule_tree.at(tree, place)
        tree, place = rule_tree.step(tree, place, way)
        assert rule_tree.at(tree, place) is before
    assert conditions(tree) == conditions(rule_tree.read(rule))


def conditions(tree: Group) -> list[str]:
    return sorted(one_line(part.said) for _, part in rule_tree.places(tree) if isinstance(part, Condition))


def test_keys_lead_up_down_out_and_into_the_group_beside() -> None:
    tree = rule_tree.read({"all": [{"did": "a"}, {"any": [{"did": "b"}, {"did": "c"}]}, {"did": "d"}]})

    def moved(place: Place, way: str) -> tuple[object, Place]:
        after, now = rule_tree.step(tree, place, way)
        return rule_tree.written(after), now

    assert moved((0,), "into") == (
        from_line("{all: [{any: [{did: a}, {did: b}, {did: c}]}, {did: d}]}"),
        (0, 0),
    )
    assert moved((2,), "into") == (
        from_line("{all: [{did: a}, {any: [{did: b}, {did: c}, {did: d}]}]}"),
        (1, 2),
    )
    assert moved((1, 0), "out") == (
        from_line("{all: [{did: a}, {any: [{did: c}]}, {did: b}, {did: d}]}"),
        (2,),
    )
    assert moved((2,), "up") == (from_line("{all: [{did: a}, {did: d}, {any: [{did: b}, {did: c}]}]}"), (1,))
    assert moved((0,), "up")[1] == (0,)


def test_a_group_that_is_left_empty_goes_but_for_the_outermost() -> None:
    tree = rule_tree.read({"all": [{"did": "a"}, {"any": [{"not": {"did": "b"}}]}]})
    assert rule_tree.written(rule_tree.remove(tree, (1, 0, 0))) == {"all": [{"did": "a"}]}
    assert rule_tree.written(rule_tree.remove(rule_tree.read({"did": "a"}), (0,))) == {"all": []}


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_of_every_kind_is_read_as_it_was_written(kind: str) -> None:
    group = Group(kind, (Condition({"did": "a"}), Condition({"did": "b"})))
    assert rule_tree.read(rule_tree.written(group)).kind == kind


@pytest.mark.parametrize(
    "odd", ["text", [1], {"all": "no list"}, {"all": [], "did": "x"}, {}, {"nothing": 1}]
)
def test_what_is_no_rule_stays_to_be_mended(odd: object) -> None:
    assert rule_tree.written(rule_tree.read({"any": [odd]})) == {"any": [odd]}


def test_a_hand_changes_no_line_but_its_own() -> None:
    rule = rule_in(TEA)
    more = rule_tree.add(rule_tree.read(rule), (), Condition({"did": "page", "at_least": 2}))
    assert with_rule(TEA, rule_tree.written(more)) == TEA + "    - did: page\n      at_least: 2\n"
    assert with_rule(TEA, {"all": [{"did": "purchase", "where": {"category": "wine"}}]}) == TEA.replace(
        "tea}", "wine}"
    )


@pytest.mark.parametrize("operator", sorted(operators()))
def test_every_operator_has_a_form_and_a_beginning(operator: str) -> None:
    fields = fields_of(operator)
    assert fields[0].name == operator
    declared = operators()[operator].fields.model_fields
    assert {each.name for each in fields} == {info.alias or name for name, info in declared.items()}
    assert "yaml" not in {each.kind for each in fields}
    assert operator in begun(operator, WORDS).said  # type: ignore[operator]


@pytest.mark.parametrize("operator", sorted(operators()))
def test_a_form_can_say_what_the_examples_say(operator: str) -> None:
    kinds = {each.name: each.kind for each in fields_of(operator)}
    for example in operators()[operator].examples:
        assert all(fits(kinds[name], value) for name, value in example.rule.items()), example.rule


@pytest.mark.parametrize("name", sorted(comparisons()))
def test_every_comparison_has_a_form_and_reads_back_what_was_written(name: str) -> None:
    field = operand_of(name)
    assert field.name == name
    assert field.kind != "yaml"
    for example in comparisons()[name].examples:
        tests = example.rule.get("is")
        value = tests.get(name) if isinstance(tests, dict) else None
        if value is not None and field.kind != "span":
            assert operands.typed(field.kind, operands.shown(field.kind, value)) == value


def test_comparisons_are_those_that_make_sense() -> None:
    assert "starts_with" in comparisons_for(ValueType.TEXT)
    assert "at_least" not in comparisons_for(ValueType.TEXT)
    assert set(comparisons_for(ValueType.TEXTS)) == {"contains_all", "contains_any", "exists"}
    assert set(comparisons_for(None)) == set(comparisons())


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1), min_size=1))
def test_a_list_of_texts_is_read_as_it_is_shown(texts: list[str]) -> None:
    for known in (None, ValueType.TEXT):
        assert operands.typed("list", operands.shown("list", texts, known), known) == texts


def test_steps_and_windows_have_forms() -> None:
    assert [each.name for each in fields_in("step")] == ["did", "where", "gap", "same", "without"]
    assert {each.kind for each in fields_in("within")} == {"text", "span", "choice"}
    assert not fits("within", {"last": "1 day", "since": "2020-01-01"})


def test_a_line_of_yaml_is_read_as_it_is_shown() -> None:
    for value in ({"last": "90 days"}, ["a", 1, True], "2017-06-01", "yes: no", 1.5, None):
        assert from_line(one_line(value)) == value
    assert from_line("[") == "["


def test_a_new_audience_begins_with_an_event_there_is() -> None:
    assert "did: purchase" in first_text(WORDS)
    assert begun("sequence", WORDS).said == {"sequence": [{"did": "purchase"}, {"did": ""}]}
    assert begun("trait", Known((), {}, {}, (), ())).said["trait"] == ""  # type: ignore[index]
