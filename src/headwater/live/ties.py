"""What may tie the identifiers of a live event: a project's rules of identity, made ready to be asked event by event.

They are the rules that `identity/graph.py` resolves by, and mean the same. Only the order differs: the batch hears all evidence
and the surest first, the stream hears each event when it comes. Nothing here knows where persons are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from headwater.core.clock import Clock
from headwater.identity.declare import Rules
from headwater.identity.identifier import Identifier
from headwater.live.state import Node, micros, moment


@dataclass(frozen=True)
class Tie:
    """Two identifiers that came together.

    Attributes:
        one, other: the identifiers.
        source: where they did.
        at: when, in microseconds since 1970.
    """

    one: Node
    other: Node
    source: str
    at: int


@dataclass(frozen=True)
class Ties:
    """A project's rules.

    Attributes:
        devices: the kinds that name a browser, a phone, a click, and no person.
        rules: what the project's files say of kinds.
        zone: in which days begin.
    """

    devices: frozenset[str]
    rules: Rules
    zone: tzinfo

    def may_tie(self, tie: Tie, one: Iterable[Node], other: Iterable[Node]) -> bool:
        """Whether a tie makes those one who have these identifiers, of which its own are some."""
        ones, others = list(one), list(other)
        return not self._is_shared(tie, ones, others) and not self._is_beyond(tie, ones, others)

    def is_expired(self, tie: Tie, now: int) -> bool:
        """Whether evidence by the kind of either end does not last until a moment, in microseconds since 1970."""
        kinds = {tie.one[0], tie.other[0]}
        if not any(rules.lasts for kind, rules in self.rules.of.items() if kind in kinds):
            return False
        begins = self.rules.counts_from(Clock(self.zone, moment(now)))
        return any(tie.at < micros(begin) for kind, begin in begins.items() if kind in kinds)

    def names_person(self, nodes: Iterable[Node]) -> bool:
        """Whether one of these names a person, rather than a device."""
        return any(kind not in self.devices for kind, _ in nodes)

    def _is_shared(self, tie: Tie, ones: Collection[Node], others: Collection[Node]) -> bool:
        """Whether a device would bring two known people together."""
        is_by_device = tie.one[0] in self.devices or tie.other[0] in self.devices
        return is_by_device and self.names_person(ones) and self.names_person(others)

    def _is_beyond(self, tie: Tie, ones: Collection[Node], others: Collection[Node]) -> bool:
        """Whether they would have more of a kind than a person may, and the tie's source is not trusted with that."""
        counts, more = (Counter(kind for kind, _ in nodes) for nodes in (ones, others))
        return any(
            rules.most_per_profile is not None
            and counts[kind]
            and more[kind]
            and counts[kind] + more[kind] > rules.most_per_profile
            and tie.source not in rules.trusted_sources
            for kind, rules in self.rules.of.items()
        )


def make_ties(rules: Rules, kinds: Mapping[str, Identifier], zone: tzinfo = UTC) -> Ties:
    """Make a project's rules of identity ready."""
    return Ties(frozenset(name for name, kind in kinds.items() if kind.names == "device"), rules, zone)
