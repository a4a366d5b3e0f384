"""A destination's own words: fit to be shown, whatever they are."""

from __future__ import annotations

import html
import json
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import example, given, strategies as st

from headwater.activate.words import harmless

SECRETS = ("hunter2", 'with "quotes" & \\ and space', "tök\nen")


@given(st.text(), st.integers(1, 300))
@example("a" * 500, 200)
@example("\x1b[31m\u202e\u2028\r\n\ud800\0", 200)
def test_one_line_without_anything_unseen_and_not_too_long(text, longest):
    line = harmless(text, (), (), longest)
    assert len(line) <= longest
    assert all(unicodedata.category(one)[0] not in "CZ" or one == " " for one in line)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "spelled",
    [str, str.upper, quote, html.escape, lambda one: json.dumps({"auth": f"Bearer {one}"})],
    ids=["as it is", "upper case", "URL", "HTML", "JSON"],
)
def test_no_secret_in_any_spelling(secret, spelled):
    line = harmless(f"it was {spelled(secret)}, you said", [secret], (), 200)
    assert "it was" in line
    assert "…" in line
    seen = "".join(line.split()).lower()
    assert not any("".join(word.split()) in seen for word in ("hunter2", "quotes", "tök", "t%c3%b6k"))


@given(st.integers(0, 2_500), st.integers(0, 2_100))
@example(0, 1_990)
def test_no_part_of_a_secret_at_any_place(at, n_blanks):
    line = harmless(
        " " * n_blanks + "x" * at + "hunter2hunter2" * 3 + "y" * 3_000, ["hunter2hunter2"], (), 200
    )
    assert "hunt" not in line


def test_a_secret_that_control_characters_take_apart_is_found():
    assert harmless("hun\\ter2", ["hunter2"], (), 200) == "…"


def test_nobody_is_named():
    line = harmless("h2 and H2, jane@example.com; not h22", (), ["h2"], 200)
    assert line == "… and …, …; not h22"
    assert harmless("householdhousehold42", (), ["household42"], 200) == "household…"
