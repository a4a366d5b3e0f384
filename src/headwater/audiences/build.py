"""Rules in Python: the same rules as files hold, said by functions that an editor completes and mypy checks.

    did("purchase").where(category="coffee").at_least(3).within(days=90) & ~did("refund")
    total("revenue").of("purchase").within(previous="month").at_least(100) | trait("tier").one_of("gold", "silver")
    sequence(step("view"), step("purchase").same(product_id=1).gap(days=2)).lasting(days=7)

`&`, `|` and `~` are all, any and not. Terms never change: every method gives a new one. `to_data` is the YAML that says a
term, `rule` the frozen rule that comes of it, judged by what a project knows; a term that asks nothing yet (`trait("age")`)
has neither, so that mypy finds it.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, Self, TypeVar, Unpack

from headwater.audiences import build_values as values
from headwater.audiences.build_values import (
    Given,
    Is,
    Length,
    Moment,
    Value,
    Window,
    after,
    ago,
    ahead,
    at_least,
    at_most,
    before,
    between,
    contains,
    contains_all,
    contains_any,
    equals,
    exists,
    greater_than,
    is_true,
    less_than,
    matches,
    not_equals,
    one_of,
    starts_with,
)
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.errors import Problem

__all__ = [
    "Is", "Step", "Term", "after", "ago", "ahead", "all_of", "any_of", "at_least", "at_most", "average", "before", "between",
    "contains", "contains_all", "contains_any", "days_since_last", "did", "did_on_days", "distinct", "equals", "exists",
    "first_time", "greater_than", "household_of", "in_audience", "in_list", "is_true", "last_time", "less_than", "matches",
    "maximum", "minimum", "not_equals", "one_of", "rule", "sample", "sequence", "split", "sql", "starts_with", "step", "top",
    "total", "trait",
]  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """What has been said so far, by the keys of YAML."""

    said: Mapping[str, object]

    def _saying(self, key: str, value: object) -> Self:
        """The same, and this.

        Raises:
            ValueError: the key was said before.
        """
        if key in self.said:
            raise ValueError(f"{key} is said already")
        return type(self)({**self.said, key: value})

    def _adding(self, key: str, new: Mapping[str, object]) -> Self:
        """The same, and these under the key.

        Raises:
            ValueError: one of them was said before, or another thing altogether.
        """
        held = self.said.get(key, {})
        twice = sorted(held.keys() & new.keys()) if isinstance(held, dict) else [key]
        if twice or not isinstance(held, dict):
            raise ValueError(f"{', '.join(twice)} is said already in {key}")
        return type(self)({**self.said, key: {**held, **new}})


class Term(Said):
    """A rule, or a part of one."""

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return copy.deepcopy(dict(self.said))

    def __and__(self, other: Term) -> Term:
        """Those who meet both."""
        return self._joined("all", other)

    def __or__(self, other: Term) -> Term:
        """Those who meet one of them."""
        return self._joined("any", other)

    def __invert__(self) -> Term:
        """Those who do not meet it."""
        return Term({"not": self.to_data()})

    def __bool__(self) -> bool:
        """Refuse `and`, `or` and `not`, which would leave out a part unseen.

        Raises:
            TypeError: always.
        """
        raise TypeError("a rule is neither true nor false: join rules by &, | and ~")

    def _joined(self, word: str, other: Term) -> Term:
        """Both under one word; `a & b & c` is one list, not two."""
        mine = self.to_data()
        held = mine.get(word)
        first = held if isinstance(held, list) and mine.keys() == {word} else [mine]
        return Term({word: [*first, other.to_data()]})


class Windowed(Said):
    """What can be asked of a stretch of time."""

    def within(self, **window: Unpack[Window]) -> Self:
        """Only in this stretch: `days=90` (the last 90), `since=`, `between=`, `more_than_ago=`, `this=`, `previous=`."""
        return self._saying("within", values.window(window))


class Filtered(Said):
    """What can be asked of events whose properties are so."""

    def where(self, properties: Mapping[str, Given] | None = None, /, **named: Given) -> Self:
        """Only events whose properties are these; as a mapping where a name is no word of Python's."""
        wanted = {**(properties or {}), **named}
        return self._adding("where", {name: values.given(each) for name, each in wanted.items()})


