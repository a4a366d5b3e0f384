"""What somebody wrote and has not saved: it is there again after the page was left, loaded anew, or lost its connection.

Kept in memory of the console, for the session alone that wrote it: nothing of a rule, which may name what people are, stays in a
browser, and with the session it goes. A restart of the console forgets it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from headwater.access.sessions import Session
from headwater.console.desk.desk import Desk

KEPT_SECONDS = 12 * 3600.0  # as long as a session lasts at most
MOST_KEPT = 20  # of one session


@dataclass
class Unsaved:
    """An audience as it is being written.

    Attributes:
        begun_from: the text of its file when it was opened; empty: it is a new one.
        said: gives the text as it is now; `name`: as it is typed.
        since: when it was begun to be changed: UTC, without zone.
    """

    begun_from: str
    said: Callable[[], str]
    name: str
    since: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))
    touched: float = field(default_factory=time.monotonic)


class Unsaveds:
    """All that is being written at one console, by session and by the name of the file; a new one has none."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Unsaved] = {}

    def of(self, session: Session, file: str) -> Unsaved | None:
        """What a session wrote and has not saved."""
        self._forget()
        return self._held.get((session.hash, file))

    def keep(self, session: Session, file: str, unsaved: Unsaved) -> None:
        """Note what it writes; since when stays."""
        before = self._held.get((session.hash, file))
        if before is not None:
            unsaved.since = before.since
        self._held[session.hash, file] = unsaved
        own = sorted((each for each in self._held if each[0] == session.hash), key=self._age)
        for key in own[:-MOST_KEPT]:
            del self._held[key]

    def drop(self, session: Session, file: str) -> None:
        """Throw it away, or it is saved."""
        self._held.pop((session.hash, file), None)

    def _age(self, key: tuple[str, str]) -> float:
        return self._held[key].touched

    def _forget(self) -> None:
        since = time.monotonic() - KEPT_SECONDS
        for key in [each for each in self._held if self._age(each) < since]:
            del self._held[key]


_OF: WeakKeyDictionary[Desk, Unsaveds] = WeakKeyDictionary()


def unsaved_at(desk: Desk) -> Unsaveds:
    """What is being written at a desk."""
    return _OF.setdefault(desk, Unsaveds())
