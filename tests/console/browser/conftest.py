"""A console that really runs, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.conftest import free_port
from tests.console.asking import Asking

from headwater.access.roles import Caller, Role

SECONDS_TO_START = 60


@dataclass(frozen=True)
class Running:
    """A console that is up. `asking`: its sessions, and its desk in this process."""

    root: Path
    port: int
    asking: Asking
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cookie(self, role: Role) -> Any:
        """A session of a role, as its browser has it."""
        return {"name": f"headwater_{self.port}", "value": self.session(role), "url": self.url}

    def session(self, role: Role) -> str:
        """The id of a session of a role."""
        return self.asking.sessions.begin(Caller(f"the_{role}", role, role.actions))


@pytest.fixture(scope="session")
def console(shop: Path, asking: Asking, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with up(shop, asking, tmp_path_factory.mktemp("console") / "told.txt") as running:
        yield running


@contextmanager
def up(root: Path, asking: Asking, log: Path, port: int | None = None) -> Iterator[Running]:
    """A console of a project until the block ends, and then the certainty that nothing failed in it."""
    port = port or free_port()
    with log.open("ab") as told:
        process = start(root, port, told)
        try:
            wait_for(f"http://127.0.0.1:{port}/sign-in", process, log)
            yield Running(root, port, asking, process)
        finally:
            process.terminate()
            process.wait(10)
    assert "Traceback" not in log.read_text()
    assert "failed:" not in log.read_text()


def start(root: Path, port: int, told: IO[bytes]) -> subprocess.Popen[bytes]:
    """As `headwater.console.run` does it, but without giving way: beside other tests it would hardly come to anything."""
    code = (
        f"from pathlib import Path; from headwater.console.run import run; run(Path({str(root)!r}), {port})"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=told, stderr=told)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a console answers, or fail with what it said."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(f"the console does not come: {log.read_text()[-2000:]}")


@pytest.fixture(
    scope="module"
)  # no longer: while it runs, no other test of the thread can have an event loop
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium; on Debian or Ubuntu: apt-get install chromium")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, and what it did that it must not. `foreign`: requests to another host."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda asked: self._note(asked.url))

    def open(self, path: str) -> Page:
        """Go to an address and wait until it has said what it has to say."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector(".page h1, .refusal, .entry-panel")
        return self.page

    def _note(self, url: str) -> None:
        own = (self.url, self.url.replace("http", "ws"), "data:", "blob:")
        if not url.startswith(own):
            self.foreign.append(url)


Opening = Callable[..., Watched]


@pytest.fixture
def opening(browser: Browser, console: Running) -> Iterator[Opening]:
    """Opens a window for somebody of a role; None: for nobody who is signed in."""
    contexts: list[BrowserContext] = []

    def opened(role: Role | None = Role.ADMIN, *, width: int = 1280, scheme: str = "light") -> Watched:
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(15_000)
        if role is not None:
            cookie = {"name": f"headwater_{console.port}", "value": console.session(role), "url": console.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        return Watched(context.new_page(), console.url)

    yield opened
    for each in contexts:
        each.close()
