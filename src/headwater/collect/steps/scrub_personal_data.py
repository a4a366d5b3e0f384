"""Take e-mail addresses and card numbers out of URLs and properties, where people paste them and forms leak them.

They become `[email]` and `[card]`. Identifiers and traits stay: there they are what is meant.
"""

from __future__ import annotations

import re

from headwater.collect.enriching.personal_data import (
    has_suspects,
    is_name_of_id,
    without_cards,
    without_personal_data,
)
from headwater.collect.event import Event
from headwater.collect.step import Surroundings

_USER = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)


def scrub_personal_data(event: Event, around: Surroundings) -> None:
    """Scrub the event's name, its URLs and its properties, however deep."""
    event.name = without_personal_data(event.name)
    event.url = _url(event.url)
    event.referrer = _url(event.referrer)
    told = event.properties
    for name in [name for name in told if has_suspects(name)]:
        clean_name = without_personal_data(name)
        if clean_name != name:
            told[clean_name] = told.pop(name)
    for name, value in told.items():
        clean = _value(value, name)
        if clean is not value:
            told[name] = clean


def _url(url: str) -> str:
    """A URL without user and password, which look like an e-mail address, and without personal data."""
    return without_personal_data(_USER.sub(r"\1", url)) if has_suspects(url) else url


def _value(value: object, name: str) -> object:
    """A property's value, scrubbed; itself if nothing was found. Ids may be as long as card numbers and look like them."""
    if isinstance(value, str):
        return without_personal_data(value, cards=not is_name_of_id(name))
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        clean = [_value(each, name) for each in value]
        return value if all(a is b for a, b in zip(clean, value, strict=True)) else clean
    if isinstance(value, int) and value > 10**12 and not is_name_of_id(name):
        text = str(value)
        return value if without_cards(text) == text else without_cards(text)
    return value


def _object(value: dict[str, object]) -> dict[str, object]:
    clean = {without_personal_data(name): _value(each, name) for name, each in value.items()}
    is_same = all(a is b and c == d for (c, a), (d, b) in zip(clean.items(), value.items(), strict=False))
    return value if is_same and len(clean) == len(value) else clean
