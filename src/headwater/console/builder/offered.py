"""What fields of a rule offer while somebody types: events, properties, traits and values with how many there are, best first.

Who may not see small counts is offered names without numbers, and only values that many people have; who may not see what a
label hides is offered no value of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from headwater.access.roles import Action
from headwater.audiences.chosen import as_refreshed
from headwater.audiences.lineage import NO_ORIGINS
from headwater.console.audiences.known import vocabulary_of
from headwater.console.desk.question import Given, Question
from headwater.engine.bitmaps import count_packed
from headwater.explore import offers
from headwater.explore.offers import Offer
from headwater.privacy.labels import labels_of

MOST_OFFERED = 50
# Of who may not see small counts: so many times the floor of people have a value that is offered to them.
FEWEST_FLOORS = 2


@dataclass(frozen=True)
class Asked:
    """What is looked for.

    Attributes:
        kind: `event`, `property`, `trait`, `audience`, `list` or `value`.
        typed: so far.
        event: of which it is a property or a value; `name`: of the property, or without an event of the trait, of a value.
    """

    kind: str
    typed: str
    event: str = ""
    name: str = ""


@dataclass(frozen=True)
class Offered:
    """The best of what was found, `n` in all; `is_counted`: their numbers may be shown, `unit` says of what they are."""

    best: tuple[Offer, ...]
    n: int
    is_counted: bool
    unit: str


def _offered(given: Given, asked: Asked) -> Offered:
    """What fits to what is typed."""
    found = _all(given, asked)
    fits = best_of(found, asked.typed, by_number=given.sees_small_counts)
    units = {"event": "events", "trait": "people", "audience": "people", "list": "identifiers"}
    unit = units.get(asked.kind, "recent events" if asked.event else "people")
    return Offered(tuple(fits[:MOST_OFFERED]), len(fits), given.sees_small_counts, unit)


def best_of(found: Iterable[Offer], typed: str, *, by_number: bool) -> list[Offer]:
    """Those in which all words that were typed stand: first those that begin so, then the most frequent.

    >>> found = [Offer("page", 9), Offer("landing_page", 99), Offer("purchase", 5)]
    >>> [each.name for each in best_of(found, "page", by_number=True)]
    ['page', 'landing_page']
    """
    wanted = typed.strip().casefold()
    words = wanted.split()
    fits = [each for each in found if all(word in each.name.casefold() for word in words)]

    def rank(each: Offer) -> tuple[bool, int, str]:
        return (not each.name.casefold().startswith(wanted), -each.n if by_number else 0, each.name)

    return sorted(fits, key=rank)


def _all(given: Given, asked: Asked) -> tuple[Offer, ...]:
    if asked.kind == "value":
        return _values(given, asked)
    if asked.kind == "property":
        return offers.properties(asked.event, given.workspace) if asked.event else ()
    makes: dict[str, Callable[[], tuple[Offer, ...]]] = {
        "event": lambda: offers.events(given.workspace),
        "trait": lambda: offers.traits(given.workspace),
        "list": lambda: offers.lists(given.workspace),
        "audience": lambda: _audiences(given),
    }
    if asked.kind not in makes:
        return ()
    tables = ("events", "traits", "profiles", "list_entries", "memberships")
    made: tuple[Offer, ...] = given.workspace.kept(f"offered {asked.kind}", tables, makes[asked.kind])
    known = vocabulary_of(given)
    named = {"event": known.events, "trait": known.traits, "list": known.lists}.get(asked.kind, ())
    return (*made, *(Offer(name) for name in set(named) - {each.name for each in made}))


def _audiences(given: Given) -> tuple[Offer, ...]:
    """Every audience with its size as of the last refresh."""
    members = as_refreshed(sorted(given.definitions.audiences), given.workspace)
    everyone = max(1, members.n_profiles)
    sizes = {name: count_packed(words) for name, words in members.sets.words.items()}
    return tuple(Offer(name, n, n / everyone) for name, n in sizes.items())


def _values(given: Given, asked: Asked) -> tuple[Offer, ...]:
    lineage = given.definitions.lineage
    of_event = lineage.events.get(asked.event, {})
    own = of_event.get(asked.name, NO_ORIGINS) | of_event.get("", NO_ORIGINS)
    origins = own if asked.event else lineage.traits.get(asked.name, NO_ORIGINS)
    if labels_of(origins) - given.caller.labels:
        return ()
    least = given.project.config.anonymity.least
    fewest = 0 if given.sees_small_counts or least is None else FEWEST_FLOORS * least
    if asked.event:
        return offers.property_values(asked.event, asked.name, given.workspace, fewest)
    return offers.trait_values(asked.name, given.workspace, fewest) if asked.name else ()


OFFERED = Question("console offered", Action.SEE_COUNTS, _offered, seconds=60.0)