class Counted(Said):
    """What can be asked to have happened so often."""

    def at_least(self, times: int) -> Self:
        """So many times or more."""
        return self._saying("at_least", times)

    def at_most(self, times: int) -> Self:
        """So many times or fewer; also never."""
        return self._saying("at_most", times)

    def exactly(self, times: int) -> Self:
        """Just so many times; 0: never."""
        return self._saying("exactly", times)


class Compared(ABC, Generic[T]):
    """What has a value that can be compared; each method is the comparison of its name."""

    @abstractmethod
    def is_(self, wanted: Given) -> T:
        """Is this, one of these, or what tests ask."""

    def equals(self, value: Value) -> T:
        """Is just this."""
        return self.is_(equals(value))

    def not_equals(self, value: Value) -> T:
        """Is there, and another."""
        return self.is_(not_equals(value))

    def one_of(self, *several: Value) -> T:
        """Is one of these."""
        return self.is_(one_of(*several))

    def at_least(self, number: float) -> T:
        """Is this number or more."""
        return self.is_(at_least(number))

    def at_most(self, number: float) -> T:
        """Is this number or less."""
        return self.is_(at_most(number))

    def greater_than(self, number: float) -> T:
        """Is more than this number."""
        return self.is_(greater_than(number))

    def less_than(self, number: float) -> T:
        """Is less than this number."""
        return self.is_(less_than(number))

    def between(self, first: float | Moment, last: float | Moment) -> T:
        """Is one of these two numbers or moments, or between them."""
        return self.is_(between(first, last))

    def starts_with(self, text: str) -> T:
        """Begins with this text."""
        return self.is_(starts_with(text))

    def contains(self, text: str) -> T:
        """Holds this text somewhere."""
        return self.is_(contains(text))

    def matches(self, pattern: str) -> T:
        """Holds something that this RE2 pattern describes."""
        return self.is_(matches(pattern))

    def contains_any(self, *texts: str) -> T:
        """Is a list that holds one of these."""
        return self.is_(contains_any(*texts))

    def contains_all(self, *texts: str) -> T:
        """Is a list that holds all of these."""
        return self.is_(contains_all(*texts))

    def exists(self, is_there: bool = True) -> T:
        """There is a value; with False: there is none."""
        return self.is_(exists(is_there))

    def is_true(self, value: bool = True) -> T:
        """Is true; with False: is false."""
        return self.is_(is_true(value))

    def after(self, moment: Moment) -> T:
        """Is later than this moment."""
        return self.is_(after(moment))

    def before(self, moment: Moment) -> T:
        """Is earlier than this moment."""
        return self.is_(before(moment))


class Tested(Term, Compared["Tested"]):
    """A value that was compared; more comparisons may follow, and all must hold."""

    def is_(self, wanted: Given) -> Tested:
        """Is this too."""
        if not isinstance(wanted, Is):
            return self._saying("is", values.given(wanted))
        return self._adding("is", wanted.to_data())


class Untested(Said, Compared[Tested]):
    """A value that is not compared yet, and so is no rule."""

    def is_(self, wanted: Given) -> Tested:
        """Is this, one of these, or what tests ask."""
        return Tested(self.said).is_(wanted)


class Did(Term, Filtered, Windowed, Counted):
    """Something done, so often; at least once if nothing else is said."""


class OfEvents(Untested, Filtered, Windowed):
    """A value over events that is not compared yet."""


class Measured(Said):
    """A property that is summed up over events not named yet."""

    def of(self, event: str) -> OfEvents:
        """Over these events."""
        return OfEvents({**self.said, "of": event})


