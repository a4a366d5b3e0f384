"""The SHA-256 of an e-mail address, as another party gives it instead of the address: 64 hexadecimal digits in lower case.

It equals the hash of an address held here only if both were normalised alike before hashing.
"""

from __future__ import annotations

import base64
import re

from sqlglot import exp

from headwater.identity.identifier import SPACES, Identifier, sha256_hex, trimmed
from headwater.identity.placeholders import PLACEHOLDERS, is_run_of_keys

PATTERN = "^[0-9A-Fa-f]{64}$"
OF_PLACEHOLDERS = frozenset(map(sha256_hex, ("", " ", "@", "test@test.com", *PLACEHOLDERS)))


def normalise(text: str) -> str | None:
    """The 64 digits in lower case, or None if it is something else."""
    value = text.strip(SPACES)
    return value.lower() if re.fullmatch(PATTERN, value) else None


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    text = trimmed(value)
    is_one = exp.RegexpLike(this=text, expression=exp.Literal.string(PATTERN))
    return exp.case().when(is_one, exp.Lower(this=text.copy()))


def is_junk(value: str) -> bool:
    """Whether nothing, or a placeholder, was hashed, or it is one digit over and over."""
    return value in OF_PLACEHOLDERS or is_run_of_keys(value)


def in_hex(value: str) -> str:
    """The hash as it is: it is not hashed again."""
    return value


def in_base64(value: str) -> str:
    """The same bytes in base64."""
    return base64.b64encode(bytes.fromhex(value)).decode()


IDENTIFIER = Identifier(
    meaning="The SHA-256 of an e-mail address.",
    strength=78,
    to_sql=to_sql,
    normalise=normalise,
    examples=(
        (
            " 973DFE463EC85785F5F95AF5BA3906EEDB2D931C24E69824A89EA65DBA4E813B ",
            "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b",
        ),
        ("973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813", None),
        ("test@example.com", None),
        ("lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs=", None),
        ("", None),
    ),
    names="person",
    is_direct=False,
    hash_forms={"sha256_hex": in_hex, "sha256_base64": in_base64},
    is_junk=is_junk,
)
