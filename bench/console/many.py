"""How long pages take of a project with very many things: 5,000 audiences in folders, and 10,000 names of events.

    python -m bench.console.many --write
    python -m bench.console.many --audiences 200 --names 500      to see that it runs

The demonstration's shop, whose collector takes in events that no plan names. It is served while a real Chromium on the same
machine, whose own work is part of every figure, opens each page; first when nothing of it is in memory, and then again and again.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from bench import page as written
from bench.console.place import EDGE, HEADWATER, Place, chromium, flags, new_shop, served
from headwater.core.project import open_project
from headwater.tables.workspace import read

AIM = 0.3
FOLDERS, AT_ONCE = 50, 100
SECONDS_TO_TAKE_IN = 120.0
READY = ".builder-live .rule-words"
PAGES = {
    "the list of audiences": ("/audiences", "tbody tr"),
    "one of them": ("/audiences/many_77", ".panel"),
    "changing it": ("/audiences/many_77/edit", READY),
    "a new one": ("/new-audience", READY),
    "the dictionary": ("/dictionary", ".panel"),
    "Home": ("/", ".panel"),
}


def main() -> None:
    """Measure, and write the page if that is wanted."""
    parser = argparse.ArgumentParser(description="Measure pages of very many things.")
    parser.add_argument("--audiences", type=int, default=5_000)
    parser.add_argument("--names", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        root = new_shop(Path(folder))
        make(root, given.audiences)
        subprocess.run([*HEADWATER, "run", "--project", str(root)], check=True, stdout=subprocess.DEVNULL)
        with served(root) as place:
            send(given.names)
            wait_for(given.names, root)
            rows = measured(place, given.rounds, given.audiences)
    head = (
        f"{given.audiences:,} audiences, {given.names:,} names of events",
        "first",
        "again: median",
        "aim",
    )
    text = f"{written.machine('nicegui', 'duckdb')}\n\n{written.table(head, rows)}"
    print(text)
    if given.write:
        written.write("console many", text)


def make(root: Path, n_audiences: int) -> None:
    """Audiences of two conditions each, and a collector that lets every event pass."""
    collector = root / "collectors" / "website.yaml"
    collector.write_text(collector.read_text().replace("plan: quarantine", "plan: observe"))
    for number in range(n_audiences):
        folder = root / "audiences" / f"team_{number % FOLDERS}"
        folder.mkdir(exist_ok=True)
        (folder / f"many_{number}.yaml").write_text(
            f"description: Number {number}\nrule:\n  all:\n"
            f"    - {{did: page, at_least: {1 + number % 5}, within: {{last: {1 + number % 300} days}}}}\n"
            f"    - {{sample: {1 + number % 90}%, salt: s{number}}}\n"
        )


def send(n_names: int) -> None:
    """Events, each of a name of its own."""
    with httpx.Client(base_url=EDGE, timeout=30.0) as client:
        for first in range(0, n_names, AT_ONCE):
            batch = [_event(number) for number in range(first, min(n_names, first + AT_ONCE))]
            client.post("/v1/batch", json={"writeKey": "demo", "batch": batch}).raise_for_status()


def wait_for(n_names: int, root: Path) -> None:
    """Wait until they are in the tables.

    Raises:
        SystemExit: they do not come.
    """
    until = time.monotonic() + SECONDS_TO_TAKE_IN
    while time.monotonic() < until:
        with read(open_project(root)) as workspace:
            (found,) = workspace.engine.table("SELECT count(DISTINCT event) AS n FROM events").to_pylist()
        if found["n"] >= n_names:
            return
        time.sleep(2)
    raise SystemExit(f"only {found['n']:,} names of events were taken in")


def _event(number: int) -> dict[str, object]:
    return {
        "type": "track",
        "messageId": f"many-{number}",
        "anonymousId": f"visitor-{number % 200}",
        "event": f"Event number {number}",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"price": number % 100},
    }


def measured(place: Place, rounds: int, n_audiences: int) -> list[tuple[str, str, str, str]]:
    """Rows of the table."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags())
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(60_000)
        context.add_cookies([place.cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(place.url + "/settings")
        page.wait_for_function("window.did_handshake")
        page.wait_for_selector(".page h1")
        seconds: dict[str, list[float]] = {}
        for _ in range(rounds + 1):
            for what, (address, ready) in PAGES.items():
                seconds.setdefault(what, []).append(_opened(page, address, ready))
        for number in range(rounds + 1):
            for what, does in (("typing in the list's filter", _filtered), ("what a field offers", _offered)):
                seconds.setdefault(what, []).append(does(page, (number * 997) % n_audiences))
        browser.close()
    return [
        (what, f"{first:.2f} s", f"{statistics.median(again):.2f} s", f"{AIM:g} s")
        for what, (first, *again) in seconds.items()
    ]


def _opened(page: Page, address: str, ready: str) -> float:
    """From a click on a link until the page has said what it has to say."""
    page.evaluate("document.querySelector('.page h1').dataset.old = 'yes'")
    return _until(page, lambda: page.evaluate(_FOLLOW, address), f".page:not(:has([data-old])) {ready}")


_FOLLOW = """(address) => {
    const link = document.createElement("a");
    link.href = address;
    document.body.append(link);
    link.click();
    link.remove();
}"""


def _filtered(page: Page, number: int) -> float:
    _opened(page, "/audiences", "tbody tr")
    wanted = f"#main tbody tr:only-child a[href='/audiences/many_{number}']"
    return _until(page, lambda: page.fill("#main input[type=search]", f"many_{number} {number}"), wanted)


def _offered(page: Page, number: int) -> float:
    _opened(page, "/new-audience", "input[aria-label='did']")  # what was written the last time is there again
    field = page.locator("input[aria-label='did']")
    field.fill("")
    wanted = f"#offers:not([hidden]) [data-value='Event number {number}']"
    return _until(page, lambda: field.fill(f"event number {number}"), wanted)


def _until(page: Page, does: Callable[[], object], wanted: str) -> float:
    begun = time.monotonic()
    does()
    page.wait_for_selector(wanted)
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
