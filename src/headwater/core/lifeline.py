"""A process that does not outlive the one that started it, also when that one is killed and can tell nobody.

Reads the id of the parent, again and again, and `STARTER` in the environment. Writes nothing.
"""

from __future__ import annotations

import os
import signal
import threading
import time

STARTER = "STARTED_BY"
"""In the environment of a process: the id of the one that it ends with."""
LOOK_SECONDS = 0.2
GRACE_SECONDS = 10.0  # to end in order; then it ends at once, which nothing is lost by


def end_with_starter() -> None:
    """End soon after the process that `STARTER` names has ended; without that this process is on its own."""
    if starter := os.environ.get(STARTER):
        end_with(int(starter))


def end_with(parent: int) -> None:
    """End this process soon after its parent has ended: as if told to, and if that does not do, at once."""
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def end_children_when_told() -> None:
    """Have whatever this process forks end when it is told to, until it says otherwise itself.

    A child has its parent's handlers, which tell a copy of the parent's main loop that nobody waits for: what it is told before
    it has set its own would be lost, and the parent wait for it in vain.
    """
    os.register_at_fork(before=_hold_back, after_in_parent=_let_through, after_in_child=_obey)


_TOLD = (signal.SIGTERM, signal.SIGINT)


def _hold_back() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD)


def _let_through() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD)


def _obey() -> None:
    for number in _TOLD:
        signal.signal(number, signal.SIG_DFL)
    _let_through()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
