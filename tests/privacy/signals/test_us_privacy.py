"""US Privacy strings."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from tests.privacy.signals.strategies import us_privacy_strings

from headwater.core.errors import SignalError
from headwater.privacy.signals.us_privacy import UsPrivacy, decode, encode


@given(us_privacy_strings)
def test_what_is_written_is_read_again(said):
    assert decode(encode(said)) == said


def test_each_character_says_its_own():
    assert decode("1YN-") == UsPrivacy(is_notice_given=True, is_opted_out=False, is_lspa_covered=None)
    assert decode("1---") == UsPrivacy(None, None, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has 0 characters"),
        ("1YN", "has 3 characters"),
        ("1YNNN", "has 5 characters"),
        ("2YNN", "the first character is its version"),
        ("1yNN", r"character 2 \(notice\) must be Y, N or -"),
        ("1YnN", r"character 3 \(opt-out of sale\)"),
        ("1YN ", r"character 4 \(LSPA\)"),
    ],
)
def test_what_is_none_is_refused(text, message):
    with pytest.raises(SignalError, match=message):
        decode(text)


@given(st.text(max_size=6))
def test_any_text_is_a_string_or_a_signal_error(text):
    try:
        assert encode(decode(text)) == text
    except SignalError:
        return
