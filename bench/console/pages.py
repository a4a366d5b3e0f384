"""How long pages take on the demonstration's project: loaded for the first time, and switched to from another.

    python -m bench.console.pages --write

A real Chromium on the same machine, whose own work is part of every figure. A first load begins with an empty cache, and ends
when the page says what it has to say; a switch begins with a click in the navigation. The console has answered each page before.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench import page as written
from bench.console.place import Place, chromium, demonstration, flags
from headwater.console.drawn.page import pages

FIRST_AIM, SWITCH_AIM = 1.5, 0.3
SHOWN = ".page h1"


def main() -> None:
    """Measure, and write the page if that is wanted."""
    parser = argparse.ArgumentParser(description="Measure how long pages of the console take.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder,
        demonstration(Path(folder)) as place,
    ):
        text = measured(place, given.rounds)
    print(text)
    if given.write:
        written.write("console pages", text)


def measured(place: Place, rounds: int) -> str:
    """The table of it."""
    fronts = [each for each in pages() if each.is_front]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags())
        for each in fronts:
            _first_load(browser, place, each.address)
        first = [_first_load(browser, place, "/") for _ in range(rounds)]
        switched = _switches(browser, place, [each.address for each in fronts], rounds)
        browser.close()
    rows = [("first load of Home", *_told(first), f"{FIRST_AIM:g} s")]
    rows += [(f"to {each.title}", *_told(switched[each.address]), f"{SWITCH_AIM:g} s") for each in fronts]
    head = ("what", "median", "slowest", "aim")
    return f"{written.machine('nicegui', 'duckdb')}\n\n{written.table(head, rows)}"


def _told(seconds: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(seconds):.2f} s", f"{max(seconds):.2f} s"


def _first_load(browser: Browser, place: Place, address: str) -> float:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([place.cookie])  # type: ignore[list-item]
    page = context.new_page()
    begun = time.monotonic()
    page.goto(place.url + address)
    page.wait_for_selector(SHOWN)
    seconds = time.monotonic() - begun
    context.close()
    return seconds


def _switches(
    browser: Browser, place: Place, addresses: Sequence[str], rounds: int
) -> dict[str, list[float]]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([place.cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(place.url + "/")
    page.wait_for_selector(SHOWN)
    page.wait_for_function("window.did_handshake")
    seconds: dict[str, list[float]] = {each: [] for each in addresses}
    for _ in range(rounds):
        for each in [*addresses[1:], addresses[0]]:
            seconds[each].append(_switch(page, each))
    context.close()
    return seconds


def _switch(page: Page, address: str) -> float:
    """From the click until the other page's title and content stand there."""
    page.evaluate("document.querySelector('.page h1').dataset.old = 'yes'")
    begun = time.monotonic()
    page.click(f'nav a[href="{address}"]')
    page.wait_for_selector(".page h1:not([data-old])")
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
