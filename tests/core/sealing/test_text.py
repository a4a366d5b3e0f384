"""Bytes as text: there and back, and one spelling only."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, strategies as st

from headwater.core.sealing.text import from_text, to_text


@given(st.binary(max_size=100))
def test_bytes_come_back_and_the_text_is_base64url(data: bytes) -> None:
    text = to_text(data)
    assert from_text(text) == data
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize("text", ["-_9", "-_8=", "+/8", "-_ 8", "-_8\n", "AAAAA", "ä", "-_8AA"], ids=ascii)
def test_any_other_spelling_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        from_text(text)
    assert text not in str(caught.value)
    assert caught.value.__cause__ is None
