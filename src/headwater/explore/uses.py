"""Which audiences look at what: at an event, a property, a trait; themselves, or through an audience that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from headwater.audiences.evaluate import Named, referred
from headwater.audiences.needs import Needs
from headwater.audiences.rule import needs_of

Looks = Callable[[Needs], bool]


@dataclass(frozen=True)
class Uses:
    """What each audience looks at."""

    needs: Mapping[str, Needs] = field(default_factory=dict)

    def of_event(self, event: str) -> tuple[str, ...]:
        """The audiences that look at an event."""
        return self._those(lambda needs: event in needs.events or "events" in needs.tables)

    def of_property(self, event: str, name: str) -> tuple[str, ...]:
        """The audiences that look at a property of an event."""
        return self._those(
            lambda needs: (
                "events" in needs.tables
                or any(read.name == name for read in needs.events.get(event, frozenset()))
            )
        )

    def of_trait(self, trait: str) -> tuple[str, ...]:
        """The audiences that look at a trait."""
        return self._those(lambda needs: trait in needs.traits or "traits" in needs.tables)

    def of_table(self, table: str) -> tuple[str, ...]:
        """The audiences that read a table as it is."""
        return self._those(lambda needs: table in needs.tables)

    def _those(self, looks: Looks) -> tuple[str, ...]:
        return tuple(sorted(name for name, needs in self.needs.items() if looks(needs)))


def uses_of(audiences: Mapping[str, Named]) -> Uses:
    """What each of these audiences looks at."""
    own = {name: needs_of(each.rule) for name, each in audiences.items()}
    return Uses(
        {
            name: reduce(Needs.__or__, (own[other] for other in referred([each.rule], audiences)), own[name])
            for name, each in audiences.items()
        }
    )
