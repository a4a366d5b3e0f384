"""The terms of an audience at destinations: nobody held out is ever told of, and none outside its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.activate.conftest import Shop

from headwater.activate.send import Ending
from headwater.audiences.shuffle import Stretch
from headwater.audiences.terms import Terms
from headwater.testing.fake_destination import Answer, FakeDestination

N = 200
BEFORE, LATER, LATER_STILL = (datetime(year, 1, 1, tzinfo=UTC) for year in (2001, 9000, 9001))


@pytest.fixture
def fake() -> Iterator[FakeDestination]:
    with FakeDestination() as running:
        yield running


@pytest.fixture
def told(shop: Shop, fake: FakeDestination) -> Shop:
    shop.households(N)
    shop.webhook(fake.url, rows=1000)
    return shop


def held(fake: FakeDestination) -> set[str]:
    """Whom the destination holds, by what it was told."""
    added, removed = (
        {one["household_id"][0] for one in fake.members(change)} for change in ("added", "removed")
    )
    return added - removed


def held_out(millionths: int) -> set[str]:
    stretch = Stretch("buyers:holdout", 0, millionths)
    return {f"h{number}" for number in range(1, N + 1) if stretch.holds(number)}


def everyone() -> set[str]:
    return {f"h{number}" for number in range(1, N + 1)}


def test_who_is_held_out_is_not_told_of_and_counted(told: Shop, fake: FakeDestination) -> None:
    (done,) = told.deliver(terms=Terms(Stretch("buyers:holdout", 0, 200_000)))
    out = held_out(200_000)
    assert 20 < len(out) < 60
    assert held(fake) == everyone() - out
    assert (done.n_added, done.n_left_out) == (N - len(out), {"holdout": len(out)})


def test_a_holdout_that_comes_later_is_taken_back_and_one_that_grows_holds_the_same(
    told: Shop, fake: FakeDestination
) -> None:
    told.deliver()
    assert held(fake) == everyone()
    told.deliver(terms=Terms(Stretch("buyers:holdout", 0, 100_000)))
    smaller = everyone() - held(fake)
    told.deliver(terms=Terms(Stretch("buyers:holdout", 0, 300_000)))
    assert smaller == held_out(100_000)
    assert smaller < everyone() - held(fake) == held_out(300_000)


def test_nobody_is_told_of_before_it_begins_or_after_it_ended(told: Shop, fake: FakeDestination) -> None:
    (waits,) = told.deliver(terms=Terms(None, LATER))
    assert (waits.ending, waits.n_left_out) == (Ending.NOTHING, {"not_scheduled": N})
    assert fake.received == []
    told.deliver(terms=Terms(None, BEFORE, LATER))
    assert held(fake) == everyone()
    (over,) = told.deliver(terms=Terms(None, None, BEFORE))
    assert (over.n_removed, over.n_left_out) == (N, {"not_scheduled": N})
    assert held(fake) == set()


def test_a_delivery_that_was_cut_short_goes_on_without_whom_the_terms_have_come_to_hold_out(
    told: Shop, fake: FakeDestination
) -> None:
    fake.behave(Answer(503), Answer(503), Answer(503))
    (stopped,) = told.deliver()
    assert stopped.ending is Ending.UNFINISHED
    told.deliver(terms=Terms(Stretch("buyers:holdout", 0, 500_000)))
    named = {one["household_id"][0] for one in fake.members("added")}
    assert named == everyone() - held_out(500_000)
