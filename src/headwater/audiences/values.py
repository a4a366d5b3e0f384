"""The kinds of value that rules compare, and how a value written in YAML is read.

Reads nothing, writes nothing. NaN is no value: it is read as missing everywhere, and refused in a rule. Numbers are
double-precision floats, text is compared by code points (case sensitive), instants are UTC. A list holds texts; what
else stands in one is missing in it, and order and repeats mean nothing. An empty list is a value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, cast

from pydantic import Field, PlainValidator

from headwater.core.clock import UNITS, Clock, back, read_instant

Value = str | float | bool | datetime | tuple[str, ...] | None
Operand = str | float | bool | tuple[str | float | bool, ...]

MOST_VALUES = 10_000

# A hundred years: longer is "ever", and reaches towards the first year of the calendar.
_MOST = dict(zip(UNITS, (52_596_000, 876_600, 36_525, 5_217, 1_200, 100), strict=True))
_AMOUNT = re.compile(r"([+-]?\d{1,12}) +([a-z]+)")
_RELATIVE = re.compile(r"in +(?P<ahead>.+)|(?P<behind>.+) +ago")
# Presents at which two relative moments are put in order: no two spans of months and days change places at all of them.
_PRESENTS = tuple(
    Clock(UTC, datetime(year, month, 1, tzinfo=UTC)) for year in (2023, 2024) for month in range(1, 13)
)


class ValueType(StrEnum):
    """What a property or trait holds; ANY asks only whether there is a value."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    TEXTS = "texts"
    ANY = "any"


def typed(value: object, kind: ValueType) -> Value:
    """The value if it is of this type, else None: another type counts as missing.

    >>> typed(3, ValueType.NUMBER), typed(True, ValueType.NUMBER), typed(float("nan"), ValueType.ANY)
    (3.0, None, None)
    >>> typed(["tea", None, 1], ValueType.TEXTS), typed("tea", ValueType.TEXTS)
    (('tea',), None)
    """
    if isinstance(value, bool):
        return value if kind in (ValueType.BOOLEAN, ValueType.ANY) else None
    if isinstance(value, (int, float)):
        return _number(value) if kind in (ValueType.NUMBER, ValueType.ANY) else None
    if isinstance(value, str):
        return value if kind in (ValueType.TEXT, ValueType.ANY) else None
    if isinstance(value, datetime):
        return value if kind in (ValueType.INSTANT, ValueType.ANY) else None
    if isinstance(value, (Mapping, Sequence)):
        return _nested(value, kind)
    return None


def _nested(value: Mapping[str, object] | Sequence[object], kind: ValueType) -> Value:
    """A list of texts, without what else stands in it; as ANY, a list of other things and an object are their JSON."""
    if isinstance(value, Sequence):
        texts = tuple(item for item in value if isinstance(item, str))
        if kind is ValueType.TEXTS or (kind is ValueType.ANY and len(texts) == len(value)):
            return texts
    return json.dumps(value) if kind is ValueType.ANY else None


def _number(value: float) -> float | None:
    """The number, None for NaN; a whole number too large for a double becomes infinite, as it does in SQL."""
    try:
        number = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return None if math.isnan(number) else number


def type_of(operand: Operand) -> ValueType:
    """The type of value that an operand can equal."""
    sample = operand[0] if isinstance(operand, tuple) else operand
    if isinstance(sample, bool):
        return ValueType.BOOLEAN
    return ValueType.TEXT if isinstance(sample, str) else ValueType.NUMBER


def show(value: object) -> str:
    """A value as people read it: text quoted, numbers without a needless fraction, instants in ISO 8601.

    >>> show("a"), show(2.0), show(True), show(("x", 1.5)), show(())
    ('"a"', '2', 'true', '"x", 1.5', 'an empty list')
    """
    if isinstance(value, tuple):
        return ", ".join(show(item) for item in value) or "an empty list"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps(plain(value), ensure_ascii=False)


def show_name(name: str) -> str:
    """A name as it is; in quotes if it could be taken for words of the sentence around it.

    >>> show_name("purchase"), show_name("Order Completed")
    ('purchase', '"Order Completed"')
    """
    return name if re.fullmatch(r"[\w.-]+", name) else show(name)


