"""Regions of the world as laws know them: countries and their subdivisions (ISO 3166), and what several countries make up.

    DE      a country, by its two letters (ISO 3166-1)
    US-CA   a part of one (ISO 3166-2)
    EU      the European Union; EEA: with Iceland, Liechtenstein and Norway

Reads the table of countries that comes with the time zones (`tzdata`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_EU = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
GROUPS = {"EU": _EU, "EEA": _EU | {"IS", "LI", "NO"}}
_OTHERWISE = {"UK": "GB", "EL": "GR"}  # what some call them
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")


@cache
def countries() -> frozenset[str]:
    """Every country's two letters.

    >>> "DE" in countries(), "XX" in countries(), len(countries()) > 200
    (True, False, True)
    """
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2] for line in lines if line and not line.startswith("#"))


def is_region(code: str) -> bool:
    """Whether a code is a country's, a subdivision's or a group's; which subdivisions there are is not known.

    >>> is_region("EU"), is_region("US-CA"), is_region("US-"), is_region("Germany"), is_region("uk")
    (True, True, False, False, False)
    """
    country, dash, part = code.partition("-")
    if not dash:
        return code in GROUPS or code in countries()
    return country in countries() and bool(_SUBDIVISION.fullmatch(part))


def read_place(country: str | None, part: str | None = None) -> str:
    """Where somebody is, as the code of a region, of what is said of their country and its part; empty: it is not known.

    >>> read_place("de"), read_place("US", "ca"), read_place("US", "US-CA"), read_place("us-ca"), read_place(None, "US-CA")
    ('DE', 'US-CA', 'US-CA', 'US-CA', 'US-CA')
    >>> read_place("Germany"), read_place("UK"), read_place("DE", "US-CA"), read_place("US", "California")
    ('', 'GB', 'DE', 'US')
    """
    where, _, own_part = (country or "").strip().upper().partition("-")
    said, dash, named = (part or "").strip().upper().rpartition("-")
    where = _OTHERWISE.get(where, where) or said
    if where not in countries():
        return ""
    inner = own_part or (named if not dash or said == where else "")
    return f"{where}-{inner}" if _SUBDIVISION.fullmatch(inner) else where


def is_in(place: str, regions: Iterable[str]) -> bool | None:
    """Whether a place is in one of these regions; None: it is not known.

    >>> is_in("DE", ["EU"]), is_in("US-CA", ["US"]), is_in("US-NY", ["US-CA"]), is_in("US", ["US-CA"]), is_in("", ["EU"])
    (True, True, False, None, None)
    """
    if not place:
        return None
    country, _, part = place.partition("-")
    may_be = False
    for region in regions:
        if region in {place, country} or country in GROUPS.get(region, ()):
            return True
        may_be |= not part and region.startswith(f"{country}-")
    return None if may_be else False
