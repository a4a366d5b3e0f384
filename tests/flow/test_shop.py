"""The shop that comes with Headwater: its files are sound, and a walk through it moves people as its pages say."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.flow.alive import Alive, Call, track

from headwater.core.clock import Clock
from headwater.flow.definitions import judge
from headwater.flow.new_project import make_project
from headwater.live.reader import LiveReader
from headwater.personalise.decide import Context, decide
from headwater.tables.workspace import read

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
AGREED = {"consent": {"categoryPreferences": {"analytics": True, "personalisation": True, "marketing": True}}}
TEA = {"product_id": "sencha", "category": "tea", "name": "Sencha", "price": 9.5}
ORDER = {"order_id": "o1", "revenue": 19, "products": [{**TEA, "quantity": 2}]}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "shop"
    make_project(folder, "shop")
    Alive(folder).run()
    return folder


@pytest.fixture
def alive(template: Path, tmp_path: Path) -> Alive:
    return Alive(shutil.copytree(template, tmp_path / "shop"))


def tell(alive: Alive, *calls: Call, seconds: int = 0) -> None:
    """So many seconds past noon by the clocks of both sides."""
    at = NOON + timedelta(seconds=seconds)
    alive.tell(
        *(
            {"timestamp": at.isoformat(), "sentAt": at.isoformat(), "context": AGREED, **call}
            for call in calls
        ),
        at=at,
    )
    alive.take(at)


def audiences(alive: Alive) -> set[str]:
    person = alive.person("anonymous_id", "a1")
    assert person
    return set(person.card.audiences)


def hero(alive: Alive) -> tuple[str, str]:
    """The variant that would be shown at noon, and why."""
    with read(alive.project) as workspace:
        definitions, problems = judge(workspace)
    assert not problems
    person = LiveReader(alive.folders.store, alive.folders.bases, alive.seals).find([("anonymous_id", "a1")])
    context = Context(alive.project, Clock(UTC, NOON))
    [decision] = decide(person, ["hero"], definitions.placements, context)
    return decision.variant, decision.reason.value


def test_its_events_follow_its_plan(alive: Alive) -> None:
    tell(
        alive,
        {"type": "page", "name": "Home", "anonymousId": "a1"},
        *(track(event) for event in ("Consent Updated", "Signed In", "Signed Out")),
        track("Product Viewed", **TEA),
        *(track(event, **TEA, quantity=1) for event in ("Product Added", "Product Removed")),
        track("Checkout Started", value=19, products=[TEA]),
        {"type": "identify", "anonymousId": "a1", "traits": {"email": "ann@example.org"}},
        track("Order Completed", **ORDER),
    )
    assert alive.refused() == []
    assert len(alive.accepted()) == 10


def test_looking_at_tea_makes_a_tea_lover_and_the_hero_their_own(alive: Alive) -> None:
    tell(alive, track("Product Viewed", **TEA))
    assert hero(alive) == ("fallback", "no_rule_matched")
    tell(alive, *[track("Product Viewed", **TEA)] * 2, seconds=10)
    assert audiences(alive) == {"tea_lovers", "looking_around"}
    assert hero(alive)[1] == "rule"


def test_looking_around_ends_and_a_waiting_basket_begins_by_time_alone(alive: Alive) -> None:
    tell(alive, track("Product Viewed", **TEA), track("Product Viewed", **TEA), track("Product Added", **TEA))
    assert audiences(alive) == {"looking_around"}
    alive.take(NOON + timedelta(seconds=119))
    assert audiences(alive) == {"looking_around"}
    alive.take(NOON + timedelta(seconds=121))
    assert audiences(alive) == {"looking_around", "basket_waiting"}
    alive.take(NOON + timedelta(seconds=181))
    assert audiences(alive) == {"basket_waiting"}
    tell(alive, track("Order Completed", **ORDER), seconds=200)
    assert audiences(alive) == {"tea_lovers", "bought_today"}
    assert hero(alive) == ("thanks", "rule")


def test_who_agreed_to_nothing_is_not_personalised_for(alive: Alive) -> None:
    tell(alive, *[{**track("Product Viewed", **TEA), "context": {}}] * 3)
    assert audiences(alive) == {"tea_lovers", "looking_around"}
    assert hero(alive) == ("fallback", "no_consent")


def test_what_was_shown_counts_once_and_is_rewarded_once(alive: Alive) -> None:
    shown = [("tip", "gift"), ("hero", "roast")]
    tell(
        alive,
        *[track("Placement Shown", placement=placement, variant=variant) for placement, variant in shown],
    )
    tell(alive, *[track("Product Added", **TEA)] * 2, seconds=5)
    person = alive.person("anonymous_id", "a1")
    assert person
    assert [(placement, variant) for placement, variant, _ in person.card.exposures] == shown
    with alive.store() as store, store.reading() as view:
        assert view.counts() == {("tip", "gift"): (1, 1)}


@pytest.mark.parametrize("agrees", [True, False], ids=["who agreed is in the file", "who did not is not"])
def test_the_newsletter_gets_hashed_addresses_of_those_who_agreed(alive: Alive, agrees: bool) -> None:
    consent = {"consent": {"categoryPreferences": {"marketing": agrees}}}
    identify = {"type": "identify", "anonymousId": "a1", "traits": {"email": "ann@example.org"}}
    tell(alive, {**identify, "context": consent}, {**track("Signed In"), "context": consent})
    alive.run()
    written = [
        path.read_text() for path in sorted((alive.root / "deliveries").glob("*newsletter_readers*.csv"))
    ]
    assert len(written) == agrees
    assert not any("ann@" in text for text in written)
