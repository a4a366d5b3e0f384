"""Files as the console changes them: what is not changed stays to the letter, and nobody's change is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from ruamel.yaml import YAML

from headwater.console.desk.files import (
    Change,
    Draft,
    difference,
    drafted,
    edited,
    file_of,
    problems_of,
    read_text,
    save,
)
from headwater.core.errors import EditConflictError, UserError
from headwater.core.project import open_project
from headwater.tables.workspace import read

TEXT = """\
# where the agency looks
kind: csv_file       # a folder
purpose: newsletter

audiences:
  - coffee_lovers    # since spring
  - big_spenders
identifiers: {email: sha256_hex}
settings:
  folder: deliveries # theirs
"""
KEYS = st.sampled_from(["kind", "description", "purpose", "live", "audiences", "settings", "new"])
PLAIN = st.one_of(st.booleans(), st.integers(-9, 9), st.text(max_size=12).filter(str.isprintable))
VALUES = st.one_of(
    st.none(),
    PLAIN,
    st.lists(PLAIN, max_size=3),
    st.dictionaries(st.sampled_from(["folder", "a", "b"]), PLAIN, max_size=3),
)


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_set_is_read_again_and_all_else_stays(values: dict[str, object]) -> None:
    before, after = YAML(typ="safe").load(TEXT), YAML(typ="safe").load(edited(TEXT, values))
    wanted = {key: value for key, value in {**before, **values}.items() if value is not None}
    assert after == wanted
    assert edited(edited(TEXT, values), values) == edited(TEXT, values)


def test_comments_and_order_survive() -> None:
    after = edited(
        TEXT, {"audiences": ["coffee_lovers", "big_spenders"], "live": True, "settings": {"folder": "out"}}
    )
    assert after == TEXT.replace("deliveries #", "out        #") + "live: true\n"
    assert edited(TEXT, {"kind": "csv_file"}) is TEXT


@pytest.mark.parametrize("text", ["a: [", "- a\n- b\n", "a: 1\na: 2\n"])
def test_what_is_no_sound_yaml_is_not_changed(text: str) -> None:
    with pytest.raises(UserError, match="not sound YAML"):
        edited(text, {"a": 1})


@pytest.mark.parametrize("name", ["../audit/x", "A", "", "a/b", "a.b", "x" * 200])
def test_a_name_cannot_lead_elsewhere(name: str) -> None:
    with pytest.raises(UserError):
        file_of(Path("nowhere"), "destinations", name)
    with pytest.raises(UserError):
        file_of(Path("nowhere"), "keys", "keys")


def test_a_file_that_somebody_else_changed_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "destinations").mkdir()
    file = file_of(tmp_path, "destinations", "mailing")
    (tmp_path / file).write_text(TEXT)
    mine = drafted(tmp_path, file, {"description": "mine"})
    save(tmp_path, drafted(tmp_path, file, {"description": "theirs"}))
    with pytest.raises(EditConflictError) as error:
        save(tmp_path, mine)
    changed = difference(error.value.seen, error.value.now)
    assert [each.text for each in changed if each.change is Change.ADDED] == ["description: theirs"]
    assert "theirs" in read_text(tmp_path, file)
    assert "mine" not in read_text(tmp_path, file)


def test_a_new_file_does_not_replace_one_that_came_meanwhile(tmp_path: Path) -> None:
    file = file_of(tmp_path, "destinations", "mailing")
    mine = drafted(tmp_path, file, {"kind": "csv_file"})
    save(tmp_path, mine)
    with pytest.raises(EditConflictError):
        save(tmp_path, Draft(file, "", "kind: webhook\n"))
    assert read_text(tmp_path, file) == "kind: csv_file\n"


def test_a_difference_says_what_came_and_what_went() -> None:
    lines = difference("a\nb\nc\n", "a\nB\nc\n")
    assert [(each.text, each.change.value) for each in lines] == [
        ("a", "same"), ("b", "removed"), ("B", "added"), ("c", "same"),
    ]  # fmt: skip


def test_a_mistake_is_told_before_anything_is_written(shop: Path, tmp_path: Path) -> None:
    copied = tmp_path / "shop"
    shutil.copytree(shop, copied, ignore=shutil.ignore_patterns("state", "audit", "live"))
    file = file_of(copied, "destinations", "mailing")
    with read(open_project(copied)) as workspace:
        assert problems_of(drafted(copied, file, {"description": "fine"}), workspace) == []
        (unknown,) = problems_of(drafted(copied, file, {"audiences": ["nobody_knows"]}), workspace)
        assert "unknown audience 'nobody_knows'" in unknown.message
        gone = Draft("audiences/coffee_lovers.yaml", "", "rule: {did: nothing_of_the_kind}\n")
        assert {each.file for each in problems_of(gone, workspace)} >= {"audiences/coffee_lovers.yaml"}
