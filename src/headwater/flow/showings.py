"""What people were shown, and whether it was worth it: exposures for caps, counts for bandits.

An exposure is the event `Placement Shown`. The event that a bandit names as its reward counts once for what was shown last, if it
comes soon enough. Changes the person and the counts of the transaction that it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from headwater.audiences.values import relative_amount
from headwater.collect.outcome import Accepted
from headwater.core.clock import Clock, back
from headwater.live.state import Card, Person, micros, moment
from headwater.live.store import Draft
from headwater.personalise.decision import exposure
from headwater.personalise.placements import Placement, longest_cap

MOST_EXPOSURES = 500  # of one person
_KEPT_AT_LEAST = timedelta(days=30)


@dataclass(frozen=True)
class Showings:
    """Notes what placements showed."""

    placements: Mapping[str, Placement] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def note(self, draft: Draft, accepted: Accepted, person: Person) -> None:
        """Note what an event says of placements."""
        shown = exposure(accepted.event, accepted.properties)
        if shown is not None and shown in self._variants:
            self._expose(draft, shown, accepted, person)
        elif person.card.exposures:
            self._reward(draft, accepted, person)

    @cached_property
    def _variants(self) -> frozenset[tuple[str, str]]:
        """What can be shown: clients may tell of anything, and whatever is counted is kept for good."""
        return frozenset(
            (name, variant.name)
            for name, placement in self.placements.items()
            for rule in placement.rules
            for variant in rule.variants
        )

    def _expose(self, draft: Draft, shown: tuple[str, str], accepted: Accepted, person: Person) -> None:
        card = person.card
        since = accepted.occurred_at - micros_of(
            max(longest_cap(self.placements, self.clock), _KEPT_AT_LEAST)
        )
        kept = [each for each in card.exposures if each[2] > since]
        card.exposures = sorted([*kept, (*shown, accepted.occurred_at)], key=lambda each: each[2])[
            -MOST_EXPOSURES:
        ]
        if self.placements[shown[0]].bandit:
            draft.count(_counted(shown[0], person.card, self.placements), shown[1], shown=1)

    def _reward(self, draft: Draft, accepted: Accepted, person: Person) -> None:
        for name, placement in self.placements.items():
            bandit = placement.bandit
            if bandit is None or bandit.reward != accepted.event:
                continue
            since = back(
                moment(accepted.occurred_at), *relative_amount(f"{bandit.within} ago"), self.clock.zone
            )
            shown = [each for each in person.card.exposures if each[0] == name and each[2] > micros(since)]
            if shown and person.past.rewarded.get(name) != shown[-1][2]:
                person.past.rewarded[name] = shown[-1][2]
                draft.count(_counted(name, person.card, self.placements), shown[-1][1], rewarded=1)


def micros_of(span: timedelta) -> int:
    """A span in microseconds."""
    return span // timedelta(microseconds=1)


def _counted(name: str, card: Card, placements: Mapping[str, Placement]) -> str:
    """Under what a bandit counts: each segment for itself."""
    bandit = placements[name].bandit
    segments = bandit.segments if bandit else ()
    segment = next((each for each in segments if each in card.audiences), "")
    return f"{name}\n{segment}" if segment else name
