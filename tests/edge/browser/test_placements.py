"""Personalised content comes without flicker and without moving the page, or not at all; what is seen is told."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.edge.browser.fake_edge import FakeEdge
from tests.edge.browser.visit import ready, track

pytestmark = [pytest.mark.server, pytest.mark.slow]

STYLE = (
    "<style>[data-hw-placement]:not([data-hw-shown]){visibility:hidden;animation:hw .5s step-end forwards}"
    "@keyframes hw{to{visibility:visible}} body{margin:0} #hero{display:flow-root;min-height:200px}</style>"
)
HERO = '<div id="hero" data-hw-placement="hero"><h1>Fallback</h1></div><p>What follows</p>'
# Which text of the placement was visible in any frame, and how much anything moved.
FRAMES = """
window.seen = []; window.moved = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => moved += entry.value))
    .observe({type: 'layout-shift', buffered: true});
const look = () => {
    const hero = document.getElementById('hero');
    if (hero && getComputedStyle(hero).visibility === 'visible' && seen.at(-1) !== hero.innerText) seen.push(hero.innerText);
    requestAnimationFrame(look);
};
look();
"""
INSERT_TAG = """() => {
    const tag = Object.assign(document.createElement('script'), {src: '/hw.js'});
    tag.dataset.key = 'demo';
    document.head.append(tag);
}"""
EXPOSURE = {"placement": "hero", "variant": "b", "decision_id": "d1"}
SHOWN = "document.getElementById('hero').dataset.hwShown"


def hero(content: object = None, **fields: object) -> dict[str, object]:
    return {"hero": {"variant": "b", "decision_id": "d1", "fallback": False, "content": content, **fields}}


@pytest.fixture
def frames(context: BrowserContext) -> None:
    context.add_init_script(FRAMES)


def settled(page: Page, variant: str) -> tuple[list[str], float]:
    """What was seen, and how much moved, once the placement shows this variant."""
    page.wait_for_function(f"{SHOWN} === '{variant}'")
    page.wait_for_timeout(400)
    found: tuple[list[str], float] = tuple(page.evaluate("[seen, moved]"))
    return found


@pytest.mark.usefixtures("frames")
class TestContent:
    @pytest.mark.parametrize(
        ("content", "text"),
        [({"html": "<h2>For <b>you</b></h2>"}, "For you"), ({"text": "<b>5 & 6</b>"}, "<b>5 & 6</b>")],
        ids=["html", "text"],
    )
    def test_it_is_all_that_is_ever_seen_and_moves_nothing(
        self, page: Page, edge: FakeEdge, content: dict[str, str], text: str
    ) -> None:
        edge.decisions, edge.decide_after = hero(content), 0.15
        ready(page, edge.page(HERO, head=STYLE))
        assert settled(page, "b") == ([text], 0)
        assert edge.asked == [
            {
                "writeKey": "demo",
                "anonymousId": page.evaluate("hw.anonymousId()"),
                "userId": None,
                "placements": ["hero"],
                "url": edge.url + "/",
            }
        ]

    def test_a_placement_with_no_reserved_height_keeps_that_of_its_fallback(
        self, page: Page, edge: FakeEdge
    ) -> None:
        edge.decisions, edge.decide_after = hero({"text": "Low"}), 0.15
        ready(page, edge.page(HERO, head=STYLE.replace("min-height:200px", "")))
        assert settled(page, "b") == (["Low"], 0)

    def test_what_comes_too_late_is_left_out(self, page: Page, edge: FakeEdge) -> None:
        edge.decisions, edge.decide_after = hero({"text": "Late"}), 1.2
        ready(page, edge.page(HERO, head=STYLE))
        page.wait_for_timeout(1500)
        assert settled(page, "fallback") == (["Fallback"], 0)

    def test_what_comes_after_the_style_has_shown_the_fallback_is_left_out(
        self, page: Page, edge: FakeEdge
    ) -> None:
        edge.decisions, edge.decide_after = hero({"text": "Late"}), 0.9
        ready(page, edge.page(HERO, head=STYLE, attributes='data-decide-timeout="5000"'))
        assert settled(page, "fallback") == (["Fallback"], 0)

    def test_without_the_tag_the_fallback_shows_all_the_same(self, page: Page, edge: FakeEdge) -> None:
        edge.page(HERO, head=STYLE)
        page.route("**/hw.js", lambda route: route.abort())
        page.goto(edge.url)
        page.wait_for_function("seen.length")
        assert page.evaluate("[seen, moved]") == [["Fallback"], 0]

    @pytest.mark.parametrize("style", [STYLE, ""], ids=["with the style", "without"])
    def test_a_tag_that_comes_too_late_changes_nothing(self, page: Page, edge: FakeEdge, style: str) -> None:
        edge.decisions = hero({"text": "Late"})
        edge.page(HERO, head=style)
        edge.pages["/"] = edge.pages["/"].replace("/hw.js", "/none.js")
        page.goto(edge.url)
        page.wait_for_function("seen.length && performance.getEntriesByType('paint').length")
        page.evaluate(INSERT_TAG)
        assert settled(page, "fallback") == (["Fallback"], 0)
        assert edge.asked == []

    @pytest.mark.parametrize(
        "decision",
        [{}, hero({"text": "No"}, fallback=True), hero({"price": 3}), hero(None)],
        ids=["none", "fallback", "JSON", "empty"],
    )
    def test_the_fallback_shows_where_there_is_nothing_else(
        self, page: Page, edge: FakeEdge, decision: dict[str, object]
    ) -> None:
        edge.decisions = decision
        ready(page, edge.page(HERO, head=STYLE))
        assert settled(page, "b" if decision else "fallback") == (["Fallback"], 0)

    def test_scripts_in_content_do_not_run(self, page: Page, edge: FakeEdge) -> None:
        edge.decisions = hero({"html": "<b>Ok</b><script>window.ran = true</script>"})
        ready(page, edge.page(HERO, head=STYLE))
        settled(page, "b")
        assert page.evaluate("window.ran") is None

    def test_it_works_under_a_strict_content_security_policy(self, page: Page, edge: FakeEdge) -> None:
        edge.decisions = hero({"text": "New"})
        policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'"
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        edge.page(head=f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
        edge.pages["/"] = edge.pages["/"].replace("<script>window.hw = window.hw || [];</script>", "")
        page.goto(edge.url)
        page.evaluate("html => { document.body.innerHTML = html; hw.decide() }", HERO)
        page.wait_for_selector("#hero[data-hw-shown=b]")  # the other ways to wait are refused by the policy
        assert page.inner_text("#hero") == "New"
        assert edge.event("page")
        assert [text for text in refused if "favicon" not in text] == []


class TestCalls:
    def test_pages_that_draw_themselves_get_the_decision(self, page: Page, edge: FakeEdge) -> None:
        listen = (
            "<script>document.addEventListener('hw:decided', e => window.told = e.detail.decisions)</script>"
        )
        edge.decisions = hero({"price": 3})
        ready(page, edge.page(HERO, head=STYLE + listen))
        page.wait_for_function("window.told")
        assert page.evaluate("told") == edge.decisions
        assert page.evaluate("hw.decide('offer')") == edge.decisions
        assert edge.asked[-1]["placements"] == ["offer"]

    def test_a_placement_added_later_is_filled_on_request(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page(head=STYLE))
        edge.decisions = hero({"text": "New"})
        page.evaluate(f"document.body.innerHTML = `{HERO}`; hw.decide(['hero'])")
        page.wait_for_function(f"{SHOWN} === 'b'")
        assert page.inner_text("#hero") == "New"

    def test_a_page_without_placements_asks_nothing(self, page: Page, edge: FakeEdge) -> None:
        ready(page, edge.page())
        assert edge.event("page")
        assert edge.asked == []


class TestExposure:
    @pytest.mark.parametrize("fallback", [False, True], ids=["content", "the fallback as decided"])
    def test_what_was_seen_for_a_second_is_told_once(
        self, page: Page, edge: FakeEdge, fallback: bool
    ) -> None:
        edge.decisions = hero({"text": "New"}, fallback=fallback)
        ready(page, edge.page(HERO, head=STYLE))
        assert edge.event("Placement Shown")["properties"] == EXPOSURE
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(1500)
        assert edge.names().count("Placement Shown") == 1

    def test_what_is_out_of_view_is_told_when_it_comes_into_view(self, page: Page, edge: FakeEdge) -> None:
        edge.decisions = hero({"text": "New"})
        ready(page, edge.page(f'<div style="height:3000px"></div>{HERO}', head=STYLE))
        page.wait_for_function(f"{SHOWN} === 'b'")
        page.wait_for_timeout(1500)
        track(page, "Before")
        edge.event("Before")
        assert "Placement Shown" not in edge.names()
        page.evaluate("document.getElementById('hero').scrollIntoView()")
        assert edge.event("Placement Shown")["properties"] == EXPOSURE

    def test_a_late_decision_is_no_exposure(self, page: Page, edge: FakeEdge) -> None:
        edge.decisions, edge.decide_after = hero({"text": "Late"}), 0.8
        ready(page, edge.page(HERO, head=STYLE))
        page.wait_for_timeout(2500)
        track(page, "End")
        edge.event("End")
        assert "Placement Shown" not in edge.names()
