"""What rules in Python compare with, and how they say time: the words inside the terms of `build`.

    at_least(2.5)    one_of("tea", "coffee")    at_least(1) & at_most(5)    after(ago(days=30))    since=date(2017, 6, 1)

Every function is the comparison of its name. Nothing here judges a value: `build.rule` does, as it would in a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypedDict, Unpack

Value = str | int | float | bool
Moment = str | date
"""ISO 8601 text, a date, a datetime (which is a date too), or a moment told from now: see `ago` and `ahead`."""
Period = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True)
class Is:
    """Tests of a value, all of which it must pass; `&` joins them."""

    tests: tuple[tuple[str, object], ...]

    def __and__(self, other: Is) -> Is:
        """Both.

        Raises:
            ValueError: both say the same comparison.
        """
        twice = dict(self.tests).keys() & dict(other.tests).keys()
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} is said twice of one value")
        return Is((*self.tests, *other.tests))

    def to_data(self) -> dict[str, object]:
        """As YAML says it."""
        return {name: list(each) if isinstance(each, tuple) else each for name, each in self.tests}


Given = Value | Sequence[Value] | Is
"""What a value must be: itself, one of several, or what tests ask."""


class Length(TypedDict, total=False):
    """An amount of time, in one unit."""

    minutes: int
    hours: int
    days: int
    weeks: int
    months: int
    years: int


class Window(Length, total=False):
    """A stretch of time: the last so many units, or one of these."""

    since: Moment
    between: tuple[Moment, Moment]
    more_than_ago: str
    this: Period
    previous: Period


def equals(value: Value) -> Is:
    """Is just this."""
    return Is((("equals", value),))


def not_equals(value: Value) -> Is:
    """Is there, and another."""
    return Is((("not_equals", value),))


def one_of(*values: Value) -> Is:
    """Is one of these."""
    return Is((("one_of", values),))


def at_least(number: float) -> Is:
    """Is this number or more."""
    return Is((("at_least", number),))


def at_most(number: float) -> Is:
    """Is this number or less."""
    return Is((("at_most", number),))


def greater_than(number: float) -> Is:
    """Is more than this number."""
    return Is((("greater_than", number),))


def less_than(number: float) -> Is:
    """Is less than this number."""
    return Is((("less_than", number),))


def between(first: float | Moment, last: float | Moment) -> Is:
    """Is one of these two numbers or moments, or between them."""
    return Is((("between", (_plain(first), _plain(last))),))


def starts_with(text: str) -> Is:
    """Begins with this text."""
    return Is((("starts_with", text),))


def contains(text: str) -> Is:
    """Holds this text somewhere."""
    return Is((("contains", text),))


def matches(pattern: str) -> Is:
    """Holds something that this RE2 pattern describes."""
    return Is((("matches", pattern),))


def contains_any(*texts: str) -> Is:
    """Is a list that holds one of these."""
    return Is((("contains_any", texts),))


def contains_all(*texts: str) -> Is:
    """Is a list that holds all of these."""
    return Is((("contains_all", texts),))


def exists(is_there: bool = True) -> Is:
    """There is a value; with False: there is none."""
    return Is((("exists", is_there),))


def is_true(value: bool = True) -> Is:
    """Is true; with False: is false."""
    return Is((("is_true", value),))


def after(moment: Moment) -> Is:
    """Is later than this moment."""
    return Is((("after", _plain(moment)),))


def before(moment: Moment) -> Is:
    """Is earlier than this moment."""
    return Is((("before", _plain(moment)),))


def ago(**length: Unpack[Length]) -> str:
    """The moment so long before now: `ago(days=30)`."""
    return f"{amount(length)} ago"


def ahead(**length: Unpack[Length]) -> str:
    """The moment so long after now: `ahead(days=7)`."""
    return f"in {amount(length)}"


def amount(length: Mapping[str, object]) -> str:
    """An amount of time as YAML says it.

    Raises:
        ValueError: it is not said in just one unit.

    >>> amount({"days": 90})
    '90 days'
    """
    if len(length) != 1:
        raise ValueError(f"say one amount of time, such as days=90; not {dict(length)}")
    [(unit, number)] = length.items()
    return f"{number} {unit}"


def window(given: Window) -> dict[str, object]:
    """A stretch of time as YAML says it.

    Raises:
        ValueError: it says none, or two.
    """
    if len(given) != 1:
        raise ValueError(f"say one stretch of time, such as days=90 or this='month'; not {dict(given)}")
    [(key, value)] = given.items()
    if key in Length.__annotations__:
        return {"last": amount({key: value})}
    return {key: [_plain(each) for each in value] if isinstance(value, tuple) else _plain(value)}


def given(value: Given) -> object:
    """What a value must be, as YAML says it."""
    if isinstance(value, Is):
        return value.to_data()
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
