"""Start the processes of a project, start again what dies, and end all of them together.

Each process is on its own: what the edge acknowledged is on the disk, the stream goes on where its store says, the core's
publications are whole or not there. So any of them may be killed at any moment, and is started again. If this one is killed,
the others end with it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from headwater.core.lifeline import STARTER

SLOWEST = 30.0  # seconds between two starts of a process that keeps dying
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Part:
    """A process: its name, and the module that is run with these arguments."""

    name: str
    module: str
    arguments: tuple[str, ...]


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[bytes]
    started_at: float
    pause: float = 0.5
    dead_since: float | None = None


@dataclass
class Supervisor:
    """Watches over processes.

    Attributes:
        tell: is told in words what happens.
    """

    parts: Sequence[Part]
    tell: Callable[[str], None]
    n_restarts: int = 0
    _running: list[_Running] = field(default_factory=list)
    _is_ending: bool = False

    def run(self) -> None:
        """Start all, and return when told to end and all have ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self._running = [_Running(part, _start(part), time.monotonic()) for part in self.parts]
        try:
            while not self._is_ending:
                for each in self._running:
                    self._watch(each)
                time.sleep(0.1)
        finally:
            self._stop()

    def states(self) -> dict[str, str]:
        """Each process: running, or down."""
        return {
            each.part.name: "running" if each.process.poll() is None else "down" for each in self._running
        }

    def _end(self, *_: object) -> None:
        self._is_ending = True

    def _watch(self, each: _Running) -> None:
        """Start a process that died, after a pause that grows while it keeps dying."""
        code, now = each.process.poll(), time.monotonic()
        if code is None:
            if now - each.started_at > SLOWEST:
                each.pause = 0.5
            return
        if each.dead_since is None:
            each.dead_since = now
            self.tell(f"{each.part.name} ended ({_how(code)}); it is started again")
        if now - each.dead_since >= each.pause:
            each.process, each.started_at, each.dead_since = _start(each.part), now, None
            each.pause = min(each.pause * 2, SLOWEST)
            self.n_restarts += 1

    def _stop(self) -> None:
        """End all: the edge first, so that nothing comes in that nobody reads."""
        for each in self._running:
            if each.process.poll() is None:
                each.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + _STOP_SECONDS
        for each in self._running:
            try:
                each.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.tell(f"{each.part.name} does not end by itself and is killed; nothing is lost by that")
                each.process.kill()
                each.process.wait()


def _start(part: Part) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", part.module, *part.arguments],
        env={**os.environ, "PYTHONUNBUFFERED": "1", STARTER: str(os.getpid())},
        start_new_session=True,  # Ctrl-C reaches this process alone, which ends the others in order
    )


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
