"""The demonstration shop, walked through in a real browser: what it tells, what it shows, and that it never speaks unasked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from tests.edge.browser.fake_edge import FakeEdge, consent_of

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def shop(page: Page, edge: FakeEdge) -> Page:
    """The shop, opened by a visitor who is new; whatever fails in the page fails the test."""
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(edge.url + "/shop/")
    return page


def agree(shop: Page) -> None:
    shop.get_by_role("button", name="Agree to all").click()


def test_a_visitor_who_was_not_asked_or_refuses_is_not_observed(shop: Page, edge: FakeEdge) -> None:
    shop.get_by_role("link", name="Sencha").click()
    shop.get_by_role("button", name="Refuse all").click()
    shop.get_by_role("button", name="Put into the basket").click()
    shop.get_by_role("link", name="Leaf & Bean").click()
    assert shop.get_by_role("heading", level=1).is_visible()
    shop.wait_for_timeout(1500)
    assert (edge.batches, edge.asked) == ([], [])
    assert "not agreed" in shop.inner_text("#known")
    assert shop.evaluate("document.cookie") == ""


def test_a_walk_to_an_order_is_told_in_the_usual_events(shop: Page, edge: FakeEdge) -> None:
    agree(shop)
    shop.get_by_role("link", name="Sencha").click()
    shop.get_by_role("button", name="Put into the basket").click()
    shop.get_by_role("link", name="Basket").click()
    shop.get_by_role("button", name="One more Sencha").click()
    shop.get_by_role("link", name="To the checkout").click()
    shop.get_by_label("E-mail").fill("ann@shop.example")
    shop.get_by_role("button", name="Order").click()
    order = edge.event("Order Completed")
    assert order["properties"]["revenue"] == 19
    assert order["properties"]["products"][0] | {"name": ""} == {
        "product_id": "sencha",
        "name": "",
        "category": "tea",
        "price": 9.5,
        "quantity": 2,
        "currency": "EUR",
    }
    assert edge.event("identify")["traits"] == {"email": "ann@shop.example"}
    told = [name for name in edge.names() if name not in ("page", "Placement Shown")]
    assert told == [
        "Consent Updated",
        "Product Viewed",
        "Product Added",
        "Product Added",
        "Checkout Started",
        "identify",
        "Signed In",
        "Order Completed",
    ]
    assert consent_of(order)["categoryPreferences"] == {
        "analytics": True,
        "personalisation": True,
        "marketing": True,
    }
    viewed = [event["name"] for event in edge.taken if event["type"] == "page"]
    assert viewed[:4] == ["Home", "Sencha", "Basket", "Checkout"]


def test_what_is_known_is_shown_as_it_changes(shop: Page, edge: FakeEdge) -> None:
    agree(shop)
    edge.profile = {
        "identifiers": {"email": ["ann@shop.example"]},
        "traits": {"revenue_90d": 19},
        "audiences": ["tea_lovers"],
        "events": [{"name": "Order Completed", "occurred_at": "2026-11-25T10:00:00Z"}],
    }
    shop.get_by_text("tea_lovers").wait_for()
    shown = shop.inner_text("#known")
    assert all(text in shown for text in ("ann@shop.example", "revenue_90d", "19", "Order Completed"))
    edge.profile = {**edge.profile, "audiences": ["tea_lovers", "<b>new</b>"]}
    shop.get_by_text("<b>new</b>").wait_for()


def test_the_hero_is_the_visitor_s_own_once_agreed(shop: Page, edge: FakeEdge) -> None:
    assert "Tea and coffee" in shop.inner_text(".hero")
    edge.decisions = {
        "hero": {"variant": "tea", "decision_id": "d1", "content": {"html": "<h1>More tea</h1>"}}
    }
    agree(shop)
    shop.get_by_role("heading", name="More tea").wait_for()
    assert edge.event("Placement Shown")["properties"]["variant"] == "tea"


def test_signing_in_and_out(shop: Page, edge: FakeEdge) -> None:
    agree(shop)
    shop.get_by_role("link", name="Sign in").click()
    shop.get_by_label("E-mail").fill("ann@shop.example")
    shop.get_by_role("button", name="Sign in").click()
    first = shop.evaluate("hw.anonymousId()")
    shop.get_by_role("link", name="Account").click()
    shop.get_by_role("button", name="Sign out").click()
    shop.get_by_role("link", name="Sign in").wait_for()
    assert edge.event("Signed Out")["anonymousId"] == first
    assert shop.evaluate("hw.anonymousId()") != first
