"""Where an address is: read from a file in MaxMind's format, of whatever maker, that the setting `geo_file` names.

Makers name things differently: GeoIP2, GeoLite2 and DB-IP nest them (`city.names.en`), IPinfo and others do not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import maxminddb

from headwater.collect.step import Place
from headwater.core.errors import SettingsError

# Where each thing stands in a record, the likeliest first; a number is a place in a list.
_WHERE: dict[str, tuple[tuple[str | int, ...], ...]] = {
    "country": (("country", "iso_code"), ("country_code",), ("country",)),
    "region": (("subdivisions", 0, "names", "en"), ("subdivisions", 0, "iso_code"), ("region",), ("state1",)),
    "city": (("city", "names", "en"), ("city",)),
    "postal_code": (("postal", "code"), ("postal_code",), ("postcode",), ("postal",)),
    "continent": (("continent", "code"), ("continent_code",), ("continent",)),
    "time_zone": (("location", "time_zone"), ("timezone",), ("time_zone",)),
}


def open_places(file: Path | None) -> Callable[[str], Place | None]:
    """What knows where an address is; None: no file is set, and nothing is known.

    Raises:
        SettingsError: the file is not there, or is none of this format.
    """
    if file is None:
        return lambda _: None
    try:
        reader = maxminddb.open_database(file)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        wrong = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read as a MaxMind file"
        raise SettingsError(
            f"geo_file: {file} {wrong}", next_step="name a .mmdb file, or leave the setting empty"
        ) from None
    return lru_cache(maxsize=16_384)(lambda ip: _place_of(reader, ip))


def _place_of(reader: maxminddb.Reader, ip: str) -> Place | None:
    try:
        record = reader.get(ip)
    except (
        ValueError,
        maxminddb.InvalidDatabaseError,
    ):  # no address, or one of a version the file does not know
        return None
    if not isinstance(record, dict):
        return None
    return {name: text for name, ways in _WHERE.items() if (text := _first(record, ways))} or None


def _first(record: object, ways: tuple[tuple[str | int, ...], ...]) -> str:
    found = (_at(record, way) for way in ways)
    return next((text for text in found if isinstance(text, str) and text), "")


def _at(record: object, way: tuple[str | int, ...]) -> object:
    """What stands at a place of a record; None: nothing."""
    for part in way:
        try:
            record = record[part]  # type: ignore[index]  # whatever is none is told by the error
        except (LookupError, TypeError):
            return None
    return record
