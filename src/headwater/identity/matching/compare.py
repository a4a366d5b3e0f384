"""How the values of a kind are compared: from the same to nothing alike, in levels of which the first that holds counts.

Every comparison is a list of levels in SQL over the cleaned columns of the left and the right record (`_l`, `_r`). How
much a level speaks for one person is estimated from the records; `m`, how often it occurs among records of one person, is
where the estimate starts, and what stands where there is nothing to estimate it from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headwater.identity.matching.model import Level as Whom


@dataclass(frozen=True)
class Level:
    """One degree of likeness. `frequency_of`: the column whose rare values make it tell more."""

    label: str
    sql: str
    m: float
    frequency_of: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What is compared, when nothing can be said (`is_unknown`, SQL), and the levels; the last one holds always."""

    name: str
    is_unknown: str
    levels: tuple[Level, ...]


ELSE = "ELSE"

# What the levels are written in. Splink reads every level's SQL many times over, so it had better be short. Counting edits
# costs 25 times as much as Jaro and Winkler's similarity, which is low wherever there are many.
MACROS = (
    """CREATE MACRO edits_within(a, b, most) AS
    CASE WHEN jaro_winkler_similarity(a, b) < 0.7 THEN FALSE ELSE damerau_levenshtein(a, b) <= most END""",
    "CREATE MACRO agreement(agrees) AS CASE WHEN agrees THEN 1 WHEN NOT agrees THEN -1 ELSE 0 END",
)


def comparisons(whom: Whom, columns: Sequence[str]) -> list[Comparison]:
    """What to compare at a level, given the cleaned columns."""
    present = set(columns)
    if whom == "household":
        return [_last_name_of_a_household(), _address(present)]
    found = [
        make(column, present) for column in columns for kind, make in _KINDS.items() if _is(column, kind)
    ]
    parts = [part for part in _PARTS if part in present]
    return [*found, *([_place(parts)] if parts else [])]


def _is(column: str, kind: str) -> bool:
    return column == kind or (column.startswith(f"{kind}_") and column.removeprefix(f"{kind}_").isdecimal())


def _edits(column: str, most: int, other: str | None = None) -> str:
    """At most so many letters left out, put in, changed, or swapped with their neighbour."""
    return f"edits_within({column}_l, {other or column}_r, {most})"


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _same(column: str, other: str | None = None) -> str:
    return f"{column}_l = {other or column}_r"


