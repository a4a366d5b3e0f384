"""`headwater serve` on a project of its own, as tests start, kill and stop it: real processes on free ports of this machine.

Every process that is started carries a mark in its environment; what has it is ended at the end, whoever its parent is then.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from headwater.serve.metrics import in_memory

KEY, APP_KEY = "website-1", "app-1"  # of the two collectors of every project here
SECONDS = 60.0  # for anything to come about; what takes longer has failed
PORTS = ("edge_port", "health_port", "api_port", "console_port")
_MARK = "SERVED_IN_TEST"
_MODULES = {
    "edge": "headwater.edge.run",
    "stream": "headwater.serve.stream_process",
    "core": "headwater.serve.core_process",
    "api": "headwater.api.run",
    "console": "headwater.console.run",
}


def make_project(root: Path, files: Mapping[str, str] | None = None) -> Path:
    """A project with two collectors, and what else is given: path to text."""
    written = {
        "headwater.yaml": "project: shop\ntime_zone: UTC\nsettings:\n  threads: 1\n",
        "collectors/website.yaml": f"keys: [{KEY}]\n",
        "collectors/app.yaml": f"keys: [{APP_KEY}]\n",
        **(files or {}),
    }
    for name, text in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def until(is_so: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Wait for something to come about."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come about that {what}"
        time.sleep(0.02)


class Serving:
    """A project that is served.

    Attributes:
        url: of the edge.
        settings: further ones, by name.
        process: what was started last.
    """

    def __init__(
        self, root: Path, *, told: Path | None = None, with_console: bool = False, **settings: object
    ) -> None:
        self.root = root
        self.edge_port, self.health_port, self.api_port = free_port(), free_port(), free_port()
        self.console_port = free_port() if with_console else 0
        self.url = f"http://127.0.0.1:{self.edge_port}"
        self.settings = {"seal_seconds": 1, "refresh_minutes": 1000, **settings}
        self.process: subprocess.Popen[bytes] | None = None
        self._mark = uuid.uuid4().hex
        self._told = told or root.parent / f"{root.name}-told.txt"
        self._told.touch()

    def __enter__(self) -> Serving:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_all()

    # Starting and ending

    def start(self, *, and_wait: bool = True) -> None:
        """Start it; by itself it waits until all is well."""
        command = [
            sys.executable,
            "-m",
            "headwater.cli.main",
            "serve",
            "--project",
            str(self.root),
        ]
        with self._told.open("ab") as told:
            self.process = subprocess.Popen(
                command, env=self._environment(), stdout=told, stderr=told, start_new_session=True
            )
        if and_wait:
            self.wait_until_well()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end; gives its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until what was started last has ended; gives its exit code."""
        assert self.process is not None
        return self.process.wait(SECONDS)

    def kill_all(self) -> None:
        """Kill every process of it, and all that they have started."""
        for number in self._marked():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
        until(lambda: not self._marked(), "all its processes are gone")
        shutil.rmtree(in_memory(self.root.resolve()), ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        ports = {name: getattr(self, name) for name in PORTS}
        given = {**ports, **self.settings}
        said = {f"HEADWATER_{name.upper()}": str(value) for name, value in given.items()}
        return {**os.environ, "PYTHONFAULTHANDLER": "1", _MARK: self._mark, **said}

    # How it is

    @property
    def told(self) -> str:
        """All that it said so far."""
        return self._told.read_text(errors="replace")

    def wait_until_well(self) -> None:
        """Wait until all parts run and the edge answers."""
        until(self._is_well, f"it is well; it said: {self.told[-3000:]}")

    def health(self) -> tuple[int, dict[str, str]]:
        """The status and what it says of each part; (0, {}): nobody answers."""
        status, body = self.get(f"http://127.0.0.1:{self.health_port}/health")
        return status, json.loads(body) if status else {}

    def get(self, url: str) -> tuple[int, bytes]:
        """The status and body of an answer; (0, b""): there is none."""
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError:
            return 0, b""

    def _is_well(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"it ended: {self.told[-3000:]}"
        return self.health()[0] == 200 and self.get(f"{self.url}/")[0] == 404

    # Its processes

    def pids(self) -> dict[str, list[int]]:
        """The processes of each part, of the API two.

        `worker`: those of the edge that take requests, `supervisor`: the one that was started.
        """
        names = ("supervisor", "edge", "worker", "stream", "core", "api", "console")
        found: dict[str, list[int]] = {name: [] for name in names}
        for number in self._marked():
            name = self._part(number)
            if name == "edge" and self._part(_parent(number)) == "edge":
                name = "worker"
            if name:
                found[name].append(number)
        return found

    def _part(self, number: int) -> str:
        words = _read(number, "cmdline").decode().split("\0")
        if "serve" in words and "headwater.cli.main" in words:
            return "supervisor"
        return next((name for name, module in _MODULES.items() if module in words), "")

    def _marked(self) -> list[int]:
        mark = f"{_MARK}={self._mark}".encode()
        numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
        return [number for number in numbers if mark in _read(number, "environ").split(b"\0")]


def _read(number: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{number}/{name}").read_bytes()
    except OSError:
        return b""


def _parent(number: int) -> int:
    fields = _read(number, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0
