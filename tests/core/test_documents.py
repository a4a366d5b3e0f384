"""YAML files are read with the line of every value, and all that is wrong is told at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import Field

from headwater.core.documents import Declaration, Document, read_declaration, read_document
from headwater.core.errors import Problem


class Window(Declaration):
    amount: int = Field(ge=1)
    unit: Literal["days", "hours"] = "days"


class Did(Declaration):
    kind: Literal["did"]
    event: str
    within: Window | None = None


class Trait(Declaration):
    kind: Literal["trait"]
    trait: str


class Rule(Declaration):
    name: str
    where: tuple[Annotated[Did | Trait, Field(discriminator="kind")], ...] = ()
    windows: dict[str, Window] = Field(default_factory=dict)
    named: dict[str, str | Window] = Field(default_factory=dict)
    chosen: Literal["all"] | list[str] = "all"
    forms: dict[str, Literal["plain", "hashed"]] | list[str] = ()  # type: ignore[assignment]
    fixed: dict[str, str | float | bool] = Field(default_factory=dict)
    size: int = 1
    delimiter: str = ","

    also_called: ClassVar[Mapping[str, str]] = {"separator": "delimiter"}


def document(folder: Path, text: str) -> Document:
    (folder / "rule.yaml").write_text(text, encoding="utf-8")
    read = read_document(folder / "rule.yaml", folder)
    assert isinstance(read, Document), read
    return read


def problems(folder: Path, text: str) -> list[str]:
    found = read_declaration(document(folder, text), Rule)
    assert isinstance(found, list), found
    return [str(problem) for problem in found]


def unreadable(folder: Path, content: bytes) -> Problem:
    (folder / "rule.yaml").write_bytes(content)
    read = read_document(folder / "rule.yaml", folder)
    assert isinstance(read, Problem), read
    return read


def test_a_sound_document_becomes_its_model(tmp_path: Path) -> None:
    rule = read_declaration(document(tmp_path, "name: a\nwhere:\n  - kind: did\n    event: purchase\n"), Rule)
    assert rule == Rule(name="a", where=(Did(kind="did", event="purchase"),))


def test_every_value_has_its_line(tmp_path: Path) -> None:
    read = document(tmp_path, "# a comment\nname: a\n\nwhere:\n- kind: did\n  event: x\n- kind: trait\n")
    places = [("name",), ("where",), ("where", 0), ("where", 0, "event"), ("where", 1, "kind")]
    assert [read.line(place) for place in places] == [2, 4, 5, 6, 7]


def test_a_place_without_a_line_takes_the_line_above_it(tmp_path: Path) -> None:
    read = document(tmp_path, "name: a\nwhere:\n  - kind: did\n")
    assert read.line(("where", 0, "event")) == 3
    assert read.line(("no", "such")) == 1


def test_dates_stay_the_text_they_were_written_as(tmp_path: Path) -> None:
    assert document(tmp_path, "on: 2026-03-01\n").data == {"on": "2026-03-01"}


@pytest.mark.parametrize("word", ["on", "off", "yes", "no"])
def test_yaml_1_1_words_are_text(tmp_path: Path, word: str) -> None:
    assert document(tmp_path, f"value: {word}\n").data == {"value": word}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "nmae: a\nname: b\n",
            "rule.yaml:1 at nmae: unknown key 'nmae'; did you mean 'name'?",
            id="at the top",
        ),
        pytest.param(
            "name: a\nwindows:\n  short:\n    amount: 1\n    unti: days\n",
            "rule.yaml:5 at windows.short.unti: unknown key 'unti'; did you mean 'unit'?",
            id="in a model in a mapping",
        ),
        pytest.param(
            "name: a\nwhere:\n  - kind: did\n    event: x\n    wihtin: 3\n",
            "rule.yaml:5 at where[0].wihtin: unknown key 'wihtin'; did you mean 'within'?",
            id="in a member of a union in a list",
        ),
        pytest.param(
            "name: a\nwhere:\n  - kind: did\n    event: x\n    within:\n      amount: 1\n      unt: days\n",
            "rule.yaml:7 at where[0].within.unt: unknown key 'unt'; did you mean 'unit'?",
            id="three levels down",
        ),
    ],
)
def test_an_unknown_key_is_told_with_its_line_and_the_nearest_key(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert problems(tmp_path, text) == [expected]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, "where:\n  - kind: did\nwindows:\n  a:\n    amount: 0\n")
    assert told == [
        "rule.yaml:1 at name: 'name' is missing",
        "rule.yaml:2 at where[0].event: 'event' is missing",
        "rule.yaml:5 at windows.a.amount: must be greater than or equal to 1 (found 0)",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "named:\n  a:\n    amount: 1\n    unit: dayz\n",
            "rule.yaml:5 at named.a.unit: must be 'days' or 'hours' (found 'dayz'); did you mean 'days'?",
            id="the keys are those of one way",
        ),
        pytest.param(
            "named: {a: [1]}\n", "rule.yaml:2 at named.a: must be text or keys with values", id="no way fits"
        ),
        pytest.param(
            "fixed: {a: [1]}\n",
            "rule.yaml:2 at fixed.a: must be text, a number or true or false",
            id="none of three ways fits",
        ),
        pytest.param(
            "chosen: alll\n",
            "rule.yaml:2 at chosen: must be 'all' or a list (found 'alll'); did you mean 'all'?",
            id="a word or a list",
        ),
        pytest.param(
            "chosen: [a, 1]\n", "rule.yaml:2 at chosen[1]: must be text (found 1)", id="inside a list"
        ),
        pytest.param(
            "forms: {email: hashd}\n",
            "rule.yaml:2 at forms.email: must be 'plain' or 'hashed' (found 'hashd'); did you mean 'hashed'?",
            id="keys or a list",
        ),
    ],
)
def test_a_value_that_can_be_read_in_several_ways_is_one_problem(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert problems(tmp_path, "name: x\n" + text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size: two", "must be a whole number (found 'two')"),
        ("size: 2.5", "must be a whole number (found 2.5)"),
        ("size: []", "must be a whole number"),
        ("windows: 5", "must be keys with values (found 5)"),
        ("fixd: 3", "unknown key 'fixd'; did you mean 'fixed'?"),
        ("seperator: x", "unknown key 'seperator'; did you mean 'delimiter'?"),
        ("fixed: {a: 1}\n00:", "unknown key '0'; a comma begins a new key here"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(tmp_path: Path, text: str, expected: str) -> None:
    [told] = problems(tmp_path, f"name: x\n{text}\n")
    assert expected in told


def test_a_text_is_shown_in_quotes_to_people_and_bare_to_programs() -> None:
    read = Document("rule.yaml", "rule", {})
    problem = read.problem(("name",), "is odd", value="da'te")
    assert str(problem) == 'rule.yaml:1 at name: is odd (found "da\'te")'
    assert json.loads(json.dumps(vars(problem)))["value"] == "da'te"
    assert read.problem((), "is odd", value=5).value == "5"
    assert len(read.problem((), "is odd", value="x" * 200).value) == 78


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_a_document_without_keys_is_a_problem(tmp_path: Path, text: str) -> None:
    assert "must hold keys and values" in problems(tmp_path, text)[0]


def test_a_key_twice_is_told_with_its_line(tmp_path: Path) -> None:
    problem = unreadable(tmp_path, b"name: a\nother: b\nname: c\n")
    assert problem.line == 3
    assert "name" in problem.message


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    problem = unreadable(tmp_path, b"name: a\nwhere: [1, 2\nmore: b\n")
    assert problem.line in (2, 3)
    assert problem.message.startswith("is not valid YAML")


@pytest.mark.parametrize("content", [b"name: \xff\xfe\n", "name: käse".encode("latin-1")])
def test_text_that_is_not_utf_8_is_a_problem(tmp_path: Path, content: bytes) -> None:
    assert unreadable(tmp_path, content).message == "is not UTF-8 text (byte " + (
        "6)" if content[6] > 127 else "7)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [*x]\n",
        "a: !!python/object:os.system {}\n",
        "a: \x07\n",
        "a: 1\n---\nb: 2\n",
        "? [1, 2]\n: 3\n",
    ],
)
def test_strange_yaml_never_ends_in_a_stack_trace(tmp_path: Path, text: str) -> None:
    (tmp_path / "rule.yaml").write_text(text, encoding="utf-8")
    read = read_document(tmp_path / "rule.yaml", tmp_path)
    assert isinstance(read, Problem) or isinstance(read_declaration(read, Rule), list)


@pytest.mark.slow
@pytest.mark.parametrize("levels", [102, 1000, 20_000])
def test_a_file_nested_too_deep_is_a_problem(tmp_path: Path, levels: int) -> None:
    assert unreadable(tmp_path, b"[" * levels + b"]" * levels).message == "is nested deeper than 100 levels"
