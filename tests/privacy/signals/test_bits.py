"""Bits as text: what is written is read again, and nothing else is taken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st
from tests.privacy.signals.strategies import letters, moments

from headwater.core.errors import SignalError
from headwater.privacy.signals.bit_reader import MOST_ID, MOST_SIGNS, Layout, Reader, moment_of
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.id_set import IdSet

numbers = st.integers(1, 40).flatmap(lambda width: st.tuples(st.integers(0, 2**width - 1), st.just(width)))


def _written(*fields: tuple[int, int], to_bytes: bool = True) -> str:
    writer = Writer("it")
    for value, width in fields:
        writer.number(value, width, "a number")
    return writer.text(to_bytes=to_bytes)


@given(st.lists(numbers, min_size=1), st.booleans())
def test_numbers_are_read_as_they_were_written(fields, to_bytes):
    reader = Reader(_written(*fields, to_bytes=to_bytes), "it")
    assert [reader.number(width) for _, width in fields] == [value for value, _ in fields]
    reader.end()


@given(st.frozensets(st.integers(1, 90)), moments, letters, st.integers(1, MOST_ID), st.booleans())
def test_other_fields_are_read_as_they_were_written(ids, moment, text, number, flag):
    writer = Writer("it")
    writer.ids(IdSet.of(ids), 90, "ids")
    writer.instant(moment, "a moment")
    writer.fibonacci(number)
    writer.letters(text, "letters")
    writer.flag(flag)
    reader = Reader(writer.text(to_bytes=True), "it")
    assert reader.ids(90) == ids
    assert moment_of(reader.number(36)) == moment
    assert reader.fibonacci() == number
    assert reader.letters(reader.numbers(Layout(6, 6)), "letters") == text
    assert reader.flag() == flag
    reader.end()


@pytest.mark.parametrize(
    ("used", "signs"),
    [(2, {2, 4}), (8, {2, 4}), (9, {3, 4}), (16, {3, 4}), (17, {4}), (24, {4}), (25, {6, 8}), (40, {7, 8})],
)
def test_a_segment_ends_with_its_last_byte_or_with_three_whole_ones(used, signs):
    for given_signs in range(-(-used // 6), 12):
        reader = Reader("A" * given_signs, "it")
        reader.number(used)
        if given_signs in signs:
            reader.end()
        else:
            with pytest.raises(SignalError, match=f"it, at bit {used}: has {given_signs} characters"):
                reader.end()


def test_where_it_may_a_segment_ends_with_its_last_sign():
    reader = Reader("A" * 10, "it")
    reader.number(60)
    with pytest.raises(SignalError, match="has 10 characters, but what it says takes 11 or 12"):
        reader.end()
    reader.end(to_signs=True)


def test_bits_after_the_last_field_are_told():
    reader = Reader("AB", "it")
    reader.number(8)
    with pytest.raises(SignalError, match="it, at bit 8: bits are set after its last field"):
        reader.end()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it: is empty"),
        ("AAA=", "it: the character at 4 is not of base64url"),
        ("A+AA", "it: the character at 2 is not of base64url"),
        ("AA/A", "it: the character at 3 is not of base64url"),
        ("AAA\n", "it: the character at 4 is not of base64url"),
        ("ÄAAA", "it: the character at 1 is not of base64url"),
        ("A\0AA", "it: the character at 2 is not of base64url"),
        ("\ud800AAA", "it: the character at 1 is not of base64url"),
        ("A" * (MOST_SIGNS + 1), f"it: has {MOST_SIGNS + 1} characters; {MOST_SIGNS} are the most"),
    ],
    ids=["empty", "padded", "plus", "slash", "line", "umlaut", "nul", "surrogate", "long"],
)
def test_what_is_not_base64url_is_told(text, message):
    with pytest.raises(SignalError, match=message):
        Reader(text, "it")


@pytest.mark.parametrize(
    "read",
    [
        lambda reader: reader.number(7),
        lambda reader: reader.flag() or reader.ids(6),
        lambda reader: reader.skip(7),
        lambda reader: reader.numbers(Layout(3, 4)),
    ],
)
def test_what_ends_too_early_is_told(read):
    with pytest.raises(SignalError, match="ends after 6 bits, in the middle of a field"):
        read(Reader("A", "it"))


@pytest.mark.parametrize("text", ["A", "AAAAAAAAAA", "qqqqqqqqqq"])
def test_a_fibonacci_number_that_does_not_end_is_told(text):
    with pytest.raises(SignalError, match="a number does not end"):
        Reader(text, "it").fibonacci()


@pytest.mark.parametrize(("text", "value"), [("w", 1), ("Y", 2), ("M", 3), ("s", 4), ("G", 5)])
def test_fibonacci_numbers_are_those_of_the_specification(text, value):
    assert Reader(text, "it").fibonacci() == value


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda writer: writer.number(8, 3, "the number"), "it: the number is 8; it must be from 0 to 7"),
        (lambda writer: writer.number(-1, 3, "the number"), "it: the number is -1"),
        (lambda writer: writer.ids(IdSet.of([4]), 3, "ids"), "it: ids has 4; the largest that fits is 3"),
        (lambda writer: writer.letters("de", "the language"), "it: the language must be two letters"),
        (lambda writer: writer.letters("DEU", "the language"), "it: the language must be two letters"),
        (lambda writer: writer.instant(datetime(2026, 1, 1), "created"), "it: created has no time zone"),
        (lambda writer: writer.instant(datetime(1969, 1, 1, tzinfo=UTC), "created"), "it: created is -"),
    ],
)
def test_what_does_not_fit_is_not_written(write, message):
    with pytest.raises(SignalError, match=message):
        write(Writer("it"))
