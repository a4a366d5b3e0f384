"""Every part that is discovered has a page that says what it is, what it may say, and shows it at work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import Field

from headwater.activate.declare import kinds as destination_kinds
from headwater.activate.destination import Accepted, Http, Later, Refused
from headwater.audiences.comparison import comparisons
from headwater.audiences.operator import operators
from headwater.core.documents import Declaration
from headwater.flow.pages.fields import fields_table, may_be
from headwater.flow.pages.kinds import kind_pages, outcome_text
from headwater.flow.pages.rules import rule_pages
from headwater.identity.identifier import identifier_kinds
from headwater.profiles.trait import trait_kinds
from headwater.sources.declare import source_kinds

PAGES = {**rule_pages(), **kind_pages()}
FAMILIES: dict[str, Mapping[str, Any]] = {
    "operators": operators(),
    "comparisons": comparisons(),
    "traits": trait_kinds(),
    "identifiers": identifier_kinds(),
    "sources": source_kinds(),
    "destinations": destination_kinds(),
}
PARTS = [
    pytest.param(f"{folder}/{name}.md", part, id=f"{folder} {name}")
    for folder, parts in FAMILIES.items()
    for name, part in parts.items()
]


@pytest.mark.parametrize(("path", "part"), PARTS)
def test_a_part_has_a_page_with_its_meaning(path: str, part: object) -> None:
    title, meaning = PAGES[path].split("\n\n")[1:3]
    assert title == f"# {path.split('/')[1].removesuffix('.md')}"
    assert meaning.strip()
    assert "Built-in functions" not in PAGES[path]


@pytest.mark.parametrize(("path", "part"), [each for each in PARTS if hasattr(each.values[1], "fields")])
def test_a_page_lists_every_field_with_its_meaning(path: str, part: Any) -> None:
    for name, field in part.fields.model_fields.items():
        line = next(
            line for line in PAGES[path].splitlines() if line.startswith(f"| `{field.alias or name}` |")
        )
        assert field.description in line.replace("\\|", "|")


@pytest.mark.parametrize("name", [*operators(), *comparisons()])
def test_a_page_of_a_rule_reads_every_example_in_words(name: str) -> None:
    folder, part = ("operators", operators()) if name in operators() else ("comparisons", comparisons())
    for example in part[name].examples:
        assert f"> {example.text}\n" in PAGES[f"{folder}/{name}.md"]


def test_people_of_examples_are_told_in_words() -> None:
    page = PAGES["operators/did.md"]
    assert '| did purchase 2 days ago (category "COFFEE", revenue 2.5); did purchase 89 days ago' in page
    assert "| has no event, trait or audience | in |" in page
    assert "| is in audience coffee_lovers | out |" in PAGES["operators/in_audience.md"]
    assert '| has age "25-34" | in |' in PAGES["operators/trait.md"]


@pytest.mark.parametrize("name", identifier_kinds())
def test_an_identifier_page_shows_what_is_compared_and_what_is_none(name: str) -> None:
    page = PAGES[f"identifiers/{name}.md"]
    n_wrong = sum(1 for _, kept in identifier_kinds()[name].examples if kept is None)
    assert page.count("| not one |") == n_wrong
    assert all(sign.isprintable() or sign == "\n" for sign in page)


def test_an_identifier_page_says_what_it_identifies_and_how_it_leaves() -> None:
    assert "| identifies | a device |" in PAGES["identifiers/device_id.md"]
    assert "| leaves | `plain`, `sha256_hex`, `sha256_base64` |" in PAGES["identifiers/email.md"]
    assert "| leaves | `plain` |" in PAGES["identifiers/uid2.md"]
    assert "| leaves | never, and nobody is looked up by it |" in PAGES["identifiers/postal.md"]
    assert "must say its country" in PAGES["identifiers/phone.md"]


@pytest.mark.parametrize("name", destination_kinds())
def test_a_destination_page_shows_the_body_it_sends(name: str) -> None:
    for example in destination_kinds()[name].examples:
        body = example.request.body if isinstance(example.request, Http) else example.request.content
        assert body.decode().replace("\r\n", "\n").rstrip() in PAGES[f"destinations/{name}.md"]


def test_outcomes_in_words() -> None:
    assert outcome_text(Accepted()) == "taken"
    assert outcome_text(Accepted({1: "unknown"})) == "taken, except member 1: unknown"
    assert outcome_text(Later("busy", 7.0)) == "try again in 7 s: busy"
    assert outcome_text(Later("busy")) == "try again: busy"
    assert outcome_text(Refused("gone")) == "refused for good: gone"


class Inner(Declaration):
    low: int = Field(description="From.")
    high: int = Field(description="To.")


class Several(Declaration):
    name: str = Field(description="Who.")
    bounds: Inner | None = Field(None, description="Which.")
    share: float = Field(0.5, gt=0, le=1_000, description="How much | of it.")


def test_a_table_of_fields_says_what_each_may_be_and_what_holds_without_it() -> None:
    assert fields_table(Several).splitlines()[2:] == [
        "| `name` | text | **must be there** | Who. |",
        "| `bounds` | {low, high} |  | Which. |",
        "| `share` | number, more than 0, at most 1,000 | `0.5` | How much \\| of it. |",
    ]


def test_what_a_value_may_be_in_words() -> None:
    assert may_be({"enum": ["a", "b"]}) == "`a`, `b`"
    assert may_be({"type": "array", "items": {"type": "boolean"}}) == "list of true or false"
    assert may_be({}) == "anything"
