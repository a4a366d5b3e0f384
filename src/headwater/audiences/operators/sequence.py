"""Did things one after the other, each strictly later than the one before; so many times, within some time.

    sequence:
      - did: page
        where: {category: COFFEE}
      - did: purchase
        gap: 2 days                 # at most so long after the step before
        same: {product_id: 1}       # the same product as in step 1
        without: {did: refund}      # not strictly between the two
    lasting: 7 days                 # from the first to the last step
    at_least: 2
    within: {last: 90 days}         # all events, also those of `without`

Other events may lie between the steps. Lengths are elapsed time: a day is 24 hours. Counted is the greatest number of
completed sequences that do not overlap: the next one begins after the last event of the one before. Who never completed
one did so 0 times, and so meets `at_most` and `exactly: 0`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.counting import Times, TimesFields
from headwater.audiences.example import CLOCK, Example, bought, person
from headwater.audiences.happenings import Happenings
from headwater.audiences.history import Happened, History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import Operator, Within
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.sequences.fields import Length, Steps, read_chain
from headwater.audiences.sequences.over import counts
from headwater.audiences.sequences.query import MOST_UNROLLED, sequences_sql
from headwater.audiences.sequences.steps import Chain
from headwater.audiences.sequences.walk import UnderWay, under_way, walk
from headwater.audiences.shortfall import too_few_or_many
from headwater.audiences.turning import edges_of_window
from headwater.audiences.values import show
from headwater.audiences.waiting import when
from headwater.core.clock import Clock
from headwater.core.documents import Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import DIALECT


class Fields(TimesFields):
    """What `sequence` may say."""

    sequence: Steps = Field(description="The steps in their order, 2 to 10.")
    lasting: Length | None = Field(
        None,
        description="From the first to the last step at most so long, like 7 days; elapsed time, a day is 24 hours.",
    )
    within: Within = Field(None, description="Only events in this stretch of time.")


@dataclass(frozen=True)
class Sequence(Condition):
    """The number of completed sequences that do not overlap is so."""

    chain: Chain
    times: Times

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return self.chain.to_data() | {self.times.bound: self.times.number}

    def describe(self) -> str:
        """In words."""
        times = self.times.describe("time", "times")
        return f"did {self.chain.describe()}, {times}, {self.chain.within.describe()}"

    def needs(self) -> Needs:
        """The events of all steps, with what filters read and what is compared."""
        return self.chain.needs()

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who meets it."""
        return sequences_sql(self.chain, self.times, scope)

    def refusal(self, dialect: str) -> str:
        """Counting many of them takes a query that calls itself."""
        if dialect == DIALECT or self.times.most <= MOST_UNROLLED:
            return ""
        return f"counts to more than {MOST_UNROLLED}"

    def to_bits(self, columns: Columns) -> Bits | None:
        """Who meets it."""
        found = counts(self.chain, columns, self.times.most)
        return None if found is None else self.times.holding(found)

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it."""
        return self.times.holds(walk(self.chain, history, clock).n_apart)

    def seen(self, history: History, clock: Clock) -> str:
        """How often, and when the last one ended; or how far it came."""
        found = walk(self.chain, history, clock)
        if found.pairs:
            n, last = found.n_apart, max(end for _, end in found.pairs)
            return f"{n} {'time' if n == 1 else 'times'}, last {show(last)}"
        if found.reached == len(self.chain.steps):
            return "0 times: all steps, but not in that time"
        return f"0 times: {found.reached} of {len(self.chain.steps)} steps"

    def lacks(self, history: History, clock: Clock) -> str:
        """Which step is missing and by when it must come, or until when."""
        counted = [picked.happenings for picked in self.chain.picked()]
        return too_few_or_many(
            self.times,
            walk(self.chain, history, clock).n_apart,
            lambda n: self._more(n, history, clock),
            wait=when(self.turns_at(history, clock), counted, history, clock),
            is_open=counted[0].is_open(clock),
        )

    def turned_by(self) -> tuple[Happenings, ...]:
        """The events of its steps, and those barred between them."""
        return tuple(picked.happenings for picked in self.chain.picked())

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """When an event comes into the window or goes out of it: of a step, or of what is barred."""
        for picked in self.chain.picked():
            yield from picked.happenings.edges(history, clock)

    def _more(self, n: int, history: History, clock: Clock) -> str:
        found = under_way(self.chain, history, clock) if n == 1 else None
        if found is None:
            return f"{n} more {self.chain.describe()}"
        steps, first, by = self.chain.steps[found.reached :], found.reached + 1, ""
        if found.until:
            by = f", {'' if len(steps) == 1 else 'the next '}by {show(found.until)}"
        numbers = f"step {first}" if len(steps) == 1 else f"steps {first} to {len(self.chain.steps)}"
        missing = ", then ".join(step.describe() for step in steps)
        return f"{numbers} of {len(self.chain.steps)}: {missing}{by}{self._lapse(found, clock)}"

    def _lapse(self, found: UnderWay, clock: Clock) -> str:
        """When the window does not hold the first step any more, if that is the nearest end."""
        within = self.chain.within
        for at in sorted(edges_of_window(within, found.start, clock)):
            if not within.window(Clock(clock.zone, at)).holds(found.start):
                is_later = found.until is not None and found.until < at
                return (
                    "" if is_later else f", before {show(at)}, when step 1 is no longer {within.describe()}"
                )
        return ""


def _read(given: Fields, place: Place, reader: Reader) -> Condition | None:
    before = len(reader.problems)
    within = reader.window(given.within, (*place, "within"))
    chain = read_chain(given.sequence, given.lasting, within, (*place, "sequence"), reader)
    return Sequence(chain, given.times()) if chain and len(reader.problems) == before else None


def _did(event: str, days_ago: float, **properties: object) -> Happened:
    return Happened(event, CLOCK.now() - timedelta(days=days_ago), properties)


_SAME: dict[str, object] = {
    "sequence": [
        {"did": "page", "where": {"category": "COFFEE"}},
        {
            "did": "purchase",
            "gap": "2 days",
            "same": {"product_id": 1},
            "without": {"did": "refund", "same": {"product_id": 1}},
        },
    ],
    "lasting": "7 days",
    "within": {"last": "90 days"},
}
_SAME_TEXT = (
    'did page where (category equals "COFFEE"), then purchase with the same product_id as step 1'
    " at most 2 days later without refund with the same product_id as step 1 in between, all in 7 days,"
    " at least 1 time, in the last 90 days"
)
_TWICE: dict[str, object] = {"sequence": [{"did": "page"}, {"did": "purchase"}], "at_least": 2}
_TWICE_TEXT = "did page, then purchase, at least 2 times, at any time"
_NEVER: dict[str, object] = {
    "sequence": [{"did": "page"}, {"did": "purchase", "gap": "36 hours"}],
    "exactly": 0,
    "within": {"since": "2017-06-01"},
}
_NEVER_TEXT = "did page, then purchase at most 36 hours later, exactly 0 times, since 2017-06-01"
_COFFEE = _did("page", 9, category="COFFEE", product_id="a")

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(_SAME, _SAME_TEXT, person(_COFFEE, bought(7, product_id="a")), takes_in=True),
        Example(_SAME, _SAME_TEXT, person(_COFFEE, bought(8, product_id="b")), takes_in=False),
        Example(_SAME, _SAME_TEXT, person(_COFFEE, bought(6.99, product_id="a")), takes_in=False),
        Example(
            _SAME,
            _SAME_TEXT,
            person(_COFFEE, _did("refund", 8, product_id="a"), bought(7, product_id="a")),
            takes_in=False,
        ),
        Example(
            _SAME,
            _SAME_TEXT,
            person(_COFFEE, _did("refund", 8, product_id="b"), bought(7, product_id="a")),
            takes_in=True,
        ),
        Example(
            _TWICE,
            _TWICE_TEXT,
            person(_did("page", 4), bought(3), _did("page", 2), bought(1)),
            takes_in=True,
        ),
        # Two pages and two purchases, but the second page lies before the first purchase.
        Example(
            _TWICE,
            _TWICE_TEXT,
            person(_did("page", 4), _did("page", 3), bought(2), bought(1)),
            takes_in=False,
        ),
        Example(_NEVER, _NEVER_TEXT, person(_did("page", 2), bought(2)), takes_in=True),
        Example(_NEVER, _NEVER_TEXT, person(), takes_in=True),
        Example(_NEVER, _NEVER_TEXT, person(_did("page", 2), bought(0.5)), takes_in=False),
    ),
)
