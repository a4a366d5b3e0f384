"""Bodies are read as far as they may go: the bound holds whether a length is told or not, and nobody dribbles for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, strategies as st

from headwater.edge import body
from headwater.edge.body import MOST_BYTES, TooLargeError, read_body


class Sent:
    """A body that comes in these parts, with a pause before each."""

    def __init__(self, *parts: bytes, pause: float = 0) -> None:
        self._parts, self._pause = parts, pause
        self.n_read = 0

    async def __call__(self) -> bytes:
        return b"".join([part async for part in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            await asyncio.sleep(self._pause)
            self.n_read += len(part)
            yield part


def read(said_length: str | None, sent: Sent) -> bytes:
    return asyncio.run(read_body(said_length, sent))


@given(st.lists(st.binary(max_size=20), max_size=5), st.booleans())
def test_all_of_it_comes_whether_a_length_is_told_or_not(parts, is_told) -> None:
    whole = b"".join(parts)
    assert read(str(len(whole)) if is_told else None, Sent(*parts)) == whole


def test_who_tells_too_much_is_refused_before_anything_is_read() -> None:
    sent = Sent(b"x")
    with pytest.raises(TooLargeError):
        read(str(MOST_BYTES + 1), sent)
    assert sent.n_read == 0


@pytest.mark.parametrize("said", [None, "", "many", "-1", "1e9"])
def test_who_tells_no_length_is_read_up_to_the_bound_and_no_further(said) -> None:
    sent = Sent(*[bytes(1_000_000)] * 5)
    with pytest.raises(TooLargeError):
        read(said, sent)
    assert sent.n_read == 3_000_000


def test_the_bound_itself_may_come() -> None:
    assert len(read(None, Sent(bytes(MOST_BYTES)))) == MOST_BYTES
    assert len(read(str(MOST_BYTES), Sent(bytes(MOST_BYTES)))) == MOST_BYTES


@pytest.mark.parametrize("said", [None, "4"])
def test_who_dribbles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, said) -> None:
    monkeypatch.setattr(body, "MOST_SECONDS", 0.05)
    with pytest.raises(TimeoutError):
        read(said, Sent(b"a", b"b", b"c", b"d", pause=0.04))
