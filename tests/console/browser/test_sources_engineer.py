"""An engineer's path in a real browser: a refused event seen, inspected, repaired, played again, and found among the events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page
from tests.console.asking import Asking
from tests.console.browser.accessible import faults
from tests.console.browser.conftest import Running, Watched, up
from tests.console.conftest import SCRIPT
from tests.console.live_shop import PRICE, made_live
from tests.flow.alive import Alive, track

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES = (
    "/sources",
    "/sources/website",
    "/events",
    "/events/plan",
    "/events/rejected",
    "/dictionary",
    "/dictionary/event?name=purchase",
)


@dataclass(frozen=True)
class Workshop:
    """A shop that is alive, and its console."""

    alive: Alive
    console: Running


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A console of its own: something is repaired there."""
    folder = tmp_path_factory.mktemp("workshop")
    alive = made_live(folder / "shop")
    asking = Asking(alive.root)
    with up(alive.root, asking, folder / "told.txt") as console:
        yield Workshop(alive, console)
    asking.close()


def _watched(
    browser: Browser, workshop: Workshop, role: Role, *, width: int = 1280, scheme: str = "light"
) -> Watched:
    console = workshop.console
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    context.add_cookies([console.cookie(role)])
    return Watched(context.new_page(), console.url)


def _settled(page: Page) -> Page:
    page.wait_for_function("window.did_handshake")
    return page


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_every_page_is_whole_with_live_events_and_what_is_opened_on_it(
    browser: Browser, workshop: Workshop, width: int, scheme: str
) -> None:
    watched = _watched(browser, workshop, Role.ADMIN, width=width, scheme=scheme)
    for address in PAGES:
        page = _settled(watched.open(address))
        if address == "/events":
            page.locator(".stream-row").nth(3).click()
            page.wait_for_selector(".payload")
        if address == "/events/rejected":
            page.get_by_role("button", name="properties.revenue: is missing").click()
            page.get_by_role("button", name="log, line 1").click()
            page.wait_for_selector(".payload .payload")
        assert page.evaluate(OVERFLOW) <= 0, address
        assert faults(page) == [], address
        assert page.evaluate("window.hacked") is None
    assert (watched.errors, watched.foreign) == ([], [])


def test_what_events_are_called_and_say_is_text(browser: Browser, workshop: Workshop) -> None:
    watched = _watched(browser, workshop, Role.ADMIN)
    page = _settled(watched.open("/events"))
    row = page.locator(".stream-row", has_text="hacked")
    assert row.locator(".stream-name").inner_text() == SCRIPT
    row.click()
    page.wait_for_selector(".payload")
    assert page.locator(".payload .value-text", has_text="hacked").inner_text() == SCRIPT
    assert page.evaluate("window.hacked") is None
    assert watched.errors == []


def test_an_engineer_finds_repairs_and_replays_a_refused_event(browser: Browser, workshop: Workshop) -> None:
    watched = _watched(browser, workshop, Role.ENGINEER)
    page = _settled(watched.open("/"))
    page.get_by_role("link", name="Look at them, and repair").click()
    page.wait_for_selector("h1:text-is('Rejected events')")
    page.get_by_role("button", name="properties.revenue: is missing").click()
    page.get_by_role("button", name="log, line 1").click()
    page.wait_for_selector(".payload .payload")
    told = page.locator(".payload .payload").inner_text()
    assert "properties.paid" in told
    assert PRICE not in told
    page.get_by_role("button", name="Repair events like this").click()
    page.wait_for_function(
        "document.querySelector('.repair textarea').value.includes('event: Order Completed')"
    )
    _add_step(page, "rename", "properties.paid", "properties.revenue")
    _add_step(page, "change", "properties.revenue", "number")
    page.get_by_role("button", name="Count what it would do").click()
    asked = page.get_by_role("alertdialog")
    asked.wait_for()
    assert "1 of 2 refused events would be repaired" in asked.inner_text()
    page.get_by_role("button", name="Repair and play 1 again").click()
    page.wait_for_selector("text=1 events were repaired and are played again")
    page.get_by_role("link", name="Look at the newest events").click()
    page.wait_for_selector(".stream-row")
    n_before = page.locator(".stream-row", has_text="taken").count()
    workshop.alive.take()
    page.wait_for_function(f"document.querySelectorAll('.stream-mark.good').length === {n_before + 1}")
    newest = page.locator(".stream-row").first
    assert newest.locator(".stream-name").inner_text() == "Order Completed"
    newest.click()
    page.wait_for_selector(".payload tr:has(td:text-is('properties.revenue')) .value-text:text-is('17.5')")
    assert watched.errors == []


