"""Requests in the log: whatever is taken out of them, they stay as long as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from headwater.collect.kept import Kept, fitted, keep, read_kept, tombstone
from headwater.collect.outcome import Accepted, Moved, fitted as fitted_outcomes, packed, unpacked
from headwater.collect.request import Request
from headwater.core.errors import Bug

LENGTHS = st.integers(0, 700) | st.integers(65_400, 65_700)
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def kept(body: bytes) -> Kept:
    request = Request(
        method="POST",
        path="/v1/batch",
        query="writeKey=w",
        headers={"user-agent": "X"},
        body=body,
        ip="192.0.2.1",
        received_at=AT,
        source="website",
    )
    return read_kept(keep(request, "segment"))


@settings(max_examples=300)
@given(length=LENGTHS, marked=st.lists(st.integers(0, 4095), max_size=20))
def test_a_request_is_filled_up_to_any_length(length, marked):
    one = replace(kept(b"{}"), erased=marked)
    least = len(msgspec.msgpack.encode(one))
    payload = fitted(one, length)
    assert (payload is None) == (length < least)
    if payload is not None:
        assert len(payload) == length
        read = read_kept(payload)
        assert [place for place in read.erased if place >= 0] == marked
        assert replace(read, erased=marked, body=read.body.rstrip()) == one


@settings(max_examples=300)
@given(length=LENGTHS)
def test_of_an_erased_request_nothing_is_left_but_when_it_came_and_where_from(length):
    before = kept(b"x" * length)
    payload = tombstone(before, len(msgspec.msgpack.encode(before)))
    assert len(payload) == len(msgspec.msgpack.encode(before))
    after = read_kept(payload)
    assert after.is_erased
    assert not before.is_erased
    assert (after.source, after.received_at) == (before.source, before.received_at)
    assert (after.method, after.path, after.query, after.headers, after.ip) == ("", "", "", {}, "")
    assert not after.body.strip()


def test_a_record_from_before_there_was_erasure_can_be_erased():
    before = msgspec.msgpack.encode(list(msgspec.structs.astuple(kept(b"{}")))[:12])
    assert len(tombstone(read_kept(before), len(before))) == len(before)


def test_there_is_no_record_too_short_for_a_request_that_could_not_be_read():
    assert len(tombstone(None, 16)) == 16
    with pytest.raises(Bug):
        tombstone(None, 3)


def test_a_part_that_was_erased_is_held_no_more():
    one = replace(kept(b"{}"), erased=[1, 4, -1])
    assert [place for place in range(6) if one.holds(place)] == [0, 2, 3, 5]
    assert [place for place in range(6) if replace(one, only=[0, 1]).holds(place)] == [0]


def accepted(size: int) -> Accepted:
    return Accepted(1, "w", "track", "view", "e1", 1, 1, {"user_id": "u"}, {"text": "x" * size})


@settings(max_examples=300)
@given(kept_size=st.integers(0, 400), gone_size=LENGTHS)
def test_outcomes_that_are_left_are_filled_up_and_read_as_if_there_were_no_others(kept_size, gone_size):
    left = [accepted(kept_size), Moved("a", True, 1, "r", [("user_id", "u")])]
    length = len(packed([accepted(gone_size), *left]))
    payload = fitted_outcomes(left, length)
    assert payload is not None
    assert len(payload) == length
    assert unpacked(payload) == left
    assert unpacked(fitted_outcomes([], length) or b"") == []


def test_outcomes_do_not_fit_where_they_are_longer_or_leave_too_little():
    length = len(packed([accepted(5)]))
    assert fitted_outcomes([accepted(5)], length) == packed([accepted(5)])
    assert fitted_outcomes([accepted(6)], length) is None
    assert fitted_outcomes([accepted(4)], length) is None
