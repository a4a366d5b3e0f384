"""All of the columns, for one evaluation: which events are meant, and what is known of each profile about them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from headwater.audiences.columns.chains import Laid
from headwater.audiences.columns.coding import Coded, Column, passing
from headwater.audiences.columns.follow import Answer, Choice, Compute, Edges, answer
from headwater.audiences.columns.places import Places, shuffled
from headwater.audiences.columns.resident import Resident
from headwater.audiences.columns.rows import Part, Selected, edges
from headwater.audiences.columns.segment import Segment
from headwater.audiences.columns.tally import tally
from headwater.audiences.columns.traits import TraitColumns, read_trait
from headwater.audiences.comparison import Test
from headwater.audiences.listed import nodes_on
from headwater.audiences.properties import Read
from headwater.core.clock import Clock, Window
from headwater.engine.bitmaps import Bits, Universe
from headwater.engine.engine import Engine
from headwater.engine.query import column

Wanted = Sequence[tuple[Read, Test]]
Measured = tuple[npt.NDArray[np.float64], Bits]
OverColumns = Callable[["Columns", Sequence[Part], Read, int], Measured | None]


@dataclass(eq=False)
class Columns:
    """What conditions look at, as coded columns."""

    held: Resident
    engine: Engine
    clock: Clock
    sets: Mapping[str, Bits] = field(default_factory=dict)

    @property
    def universe(self) -> Universe:
        """All profiles."""
        return self.held.people.universe

    @property
    def n_bins(self) -> int:
        """How many bins there are to count in: bin 0 is nobody's, bin n + 1 that of ordinal n."""
        return self.held.people.n_bins

    def choice(self, event: str, wanted: Wanted, window: Window) -> Choice:
        """The events of a name within a window whose properties pass tests."""
        texts = self._texts(wanted)
        ends = edges(self._until_now(window))
        return Choice((event, texts), self._parts(event, wanted, texts, ends[0]), ends)

    def counts(self, choice: Choice, question: Hashable) -> npt.NDArray[np.int32]:
        """How many events each profile has; `question` names it, so that the next answer can build on this one."""
        name = (question, choice.asked)
        found = tally(choice.parts, choice.edges, self.n_bins, self.held.counted.get(name))
        return self.held.counted.put(name, found).counts[1:]

    def answer_of(self, question: Hashable, choices: Sequence[Choice], compute: Compute) -> Answer | None:
        """What chosen events come to for each profile.

        `question` says what `compute` makes of them and within what, so that the next answer can build on this one.
        """
        name = (question, *(choice.asked for choice in choices))
        found = answer(choices, compute, self.n_bins, self.held.answers.get(name))
        return None if found is None else self.held.answers.put(name, found)

    def laid(
        self, question: Hashable, choices: Sequence[Choice], lay: Callable[[Edges], Laid | None]
    ) -> Laid | None:
        """Chosen events in the order that sequences are walked in, of the choices' window or of a wider one.

        `question` says in what roles; `choices`: of one window.
        """
        edges = choices[0].edges
        name = (question, *((choice.asked, frozenset(choice.parts)) for choice in choices))
        known = self.held.laid.get(name)
        if known is not None and known.covers(edges):
            return known
        found = lay(edges)
        return None if found is None else self.held.laid.put(name, found)

    def judged(self, found: Answer, asked: Hashable, judge: Callable[[], Bits]) -> Bits:
        """Who meets what is asked of an answer; judged once, as long as the answer stays and so does the clock."""
        now = self.clock.now()
        if asked not in found.judged or found.judged[asked][0] != now:
            found.judged[asked] = now, judge()
        return found.judged[asked][1]

    def values(self, part: Part, read: Read) -> Column:
        """A property of chosen events."""
        return part.segment.column(read).cut(part.places)

    def passing(self, values: pa.Array, tests: Sequence[Test]) -> Bits:
        """Which values pass all tests; as the engine's SQL has it."""
        judged = self.engine.project(pa.table({"value": values}), {"passes": self._passes(tests)})
        bits: Bits = judged["passes"].to_numpy().view(np.bool_)
        return bits

    def _passes(self, tests: Sequence[Test]) -> exp.Expr:
        """Whether a value passes, as a byte, which is a truth value as it is; Arrow's own are bits, to be taken apart."""
        asked = exp.and_(*(test.to_sql(column("value"), self.clock) for test in tests))
        return exp.cast(exp.func("coalesce", asked, exp.false()), "TINYINT")

    def passing_of(self, has: Bits, values: pa.Array, tests: Sequence[Test]) -> Bits:
        """Who passes all tests, of those who have a value; `values` are theirs, in order."""
        bits: Bits = has.copy()
        bits[has] = self.passing(values, tests)
        return bits

    def trait(self, name: str) -> TraitColumns:
        """A trait of every profile, by type of value, in the order of ordinals; a type that nobody has is not there."""
        if name not in self.held.traits:
            held = self.held
            held.traits[name] = read_trait(name, self.engine, held.people, held.trait_folder)
        return self.held.traits[name]

    def places(self, salt: str) -> Places:
        """Where everyone stands when shuffled by a salt, in the order of ordinals."""
        known = self.held.places
        return known.put(salt, shuffled(salt, self.universe.profile_ids, self.engine, known.get(salt))).places

    def on_list(self, name: str) -> Bits:
        """Who is on an uploaded list."""
        if name not in self.held.listed:
            self.held.listed[name] = nodes_on(name, self.engine)
        return self.held.people.having(self.held.listed[name])

    def judge_values(self, filters: Iterable[tuple[str, Read, Test]]) -> None:
        """Make the tests of events' properties that are to come, all of one column in one query: each has its price."""
        asked: dict[int, tuple[Coded, dict[str, exp.Expr]]] = {}
        for event, read, test in filters:
            for segment in self.held.segments.values():
                column_ = segment.column(read) if event in segment.base.events else None
                if isinstance(column_, Coded) and self._text(test) not in column_.luts:
                    tests = asked.setdefault(id(column_), (column_, {}))[1]
                    tests[self._text(test)] = self._passes([test])
        for coded, tests in asked.values():
            judged = self.engine.project(
                pa.table({"value": coded.values}), {str(n): each for n, each in enumerate(tests.values())}
            )
            for name, text in zip(judged.column_names, tests, strict=True):
                coded.luts[text] = judged[name].to_numpy().view(np.bool_)

    def passing_rows(self, column: Column, test: Test) -> Bits:
        """Which rows of a column pass a test; made once a value of a coded one."""
        if not isinstance(column, Coded):
            return self.passing(column.values, [test])
        text = self._text(test)
        if text not in column.luts:
            column.luts[text] = self.passing(column.values, [test])
        return passing(column.codes, column.luts[text])

    def _until_now(self, window: Window) -> Window:
        now = self.clock.now()
        return Window(window.start, min(window.end, now) if window.end else now)

    def _text(self, test: Test) -> str:
        """What a test asks now; one of another day may ask something else in the same words."""
        return f"{test.type} {test.to_sql(column('value'), self.clock).sql(self.engine.dialect)}"

    def _texts(self, wanted: Wanted) -> Hashable:
        return tuple((read, self._text(test)) for read, test in wanted)

    def _parts(self, event: str, wanted: Wanted, texts: Hashable, start: int | None) -> dict[str, Part]:
        """All events of a name that pass tests, by key of their segment: from an instant on, and maybe earlier ones."""
        found: dict[str, Part] = {}
        for key, segment in self.held.segments.items():
            if event not in segment.base.events:
                continue
            name = (key, event, texts)
            selected = self.held.selected.get(name)
            if selected is None or not selected.covers(start):
                part = self._select(key, segment, event, wanted, start)
                selected = self.held.selected.put(name, Selected(part, start))
            found[key] = selected.part
        return found

    def _select(self, key: str, segment: Segment, event: str, wanted: Wanted, start: int | None) -> Part:
        first, last = segment.base.events[event]
        every = Part(
            segment, self.held.who_of(key)[first:last], segment.base.at[first:last], slice(first, last)
        ).during(start, None)
        if not wanted:
            return every
        masks = [self.passing_rows(self.values(every, read), test) for read, test in wanted]
        return every.only(np.logical_and.reduce(masks))
