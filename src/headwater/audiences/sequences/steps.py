"""What a sequence is: steps, each strictly later in time than the one before.

page, then purchase with the same product_id as step 1 at most 2 days later without refund in between, all in 7 days
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce

from headwater.audiences.happenings import Happenings
from headwater.audiences.needs import Needs
from headwater.audiences.properties import Read
from headwater.audiences.values import show_name
from headwater.audiences.within import EVER, Within

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}


@dataclass(frozen=True)
class Elapsed:
    """An amount of elapsed time: a day is 24 hours, whatever the clocks do."""

    amount: int
    unit: str

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.amount * UNITS[self.unit]

    def to_data(self) -> str:
        """As YAML says it."""
        return f"{self.amount} {self.unit}"

    def describe(self) -> str:
        """In words."""
        return f"1 {self.unit.removesuffix('s')}" if self.amount == 1 else self.to_data()


@dataclass(frozen=True, order=True)
class Same:
    """A property that must be there and equal that of the event chosen for a step, counted from 1."""

    step: int
    read: Read

    def describe(self) -> str:
        """In words."""
        return f"the same {show_name(self.read.name)} as step {self.step}"


@dataclass(frozen=True)
class Picked:
    """Events that are some step, or that must not lie before one."""

    happenings: Happenings
    same: tuple[Same, ...] = ()

    def needs(self, *owned: Read) -> Needs:
        """The events, with what is compared of them and these reads."""
        return self.happenings.needs(*(each.read for each in self.same), *owned)

    def to_data(self) -> dict[str, object]:
        """As YAML says it."""
        same = {each.read.name: each.step for each in self.same}
        happenings = replace(self.happenings, within=EVER)
        head: dict[str, object] = {"did": happenings.event, **happenings.to_data()}
        return head | ({"same": same} if same else {})

    def describe(self) -> str:
        """In words."""
        same = " and ".join(each.describe() for each in self.same)
        return self.happenings.describe() + (f" with {same}" if same else "")


@dataclass(frozen=True)
class Step:
    """One step: `gap` at most so long after the one before, `without` these strictly between the two."""

    picked: Picked
    gap: Elapsed | None = None
    without: Picked | None = None

    def to_data(self) -> dict[str, object]:
        """As YAML says it."""
        gap = {"gap": self.gap.to_data()} if self.gap else {}
        without = {"without": self.without.to_data()} if self.without else {}
        return self.picked.to_data() | gap | without

    def describe(self) -> str:
        """In words."""
        gap = f" at most {self.gap.describe()} later" if self.gap else ""
        without = f" without {self.without.describe()} in between" if self.without else ""
        return self.picked.describe() + gap + without


@dataclass(frozen=True)
class Chain:
    """Two steps or more; `lasting`: from the first to the last at most so long.

    All events of one chain have the same window.
    """

    steps: tuple[Step, ...]
    lasting: Elapsed | None = None

    @property
    def within(self) -> Within:
        """The window of all events."""
        return self.steps[0].picked.happenings.within

    @property
    def references(self) -> tuple[Same, ...]:
        """The properties of steps that others refer to, without repeats."""
        return tuple(sorted({same for picked in self.picked() for same in picked.same}))

    def owned(self, number: int) -> list[Read]:
        """The properties of a step, counted from 1, that others refer to."""
        return [each.read for each in self.references if each.step == number]

    def needs(self) -> Needs:
        """All events, with what filters read and what is compared."""
        steps = [step.picked.needs(*self.owned(number)) for number, step in enumerate(self.steps, start=1)]
        barred = [step.without.needs() for step in self.steps if step.without]
        return reduce(Needs.__or__, [*steps, *barred])

    def to_data(self) -> dict[str, object]:
        """As YAML says it."""
        within = self.within.to_data()
        lasting = {"lasting": self.lasting.to_data()} if self.lasting else {}
        steps = [step.to_data() for step in self.steps]
        return {"sequence": steps, **lasting, **({"within": within} if within else {})}

    def describe(self) -> str:
        """In words, without the window."""
        steps = ", then ".join(step.describe() for step in self.steps)
        return steps + (f", all in {self.lasting.describe()}" if self.lasting else "")

    def picked(self) -> Iterator[Picked]:
        """Every step, and what is barred before it."""
        for step in self.steps:
            yield step.picked
            if step.without:
                yield step.without
