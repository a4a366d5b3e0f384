"""Which records are compared at all: those that agree in something that few others agree in.

Comparing every record with every other would take the square of their number. Rules stand here in the order in which they
are tried; one whose fields the model lacks is no rule of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headwater.identity.matching.model import Level

MOST_PAIRS = 30_000_000  # of one rule: a value that everybody has is nothing to compare records by


@dataclass(frozen=True)
class Rule:
    """Pairs of records that agree in all of these: a column, or SQL over the columns of one record."""

    keys: tuple[str, ...]
    needs: tuple[str, ...]
    other_keys: tuple[str, ...] = ()  # of the right record, where they are not the same as of the left one
    also: str = ""

    def to_sql(self) -> str:
        """As a condition over `l` and `r`."""
        pairs = zip(self.keys, self.other_keys or self.keys, strict=True)
        equal = [f"{_of(key, self.needs, 'l')} = {_of(other, self.needs, 'r')}" for key, other in pairs]
        return " AND ".join([*equal, *([self.also] if self.also else [])])


def _of(key: str, columns: Iterable[str], side: str) -> str:
    """A key with its columns' side in front."""
    for column in columns:
        key = key.replace(f"{{{column}}}", f"{side}.{column}")
    return key


def _rule(*keys: str) -> Rule:
    """A rule of whole columns, or of their beginnings: `last_name:3`."""
    written, needs = [], []
    for key in keys:
        column, _, length = key.partition(":")
        needs.append(column)
        written.append(f"left({{{column}}}, {length})" if length else f"{{{column}}}")
    return Rule(tuple(written), tuple(needs))


_SWAPPED = Rule(("{first_name}", "{last_name}"), ("first_name", "last_name"), ("{last_name}", "{first_name}"))

_PERSON = (
    _rule("national_id"),
    _rule("email"),
    _rule("phone"),
    _rule("birth_date"),
    _rule("first_name", "last_name"),
    _SWAPPED,
    _rule("last_name", "postcode"),
    _rule("first_name", "postcode"),
    _rule("last_name", "street:5"),
    _rule("first_name", "street:5"),
    _rule("street", "house_number"),
    _rule("postcode", "house_number"),
    _rule("last_name:3", "birth_date:4"),
    _rule("first_name:3", "birth_date:4"),
    _rule("birth_date:4", "postcode"),
    _rule("first_name", "city"),
    _rule("last_name", "city"),
)
_ALIKE = "jaro_winkler_similarity(l.last_name, r.last_name) >= 0.84"
_HOUSEHOLD = (
    _rule("last_name", "street"),
    _rule("last_name", "postcode", "house_number"),
    _rule("last_name", "city", "house_number"),
    Rule(("{street}", "{house_number}"), ("street", "house_number", "last_name"), also=_ALIKE),
)
_SURE = (
    _rule("national_id"),
    _rule("email", "first_name"),
    _rule("phone", "first_name"),
    _rule("first_name", "last_name", "birth_date"),
    _rule("first_name", "last_name", "street"),
    _rule("first_name", "last_name", "postcode"),
)
_SURE_OF_A_HOUSEHOLD = (
    _rule("last_name", "street", "house_number", "postcode"),
    _rule("last_name", "street", "house_number", "city"),
    _rule("last_name", "street", "house_number"),
)
_TRAINING = (
    _rule("national_id"),
    _rule("email"),
    _rule("birth_date"),
    _rule("phone"),
    _rule("first_name", "last_name"),
    _rule("street", "house_number"),
    _rule("postcode", "last_name"),
    _rule("postcode", "first_name"),
)


def rules(level: Level, columns: Sequence[str]) -> list[Rule]:
    """By which records are brought together to be compared."""
    return _possible(_HOUSEHOLD if level == "household" else _PERSON, columns)


def sure_rules(level: Level, columns: Sequence[str]) -> list[Rule]:
    """By which nearly all pairs are of one: how many there are is first estimated from them."""
    return _possible(_SURE_OF_A_HOUSEHOLD if level == "household" else _SURE, columns)


def training_rules(columns: Sequence[str]) -> list[Rule]:
    """By which pairs are found of which a fair share is of one person: from these the model is learned."""
    return _possible(_TRAINING, columns)


def _possible(found: Sequence[Rule], columns: Sequence[str]) -> list[Rule]:
    return [rule for rule in found if set(rule.needs) <= set(columns)]
