"""Name, address and birth date in one spelling: evidence that two are one person, and nothing to find or reach them by.

The parts stand in this order, with | between them: given name, family name, street and number, postcode, country, birth date
(`Ann|Doe|1 Main St|02139|US|1980-02-03`). Each is compared without accents, case and punctuation; both names, the postcode
and either the street or the birth date (ISO 8601) must be there. Abbreviations are not written out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date

from sqlglot import exp

from headwater.identity.identifier import NOT_HASHED, NOTHING_INVISIBLE, Called, Identifier
from headwater.identity.placeholders import PLACEHOLDERS

N_PARTS = 6
_SAMPLES = frozenset(["john doe", "jane doe", "max mustermann", "erika mustermann", "first last"])


def normalise(text: str) -> str | None:
    """The parts in one spelling, or None if they are not six or too many of them are empty."""
    parts = text.translate(NOTHING_INVISIBLE).split("|")
    if len(parts) != N_PARTS:
        return None
    given, family, street, postcode, country = map(_spelled, parts[:5])
    born = _born(parts[5])
    if not (given and family and postcode and (street or born)) or born is None:
        return None
    return "|".join((given, family, street, postcode.replace(" ", ""), country, born))


def _spelled(part: str) -> str:
    """Words of small letters and digits without accents, one space between them.

    Accents are those of Latin, Greek and Cyrillic letters; marks that make another letter elsewhere stay.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", part).casefold())
    letters = unicodedata.normalize(
        "NFC", "".join(sign for sign in plain if not "\u0300" <= sign <= "\u036f")
    )
    return " ".join(
        "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in letters).split()
    )


def _born(part: str) -> str | None:
    """A birth date; empty if none is given, None if it is no date."""
    given = part.strip()
    if not given:
        return ""
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        return None


def is_junk(value: str) -> bool:
    """Whether the name is one that stands on samples of forms, or both names are placeholders; one alone is somebody's."""
    given, family, *_ = value.split("|")
    return f"{given} {family}" in _SAMPLES or (given in PLACEHOLDERS and family in PLACEHOLDERS)


def _part(number: int) -> Callable[[exp.Expression], exp.Expression]:
    """SQL for one of the parts, counted from 1; NULL if it is empty."""

    def to_sql(value: exp.Expression) -> exp.Expression:
        part = exp.func("split_part", value.copy(), exp.Literal.string("|"), exp.Literal.number(number))
        return exp.Nullif(this=part, expression=exp.Literal.string(""))

    return to_sql


IDENTIFIER = Identifier(
    meaning="Name, address and birth date, by which records are matched.",
    strength=50,
    to_sql=Called("headwater_postal"),
    normalise=normalise,
    examples=(
        ("Ann|Doe|1 Main St.|02139|US|1980-02-03", "ann|doe|1 main st|02139|us|1980-02-03"),
        ("JOSÉ | Núñez-Weiß ||sw1a 1aa|GB| 1980-02-03", "jose|nunez weiss||sw1a1aa|gb|1980-02-03"),
        ("ガ|イ|1|100-0001|JP|", "ガ|イ|1|1000001|jp|"),
        ("Ann|Doe|1 Main St|02139||", "ann|doe|1 main st|02139||"),
        ("Ann|Doe||02139|US|", None),
        ("Ann||1 Main St|02139|US|1980-02-03", None),
        ("Ann|Doe|1 Main St|02139|US|3.2.1980", None),
        ("Ann Doe, 1 Main St, 02139", None),
        ("", None),
    ),
    names="person",
    is_direct=True,
    hash_forms=NOT_HASHED,
    is_junk=is_junk,
    is_evidence_only=True,
    compared_as={
        "first_name": _part(1),
        "last_name": _part(2),
        "street": _part(3),
        "postcode": _part(4),
        "birth_date": _part(6),
    },
)
