"""What people were shown is counted once, for what is really a variant, and a reward counts for what was shown last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.core.sealing.ring import SEALS

from headwater.collect.outcome import Accepted
from headwater.flow.showings import MOST_EXPOSURES, Showings
from headwater.live.state import Card, Past, Person, micros
from headwater.live.store import Draft, Store
from headwater.personalise.decision import DECIDED, SHOWN
from headwater.personalise.placements import Bandit, Cap, Placement, PlacementRule, Variant
from headwater.privacy.gate import PermitRequest, Use

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TWO = (PlacementRule(None, (Variant("a", "A"), Variant("b", "B"))),)


def placement(name: str, **said: object) -> Placement:
    request = PermitRequest("service", Use.PERSONALISATION, name, np.zeros(0, np.int64), {}, frozenset())
    return Placement(name, "", request, TWO, **said)


SHOWINGS = Showings(
    {
        "box": placement("box", bandit=Bandit("Order Completed", "7 days", ("buyers",))),
        "other_box": placement("other_box", bandit=Bandit("Signed Up", "2 days")),
        "hero": placement("hero", cap=Cap(3, 40, "days")),
    }
)


@pytest.fixture
def draft(tmp_path: Path) -> Iterator[Draft]:
    store = Store(tmp_path / "store", SEALS, is_writer=True)
    with store.writing() as opened:
        yield opened
    store.close()


def happened(name: str, ago: timedelta = timedelta(), **properties: object) -> Accepted:
    at = micros(NOW - ago)
    return Accepted(1, "website", "track", name, "m1", at, at, {"user_id": "u1"}, properties)


def shown(where: str = "box", variant: object = "a", ago: timedelta = timedelta()) -> Accepted:
    return happened(SHOWN, ago, placement=where, variant=variant)


def somebody(*audiences: str) -> Person:
    return Person(1, Card(audiences=dict.fromkeys(audiences, 1)), Past())


def test_what_was_shown_is_noted_once_and_counted_once(draft: Draft) -> None:
    person = somebody()
    SHOWINGS.note(draft, shown(), person)
    assert person.card.exposures == [("box", "a", micros(NOW))]
    assert draft.counts() == {("box", "a"): (1, 0)}


def test_without_a_bandit_it_is_noted_and_nothing_is_counted(draft: Draft) -> None:
    person = somebody()
    SHOWINGS.note(draft, shown("hero"), person)
    assert person.card.exposures == [("hero", "a", micros(NOW))]
    assert draft.counts() == {}


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(shown("nowhere"), id="an unknown placement"),
        pytest.param(shown(variant="z"), id="an unknown variant"),
        pytest.param(shown(variant="z" * 2_000), id="a variant longer than a key of the store"),
        pytest.param(shown(variant="holdout"), id="held out"),
        pytest.param(shown(variant="fallback"), id="the fallback"),
        pytest.param(shown(variant=7), id="a variant that is no text"),
        pytest.param(happened(SHOWN, placement="box"), id="no variant"),
        pytest.param(happened(DECIDED, placement="box", variant="a"), id="only decided"),
        pytest.param(happened("Order Completed"), id="a reward without anything shown"),
    ],
)
def test_what_shows_no_variant_leaves_everything_as_it_is(draft: Draft, event: Accepted) -> None:
    person = somebody()
    SHOWINGS.note(draft, event, person)
    assert person.card.exposures == []
    assert draft.counts() == {}


def test_a_reward_counts_once_for_what_was_shown_last(draft: Draft) -> None:
    person = somebody()
    for variant, hours in (("a", 3), ("b", 2)):
        SHOWINGS.note(draft, shown(variant=variant, ago=timedelta(hours=hours)), person)
    SHOWINGS.note(draft, happened("Order Completed", timedelta(hours=1)), person)
    SHOWINGS.note(draft, happened("Order Completed"), person)
    assert draft.counts() == {("box", "a"): (1, 0), ("box", "b"): (1, 1)}
    SHOWINGS.note(draft, shown(variant="a"), person)
    SHOWINGS.note(draft, happened("Order Completed", -timedelta(hours=1)), person)
    assert draft.counts() == {("box", "a"): (2, 1), ("box", "b"): (1, 1)}


@pytest.mark.parametrize(
    ("ago", "n_rewarded"),
    [
        pytest.param(timedelta(days=6, hours=23), 1, id="soon enough"),
        pytest.param(timedelta(days=7, hours=1), 0, id="too late"),
    ],
)
def test_a_reward_counts_only_soon_enough(draft: Draft, ago: timedelta, n_rewarded: int) -> None:
    person = somebody()
    SHOWINGS.note(draft, shown(ago=ago), person)
    SHOWINGS.note(draft, happened("Order Completed"), person)
    assert draft.counts() == {("box", "a"): (1, n_rewarded)}


def test_each_bandit_has_its_own_reward(draft: Draft) -> None:
    person = somebody()
    SHOWINGS.note(draft, shown("box"), person)
    SHOWINGS.note(draft, shown("other_box", "b"), person)
    SHOWINGS.note(draft, happened("Signed Up"), person)
    assert draft.counts() == {("box", "a"): (1, 0), ("other_box", "b"): (1, 1)}


def test_segments_learn_for_themselves(draft: Draft) -> None:
    for person in (somebody("buyers", "others"), somebody("others")):
        SHOWINGS.note(draft, shown(), person)
        SHOWINGS.note(draft, happened("Order Completed"), person)
    assert draft.counts() == {("box\nbuyers", "a"): (1, 1), ("box", "a"): (1, 1)}


def test_as_much_is_remembered_as_the_longest_cap_asks_for_and_no_more(draft: Draft) -> None:
    person = somebody()
    for days in (60, 39, 2):
        SHOWINGS.note(draft, shown("hero", ago=timedelta(days=days)), person)
    SHOWINGS.note(draft, shown("hero"), person)
    assert [micros(NOW) - at for _, _, at in person.card.exposures] == [
        days * 86_400_000_000 for days in (39, 2, 0)
    ]
    for seconds in range(MOST_EXPOSURES + 10):
        SHOWINGS.note(draft, shown("hero", ago=timedelta(seconds=-seconds)), person)
    assert len(person.card.exposures) == MOST_EXPOSURES


def test_what_was_shown_stands_in_its_order_whenever_it_is_told(draft: Draft) -> None:
    person = somebody()
    for hours in (1, 3, 2):
        SHOWINGS.note(draft, shown(ago=timedelta(hours=hours)), person)
    moments = [at for _, _, at in person.card.exposures]
    assert moments == sorted(moments)
