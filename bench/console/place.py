"""The demonstration's project with its console in front, or a shop that is served while events come in; and a real Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from headwater.access.keys import AccessKeys
from headwater.access.roles import Caller, Role
from headwater.access.sessions import Sessions
from headwater.core.project import open_project
from headwater.core.state import connect_state

PORT = 8793
EDGE = "http://127.0.0.1:8790"
SECONDS_TO_START = 120.0
HEADWATER = (sys.executable, "-m", "headwater.cli.main")


@dataclass(frozen=True)
class Place:
    """A console that is up.

    Attributes:
        root: of its project.
        process_id: its own, also where `serve` started it.
    """

    root: Path
    process_id: int
    url: str = f"http://127.0.0.1:{PORT}"

    @property
    def megabytes(self) -> float:
        """The memory that the console holds."""
        status = Path(f"/proc/{self.process_id}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    @property
    def cookie(self) -> dict[str, str]:
        """The session of an admin, as a browser has it."""
        engine = connect_state(open_project(self.root), "bench")
        caller = Caller("bench", Role.ADMIN, Role.ADMIN.actions)
        session = Sessions(engine, AccessKeys(engine)).begin(caller)
        engine.dispose()
        return {"name": f"headwater_{PORT}", "value": session, "url": self.url}


@contextmanager
def demonstration(folder: Path) -> Iterator[Place]:
    """The year of the demonstration, with its console."""
    root = folder / "journey"
    subprocess.run([*HEADWATER, "demo", str(root), "--no-serve"], check=True, stdout=subprocess.DEVNULL)
    with _started("console", root) as place:
        yield place


@contextmanager
def served_shop(folder: Path) -> Iterator[Place]:
    """The demonstration's shop, served; who wants events sends them to port 8790."""
    with served(new_shop(folder)) as place:
        yield place


def new_shop(folder: Path) -> Path:
    """The demonstration's shop in a folder of its own."""
    root = folder / "shop"
    subprocess.run(
        [*HEADWATER, "init", str(root), "--template", "shop"], check=True, stdout=subprocess.DEVNULL
    )
    return root


@contextmanager
def served(root: Path) -> Iterator[Place]:
    """A project, served; who wants events sends them to port 8790."""
    with _started("serve", root) as place:
        yield place


def chromium() -> str:
    """The browser's program.

    Raises:
        SystemExit: there is none.
    """
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("there is no Chromium; on Debian or Ubuntu: apt-get install chromium")
    return found


def flags() -> list[str]:
    """How Chromium is started."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


@contextmanager
def _started(command: str, root: Path) -> Iterator[Place]:
    ports = {"CONSOLE": PORT, "EDGE": 8790, "HEALTH": 8791, "API": 8792}
    environment = os.environ | {f"HEADWATER_{name}_PORT": str(port) for name, port in ports.items()}
    process = subprocess.Popen(
        [*HEADWATER, command, "--project", str(root)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{PORT}/sign-in", process)
        yield Place(root, _console_of(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def _console_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(
        int(each)
        for each in children
        if b"headwater.console.run" in Path(f"/proc/{each}/cmdline").read_bytes()
    )


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.1)
    raise SystemExit("the console does not come")