def plain(value: object) -> object:
    """A value as YAML data: whole numbers as integers, tuples as lists."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def read_number(given: object) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic reports ValueErrors
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number + 0.0  # the negative zero becomes zero


def read_text(given: object) -> str:
    """Text of at least one character.

    Raises:
        ValueError: it is none.
    """
    text = _any_text(given)
    if not text:
        raise ValueError("must not be empty")
    return text


def read_scalar(given: object) -> str | float | bool:
    """Text (also empty), a number, true or false.

    Raises:
        ValueError: it is none of them.
    """
    if given is None:
        raise ValueError("must be a value; to ask whether there is none, write `exists: false`")
    if isinstance(given, bool):
        return given
    return read_number(given) if isinstance(given, (int, float)) else _any_text(given)


def read_scalars(given: object) -> tuple[str | float | bool, ...]:
    """Values of one type, sorted, without repeats.

    Raises:
        ValueError: no list, an empty one, one that mixes types, or one longer than `MOST_VALUES`.
    """
    if not isinstance(given, (list, tuple)) or not given:
        raise ValueError("must be a list of at least one value")
    if len(given) > MOST_VALUES:
        raise ValueError(
            f"lists {len(given):,} values; at most {MOST_VALUES:,} are allowed: use a trait instead"
        )
    values = [read_scalar(item) for item in given]
    if len({type_of(value) for value in values}) > 1:
        raise ValueError("mixes text, numbers and true/false: write values of one type, text in quotes")
    return tuple(sorted(set(values)))


def read_texts(given: object) -> tuple[str, ...]:
    """Texts, sorted, without repeats.

    Raises:
        ValueError: no list, an empty one, one that holds anything else, or one longer than `MOST_VALUES`.
    """
    if isinstance(given, str):
        raise ValueError("must be a list of texts: write it in brackets")  # noqa: TRY004 - pydantic reports ValueErrors
    found = read_scalars(given)
    if type_of(found) is not ValueType.TEXT:
        raise ValueError("must be a list of texts: write them in quotes")
    return cast("tuple[str, ...]", found)


def read_boolean(given: object) -> bool:
    """True or false.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(given, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - pydantic reports ValueErrors
    return given


def read_amount(given: object) -> str:
    """An amount of time, such as "90 days", in canonical form.

    Raises:
        ValueError: it is none, not positive, or longer than a hundred years.
    """
    match = _AMOUNT.fullmatch(given.strip()) if isinstance(given, str) else None
    wanted = (
        without_unit(given, UNITS) or f"must be an amount of time like 90 days; units: {', '.join(UNITS)}"
    )
    if not match:
        raise ValueError(wanted)
    amount, unit = int(match[1]), match[2] if match[2].endswith("s") else f"{match[2]}s"
    if unit not in UNITS:
        raise ValueError(wanted)
    if amount < 1:
        raise ValueError("must be longer than nothing: 1 or more")
    if amount > _MOST[unit]:
        raise ValueError("must not be longer than 100 years; for ever, leave `within` out")
    return f"{amount} {unit}"


def without_unit(given: object, units: Iterable[str]) -> str:
    """What to say of a number that is to be an amount of time; empty: it is none.

    >>> without_unit("60", ("days", "weeks")), without_unit("60 days", ("days",))
    ('write 60 days, or another unit: weeks', '')
    """
    said = str(given).strip()
    is_number = re.fullmatch(r"[1-9]\d{0,11}", said) and isinstance(given, (str, int))
    others = ", ".join(each for each in units if each != "days")
    return f"write {said} day{'' if said == '1' else 's'}, or another unit: {others}" if is_number else ""


def read_moment(given: object) -> str:
    """An ISO 8601 date or date-time as written, or a relative moment ("30 days ago", "in 7 days") in canonical form.

    What instant it is depends on the clock's zone and present.

    Raises:
        ValueError: it is none, or its year is not between 1000 and 9000.
    """
    wanted = (
        "must be a date like 2017-06-01, a date-time like 2017-06-01T09:30, or like 30 days ago or in 7 days"
    )
    if not isinstance(given, str):
        raise ValueError(wanted)  # noqa: TRY004 - pydantic reports ValueErrors
    if relative := _RELATIVE.fullmatch(given.strip()):
        ahead, behind = relative["ahead"], relative["behind"]
        return f"in {read_amount(ahead)}" if ahead else f"{read_amount(behind)} ago"
    try:
        year = datetime.fromisoformat(given).year
    except ValueError:
        raise ValueError(wanted) from None
    if not 1000 <= year <= 9000:
        raise ValueError("must be of a year between 1000 and 9000")
    return given


def read_day(given: object) -> str:
    """An ISO 8601 date or date-time, as written.

    Raises:
        ValueError: it is none.
    """
    wanted = "must be a date like 2026-12-24, or a date-time like 2026-12-24T18:00"
    try:
        moment = read_moment(given)
    except ValueError:
        raise ValueError(wanted) from None
    if is_relative(moment):
        raise ValueError(wanted)
    return moment


Day = Annotated[str, PlainValidator(read_day, json_schema_input_type=str)]
"""A field that holds a day or an instant."""


def read_span(given: object) -> tuple[float, ...] | tuple[str, ...]:
    """The two ends of a stretch of numbers, or of time.

    Raises:
        ValueError: not two values, not of one type, or the first after the second.
    """
    if not isinstance(given, (list, tuple)) or len(given) != 2:
        raise ValueError("must be a list of two values: the first and the last")
    if isinstance(given[0], str) or isinstance(given[1], str):
        return read_stretch(given)
    numbers = read_number(given[0]), read_number(given[1])
    _check_order(*numbers)
    return numbers


def read_stretch(given: object) -> tuple[str, str]:
    """The two ends of a stretch of time; of one that mixes dates and relative moments the order is not known.

    Raises:
        ValueError: not two moments, or the first after the second.
    """
    if not isinstance(given, (list, tuple)) or len(given) != 2:
        raise ValueError("must be a list of two dates: the first and the last")
    first, last = read_moment(given[0]), read_moment(given[1])
    if is_relative(first) is is_relative(last) and all(
        first_moment(first, present) > last_moment(last, present) for present in _PRESENTS
    ):
        raise ValueError("begins after it ends")
    return first, last


def is_relative(moment: str) -> bool:
    """Whether a moment, in canonical form, is counted from the present."""
    return moment.startswith("in ") or moment.endswith(" ago")


def first_moment(text: str, clock: Clock) -> datetime:
    """The instant of a date-time or of a relative moment; of a date, the first of that day in the clock's zone."""
    if not is_relative(text):
        return read_instant(text, clock.zone)
    return back(clock.now(), *relative_amount(text), clock.zone)


def relative_amount(moment: str) -> tuple[int, str]:
    """How far back from the present a relative moment lies, in what unit; less than 0: ahead.

    >>> relative_amount("30 days ago"), relative_amount("in 7 days")
    ((30, 'days'), (-7, 'days'))
    """
    amount, unit = moment.removeprefix("in ").removesuffix(" ago").split()
    return -int(amount) if moment.startswith("in ") else int(amount), unit


def last_moment(text: str, clock: Clock) -> datetime:
    """The instant of a date-time or of a relative moment; of a date, the last microsecond of that day in the zone.

    >>> last_moment("2017-06-30", Clock()).isoformat()
    '2017-06-30T23:59:59.999999+00:00'
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return first_moment(text, clock)
    return read_instant((day + timedelta(days=1)).isoformat(), clock.zone) - timedelta(microseconds=1)


def _check_order(first: float, last: float) -> None:
    if first > last:
        raise ValueError("begins after it ends")


def _any_text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("must be text")  # noqa: TRY004 - pydantic reports ValueErrors
    if "\0" in given or any("\ud800" <= letter <= "\udfff" for letter in given):
        raise ValueError("holds a character that no text can be stored with")
    return given


Number = Annotated[float, PlainValidator(read_number, json_schema_input_type=float)]
Text = Annotated[str, PlainValidator(read_text, json_schema_input_type=str)]
Boolean = Annotated[bool, PlainValidator(read_boolean, json_schema_input_type=bool)]
Moment = Annotated[str, PlainValidator(read_moment, json_schema_input_type=str)]
Scalar = Annotated[str | float | bool, PlainValidator(read_scalar, json_schema_input_type=str | float | bool)]
Scalars = Annotated[
    tuple[str | float | bool, ...],
    PlainValidator(
        read_scalars,
        json_schema_input_type=Annotated[
            list[str | float | bool], Field(min_length=1, max_length=MOST_VALUES)
        ],
    ),
]
Texts = Annotated[
    tuple[str, ...],
    PlainValidator(
        read_texts,
        json_schema_input_type=Annotated[list[str], Field(min_length=1, max_length=MOST_VALUES)],
    ),
]
Span = Annotated[
    tuple[float, ...] | tuple[str, ...],
    PlainValidator(
        read_span,
        json_schema_input_type=Annotated[list[float] | list[str], Field(min_length=2, max_length=2)],
    ),
]
