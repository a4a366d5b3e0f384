"""How often somebody may fail, and who that does not keep out."""

from __future__ import annotations

from hypothesis import given, strategies as st

from headwater.access.attempts import MOST_FAILURES, MOST_KEPT, SECONDS_EACH, Attempts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def failed(attempts: Attempts, n: int, address: str = "one") -> None:
    for number in range(n):
        attempts.failed(address, f"wrong {number}")


def test_so_many_failures_are_looked_at_and_no_more_until_time_has_passed() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    failed(attempts, MOST_FAILURES - 1)
    assert attempts.seconds_to_wait("one", "wrong") == 0
    failed(attempts, 1)
    assert attempts.seconds_to_wait("one", "wrong") == SECONDS_EACH
    assert attempts.seconds_to_wait("another", "wrong") == 0
    clock.now = SECONDS_EACH
    assert attempts.seconds_to_wait("one", "wrong") == 0


def test_who_was_recognised_lately_is_looked_at_though_others_fail() -> None:
    attempts = Attempts(Clock())
    attempts.succeeded("right")
    failed(attempts, MOST_FAILURES)
    assert attempts.seconds_to_wait("one", "right") == 0
    attempts.failed("one", "right")  # it was revoked
    assert attempts.seconds_to_wait("one", "right") > 0


def test_however_many_come_little_is_remembered() -> None:
    attempts = Attempts(Clock())
    for number in range(MOST_KEPT * 2):
        attempts.failed(f"address {number}", f"wrong {number}")
        attempts.succeeded(f"right {number}")
    assert attempts.n_kept == MOST_KEPT


@given(st.lists(st.floats(0, 10), max_size=200))
def test_nobody_is_looked_at_more_often_than_at_once_and_then_at_the_rate(pauses: list[float]) -> None:
    clock = Clock()
    attempts = Attempts(clock)
    n_looked_at = 0
    for pause in pauses:
        clock.now += pause
        if not attempts.seconds_to_wait("one", "wrong"):
            n_looked_at += 1
            attempts.failed("one", "wrong")
    assert n_looked_at <= MOST_FAILURES + clock.now / SECONDS_EACH + 1