class Step(Filtered):
    """One step of a sequence; the first `said` is its event."""

    def gap(self, **length: Unpack[Length]) -> Self:
        """At most so long after the step before: `days=2`."""
        return self._saying("gap", values.amount(length))

    def same(self, properties: Mapping[str, int] | None = None, /, **named: int) -> Self:
        """Properties that equal those of an earlier step, by its number: `product_id=1`."""
        return self._adding("same", {**(properties or {}), **named})

    def without(self, other: Step) -> Self:
        """Nothing of this between the step before and this one."""
        return self._saying("without", dict(other.said))


class Sequence_(Term, Windowed, Counted):  # noqa: N801 - `Sequence` is a word of Python's
    """Steps one after the other; at least once if nothing else is said."""

    def lasting(self, **length: Unpack[Length]) -> Self:
        """The whole takes at most so long: `days=7`."""
        return self._saying("lasting", values.amount(length))


def rule(term: Term, vocabulary: Vocabulary) -> Rule | list[Problem]:
    """The rule that a term says, or all that is wrong with it, judged by what a project knows."""
    return parse_rule(term.to_data(), vocabulary)


def all_of(*terms: Term) -> Term:
    """Those who meet every one of these."""
    return Term({"all": [each.to_data() for each in terms]})


def any_of(*terms: Term) -> Term:
    """Those who meet at least one of these."""
    return Term({"any": [each.to_data() for each in terms]})


def did(event: str) -> Did:
    """Did this."""
    return Did({"did": event})


def did_on_days(event: str) -> Did:
    """Did this on so many different days."""
    return Did({"did_on_days": event})


def first_time(event: str) -> OfEvents:
    """When this was done first."""
    return OfEvents({"first_time": event})


def last_time(event: str) -> OfEvents:
    """When this was done last."""
    return OfEvents({"last_time": event})


def days_since_last(event: str) -> OfEvents:
    """How many days ago this was done last."""
    return OfEvents({"days_since_last": event})


def step(event: str) -> Step:
    """One step of a sequence."""
    return Step({"did": event})


def sequence(*steps: Step) -> Sequence_:
    """These steps, one after the other."""
    return Sequence_({"sequence": [dict(each.said) for each in steps]})


def total(property_: str) -> Measured:
    """The sum of a property."""
    return Measured({"total": property_})


def average(property_: str) -> Measured:
    """The average of a property."""
    return Measured({"average": property_})


def minimum(property_: str) -> Measured:
    """The smallest value of a property."""
    return Measured({"minimum": property_})


def maximum(property_: str) -> Measured:
    """The greatest value of a property."""
    return Measured({"maximum": property_})


def distinct(property_: str) -> Measured:
    """How many different values a property has."""
    return Measured({"distinct": property_})


def trait(name: str) -> Untested:
    """The value of a trait."""
    return Untested({"trait": name})


def in_audience(name: str) -> Term:
    """Is in another audience."""
    return Term({"in_audience": name})


def in_list(name: str) -> Term:
    """Is on an uploaded list."""
    return Term({"in_list": name})


def household_of(audience: str, *, by: str = "household_id") -> Term:
    """Has the same value of a trait as a member of an audience."""
    return Term({"household_of": audience, "by": by})


def top(amount: int | str, *, by: str, order: Literal["highest", "lowest"] = "highest") -> Term:
    """Is among so many (1000, "10%") with the highest or lowest values of a trait."""
    return Term({"top": amount, "by": by, "order": order})


def sample(share: str, *, salt: str) -> Term:
    """Is in a sample of this share ("10%") of everyone."""
    return Term({"sample": share, "salt": salt})


def split(part: str, *, parts: Mapping[str, float], salt: str) -> Term:
    """Is in this part of everyone, split into parts of so many percent."""
    return Term({"split": part, "parts": dict(parts), "salt": salt})


def sql(query: str) -> Term:
    """Is selected by a query."""
    return Term({"sql": query})
