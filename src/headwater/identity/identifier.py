"""What an identifier kind is: the contract of `identity/identifiers/`.

A kind says how raw text becomes the one spelling under which it is compared, in SQL for batches and in Python for one
value, with the same result; a text that is no such identifier becomes NULL and None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from sqlglot import exp

from headwater.core.plugins import discover

PACKAGE, ATTRIBUTE = "headwater.identity.identifiers", "IDENTIFIER"

# What stands around identifiers without meaning anything. Written out, because "white space" is another set of characters
# in every engine.
SPACES = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000"
)


@dataclass(frozen=True)
class Identifier:
    """One kind of identifier.

    `strength`: how surely it names one person; an event's own node is its strongest identifier. `names`: what it is of; one of a
    device never ties two people who are known otherwise. `examples`: raw text and
    what it becomes; None where it is not valid.
    """

    meaning: str
    strength: int
    names: Literal["person", "device", "household"] = field(kw_only=True)
    to_sql: Callable[[exp.Expression], exp.Expression]
    normalise: Callable[[str], str | None]
    examples: tuple[tuple[str, str | None], ...]


def trimmed(value: exp.Expression) -> exp.Expression:
    """SQL for a text without spaces around it, NULL if nothing is left; in Python: `text.strip(SPACES) or None`."""
    text = exp.Trim(this=value.copy(), expression=exp.Literal.string(SPACES))
    nothing_to_trim = exp.and_(
        *(
            _is_printable(end(this=value.copy(), expression=exp.Literal.number(1)))
            for end in (exp.Left, exp.Right)
        )
    )
    return exp.Case(
        ifs=[exp.If(this=nothing_to_trim, true=value.copy())],
        default=exp.Nullif(this=text, expression=exp.Literal.string("")),
    )


def _is_printable(character: exp.Expression) -> exp.Expression:
    """Asked before trimming, because trimming a set of characters costs an engine ten times as much as this."""
    return exp.Between(this=character, low=exp.Literal.string("!"), high=exp.Literal.string("~"))


def identifier_kinds() -> Mapping[str, Identifier]:
    """Every identifier kind by id."""
    return cast("Mapping[str, Identifier]", discover(PACKAGE, ATTRIBUTE))
