"""The project's audiences and traits, made ready to be asked about one person again and again.

Each distinct condition has a number. An event concerns only the conditions and traits that look at events of its name; what the
others answered stays. Nothing here knows where persons are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce

from headwater.audiences.evaluate import in_order
from headwater.audiences.needs import Needs
from headwater.audiences.parse import Audience
from headwater.audiences.rule import Condition, Rule, SetCondition, conditions, fingerprint
from headwater.profiles.trait import TraitDeclaration, trait_kinds

EVERY = ""  # stands for events of every name


@dataclass(frozen=True, eq=False)
class LiveRules:
    """Audiences and traits of a project.

    Attributes:
        audiences: name to rule, each after those it refers to.
        conditions: by number.
        numbers: of the conditions.
        traits: computed ones, by name.
        wanted: event name to the properties that are looked at; under EVERY those looked at in all events.
        by_event: event name to the conditions that look at it.
        by_trait: trait to the conditions that look at it.
        traits_of: event name to the computed traits that look at it.
        compared: conditions that compare people, or ask who lives together: only a refresh over everyone answers them.
        fingerprint: changes when any of this does.
    """

    audiences: Mapping[str, Rule]
    conditions: tuple[Condition, ...]
    numbers: Mapping[Condition, int]
    traits: Mapping[str, TraitDeclaration]
    wanted: Mapping[str, frozenset[str]]
    by_event: Mapping[str, frozenset[int]]
    by_trait: Mapping[str, frozenset[int]]
    traits_of: Mapping[str, tuple[str, ...]]
    compared: frozenset[int]
    audiences_of: tuple[frozenset[str], ...] = field(default=())
    fingerprint: str = ""

    @cached_property
    def compared_mask(self) -> int:
        """The bits of those that compare people."""
        return sum(1 << number for number in self.compared)

    def looks_at(self, event: str) -> frozenset[str] | None:
        """The properties that are looked at in events of a name; None: nobody looks at such events."""
        everywhere = self.wanted.get(EVERY)
        own = self.wanted.get(event)
        if own is None:
            return everywhere
        return own | everywhere if everywhere else own

    def concerned_by(self, events: Iterable[str], traits: Iterable[str]) -> set[int]:
        """The conditions that look at events of these names, or at these traits."""
        found: set[int] = set()
        for name in events:
            found |= self.by_event.get(name, frozenset())
        for name in traits:
            found |= self.by_trait.get(name, frozenset())
        return found

    def traits_over(self, events: Iterable[str]) -> set[str]:
        """The computed traits that look at events of these names."""
        found = set(self.traits_of.get(EVERY, ()))
        for name in events:
            found.update(self.traits_of.get(name, ()))
        return found


def make_rules(
    audiences: Mapping[str, Audience],
    traits: Mapping[str, TraitDeclaration],
    households: frozenset[str] = frozenset(),
) -> LiveRules:
    """Make a project's audiences and traits ready; `households`: the traits that only a look at everyone gives."""
    rules = {name: audiences[name].rule for name in in_order({n: a.rule for n, a in audiences.items()})}
    leaves = tuple(dict.fromkeys(leaf for name in sorted(rules) for leaf in conditions(rules[name])))
    numbers = {leaf: number for number, leaf in enumerate(leaves)}
    return LiveRules(
        rules,
        leaves,
        numbers,
        traits,
        _wanted(leaves, traits),
        _index(leaves, lambda needs: needs.events),
        _index(leaves, lambda needs: needs.traits),
        _traits_of(traits),
        frozenset(
            number
            for leaf, number in numbers.items()
            if isinstance(leaf, SetCondition) or leaf.needs().traits & households
        ),
        tuple(frozenset(leaf.needs().audiences) for leaf in leaves),
        _fingerprint(rules, traits, households),
    )


def trait_reads(trait: TraitDeclaration) -> frozenset[str]:
    """The properties of events that a trait looks at."""
    own = {trait.property} - {None, "occurred_at", "event"}
    return frozenset(name for name in {*own, *trait.where} if name)


def moves_daily(trait: TraitDeclaration) -> bool:
    """Whether a trait is another one each day."""
    return trait_kinds()[trait.kind].moves_daily


def _wanted(leaves: Iterable[Condition], traits: Mapping[str, TraitDeclaration]) -> dict[str, frozenset[str]]:
    needs = reduce(Needs.__or__, (leaf.needs() for leaf in leaves), Needs())
    wanted = {event: frozenset(read.name for read in reads) for event, reads in needs.events.items()}
    for trait in traits.values():
        event = trait.event or EVERY
        wanted[event] = wanted.get(event, frozenset()) | trait_reads(trait)
    return wanted


def _index(leaves: Iterable[Condition], of: Callable[[Needs], Iterable[str]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, leaf in enumerate(leaves):
        for name in of(leaf.needs()):
            found.setdefault(name, set()).add(number)
    return {name: frozenset(held) for name, held in found.items()}


def _traits_of(traits: Mapping[str, TraitDeclaration]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, trait in traits.items():
        found.setdefault(trait.event or EVERY, []).append(name)
    return {event: tuple(names) for event, names in found.items()}


def _fingerprint(
    rules: Mapping[str, Rule], traits: Mapping[str, TraitDeclaration], households: frozenset[str]
) -> str:
    said = [
        {name: fingerprint(rule) for name, rule in rules.items()},
        {name: trait.model_dump(mode="json") for name, trait in traits.items()},
        sorted(households),
    ]
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=8).hexdigest()
