"""One process owns a project's working data at a time; the others say so plainly or only read.

Owning is an advisory lock on a file, held by the operating system for the life of the process: a
killed owner leaves nothing to clean up. The file says who holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from headwater.core.errors import BusyError

WORK, SERVE = "work/owner.lock", "live/serve.lock"
QUIET = "live/quiet.lock"
"""Who owns this has the stream of a served project let go of everything, until it lets go of this."""


@contextmanager
def own(project: Path, what: str = WORK) -> Iterator[None]:
    """Be the one process that writes in this project, or that serves it, until the block ends.

    Raises:
        BusyError: another process is; the message names its command, process id and since when.
    """
    path = project / what
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"this project is being worked on by {_holder(path)}",
                next_step="wait until it ends; commands that only read (`audiences show`, …) work meanwhile",
            ) from None
        lock.truncate(0)
        lock.write(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "command": " ".join(["headwater", *_named(sys.argv[1:])]),
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                }
            )
        )
        lock.flush()
        yield


def is_owned(project: Path, what: str) -> bool:
    """Whether a process owns this now."""
    path = project / what
    if not path.exists():
        return False
    with path.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(lock, fcntl.LOCK_UN)
    return False


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return f"`{held['command']}` (process {held['pid']}, since {held['since']})"
    except (OSError, ValueError, KeyError):
        return "another headwater process"


def _named(arguments: Sequence[str]) -> list[str]:
    """The words that name a command, without what it is given: that may be somebody's address.

    >>> _named(["identity", "link", "email=ann@example.org", "user_id=17"])
    ['identity', 'link']
    """
    return list(takewhile(lambda word: word.replace("-", "a").isalpha() and word[0] != "-", arguments[:2]))
