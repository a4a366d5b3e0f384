"""Whether somebody has entered or left an audience that a live destination waits for.

Follows the log of outcomes from where it is when this begins: what moved before, the first full run delivers.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headwater.activate.declare import DeclaredDestination
from headwater.collect.log.reader import Reader
from headwater.collect.outcome import Moved, unpacked
from headwater.core.sealing.seals import Seals

EVERY = None


class LiveMoves:
    """Follows who moves."""

    def __init__(self, outcomes: Path, seals: Seals) -> None:
        self._reader = Reader(outcomes, seals)
        self._reader.position = self._reader.end
        self._audiences: frozenset[str] | None = frozenset()

    def wait_for(self, destinations: Iterable[DeclaredDestination]) -> None:
        """Look for the audiences of the live ones among these from now on."""
        live = [each for each in destinations if each.live]
        if any(each.audiences is None for each in live):
            self._audiences = EVERY
        else:
            self._audiences = frozenset(name for each in live for name in each.audiences or ())

    def have_come(self) -> bool:
        """Whether any has come since the last time this was asked."""
        found = False
        while records := self._reader.read():
            for record in records:
                found = found or any(self._is_waited_for(each) for each in unpacked(record.payload))
        return found

    def _is_waited_for(self, outcome: object) -> bool:
        return isinstance(outcome, Moved) and (
            self._audiences is EVERY or outcome.audience in self._audiences
        )