def _add_step(page: Page, kind: str, path: str, value: str) -> None:
    page.locator(".repair select").select_option(kind)
    page.get_by_label("To this field").fill(path)
    page.get_by_label("With", exact=True).fill(value)
    page.get_by_role("button", name="Add step").click()
    page.wait_for_function(
        "([path, value]) => document.querySelector('.repair textarea').value.includes(`${path}: ${value}`)",
        arg=[path, value],
    )


def test_a_stream_is_filtered_held_and_goes_on(browser: Browser, workshop: Workshop) -> None:
    page = _settled(_watched(browser, workshop, Role.ADMIN).open("/events"))
    page.wait_for_selector(".stream-row")
    page.get_by_label("Filter events").fill("wishlist")
    page.wait_for_function("document.querySelectorAll('.stream-row').length === 1")
    page.get_by_label("Filter events").fill("")
    page.wait_for_function("document.querySelectorAll('.stream-row').length > 1")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_selector("text=paused;")
    n_before = page.locator(".stream-row").count()
    workshop.alive.tell(*(track("Order Completed", order_id=f"p{each}", revenue=1) for each in range(30)))
    workshop.alive.take()
    page.wait_for_selector("text=30 came since you opened this")
    assert page.locator(".stream-row").count() == n_before
    page.get_by_role("button", name="Go on").click()
    page.wait_for_function("document.querySelectorAll('.stream-row').length === 20")
    assert "10 of them passed over" in page.locator("main#main").inner_text()


def test_a_very_long_value_is_cut_and_shown_when_asked_for(browser: Browser, workshop: Workshop) -> None:
    workshop.alive.tell(track("Order Completed", order_id="long", revenue=1, note="y" * 20_000))
    workshop.alive.take()
    page = _settled(_watched(browser, workshop, Role.ADMIN).open("/events"))
    page.locator(".stream-row").first.click()
    shown = page.locator(".payload").get_by_role("button", name=re.compile("Show all 20,000 characters"))
    shown.wait_for()
    assert len(page.locator(".payload .value-text", has_text="yyy").inner_text()) < 400
    shown.click()
    page.wait_for_function("document.querySelector('.payload .whole-text')?.textContent.length === 20000")


def test_who_sees_no_people_sees_names_and_no_way_into_an_event(browser: Browser, workshop: Workshop) -> None:
    page = _settled(_watched(browser, workshop, Role.MARKETER).open("/events"))
    page.wait_for_selector(".stream-row")
    assert page.locator("button.stream-row").count() == 0
    assert faults(page) == []
    page = _settled(_watched(browser, workshop, Role.MARKETER).open("/events/rejected"))
    page.get_by_role("button", name="properties.revenue: is missing").click()
    page.wait_for_selector(".payload")
    assert page.get_by_role("button", name="log, line").count() == 0
    assert page.locator(".repair").count() == 0


def test_the_dictionary_is_found_in_as_somebody_types(browser: Browser, workshop: Workshop) -> None:
    page = _settled(_watched(browser, workshop, Role.ADMIN).open("/dictionary?kind=column"))
    page.get_by_label("Find in the dictionary").fill("rejected_events raw")
    page.wait_for_function("document.querySelectorAll('main tbody tr').length === 1")
    page.wait_for_function("location.search === '?kind=column&q=rejected_events+raw'")
    page.reload()
    page.wait_for_function("document.querySelectorAll('#main tbody tr').length === 1")
    page.get_by_role("link", name="Events", exact=True).click()
    page.get_by_role("link", name="purchase", exact=True).click()
    page.wait_for_selector("h1:text-is('purchase')")
    page.get_by_role("link", name="purchase.category").click()
    page.wait_for_selector("h1:text-is('purchase.category')")
    page.wait_for_selector(".bar-word:text-is('coffee')")
