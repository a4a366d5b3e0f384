"""What YAML files were read as is remembered by their content, and never told wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from headwater.core import readings
from headwater.core.documents import Document, parse_document, read_document
from headwater.core.errors import Problem
from headwater.core.remembered import remembered_in

TEXT = "# words\nrule:\n  all:\n  - {did: page, within: {last: 1 day}}\n  - trait: a\n    is: [1, 2.5, yes, 2026-03-01]\n"


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "documents.json"


def read(file: Path, memory: Path) -> Document | Problem:
    held = remembered_in(memory, readings.FORM)
    found = readings.reread(file, file.parent, held)
    held.keep()
    return found


def test_a_file_read_again_is_what_it_was_with_the_line_of_every_value(tmp_path: Path, memory: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT, encoding="utf-8")
    first, again = read(file, memory), read(file, memory)
    assert first == again == read_document(file, tmp_path)
    assert isinstance(again, Document)
    assert again.line(("rule", "all", 1, "is")) == 6


def test_it_is_not_parsed_again(tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT, encoding="utf-8")
    first = read(file, memory)
    monkeypatch.setattr(readings, "parse_document", lambda content, file: pytest.fail("parsed again"))
    assert read(file, memory) == first
    (tmp_path / "b.yaml").write_text(TEXT, encoding="utf-8")
    found = read(tmp_path / "b.yaml", memory)
    assert isinstance(found, Document)
    assert (found.file, found.name) == ("b.yaml", "b")


def test_a_change_of_one_letter_is_seen(tmp_path: Path, memory: Path) -> None:
    file = tmp_path / "a.yaml"
    for word in ("page", "pages"):
        file.write_text(f"did: {word}\n", encoding="utf-8")
        found = read(file, memory)
        assert isinstance(found, Document)
        assert found.data == {"did": word}
    assert len(json.loads(memory.read_text(encoding="utf-8"))["held"]) == 1


def test_what_is_wrong_is_told_each_time(tmp_path: Path, memory: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: [1\n", encoding="utf-8")
    assert isinstance(read(file, memory), Problem)
    assert read(file, memory) == read_document(file, tmp_path)


@pytest.mark.parametrize(
    "held", ["", "[]", "{}", '{"form": "0", "held": {"a": 1}}', '{"form": 1, "held": 5}', "[" * 100_000, "\0"]
)
def test_a_memory_that_makes_no_sense_is_forgotten(tmp_path: Path, memory: Path, held: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT, encoding="utf-8")
    memory.write_text(held, encoding="utf-8")
    assert read(file, memory) == read_document(file, tmp_path)


def test_a_memory_that_cannot_be_written_does_no_harm(tmp_path: Path, memory: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT, encoding="utf-8")
    memory.mkdir()
    assert isinstance(read(file, memory), Document)
    assert list(memory.parent.iterdir()) == [memory]


def test_no_folder_is_made_for_it(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert isinstance(read(file, tmp_path / "none" / "documents.json"), Document)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["a: !!binary aGk=\n", "a: !!set {b, c}\n", "a: .nan\n", "a: .inf\n"])
def test_what_json_cannot_say_is_read_again(tmp_path: Path, memory: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    first, again = read(file, memory), read(file, memory)
    assert repr(first) == repr(again) == repr(read_document(file, tmp_path))


@given(st.text(alphabet="ab:-[]{}, \n'\"#&*!|>%@1.0", max_size=40))
def test_any_text_is_remembered_as_it_was_read(text: str) -> None:
    parsed = parse_document(text.encode(), "a.yaml")
    if isinstance(parsed, Document):
        said = json.loads(json.dumps(readings.said(parsed))) if readings.said(parsed) else None
        assert said is None or repr(readings.heard(said, "a.yaml")) == repr(parsed)
