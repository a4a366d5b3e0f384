"""The words of forms: what each choice does, told in the words of its own declaration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.console.asking import Asking

from headwater.access.roles import Caller, Role
from headwater.audiences.operator import operators
from headwater.console.audiences.known import Known
from headwater.console.builder.begin import first_text
from headwater.console.builder.declared import fields_in, fields_of, in_short, meaning_of
from headwater.console.builder.meanings import MEANINGS
from headwater.console.builder.rule_text import description_in, with_description
from headwater.console.desk.question import Given

MOST = 80


@pytest.mark.parametrize("operator", sorted(operators()))
def test_every_operator_is_explained_in_one_line(operator: str) -> None:
    told = in_short(meaning_of(operator), MOST)
    assert 10 < len(told) <= MOST
    assert not told.endswith((".", ",", ";", ":"))
    assert "`" not in told


def test_what_is_too_long_ends_at_a_clause_or_a_word() -> None:
    assert in_short("Did it, each later than before; so often.", 34) == "did it, each later than before"
    assert in_short("One word after another and another", 20) == "one word after …"
    assert in_short("SQL that gives people. More.", 80) == "SQL that gives people"


def test_every_field_that_is_added_by_a_button_has_a_meaning() -> None:
    fields = [
        *fields_in("step"),
        *fields_in("without"),
        *(f for name in operators() for f in fields_of(name)),
    ]
    assert all(each.meaning for each in fields)


@pytest.mark.parametrize(
    ("text", "said", "after"),
    [
        ("rule: {did: a}  # ours\n", "Tea: ours", "description: 'Tea: ours'\nrule: {did: a}  # ours\n"),
        ("# of ann\nrule: {did: a}\n", "Tea", "# of ann\nrule: {did: a}\ndescription: Tea\n"),
        ("description: ''\nrule: {did: a}\n", "Tea", "description: Tea\nrule: {did: a}\n"),
        ("# x\nrule: {did: a}  # y\ndescription: Tea  # z\n", "", "# x\nrule: {did: a}  # y\n"),
        ("rule: {did: a}\n", " ", "rule: {did: a}\n"),
        ("{rule: {did: a}}\n", "Tea", "{rule: {did: a}, description: Tea}\n"),
        ("description: >-\n  long\n  told\nrule: {did: a}\n", "long told", "description: >-\n  long\n  told\nrule: {did: a}\n"),
        ("", "Tea", "description: Tea\n"),
    ],
)  # fmt: skip
def test_a_description_changes_its_own_line_and_an_empty_one_is_not_written(
    text: str, said: str, after: str
) -> None:
    assert with_description(text, said) == after
    assert description_in(after) == " ".join(said.split())


def test_a_new_audience_says_no_empty_description() -> None:
    assert "description" not in first_text(Known(("page",), {}, {}, (), ()))


def test_names_have_the_meanings_that_files_declare(asking: Asking) -> None:
    found = asking.ask(MEANINGS, role=Role.MARKETER)
    assert found["trait", "revenue_30d"] == "Money spent in 30 days"
    assert found["audience", "coffee_lovers"] == "Coffee, three times or more"
    assert ("event", "purchase") not in found  # its source says nothing
    seat = asking.desk._seats[0]
    assert seat.workspace
    assert seat.definitions
    source = seat.definitions.sources["purchases"]
    told = source.value.model_copy(update={"description": "A line of a receipt"})
    sources = {**seat.definitions.sources, "purchases": replace(source, value=told)}
    given = Given(
        seat.workspace, replace(seat.definitions, sources=sources), Caller("ann", Role.MARKETER, frozenset())
    )
    assert MEANINGS.answer(given)["event", "purchase"] == "A line of a receipt"
