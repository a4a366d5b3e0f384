"""Bodies are read as far as they may go: the bound holds whether a length is told or not, and nobody dribbles for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, strategies as st

from headwater.edge import body
from headwater.edge.body import MOST_BYTES, Bodies, TooLargeError


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
    return asyncio.run(Bodies().read(said_length, sent))


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


def test_who_is_ended_by_somebody_else_is_not_called_slow() -> None:
    async def ended() -> None:
        reading = asyncio.create_task(Bodies().read("1", Sent(b"a", pause=60)))
        await asyncio.sleep(0)
        reading.cancel()
        await reading

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ended())


def test_one_slow_body_does_not_end_those_that_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MOST_SECONDS", 0.1)

    async def both() -> list[object]:
        bodies = Bodies()
        slow = asyncio.create_task(bodies.read("1", Sent(b"a", pause=60)))
        await asyncio.sleep(0.06)
        later = asyncio.create_task(bodies.read("1", Sent(b"b", pause=0.06)))
        return await asyncio.gather(slow, later, return_exceptions=True)

    slow, later = asyncio.run(both())
    assert isinstance(slow, TimeoutError)
    assert later == b"b"
