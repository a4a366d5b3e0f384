"""A text that names somebody is found, however it is spelled."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given, strategies as st

from headwater.identity.identifier import identifier_kinds
from headwater.privacy.mentions import Mentions

NORMALISE = {name: kind.normalise for name, kind in identifier_kinds().items()}
ANN = [("email", "ann.archer@example.org"), ("phone", "+4930901820"), ("household_id", "42")]
SPELLINGS = (
    "ann.archer@example.org",
    " Ann.Archer@EXAMPLE.org ",
    "mailto:ann.archer@example.org",
    "+49 30 90 18-20",
    "(030) 901820",
    "42",
)


@given(st.sampled_from(SPELLINGS), st.sampled_from(["plain", "json", "escaped", "url", "csv"]))
def test_any_spelling_is_found(spelling: str, wrapped: str) -> None:
    text = {
        "plain": f"he said {spelling} yesterday",
        "json": json.dumps({"a": [{"b": spelling}]}),
        "escaped": '{"a": "' + "".join(f"\\u{ord(each):04x}" for each in spelling) + '"}',
        "url": f"https://example.org/?who={quote(spelling)}&x=1",
        "csv": f"7;{spelling};tea",
    }[wrapped]
    assert Mentions(ANN, NORMALISE).are_in(text)


@given(st.text(alphabet="abcdefg ,;", max_size=60))
def test_a_text_of_nobody_is_none(text: str) -> None:
    assert not Mentions(ANN, NORMALISE).are_in(text)


def test_a_short_value_is_found_as_a_word_alone() -> None:
    mentions = Mentions([("household_id", "42")], NORMALISE)
    assert mentions.are_in("17,42,tea")
    assert not mentions.are_in("17,421,tea 4 2 142")
