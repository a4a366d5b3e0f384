"""A newcomer's path in a real browser: see numbers, write an audience of three conditions, send it to files, see it delivered."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.console.asking import Asking
from tests.console.browser.conftest import Running, Watched, up
from tests.console.conftest import made

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]
SECONDS = 90_000
NAME = "berlin_again"
SIZE = ".builder-live .figure .value"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A console of its own: an audience and a destination are made there, and a run is begun."""
    folder = tmp_path_factory.mktemp("newcomer")
    asking = Asking(made(folder / "shop"))
    with up(asking.desk.root, asking, folder / "told.txt") as running:
        yield running
    asking.close()


def test_a_newcomer_builds_an_audience_and_sees_it_delivered(browser: Browser, place: Running) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SECONDS)
    context.add_cookies([place.cookie(Role.ADMIN)])
    watched = Watched(context.new_page(), place.url)
    page = watched.open("/")
    assert figure(page, "Profiles") > 0
    assert figure(page, "Events") > 0

    size = _write_an_audience(page)
    folder = _send_it_to_files(page, place)

    page.click("#side a[href='/']")
    page.click("button:text-is('Run now …')")
    expect(page.get_by_role("alertdialog")).to_contain_text("who entered and left: agency")
    page.click("button:text-is('Run now')")
    expect(page.locator(".said.good")).to_contain_text("Done:", timeout=SECONDS)
    expect(page.locator(".panel:has(h2:text-is('Deliveries'))")).to_contain_text("agency")

    page.click("#side a[href='/destinations']")
    page.click("main a[href='/destinations/agency']")
    page.wait_for_selector("h1:text-is('agency')")
    expect(page.locator("#main")).to_contain_text(NAME)
    (file,) = folder.glob("*.csv")
    assert 0 < len(list(csv.DictReader(file.read_text().splitlines()))) <= size
    assert watched.errors == []
    context.close()


def figure(page: Page, label: str) -> int:
    """The number of a figure of Home."""
    told = page.locator(f".figure:has(:text-is('{label}')) .value").first.inner_text()
    return int(told.replace(",", ""))


def _write_an_audience(page: Page) -> int:
    """Three conditions, one of them a sequence, by hand; gives how many people they leave, as it was shown."""
    page.click("#side a[href='/audiences']")
    page.click("text=New audience")
    page.wait_for_selector(SIZE)
    page.fill("input[placeholder='tea_lovers']", NAME)
    everybody = _size(page)
    page.select_option("select[aria-label='Add a condition']", "trait")
    _choose(page, page.locator(".condition input[aria-label='trait']").last, "ci", "city")
    page.locator(".condition input[aria-label='equals']").last.fill("Berlin")
    page.wait_for_selector(".builder-live .rule-words:has-text('Berlin')")
    page.select_option("select[aria-label='Add a condition']", "sequence")
    for step in range(2):
        _choose(page, page.locator(".step input[aria-label='did']").nth(step), "pur", "purchase")
    page.wait_for_selector(".builder-live .rule-words:has-text('then purchase')")
    size = _size(page)
    assert 0 < size < everybody
    page.click("text=See what changes")
    page.wait_for_selector(".diff-added:has-text('sequence')")
    page.click("text=Save these changes")
    page.click(f"text=Open {NAME}")
    page.wait_for_selector(f"h1:text-is('{NAME}')")
    return size


def _send_it_to_files(page: Page, place: Running) -> Path:
    """A destination of files, set up by its form; gives the folder that files will be in."""
    page.click("#side a[href='/destinations']")
    page.click("main a[href='/destinations?new=csv_file']")
    page.fill("label:has-text('Name') input", "agency")
    page.select_option("label:has-text('email') >> nth=0 >> select", "sha256_hex")
    page.fill("label:has-text('folder') input", "for_the_agency")
    page.select_option("label:has-text('urpose') select", "newsletter")
    page.check(f"label.tick:has-text('{NAME}') input")
    page.click("button:text-is('Look at the file')")
    page.wait_for_selector(".diff-added:has-text('kind: csv_file')")
    page.click("button:text-is('Write it')")
    page.click("main a[href='/destinations/agency']")
    page.wait_for_selector("h1:text-is('agency')")
    return place.root / "for_the_agency"


def _size(page: Page) -> int:
    expect(page.locator(SIZE)).to_have_text(re.compile(r"^[\d,]+$"))
    return int(page.inner_text(SIZE).replace(",", ""))


def _choose(page: Page, field: Locator, typed: str, name: str) -> None:
    """Type the beginning of a name, and take what is offered."""
    field.fill("")
    field.press_sequentially(typed, delay=20)
    page.wait_for_function(
        f"document.querySelector('#offers:not([hidden]) [role=option]')?.dataset.value === '{name}'"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value(name)
