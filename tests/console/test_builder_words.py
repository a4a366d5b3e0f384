"""The words of forms: what each choice does, told in the words of its own declaration."""

from __future__ import annotations

import pytest

from headwater.audiences.operator import operators
from headwater.console.builder.declared import fields_in, fields_of, in_short, meaning_of

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
