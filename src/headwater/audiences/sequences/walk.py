"""Finding a sequence in one profile: walk through time once, and know at each instant the latest start that leads there.

What events must share is fixed first: a *key* is one value for each property that steps refer to, and for each key the
events are taken that fit it. Then `starts[k]` says, for each instant at which step k can stand, the latest instant that
step 1 of such a beginning can have.

Only the latest instant f before t at which step k - 1 can stand must be looked at for step k at t: if the gap or
something barred strictly between rules f out, it rules out everything before f too. And no earlier one leads to a later
start, for by induction starts never decrease with time: those of step 1 are the instants themselves, and a later t has
the same or a later f.

Nothing is lost by keeping the latest start only: what is shorter meets `lasting` if anything does, and leaves most room
for others before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from headwater.audiences.history import Happened, History
from headwater.audiences.sequences.steps import Chain, Elapsed, Picked, Same
from headwater.audiences.values import Value
from headwater.core.clock import Clock

Starts = Mapping[datetime, datetime]
Key = Mapping[Same, Value]


@dataclass(frozen=True)
class Walked:
    """What was found in one profile.

    Attributes:
        pairs: the first and last instant of completed sequences; for each last one and key, with the latest first.
        reached: how many steps, from the first on, were ever completed in order.
    """

    pairs: tuple[tuple[datetime, datetime], ...]
    reached: int

    @property
    def n_apart(self) -> int:
        """The greatest number of them that do not overlap: taking what ends first leaves most room for the next."""
        return len(self._apart)

    @property
    def free_from(self) -> datetime | None:
        """The end of the last of these: one more begins after it."""
        return max(self._apart, default=None)

    @property
    def _apart(self) -> list[datetime]:
        """Where they end."""
        ends: list[datetime] = []
        for start, end in sorted(self.pairs, key=lambda pair: pair[1]):
            if not ends or start > ends[-1]:
                ends.append(end)
        return ends


@dataclass(frozen=True)
class UnderWay:
    """A sequence whose first `reached` steps are there, of which the first stands at `start`.

    `until`: the last instant at which the next step can stand; None: there is none.
    """

    reached: int
    start: datetime
    until: datetime | None


def walk(chain: Chain, history: History, clock: Clock) -> Walked:
    """All completed sequences of one profile."""
    steps, barred = _events(chain, history, clock)
    pairs: set[tuple[datetime, datetime]] = set()
    reached = 0
    for key in _keys(chain, steps):
        starts = list(_walk(chain, key, steps, barred))
        reached = max(reached, sum(1 for each in starts if each))
        pairs.update(_in_time(starts[-1], chain.lasting))
    return Walked(tuple(sorted(pairs)), reached)


def under_way(chain: Chain, history: History, clock: Clock) -> UnderWay | None:
    """The longest beginning that can still become one more sequence, the one with most time left; None: none can."""
    free_from = walk(chain, history, clock).free_from
    later = [event for event in history.events if free_from is None or event.occurred_at > free_from]
    rest = replace(history, events=tuple(later)).until(clock.now())
    steps, barred = _events(chain, rest, clock)
    found = [each for key in _keys(chain, steps) for each in _open(chain, key, steps, barred, clock)]
    return max(
        found, key=lambda each: (each.reached, each.until is None, each.until or each.start), default=None
    )


def _open(
    chain: Chain,
    key: Key,
    steps: Sequence[Sequence[Happened]],
    barred: Sequence[Sequence[Happened]],
    clock: Clock,
) -> Iterator[UnderWay]:
    """The beginnings for one key that something after now can continue: of each number of steps, from the latest instant."""
    for number, starts in enumerate(list(_walk(chain, key, steps, barred))[:-1], start=1):
        if not starts:
            return
        at, following = max(starts), chain.steps[number]
        never = _instants(barred[number], following.without, 0, key) if following.without else set()
        ends = [at + following.gap.length] if following.gap else []
        ends += [starts[at] + chain.lasting.length] if chain.lasting else []
        if min(ends, default=clock.now()) >= clock.now() and max(never, default=at) <= at:
            yield UnderWay(number, starts[at], min(ends, default=None))


def _events(
    chain: Chain, history: History, clock: Clock
) -> tuple[list[list[Happened]], list[list[Happened]]]:
    """The events of each step, and those that are barred before it."""
    steps = [list(step.picked.happenings.of(history, clock)) for step in chain.steps]
    barred = [
        list(step.without.happenings.of(history, clock)) if step.without else [] for step in chain.steps
    ]
    return steps, barred


def _keys(chain: Chain, steps: Sequence[Sequence[Happened]]) -> Iterator[Key]:
    """Every choice of values; a missing one is one of them, which only what is not compared with it fits."""
    references = chain.references
    values = [{event.value(each.read) for event in steps[each.step - 1]} for each in references]
    for chosen in product(*values):
        yield dict(zip(references, chosen, strict=True))


def _walk(
    chain: Chain, key: Key, steps: Sequence[Iterable[Happened]], barred: Sequence[Iterable[Happened]]
) -> Iterator[Starts]:
    starts: Starts = {at: at for at in _instants(steps[0], chain.steps[0].picked, 1, key)}
    yield starts
    for number, step in enumerate(chain.steps[1:], start=2):
        here = _instants(steps[number - 1], step.picked, number, key)
        never = _instants(barred[number - 1], step.without, 0, key) if step.without else set()
        starts = _next(starts, here, sorted(never), step.gap)
        yield starts


def _instants(events: Iterable[Happened], picked: Picked, number: int, key: Key) -> set[datetime]:
    """When events happened that fit a key; `number` is that of the step they are for."""
    return {event.occurred_at for event in events if _fits(event, picked, number, key)}


def _fits(event: Happened, picked: Picked, number: int, key: Key) -> bool:
    owns = all(event.value(each.read) == value for each, value in key.items() if each.step == number)
    return owns and all(key[each] is not None and event.value(each.read) == key[each] for each in picked.same)


def _next(starts: Starts, here: Iterable[datetime], never: Sequence[datetime], gap: Elapsed | None) -> Starts:
    """The starts of a step from those of the one before."""
    known = sorted(starts)
    found: dict[datetime, datetime] = {}
    for at in here:
        place = bisect_left(known, at) - 1
        if place < 0 or (gap and at - known[place] > gap.length):
            continue
        after = bisect_right(never, known[place])
        if after == len(never) or never[after] >= at:
            found[at] = starts[known[place]]
    return found


def _in_time(starts: Starts, lasting: Elapsed | None) -> Iterator[tuple[datetime, datetime]]:
    for end, start in starts.items():
        if lasting is None or end - start <= lasting.length:
            yield start, end
