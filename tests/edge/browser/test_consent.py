"""Who an event is of, and what is stored and told with which consent, in a real browser."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.edge.browser.fake_edge import FakeEdge, consent_of
from tests.edge.browser.visit import once, ready, track

pytestmark = [pytest.mark.server, pytest.mark.slow]

GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
STORED = "[Object.keys(localStorage).filter(name => !name.startsWith('hw_consent')), document.cookie]"
PLATFORMS = """
window.__tcfapi = (command, version, call) => {
    if (command === 'addEventListener' && version === 2) call({tcString: 'CQ.tcf', eventStatus: 'tcloaded'}, true);
};
window.__gpp = (command, call) => {
    if (command === 'ping') call({gppString: 'DBAA'}, true);
    if (command === 'addEventListener') window.changeGpp = text => call({pingData: {gppString: text}}, true);
};
"""
HELD = 'data-require-consent="analytics"'


def identity(page: Page) -> str:
    found: str = page.evaluate("hw.anonymousId()")
    return found


class TestIdentity:
    def test_a_visitor_keeps_one_id_for_a_year(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        ready(page, edge.page())
        first = identity(page)
        (cookie,) = context.cookies()
        assert (cookie["name"], cookie["value"]) == ("hw_id", first)
        assert (cookie["sameSite"], cookie["secure"], cookie["path"]) == ("Lax", False, "/")
        assert abs(cookie["expires"] - time.time() - 365 * 86400) < 3600
        ready(page, edge.page())
        assert identity(page) == first

    def test_either_place_alone_is_enough_to_know_a_visitor(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        ready(page, edge.page())
        first = identity(page)
        context.clear_cookies()
        ready(page, edge.page())
        assert identity(page) == first
        page.evaluate("localStorage.clear()")
        ready(page, edge.page())
        assert identity(page) == first
        assert context.cookies()[0]["value"] == first

    def test_an_id_not_seen_for_a_year_is_forgotten(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        ready(page, edge.page())
        first = identity(page)
        context.clear_cookies()
        page.evaluate("localStorage.hw_id = `${hw.anonymousId()} ${Date.now() - 366 * 86400000}`")
        context.clear_cookies()
        ready(page, edge.page())
        assert identity(page) != first

    def test_a_user_stays_known_on_the_next_page_and_in_other_tabs(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        ready(page, edge.page())
        other = context.new_page()
        ready(other, edge.page(path="/other", attributes='data-page="manual"'))
        page.evaluate("hw.identify('u1')")
        track(other, "Other")
        assert edge.event("Other")["userId"] == "u1"
        ready(page, edge.page(path="/next", attributes='data-page="manual"'))
        track(page, "Next")
        assert edge.event("Next")["userId"] == "u1"

    def test_reset_makes_the_visitor_somebody_new(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        page.evaluate("hw.identify('u1')")
        track(page, "Before")
        page.evaluate("hw.reset()")
        track(page, "After")
        before, after = edge.event("Before"), edge.event("After")
        assert (before["userId"], after["userId"]) == ("u1", None)
        assert before["anonymousId"] != after["anonymousId"]
        assert after["anonymousId"] == identity(page)


class TestGlobalPrivacyControl:
    def test_nothing_outlives_the_session(self, context: BrowserContext, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        known = identity(page)
        context.add_init_script(GPC)
        ready(page, edge.page())
        track(page, "A")
        assert edge.event("A")["context"]["gpc"] is True
        assert identity(page) not in ("", known)
        assert page.evaluate(STORED) == [[], ""]

    def test_a_session_is_one_visitor_and_another_tab_is_another(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        context.add_init_script(GPC)
        ready(page, edge.page())
        first = identity(page)
        ready(page, edge.page())
        assert identity(page) == first
        other = context.new_page()
        ready(other, edge.page())
        assert identity(other) != first

    def test_an_agreement_that_knows_of_it_says_so_from_then_on(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        context.add_init_script(GPC)
        ready(page, edge.page())
        page.evaluate("hw.consent({ads: true, despiteGpc: ['ads']})")
        track(page, "A")
        for event in (edge.event("Consent Updated"), edge.event("A")):
            assert consent_of(event) == {"categoryPreferences": {"ads": True}, "despiteGpc": ["ads"]}
            assert event["context"]["gpc"] is True

    def test_it_is_not_told_where_it_is_not_set(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        assert "gpc" not in edge.event("page")["context"]


class TestConsent:
    def test_choices_go_with_every_event_from_then_on(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        page.evaluate("hw.consent({analytics: true, advertising: false})")
        page.evaluate("hw.consent({advertising: true})")
        edge.wait(lambda: edge.names().count("Consent Updated") == 2)
        assert [consent_of(event)["categoryPreferences"] for event in edge.taken] == [
            {},
            {"analytics": True, "advertising": False},
            {"analytics": True, "advertising": True},
        ]
        ready(page, edge.page(attributes='data-page="manual"'))
        track(page, "Next")
        assert consent_of(edge.event("Next"))["categoryPreferences"]["advertising"] is True

    def test_without_the_required_consent_nothing_is_stored_or_sent(self, page: Page, edge: FakeEdge) -> None:
        edge.decisions = {"hero": {"variant": "b", "content": {"text": "New"}}}
        ready(page, edge.page('<p data-hw-placement="hero">Old</p>', attributes=HELD))
        page.evaluate("hw.identify('u1'); hw.track('A'); hw.consent({advertising: true}); hw.decide()")
        page.wait_for_timeout(1500)
        assert (edge.batches, edge.asked) == ([], [])
        assert page.evaluate(STORED) == [[], ""]
        assert identity(page) is None
        assert page.locator("p").is_visible()

    def test_what_was_held_back_is_sent_when_consent_comes(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page(attributes=HELD))
        page.evaluate("hw.identify('u1'); hw.track('A')")
        page.evaluate("hw.consent({analytics: true})")
        once(edge, "Consent Updated", "page", "identify", "A")
        assert edge.event("A")["userId"] == "u1"
        assert all(consent_of(event)["categoryPreferences"] == {"analytics": True} for event in edge.taken)
        ready(page, edge.page(path="/next", attributes=HELD))
        edge.wait(lambda: len(edge.ids("page")) == 2)

    def test_what_was_held_back_is_gone_when_consent_is_refused(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page(attributes=HELD))
        track(page, "A")
        page.evaluate("hw.consent({analytics: false}); hw.consent({analytics: true})")
        once(edge, "Consent Updated")
        assert "A" not in edge.names()

    def test_a_withdrawal_is_told_and_then_the_visitor_is_forgotten(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page(attributes=HELD))
        page.evaluate("hw.consent({analytics: true})")
        known = identity(page)
        once(edge, "Consent Updated")
        page.evaluate("hw.consent({analytics: false}); hw.track('A')")
        edge.wait(lambda: edge.names().count("Consent Updated") == 2)
        assert edge.taken[-1]["anonymousId"] == known
        assert consent_of(edge.taken[-1])["categoryPreferences"] == {"analytics": False}
        page.wait_for_function(f"({STORED})[0].every(name => name.startsWith('hw_tab'))")
        assert page.evaluate("document.cookie") == ""
        page.wait_for_timeout(1500)
        assert "A" not in edge.names()

    def test_strings_of_consent_platforms_are_told(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        context.add_init_script(PLATFORMS)
        ready(page, edge.page())
        assert consent_of(edge.event("page")) == {"categoryPreferences": {}, "tcf": "CQ.tcf", "gpp": "DBAA"}
        page.evaluate("changeGpp('DBBB')")
        track(page, "A")
        assert consent_of(edge.event("A"))["gpp"] == "DBBB"

    def test_a_platform_that_comes_after_the_tag_is_heard(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        page.evaluate(PLATFORMS)
        track(page, "A")
        assert consent_of(edge.event("A"))["tcf"] == "CQ.tcf"

    def test_a_platform_that_fails_does_not_stop_the_tag(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        context.add_init_script("window.__tcfapi = window.__gpp = () => { throw new Error('broken') }")
        ready(page, edge.page())
        track(page, "A")
        once(edge, "page", "A")
