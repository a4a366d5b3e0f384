"""What an identifier kind is: the contract of `identity/identifiers/`.

A kind says how raw text becomes the one spelling under which it is compared, in SQL for batches and in Python for one
value, with the same result; a text that is no such identifier becomes NULL and None. It also says what the rules of
identity need: what such an identifier identifies, whether it reaches a person by itself, which values stand where nothing
was known, and in which hashed forms it may be given out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

import pyarrow as pa
from sqlglot import exp

from headwater.core.plugins import discover
from headwater.engine.engine import Engine
from headwater.identity.placeholders import is_placeholder

PACKAGE, ATTRIBUTE = "headwater.identity.identifiers", "IDENTIFIER"

# What stands around identifiers without meaning anything. Written out, because "white space" is another set of characters
# in every engine.
SPACES = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000"
)


# What is copied along with a text and shows nowhere: soft hyphen, zero-width spaces and joiners, marks of direction, byte
# order mark.
INVISIBLE = (
    "\u00ad\u061c\u180e"
    + "".join(map(chr, range(0x200B, 0x2010)))
    + "".join(map(chr, range(0x202A, 0x202F)))
    + "".join(map(chr, range(0x2060, 0x2070)))
    + "\ufeff"
)

Hash = Callable[[str], str]


def sha256_hex(value: str) -> str:
    """The SHA-256 (FIPS 180-4) of the UTF-8 bytes, in hexadecimal.

    >>> sha256_hex("test@example.com")
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'
    """
    return _sha256(value).hex()


def sha256_base64(value: str) -> str:
    """The same bytes in base64.

    >>> sha256_base64("test@example.com")
    'lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs='
    """
    return base64.b64encode(_sha256(value)).decode()


def _sha256(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


HASHED: Mapping[str, Hash] = MappingProxyType({"sha256_hex": sha256_hex, "sha256_base64": sha256_base64})
NOT_HASHED: Mapping[str, Hash] = MappingProxyType({})


@dataclass(frozen=True)
class Identifier:
    """One kind of identifier.

    Attributes:
        meaning: what it is, in a sentence.
        strength: how surely it names one person; an event's own node is its strongest identifier.
        to_sql: the normalised value of a text, NULL if it is not valid; `Called` where only Python can tell.
        normalise: the same in Python: None if it is not valid.
        examples: raw text and what it becomes; None where it is not valid.
        names: what it identifies.
        is_direct: whether it names or reaches a person by itself, as an e-mail address does.
        hash_forms: the hashed forms in which a normalised value may be given out, by name.
        is_junk: whether a normalised value stands where nothing was known, so that all who have it have nothing in common.
        by_region: where it makes a difference in which region (ISO 3166) a text was written: what normalises those of a region;
            of a region that there is not None.
        is_evidence_only: whether it only tells that two are one, and nobody is looked up or reached by it.
        compared_as: what of it can be alike without being equal: by kind of `matching.model`, SQL over the normalised value.
    """

    meaning: str
    strength: int
    to_sql: Callable[[exp.Expression], exp.Expression]
    normalise: Callable[[str], str | None]
    examples: tuple[tuple[str, str | None], ...]
    names: Literal["person", "device", "household"]
    is_direct: bool
    hash_forms: Mapping[str, Hash] = field(default_factory=lambda: HASHED)
    is_junk: Callable[[str], bool] = is_placeholder
    by_region: Callable[[str], Callable[[str], str | None] | None] | None = None
    is_evidence_only: bool = False
    compared_as: Mapping[str, Callable[[exp.Expression], exp.Expression]] = field(default_factory=dict)


@dataclass(frozen=True)
class Called:
    """As `to_sql` of a kind: its `normalise`, which SQL calls under this name once `define_kinds` has told the engine."""

    name: str
    region: str = ""

    def __call__(self, value: exp.Expression) -> exp.Expression:
        """SQL for the normalised value."""
        region = [exp.Literal.string(self.region)] if self.region else []
        return exp.Anonymous(this=self.name, expressions=[value.copy(), *region])


def define_kinds(engine: Engine) -> None:
    """Let an engine normalise identifiers of every kind."""
    for kind in identifier_kinds().values():
        if isinstance(kind.to_sql, Called):
            engine.define(kind.to_sql.name, _or_null(kind), pa.string())


def _or_null(kind: Identifier) -> Callable[..., str | None]:
    """What SQL calls, with a text and, if it was written in a region, that."""

    def called(text: str | None, region: str = "") -> str | None:
        normalise = kind.by_region(region) if region and kind.by_region else kind.normalise
        return None if text is None or normalise is None else normalise(text)

    return called


def as_it_is(value: exp.Expression) -> exp.Expression:
    """SQL for the whole of a value."""
    return value.copy()


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


def visible(value: exp.Expression) -> exp.Expression:
    """SQL for a text without characters that show nowhere; in Python: `text.translate(NOTHING_INVISIBLE)`."""
    is_ascii = exp.EQ(this=exp.func("strlen", value.copy()), expression=exp.Length(this=value.copy()))
    shown = exp.func("translate", value.copy(), exp.Literal.string(INVISIBLE), exp.Literal.string(""))
    return exp.Case(ifs=[exp.If(this=is_ascii, true=value.copy())], default=shown)


NOTHING_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))


def _is_printable(character: exp.Expression) -> exp.Expression:
    """Asked before trimming, because trimming a set of characters costs an engine ten times as much as this."""
    return exp.Between(this=character, low=exp.Literal.string("!"), high=exp.Literal.string("~"))


def identifier_kinds() -> Mapping[str, Identifier]:
    """Every identifier kind by id."""
    return cast("Mapping[str, Identifier]", discover(PACKAGE, ATTRIBUTE))


def lookup_kinds() -> Mapping[str, Identifier]:
    """Every kind by which people are looked up and reached."""
    return {name: kind for name, kind in identifier_kinds().items() if not kind.is_evidence_only}
