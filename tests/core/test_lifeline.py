"""A process that was forked ends when it is told to, though its parent does something else when told so."""

from __future__ import annotations

import signal
import subprocess
import sys

_PARENT = """
import os, signal, time
from headwater.core.lifeline import end_children_when_told

signal.signal(signal.SIGTERM, lambda *_: None)
end_children_when_told()
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
os.kill(child, signal.SIGTERM)
_, status = os.waitpid(child, 0)
os.kill(os.getpid(), signal.SIGTERM)  # the parent keeps its own handler
print(os.waitstatus_to_exitcode(status))
"""


def test_a_child_obeys_before_it_has_handlers_of_its_own() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PARENT], capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout.strip() == str(-signal.SIGTERM)
