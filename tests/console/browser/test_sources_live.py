"""Events that really come in, seen as they come: through the edge and the stream into a browser, calmly however many they are."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from tests.console.asking import Asking
from tests.console.browser.conftest import Watched
from tests.serve.clients import Client, track
from tests.serve.load import FILES
from tests.serve.running import KEY, Serving, make_project, until

from headwater.access.roles import Caller, Role

pytestmark = [pytest.mark.slow, pytest.mark.server]
SECONDS = 180.0  # the console gives way to everything else on the machine
N_AT_ONCE, N_BURST = 100, 1_500


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/sign-in").status_code == 200
    except httpx.HTTPError:
        return False


def test_events_are_seen_as_they_come(browser: Browser, tmp_path: Path) -> None:
    with Serving(make_project(tmp_path / "shop", FILES), with_console=True) as serving:
        until(lambda: _answers(serving.console_port), "the console answers", SECONDS)
        asking = Asking(serving.root)
        session = asking.sessions.begin(Caller("the_engineer", Role.ENGINEER, Role.ENGINEER.actions))
        url = f"http://127.0.0.1:{serving.console_port}"
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(SECONDS * 1000)
        context.add_cookies([{"name": f"headwater_{serving.console_port}", "value": session, "url": url}])
        watched, client = Watched(context.new_page(), url), Client(serving.edge_port, KEY)
        client.send(track("u1", "view", "m1", category="tea"))
        until(lambda: any((serving.root / "log" / "outcomes").glob("*.log")), "the stream takes it in")
        page = watched.open("/events")
        page.wait_for_selector(".stream-row:has-text('view')")
        client.send(track("u1", "purchase", "m2", revenue=12.5))
        page.wait_for_selector(".stream-row:first-child:has-text('purchase')")
        page.locator(".stream-row", has_text="purchase").first.click()
        page.wait_for_selector(".payload .value-text:text-is('12.5')")
        page.mouse.move(0, 0)
        page.locator("h1").focus()
        for number in range(0, N_BURST, N_AT_ONCE):
            client.send(*(track("u2", "view", f"b{number + each}") for each in range(N_AT_ONCE)))
        page.wait_for_function(
            f"document.querySelector('#main').innerText.includes('{N_BURST + 1:,} came since')"
        )
        assert page.locator(".stream-row").count() == 20
        assert "of them passed over" in page.locator("#main").inner_text()
        assert watched.errors == []
        client.close()
        context.close()
        asking.close()
        assert serving.stop() == 0
