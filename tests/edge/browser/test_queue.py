"""What pages tell arrives, once: through reloads, closed pages, several tabs, a server that is busy, broken or away."""

from __future__ import annotations

import gzip
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.edge.browser.fake_edge import DROP, HANG, STATIC, FakeEdge, fake_edge
from tests.edge.browser.visit import WAITING, once, ready, track, waiting

browser_test = [pytest.mark.server, pytest.mark.slow]
PAUSED = "localStorage['hw_wait|demo'] > Date.now() + 3500000"
LEFT_BEHIND = """([tab, seconds]) => {
    localStorage['hw_q|demo|1.000000|' + tab] = JSON.stringify({event: tab, context: {}});
    localStorage['hw_tab|demo|' + tab] = Date.now() - seconds * 1000;
}"""
WITHOUT_TIMERS = "const later = setTimeout; window.setTimeout = (call, ms) => ms < 900 ? later(call, ms) : 0"
ONLINE = "window.dispatchEvent(new Event('online'))"
HIDE = """() => {
    Object.defineProperty(document, 'hidden', {value: true});
    document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
}"""
WITHOUT_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})"


def test_the_tag_is_small() -> None:
    assert len(gzip.compress((STATIC / "hw.js").read_bytes())) <= 5 * 1024


def test_the_tag_names_the_version_it_came_with() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert f"version: '{project['version']}'" in (STATIC / "hw.js").read_text()


