"""What conditions look at, so that it can be prepared once for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater.audiences.properties import Read


@dataclass(frozen=True)
class Needs:
    """What conditions look at: events with the properties read of them, traits, audiences.

    `tables`: those of the project's tables that are read as they are.
    """

    events: Mapping[str, frozenset[Read]] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        names = {*self.events, *other.events}
        none: frozenset[Read] = frozenset()
        return Needs(
            {name: self.events.get(name, none) | other.events.get(name, none) for name in names},
            self.traits | other.traits,
            self.audiences | other.audiences,
            self.tables | other.tables,
        )
