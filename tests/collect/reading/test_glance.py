"""What a glance at a batch says is never said otherwise by a closer look."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from headwater.collect.formats.segment import FORMAT
from headwater.collect.reading.glance import surely_usable
from headwater.collect.request import Request

USUAL = {
    "type": "track",
    "event": "Product Viewed",
    "messageId": "m1",
    "userId": "u1",
    "timestamp": "2026-11-25T10:00:00.250Z",
    "properties": {"price": 1.5, "tags": ["a"], "inner": {"deep": {"deeper": 1}}},
    "context": {
        "page": {"url": "https://shop.example/"},
        "library": {"name": "x"},
        "traits": {"email": "a@b.c"},
    },
}


def body_of(*calls: Any, **others: Any) -> bytes:
    return json.dumps({"batch": list(calls), **others}).encode()


def closer(body: bytes) -> tuple[int, int]:
    decoded = FORMAT.decode(
        Request(method="POST", path="/v1/batch", body=body, received_at=datetime(2026, 11, 25, tzinfo=UTC))
    )
    return len(decoded.parts), len(decoded.rejected)


@pytest.mark.parametrize(
    "call",
    [
        USUAL,
        {**USUAL, "userId": None, "anonymousId": "a1"} | {"userId": None},
        {"type": "page", "anonymousId": "a", "name": None},
        {"type": "identify", "userId": "u", "traits": {"plan": "pro"}, "timestamp": None},
    ],
    ids=["track", "of a browser", "page", "identify"],
)
def test_usual_calls_are_told_at_a_glance(call: dict[str, Any]) -> None:
    assert surely_usable(body_of(call, call)) == 2
    assert closer(body_of(call, call)) == (2, 0)


@pytest.mark.parametrize(
    "odd",
    [
        {"userId": "   "}, {"userId": ""}, {"userId": 7}, {"userId": None}, {"event": "\t"}, {"event": None},
        {"type": "alias"}, {"type": "nonsense"}, {"messageId": "x" * 101}, {"timestamp": "yesterday"},
        {"properties": []}, {"context": 3}, {"event": "x" * 600}, {"properties": {"a": "x\u0000"}},
        {"properties": {"text": "x" * 33_000}}, {"properties": json.loads("[" * 40 + "]" * 40)},
        {"properties": {"a": json.loads("[" * 40 + "]" * 40)}},
    ],
    ids=lambda odd: str(odd)[:40],
)  # fmt: skip
def test_what_is_unusual_takes_a_closer_look(odd: dict[str, Any]) -> None:
    assert surely_usable(body_of(USUAL, {**USUAL, **odd})) is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"batch": []}', b'{"batch": "x"}', b"\xff", b'{"batch": [1]}']
)
def test_what_is_no_batch_takes_a_closer_look(body: bytes) -> None:
    assert surely_usable(body) is None


odd_values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8),
    st.sampled_from(["2026-11-25", "2026-11-25T10:00:00", "2026-02-30T10:00:00Z", "0000-01-01T00:00:00Z",
                     "2026-11-25T24:00:00Z", "2026-11-25 10:00:00.123456789+23:59", " ", "\u2003", "9999-12-31T23:59:59-23:00"]),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip
KEYS = [*USUAL, "anonymousId", "originalTimestamp", "sentAt", "traits", "groupId", "previousId", "name"]


@pytest.mark.slow
@settings(max_examples=1500)
@given(
    changes=st.lists(st.dictionaries(st.sampled_from(KEYS), odd_values, max_size=3), min_size=1, max_size=3),
    inner=st.dictionaries(
        st.sampled_from(["page", "traits", "ip", "consent", "groupId"]), odd_values, max_size=2
    ),
    cut=st.integers(0, 3),
)
def test_what_it_says_is_never_said_otherwise(
    changes: list[dict[str, Any]], inner: dict[str, Any], cut: int
) -> None:
    calls = [{**USUAL, "context": {**USUAL["context"], **inner}, **change} for change in changes]  # type: ignore[dict-item]
    body = body_of(*calls)
    body = body[: len(body) - cut]
    found = surely_usable(body)
    if found is not None:
        assert closer(body) == (found, 0)
