"""What the pages that explore ask: the words to choose from, counts over time, funnels, and what is special about an audience."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo

from headwater.access.roles import Action
from headwater.audiences.lineage import NO_ORIGINS
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.console.desk.question import Given, Question
from headwater.console.explore.asked import Asked, FunnelAsked, TraitsAsked, TrendAsked, expect_nobody
from headwater.console.explore.reading import read_funnel_asked, read_trend_asked
from headwater.explore.funnel import Funnelled, funnel
from headwater.explore.hidden import expect_shown, hidden_traits
from headwater.explore.seen_properties import Seen, seen_properties
from headwater.explore.top_traits import TopTraits, Wanted, top_traits
from headwater.explore.trend import Trended, trend
from headwater.flow.definitions import read_vocabulary_of
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.labels import labels_of

_APART = (ValueType.TEXT, ValueType.NUMBER, ValueType.BOOLEAN, None)
MOST_TRAITS = 50


@dataclass(frozen=True)
class Words:
    """What a question may name. `traits`: by which counts can be told apart for who asks; `frequent`: the event to begin with."""

    events: tuple[str, ...]
    audiences: tuple[str, ...]
    traits: tuple[str, ...]
    frequent: tuple[str, ...]
    sees_sums: bool


@dataclass(frozen=True)
class Answer:
    """Counts over time.

    Attributes:
        zone: of the project, by which periods are named.
        least: the floor for who asks.
        begins_before: whether the first period begins before the time that is asked about; `goes_on`: the last ends after it.
    """

    found: Trended
    zone: tzinfo
    least: int | None
    begins_before: bool
    goes_on: bool


@dataclass(frozen=True)
class FunnelAnswer:
    """A funnel. `least`: the floor for who asks."""

    found: Funnelled
    least: int | None


@dataclass(frozen=True)
class TraitsAnswer:
    """What is special. `least`: the floor for who asks."""

    found: TopTraits
    least: int | None


def _words(given: Given) -> Words:
    """What a question may name, and the most frequent events."""
    known = _vocabulary(given)
    hidden = hidden_traits(given.definitions.lineage, given.caller.labels)
    traits = [name for name, kind in known.traits.items() if kind in _APART and name not in hidden]
    rows = given.workspace.engine.table(
        "SELECT event FROM events WHERE event IS NOT NULL GROUP BY event ORDER BY count(*) DESC, event LIMIT 3"
    )
    return Words(
        tuple(sorted(known.events)),
        tuple(sorted(given.definitions.audiences)),
        tuple(sorted(traits)),
        tuple(rows["event"].to_pylist()),
        given.sees_small_counts,
    )


def _properties(given: Given, event: str) -> tuple[Seen, ...]:
    """The properties of an event; values only of those that whoever asks may see, and only to whom small counts are shown."""
    of_event = given.definitions.lineage.events.get(event, {})
    return tuple(
        each
        if given.sees_small_counts and labels_of(of_event.get(each.name, NO_ORIGINS)) <= given.caller.labels
        else Seen(each.name, each.type)
        for each in seen_properties(event, given.workspace)
    )


def _trend(given: Given, asked: TrendAsked) -> Answer:
    """Counts over time, as whoever asks may see them."""
    with _told(given, asked) as counting:
        question = read_trend_asked(asked, _vocabulary(given))
        expect_shown(question, given.definitions.lineage, given.caller.labels)
        found = trend(question, given.workspace, given.definitions.audiences, counting)
    clock = given.workspace.clock
    window = question.happenings.within.window(clock)
    begins_before = window.start is not None and found.starts[0] < window.start
    end = window.end or clock.now()
    return Answer(found, clock.zone, _least(given), begins_before, found.ends > end)


def _funnel(given: Given, asked: FunnelAsked) -> FunnelAnswer:
    """How many reach each step, as whoever asks may see it."""
    with _told(given, asked) as counting:
        question = read_funnel_asked(asked, _vocabulary(given))
        found = funnel(question, given.workspace, given.definitions.audiences, counting)
    return FunnelAnswer(found, _least(given))


def _traits(given: Given, asked: TraitsAsked) -> TraitsAnswer:
    """What is special about an audience, as whoever asks may see it."""
    hidden = hidden_traits(given.definitions.lineage, given.caller.labels)
    top = min(MOST_TRAITS, int(asked.top)) if asked.top.isdecimal() else MOST_TRAITS
    wanted = Wanted(asked.audience, None, max(1, top), hidden, asked.against)
    with _told(given, asked) as counting:
        found = top_traits(wanted, given.workspace, given.definitions.audiences, counting)
    return TraitsAnswer(found, _least(given))


@contextmanager
def _told(given: Given, asked: Asked) -> Iterator[Counting]:
    expect_nobody(asked)
    with given.counting() as counting:
        yield counting


def _vocabulary(given: Given) -> Vocabulary:
    return read_vocabulary_of(given.definitions, given.workspace)


def _least(given: Given) -> int | None:
    return None if given.sees_small_counts else given.project.config.anonymity.least


WORDS = Question("console explore words", Action.SEE_COUNTS, _words)
PROPERTIES = Question("console explore properties", Action.SEE_COUNTS, _properties)
TREND = Question("console explore trend", Action.SEE_COUNTS, _trend)
FUNNEL = Question("console explore funnel", Action.SEE_COUNTS, _funnel)
TRAITS = Question("console explore traits", Action.SEE_COUNTS, _traits)
