"""Nothing is acknowledged before the log has it, everything once and in its order, and an error reaches all it concerns."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest
from hypothesis import given, settings, strategies as st

from headwater.edge import group_commit
from headwater.edge.group_commit import GroupCommit


class Log:
    """A log in memory. Each write waits to be let go, where the test wants that; `fails`: which writes do, from 0."""

    def __init__(self, *fails: int, is_held: bool = False) -> None:
        self.groups: list[list[bytes]] = []
        self.n_writes = 0
        self.go = threading.Event()
        self.has_begun = threading.Event()
        self._fails = fails
        if not is_held:
            self.go.set()

    def append(self, payloads: list[bytes]) -> None:
        number, self.n_writes = self.n_writes, self.n_writes + 1
        self.has_begun.set()
        self.go.wait(30)
        if number in self._fails:
            raise OSError("the disk is full")
        self.groups.append(payloads)


def run(log: Log, work: Callable[[GroupCommit], Awaitable[None]]) -> None:
    async def main() -> None:
        commit = GroupCommit(log, asyncio.get_running_loop())
        try:
            await work(commit)
        finally:
            await asyncio.to_thread(commit.close)

    asyncio.run(main())


def test_nothing_is_acknowledged_before_it_is_written() -> None:
    log = Log(is_held=True)

    async def work(commit: GroupCommit) -> None:
        waiting = asyncio.ensure_future(commit.keep(b"a"))
        await asyncio.to_thread(log.has_begun.wait, 30)
        await asyncio.sleep(0.05)
        assert not waiting.done()
        log.go.set()
        await waiting
        assert log.groups == [[b"a"]]

    run(log, work)


def test_what_comes_while_a_group_is_written_is_the_next_group() -> None:
    log = Log(is_held=True)

    async def work(commit: GroupCommit) -> None:
        first = asyncio.ensure_future(commit.keep(b"a"))
        await asyncio.to_thread(log.has_begun.wait, 30)
        others = [asyncio.ensure_future(commit.keep(each)) for each in (b"b", b"c", b"d")]
        await asyncio.sleep(0)
        log.go.set()
        await asyncio.gather(first, *others)

    run(log, work)
    assert log.groups == [[b"a"], [b"b", b"c", b"d"]]


@settings(max_examples=30)
@given(st.lists(st.binary(min_size=1, max_size=4), max_size=40))
def test_everything_is_written_once_in_its_order(payloads) -> None:
    log = Log()

    async def work(commit: GroupCommit) -> None:
        await asyncio.gather(*(commit.keep(each) for each in payloads))

    run(log, work)
    assert [each for group in log.groups for each in group] == payloads


def test_an_error_reaches_all_of_its_group_and_nobody_else() -> None:
    log = Log(0, is_held=True)

    async def work(commit: GroupCommit) -> None:
        first = asyncio.ensure_future(commit.keep(b"a"))
        await asyncio.to_thread(log.has_begun.wait, 30)
        later = asyncio.ensure_future(commit.keep(b"b"))
        await asyncio.sleep(0)
        log.go.set()
        with pytest.raises(OSError, match="full"):
            await first
        await later

    run(log, work)
    assert log.groups == [[b"b"]]


def test_who_went_away_meanwhile_disturbs_nobody() -> None:
    log = Log(is_held=True)

    async def work(commit: GroupCommit) -> None:
        gone = asyncio.ensure_future(commit.keep(b"a"))
        await asyncio.to_thread(log.has_begun.wait, 30)
        gone.cancel()
        log.go.set()
        await commit.keep(b"b")
        assert gone.cancelled()

    run(log, work)
    assert log.groups == [[b"a"], [b"b"]]


def test_what_waits_at_the_end_is_written() -> None:
    log = Log(is_held=True)

    async def main() -> None:
        commit = GroupCommit(log, asyncio.get_running_loop())
        waiting = [asyncio.ensure_future(commit.keep(each)) for each in (b"a", b"b")]
        await asyncio.to_thread(log.has_begun.wait, 30)
        threading.Timer(0.05, log.go.set).start()
        commit.close()
        await asyncio.gather(*waiting)

    asyncio.run(main())
    assert [each for group in log.groups for each in group] == [b"a", b"b"]


def test_what_comes_after_the_end_is_refused_and_waits_for_nobody() -> None:
    async def main() -> None:
        commit = GroupCommit(Log(), asyncio.get_running_loop())
        commit.close()
        with pytest.raises(OSError, match="closed"):
            await asyncio.wait_for(commit.keep(b"a"), 5)

    asyncio.run(main())


def test_an_error_of_another_kind_ends_neither_the_thread_nor_the_waiting() -> None:
    """A log that raises what it should not must not leave everybody waiting for ever."""

    class Broken(Log):
        def append(self, payloads: list[bytes]) -> None:
            if payloads == [b"a"]:
                raise ValueError("a bug")
            super().append(payloads)

    log = Broken()

    async def work(commit: GroupCommit) -> None:
        with pytest.raises(ValueError, match="bug"):
            await asyncio.wait_for(commit.keep(b"a"), 5)
        await asyncio.wait_for(commit.keep(b"b"), 5)

    run(log, work)
    assert log.groups == [[b"b"]]


def test_after_a_small_group_those_that_come_soon_are_written_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", 0.3)
    log = Log()

    async def work(commit: GroupCommit) -> None:
        await commit.keep(b"a")
        waiting = []
        for each in (b"b", b"c", b"d"):
            waiting.append(commit.keep(each))
            await asyncio.sleep(0.01)
        await asyncio.gather(*waiting)

    run(log, work)
    assert log.groups == [[b"a"], [b"b", b"c", b"d"]]


@pytest.mark.parametrize(
    "group", [[b"x"] * group_commit.FEW, [b"x" * group_commit.SHORT]], ids=("many", "long")
)
def test_after_a_large_group_nobody_waits(monkeypatch: pytest.MonkeyPatch, group: list[bytes]) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(group_commit, "time", SimpleNamespace(sleep=pauses.append))
    log = Log()

    async def work(commit: GroupCommit) -> None:
        for _ in range(2):
            with commit._has_work:  # so that they are taken together
                waiting = [commit.keep(each) for each in group]
            await asyncio.gather(*waiting)

    run(log, work)
    assert log.groups == [group, group]
    assert pauses == []


def test_when_too_many_wait_for_the_disk_more_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_WAITING", 2)
    log = Log(is_held=True)

    async def work(commit: GroupCommit) -> None:
        waiting = [commit.keep(b"a")]
        await asyncio.to_thread(log.has_begun.wait, 30)
        waiting += [commit.keep(b"b"), commit.keep(b"c")]
        with pytest.raises(OSError, match="too slow"):
            commit.keep(b"d")
        log.go.set()
        await asyncio.gather(*waiting)

    run(log, work)
    assert [each for group in log.groups for each in group] == [b"a", b"b", b"c"]