def _unknown(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


def _name(column: str, present: set[str]) -> Comparison:
    """A name; the first may stand where the last belongs."""
    other = "last_name" if column == "first_name" else "first_name"
    swapped = Level("first and last name swapped", _edits(column, 1, other), 0.02)
    levels = (
        Level("same", _same(column), 0.8, column),
        Level("one typo or much alike", f"({_edits(column, 1)}) OR ({_alike(column, 0.92)})", 0.08),
        *((swapped,) if other in present else ()),
        Level("alike", _alike(column, 0.84), 0.04),
        Level("other", ELSE, 0.06),
    )
    return Comparison(column, _unknown(column), levels)


def _birth_date(column: str, present: set[str]) -> Comparison:
    parts = f"left({column}_l, 4) = left({column}_r, 4)"
    turned = f"substr({column}_l, 5, 2) = substr({column}_r, 7, 2) AND substr({column}_l, 7, 2) = substr({column}_r, 5, 2)"
    levels = (
        Level("same", _same(column), 0.88),
        Level("day and month swapped", f"{parts} AND {turned}", 0.01),
        Level("one digit wrong, or two swapped", _edits(column, 1), 0.06),
        Level("two digits wrong", _edits(column, 2), 0.02),
        Level("other", ELSE, 0.03),
    )
    return Comparison(column, _unknown(column), levels)


def _email(column: str, present: set[str]) -> Comparison:
    """Two people of one name have addresses of one pattern, told apart by digits: other digits are no typo."""
    before = f"split_part({column}_l, '@', 1) = split_part({column}_r, '@', 1)"
    digits = " = ".join(f"regexp_replace({column}_{side}, '[^0-9]+', '', 'g')" for side in "lr")
    levels = (
        Level("same", _same(column), 0.75, column),
        Level("same before the @", before, 0.08),
        Level("one typo", f"{digits} AND {_edits(column, 1)}", 0.05),
        Level("other", ELSE, 0.12),
    )
    return Comparison(column, _unknown(column), levels)


def _number(column: str, present: set[str]) -> Comparison:
    levels = (
        Level("same", _same(column), 0.82, column),
        Level("one digit wrong, or two swapped", _edits(column, 1), 0.08),
        Level("two digits wrong", _edits(column, 2), 0.03),
        Level("other", ELSE, 0.07),
    )
    return Comparison(column, _unknown(column), levels)


def _text(column: str, present: set[str]) -> Comparison:
    levels = (
        Level("same", _same(column), 0.75, column),
        Level("much alike", f"({_edits(column, 1)}) OR ({_alike(column, 0.92)})", 0.1),
        Level("other", ELSE, 0.15),
    )
    return Comparison(column, _unknown(column), levels)


_KINDS: Mapping[str, Callable[[str, set[str]], Comparison]] = {
    "first_name": _name,
    "last_name": _name,
    "birth_date": _birth_date,
    "email": _email,
    "phone": _number,
    "national_id": _number,
    "state": _text,
    "text": _text,
}

# What says where somebody lives, and when it is the same place. Whoever shares one shares the others, so they are one
# comparison: added up one by one, they would make one person of everybody at an address.
_PARTS: Mapping[str, str] = {
    "street": _alike("street", 0.9),
    "house_number": _same("house_number"),
    "postcode": _edits("postcode", 1),
    "city": _alike("city", 0.9),
}


def _place(parts: Sequence[str]) -> Comparison:
    """How many parts of an address agree, less those that do not; a missing part does neither."""
    net = " + ".join(f"agreement({_PARTS[part]})" for part in parts)
    unknown = " AND ".join(f"({_unknown(part)})" for part in parts)
    lowest = max(1 - len(parts), -1)
    names = ", ".join(part.replace("_", " ") for part in parts)
    ranks = range(len(parts), lowest - 1, -1)
    shares = [0.5**rank for rank in range(1, len(ranks) + 1)]
    levels = [
        Level(_net_label(rank, len(parts), names), f"{net} >= {rank}", share)
        for rank, share in zip(ranks, shares, strict=True)
    ]
    return Comparison("place", unknown, (*levels, Level("another place", ELSE, shares[-1])))


def _net_label(rank: int, n_parts: int, names: str) -> str:
    if rank == n_parts:
        return f"same place ({names})"
    return f"{rank} more parts of it agree than differ" if rank > 0 else f"parts of it differ ({rank})"


def _last_name_of_a_household() -> Comparison:
    column = "last_name"
    levels = (
        Level("same", _same(column), 0.9, column),
        Level("alike", f"({_edits(column, 1)}) OR ({_alike(column, 0.92)})", 0.08),
        Level("other", ELSE, 0.02),
    )
    return Comparison(column, _unknown(column), levels)


def _address(present: set[str]) -> Comparison:
    """An address as a whole: another house in the same street is another household."""
    number = _same("house_number") if "house_number" in present else "street_l = street_r"
    area = [f"coalesce({_PARTS[part]}, TRUE)" for part in ("postcode", "city") if part in present]
    nearby = f"({' OR '.join(area)})" if area else "TRUE"
    missing = f"({_unknown('house_number')})" if "house_number" in present else "FALSE"
    levels = (
        Level("same address", f"({_same('street')}) AND {number} AND {nearby}", 0.8),
        Level("same address with typos", f"({_PARTS['street']}) AND {number} AND {nearby}", 0.12),
        Level("same street, house unknown", f"({_PARTS['street']}) AND {missing} AND {nearby}", 0.04),
        Level("other", ELSE, 0.04),
    )
    return Comparison("address", _unknown("street"), levels)
