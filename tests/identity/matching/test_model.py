"""A model of matching is judged whole, and says what would be right."""

from __future__ import annotations

import textwrap

import pytest

from headwater.core.documents import Document, parse_document, read_declaration
from headwater.identity.matching.model import MatchModel


def judged(text: str) -> str:
    document = parse_document(textwrap.dedent(text).encode(), "matching/people.yaml")
    assert isinstance(document, Document)
    read = read_declaration(document, MatchModel)
    return "" if isinstance(read, MatchModel) else "\n".join(map(str, read))


def test_a_model_is_read_from_yaml() -> None:
    text = """\
        level: person
        id: record
        threshold: 0.9
        fields:
          - {kind: email, column: mail}
          - {kind: birth_date, column: born, format: "%d.%m.%Y"}
    """
    assert judged(text) == ""


def test_a_model_that_tells_nobody_apart_is_refused() -> None:
    assert "these fields tell no person from another: give email, phone or national_id" in judged(
        "fields: [{kind: city, column: town}]"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fields: []", "at least 1 item"),
        (
            "level: household\nfields: [{kind: last_name, column: l}]",
            "a household is a last name at an address",
        ),
        ("fields: [{kind: email, column: a}, {kind: email, column: b}]", "email stands for 2 columns"),
        ("once_per_source: true\nfields: [{kind: email, column: a}]", "add 'source'"),
        (
            "threshold: 2\nfields: [{kind: email, column: a}]",
            "people.yaml:1 at threshold: must be less than 1",
        ),
        ("fields: [{kind: e_mail, column: a}]", "did you mean 'email'?"),
        ("columns: [{kind: email, column: a}]", "did you mean 'fields'?"),
    ],
    ids=["no fields", "household", "repeated", "source", "threshold", "kind", "another word"],
)
def test_a_mistake_is_named_with_what_would_be_right(text: str, said: str) -> None:
    assert said in judged(text)