class TestInABrowser:
    pytestmark = browser_test

    def test_every_kind_of_call_arrives_once_and_says_where_it_was_made(
        self, page: Page, edge: FakeEdge
    ) -> None:
        ready(page, edge.page() + "?utm_source=mail")
        page.evaluate("hw.page('Product', {product_id: 7})")
        page.evaluate("hw.track('Product Viewed', {price: 4.5})")
        page.evaluate("hw.identify('u1', {email: 'ann@shop.example'})")
        edge.wait(lambda: len(edge.taken) == 4)
        first, named, tracked, identified = edge.taken
        assert [event["type"] for event in edge.taken] == ["page", "page", "track", "identify"]
        assert (named["name"], named["properties"]["product_id"]) == ("Product", 7)
        assert (tracked["event"], tracked["properties"]) == ("Product Viewed", {"price": 4.5})
        assert (identified["userId"], identified["traits"]) == ("u1", {"email": "ann@shop.example"})
        assert (first["userId"], tracked["userId"]) == (None, None)
        assert len({event["messageId"] for event in edge.taken}) == 4
        assert len({event["anonymousId"] for event in edge.taken}) == 1
        told = first["context"]
        assert told["page"] == {
            "url": edge.url + "/?utm_source=mail",
            "path": "/",
            "search": "?utm_source=mail",
            "title": "Tea",
            "referrer": "",
        }
        assert first["properties"]["url"] == told["page"]["url"]
        assert told["library"]["name"] == "hw.js"
        assert told["screen"]["width"] > 0
        assert told["locale"]
        (batch,) = edge.batches
        assert batch["writeKey"] == "demo"
        assert batch["sentAt"] >= first["timestamp"]
        assert edge.content_types == {"text/plain;charset=UTF-8"}
        page.wait_for_timeout(1500)
        assert (len(edge.taken), waiting(page)) == (4, 0)

    def test_calls_before_the_tag_has_loaded_are_kept(self, page: Page, edge: FakeEdge) -> None:
        early = "<script>hw.push(['identify', 'u1'], ['track', 'Early', {n: 1}])</script>"
        ready(page, edge.page(early))
        assert edge.event("Early")["userId"] == "u1"
        assert edge.event("Early")["properties"] == {"n": 1}

    def test_an_object_in_place_of_a_name_or_user_is_what_is_told(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page(attributes='data-page="manual"'))
        page.evaluate("hw.identify({plan: 'free'}); hw.page({tag: 'a'})")
        identified, viewed = edge.event("identify"), edge.event("page")
        assert (identified["userId"], identified["traits"]) == (None, {"plan": "free"})
        assert ("name" in viewed, viewed["properties"]["tag"]) == (False, "a")

    def test_a_call_with_what_cannot_be_told_does_not_throw(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        page.evaluate("const ring = {}; ring.ring = ring; hw.track('Ring', ring); hw.track('After')")
        once(edge, "After")

    def test_the_tag_loaded_twice_is_loaded_once(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page('<script src="/hw.js" data-key="demo"></script>'))
        track(page, "A")
        once(edge, "A", "page")

    def test_an_edge_on_another_origin_is_told_as_well(self, page: Page, edge: FakeEdge) -> None:
        with fake_edge() as other:
            other.answers.append((503, {"Retry_After": "3600"}))
            ready(page, edge.page(attributes=f'data-host="http://localhost:{other.server_port}"'))
            page.wait_for_function(PAUSED)
            page.evaluate("localStorage.removeItem('hw_wait|demo')")
            track(page, "A")
            page.evaluate(ONLINE)
            once(other, "page", "A")
        assert not edge.batches

    @pytest.mark.parametrize("answer", [500, 503, 429, 408, DROP], ids=str)
    def test_what_was_not_taken_is_sent_again_with_the_same_id(
        self, page: Page, edge: FakeEdge, answer: int | str
    ) -> None:
        edge.answers.extend(
            [answer, answer] if answer == DROP else [answer]
        )  # browsers try once more themselves
        ready(page, edge.page())
        track(page, "A")
        once(edge, "page", "A")
        assert len(edge.batches) > 1
        assert len({batch["batch"][0]["messageId"] for batch in edge.batches}) == 1

    def test_a_lease_that_nobody_renews_ends(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        context.add_init_script(WITHOUT_LOCKS)
        ready(page, edge.page(attributes='data-page="manual"'))
        for tab, age in (("fresh", 10), ("old", 200)):
            page.evaluate(LEFT_BEHIND, [tab, age])
        ready(page, edge.page())
        once(edge, "page", "old")
        page.wait_for_function(f"{WAITING} === 1")  # once the answer is heard

    def test_an_answer_that_is_not_the_edge_s_own_is_no_success(self, page: Page, edge: FakeEdge) -> None:
        edge.answers.append(201)  # says {"success": false}, as a portal in between may say anything
        ready(page, edge.page())
        once(edge, "page")

    def test_what_is_refused_for_good_is_dropped_and_counted(self, page: Page, edge: FakeEdge) -> None:
        edge.answers.append(400)
        ready(page, edge.page())
        edge.wait(lambda: len(edge.batches) == 1)
        page.wait_for_function("localStorage['hw_dropped|demo'] === '1'")
        track(page, "A")
        assert edge.event("A")["context"]["dropped"] == 1
        assert edge.names() == ["A"]
        page.wait_for_function("localStorage['hw_dropped|demo'] === '0'")

    def test_a_pause_the_server_asks_for_is_kept_also_by_other_tabs(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        edge.answers.append((429, {"Retry_After": "3600"}))
        ready(page, edge.page())
        edge.wait(lambda: len(edge.batches) == 1)
        page.wait_for_function(PAUSED)
        other = context.new_page()
        ready(other, edge.page())
        track(other, "B")
        page.evaluate(ONLINE)
        other.wait_for_timeout(1500)
        assert len(edge.batches) == 1
        other.evaluate("localStorage['hw_wait|demo'] = Date.now() + 7200000")  # a clock that was set back
        track(other, "C")
        other.evaluate(ONLINE)
        once(edge, "B", "C")

    @pytest.mark.parametrize("told", ["document hidden", "window pagehide"])
    def test_a_page_that_is_hidden_or_left_sends_at_once(
        self, context: BrowserContext, page: Page, edge: FakeEdge, told: str
    ) -> None:
        context.add_init_script(WITHOUT_TIMERS)
        ready(page, edge.page())
        page.evaluate(HIDE if told == "document hidden" else "window.dispatchEvent(new Event('pagehide'))")
        once(edge, "page")

    def test_a_page_closed_right_after_a_call_has_told_it(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        context.add_init_script(WITHOUT_TIMERS)
        ready(page, edge.page())
        track(page, "A")
        page.goto(edge.page(path="/next", attributes='data-page="manual"'))
        edge.wait(lambda: len(edge.ids("A")) == 1)

    def test_what_a_closed_page_could_not_tell_the_next_one_tells(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        edge.answers.append(HANG)
        ready(page, edge.page())
        edge.wait(lambda: len(edge.batches) == 1)
        track(page, "A", "B")
        page.wait_for_timeout(1500)
        assert len(edge.batches) == 1, "one request at a time"
        context.set_offline(True)
        page.close()
        context.set_offline(False)
        page = context.new_page()
        ready(page, edge.page())
        once(edge, "A", "B")
        page.wait_for_function("!Object.keys(localStorage).some(name => name.startsWith('hw_q'))")

    @pytest.mark.parametrize("locks", [True, False], ids=["with Web Locks", "without"])
    def test_what_a_tab_that_is_gone_left_another_tells(
        self, context: BrowserContext, page: Page, edge: FakeEdge, locks: bool
    ) -> None:
        if not locks:
            context.add_init_script(WITHOUT_LOCKS)
        address = edge.page(attributes='data-page="manual"')
        ready(page, address)
        edge.answers.append((503, {"Retry_After": "3600"}))
        track(page, "A")
        page.wait_for_function(PAUSED)
        other = context.new_page()
        ready(other, address)
        other.evaluate("localStorage.removeItem('hw_wait|demo')")
        other.wait_for_timeout(1500)
        assert len(edge.batches) == 1, "the first tab is there: its events are its own"
        page.close()
        if not locks:  # nobody waits for a lease: the next page looks
            ready(other, address)
        once(edge, "A")

    def test_offline_waits_for_online(self, context: BrowserContext, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        once(edge, "page")
        context.set_offline(True)
        track(page, "A", "B")
        page.wait_for_timeout(1500)
        assert len(edge.batches) == 1
        context.set_offline(False)
        once(edge, "A", "B")

    def test_a_network_that_comes_back_ends_the_pause_it_caused(self, page: Page, edge: FakeEdge) -> None:
        page.route("**/v1/batch", lambda route: route.abort())
        ready(page, edge.page())
        page.wait_for_function("localStorage['hw_wait|demo']")
        page.evaluate("localStorage['hw_wait|demo'] = Date.now() + 3500000")
        page.unroute("**/v1/batch")
        page.evaluate(ONLINE)
        once(edge, "page")

    @pytest.mark.parametrize("locks", [True, False], ids=["with Web Locks", "without"])
    def test_tabs_neither_send_twice_nor_lose(
        self, context: BrowserContext, edge: FakeEdge, locks: bool
    ) -> None:
        if not locks:
            context.add_init_script(WITHOUT_LOCKS)
        address = edge.page(attributes='data-page="manual"')
        tabs = [context.new_page() for _ in range(3)]
        for tab in tabs:
            ready(tab, address)
        edge.answers.extend([503, 200, DROP, DROP])
        names = [f"{place}.{number}" for number in range(8) for place in range(3)]
        for name in names:
            track(tabs[int(name[0])], name)
        once(edge, *names)
        tabs[0].wait_for_timeout(1500)
        once(edge, *names)
        assert waiting(tabs[0]) == 0

    def test_a_tab_with_nothing_to_send_holds_no_lock_so_that_the_browser_may_keep_its_page(
        self, page: Page, edge: FakeEdge
    ) -> None:
        edge.answers.append(503)
        ready(page, edge.page())
        held = "navigator.locks.query().then(all => all.held.length)"
        assert page.evaluate(held) == 1
        once(edge, "page")
        page.wait_for_timeout(1500)
        assert page.evaluate(held) == 0

    def test_the_queue_is_bounded_and_says_how_many_it_dropped(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        ready(page, edge.page(attributes='data-page="manual"'))
        context.set_offline(True)
        track(page, *[f"E{number:03}" for number in range(130)])
        assert waiting(page) == 100
        context.set_offline(False)
        edge.wait(lambda: len(edge.taken) == 100)
        assert edge.names() == [f"E{number:03}" for number in range(30, 130)]
        assert edge.taken[0]["context"]["dropped"] == 30
        assert sum(event["context"].get("dropped", 0) for event in edge.taken) == 30

    def test_the_queue_is_bounded_in_size(self, context: BrowserContext, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page(attributes='data-page="manual"'))
        context.set_offline(True)
        page.evaluate("for (let n = 0; n < 10; n++) hw.track('E' + n, {text: 'x'.repeat(30000)})")
        assert waiting(page) == 6
        context.set_offline(False)
        once(edge, "E4", "E9")
        assert len(edge.batches) > 1, "no request is longer than what outlives a page"

    def test_a_browser_without_storage_is_served_as_well(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        for kind in ("localStorage", "sessionStorage"):
            context.add_init_script(
                f"Object.defineProperty(window, '{kind}', {{get() {{ throw new Error('no') }}}})"
            )
        edge.answers.append(503)
        ready(page, edge.page())
        track(page, "A")
        once(edge, "page", "A")

    def test_a_storage_that_is_full_drops_the_oldest(
        self, context: BrowserContext, page: Page, edge: FakeEdge
    ) -> None:
        ready(page, edge.page(attributes='data-page="manual"'))
        once_full = (
            "localStorage.rest = 'x'.repeat(5 * 1024 * 1024 - JSON.stringify(localStorage).length - 12000)"
        )
        page.evaluate(once_full)
        context.set_offline(True)
        page.evaluate("for (let n = 0; n < 10; n++) hw.track('E' + n, {text: 'x'.repeat(3000)})")
        kept = waiting(page)
        assert 0 < kept < 10
        context.set_offline(False)
        once(edge, "E9")
        assert len(edge.taken) == kept
