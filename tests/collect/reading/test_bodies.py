"""JSON as it comes: mended where JavaScript broke it, refused in words that quote nothing."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, strategies as st

from headwater.collect.reading.bodies import NotRightError, from_base64, is_deep, read_json

ANY = msgspec.json.Decoder()


class Shape(msgspec.Struct):
    name: str | None = None
    rows: list[dict[str, bool]] = []


SHAPE = msgspec.json.Decoder(Shape)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(rb'"a\ud83cb"', "a�b", id="first-half"),
        pytest.param(rb'"\udf89"', "�", id="second-half"),
        pytest.param(rb'"\ud83c\ud83c\udf89"', "�🎉", id="half-before-a-pair"),
        pytest.param(rb'["\ud83c", "\\ud83c"]', ["�", "\\ud83c"], id="a-backslash-is-none"),
        pytest.param(b"\xef\xbb\xbf[1]", [1], id="byte-order-mark"),
    ],
)
def test_what_is_nearly_json_is_mended(data, expected):
    assert read_json(data, ANY) == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b'{"name": ["secret"]}', "name: must be text, not a list", id="list"),
        pytest.param(b'{"rows": {"secret": 1}}', "rows: must be a list, not an object", id="object"),
        pytest.param(
            b'{"rows": [{"secret": "secret"}]}', "rows[0][...]: must be true or false, not text", id="within"
        ),
        pytest.param(b'{"rows": null}', "rows: must be a list, not null", id="null"),
        pytest.param(b'"secret"', "must be an object, not text", id="whole"),
        pytest.param(b"secret", "is not valid JSON in UTF-8", id="no-json"),
        pytest.param(b'{"name": "\xff"}', "is not valid JSON in UTF-8", id="no-utf8"),
        pytest.param(b"[" * 100_000, "is nested deeper than 32 levels", id="deep"),
    ],
)
def test_a_refusal_says_the_place_and_quotes_nothing(data, words):
    decoder = SHAPE if words != "is nested deeper than 32 levels" else ANY
    with pytest.raises(NotRightError) as caught:
        read_json(data, decoder)
    assert str(caught.value) == words


NESTED = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)


def levels(value):
    if isinstance(value, dict):
        return 1 + max(map(levels, value.values()), default=0)
    return 1 + max(map(levels, value), default=0) if isinstance(value, list) else 0


@given(value=NESTED, most=st.integers(0, 6))
def test_depth_is_counted_rightly(value, most):
    assert is_deep(value, most) == (levels(value) > most)


@given(value=NESTED | st.text())
def test_any_json_is_read_as_it_is(value):
    assert read_json(json.dumps(value).encode(errors="replace"), ANY) == value


@pytest.mark.parametrize("text", ["%", "a", "é", "YQ==\0"])
def test_what_is_no_base64_is_refused(text):
    with pytest.raises(ValueError):
        from_base64(text)
