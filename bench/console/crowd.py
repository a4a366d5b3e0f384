"""Twenty people at once: how long a page takes to switch while events come in, and whether the console's memory stays as it is.

    python -m bench.console.crowd --write

The demonstration's shop is served, and takes in events all the while. Each person has a window of a real Chromium on the same
two cores, whose own work is part of every figure: some watch the live stream of events, the others go from page to page, thinking
for a few seconds in between. Memory is that of the console's process, seen every half minute.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page, async_playwright

from bench import page as written
from bench.console.place import EDGE, Place, chromium, flags, served_shop
from headwater.console.drawn.page import pages

AIM = 1.0
STREAM = "/events"
THINKING = (2.0, 6.0)  # seconds between two pages
LOOK_SECONDS = 30.0


@dataclass
class Seen:
    """What was seen: seconds of each switch, and megabytes over time."""

    switches: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def main() -> None:
    """Measure, and write the page if that is wanted."""
    parser = argparse.ArgumentParser(description="Measure the console with many people in front of it.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--watching", type=int, default=5, help="of them, how many watch the live stream")
    parser.add_argument("--rate", type=float, default=20.0, help="events a second")
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder, served_shop(Path(folder)) as place:
        seen = asyncio.run(_watched(place, given.minutes, given.people, given.watching, given.rate))
    text = told(seen, given)
    print(text)
    if given.write:
        written.write("console crowd", text)


def told(seen: Seen, given: argparse.Namespace) -> str:
    """The table of it."""
    ordered = sorted(seen.switches)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    half = len(seen.megabytes) // 2
    early, late = statistics.median(seen.megabytes[1:half]), statistics.median(seen.megabytes[half:])
    rows = [
        ("page switch, median", f"{statistics.median(ordered):.2f} s", ""),
        ("page switch, p95", f"{p95:.2f} s", f"{AIM:g} s"),
        ("page switches", f"{len(ordered):,}", ""),
        ("memory, first half", f"{early:,.0f} MB", ""),
        ("memory, second half", f"{late:,.0f} MB", "flat"),
        ("memory, most", f"{max(seen.megabytes):,.0f} MB", ""),
    ]
    what = (
        f"{given.people} people, {given.watching} of them at the live stream, {given.rate:g} events a second, "
        f"{given.minutes:g} minutes"
    )
    return f"{written.machine('nicegui', 'duckdb')}\n\n{written.table((what, 'seen', 'aim'), rows)}"


async def _watched(place: Place, minutes: float, n_people: int, n_watching: int, rate: float) -> Seen:
    seen, until = Seen(), time.monotonic() + minutes * 60
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags())
        people = [_person(browser, place, number < n_watching, until, seen) for number in range(n_people)]
        await asyncio.gather(*people, _events(rate, until), _memory(place, until, seen))
        await browser.close()
    return seen


async def _person(browser: Browser, place: Place, is_watching: bool, until: float, seen: Seen) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    await context.add_cookies([place.cookie])  # type: ignore[list-item]
    page = await context.new_page()
    await page.goto(place.url + (STREAM if is_watching else "/"))
    await page.wait_for_function("window.did_handshake")
    chance = random.Random()
    addresses = [each.address for each in pages() if each.is_front]
    here = "/"
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*THINKING))
        if not is_watching:
            here = chance.choice([each for each in addresses if each != here])
            seen.switches.append(await _switch(page, here))
    await context.close()


async def _switch(page: Page, address: str) -> float:
    await page.evaluate("document.querySelector('.page h1').dataset.old = 'yes'")
    begun = time.monotonic()
    await page.click(f'nav a[href="{address}"]')
    await page.wait_for_selector(".page h1:not([data-old])")
    return time.monotonic() - begun


async def _events(rate: float, until: float) -> None:
    """People of the shop, who look at tea."""
    n = 0
    async with httpx.AsyncClient(base_url=EDGE, timeout=30.0) as client:
        while time.monotonic() < until:
            batch = [_event(n + each) for each in range(max(1, int(rate)))]
            n += len(batch)
            with suppress(httpx.HTTPError):
                await client.post("/v1/batch", json={"writeKey": "demo", "batch": batch})
            await asyncio.sleep(1.0)


def _event(number: int) -> dict[str, object]:
    return {
        "type": "track",
        "messageId": f"bench-{number}",
        "anonymousId": f"visitor-{number % 500}",
        "event": "Product Viewed",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"product_id": "chamomile", "category": "tea", "price": 5.4},
    }


async def _memory(place: Place, until: float, seen: Seen) -> None:
    while time.monotonic() < until:
        seen.megabytes.append(place.megabytes)
        await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
