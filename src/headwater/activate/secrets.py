"""Secrets: `${NAME}` in a destination's settings stands for a variable of the environment.

Reads the environment when something is sent, not before; the values are held by nothing that is stored or shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import ValidationError

from headwater.core.documents import Declaration
from headwater.core.errors import SettingsError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST_TEXT = 4
_PARTS = re.compile(r"[\s/?&=#@:;,]+")
_SECRET_PART = re.compile(r"^(?=.*\d).{12,}$")

S = TypeVar("S", bound=Declaration)


def with_secrets(settings: S, where: str, environment: Mapping[str, str] | None = None) -> S:
    """The settings with every `${NAME}` replaced.

    Args:
        settings: as the file has them.
        where: whose they are, for messages.
        environment: the process's own unless given.

    Raises:
        SettingsError: variables that are not set, all of them by name; or a value that makes the settings impossible.
            Their values are never shown.
    """
    values = os.environ if environment is None else environment
    data = settings.model_dump(exclude_unset=True)
    missing = sorted({name for name in _named(data) if not values.get(name)})
    if missing:
        plural = len(missing) > 1
        raise SettingsError(
            f"{where}: the environment variable{'s' if plural else ''} {', '.join(missing)} "
            f"{'are' if plural else 'is'} not set",
            next_step=f"set {'them' if plural else 'it'} in the environment of this command, then run again",
        )
    try:
        return type(settings).model_validate(_replaced(data, values))
    except ValidationError as error:
        places = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]}))
        raise SettingsError(
            f"{where}: with the environment's values, settings.{places} cannot be used",
            next_step="check the variables those settings name",
        ) from None


def is_told(text: str) -> bool:
    """Whether a text of settings may be shown: it names its secrets, or has nothing in it that looks like one.

    >>> is_told("Bearer ${TOKEN}"), is_told("https://example.com/in"), is_told("https://example.com/T0AB12CD34EF56")
    (True, True, False)
    """
    return not any(_SECRET_PART.search(part) for part in _PARTS.split(_VARIABLE.sub("", text)))


def secrets_in(settings: S, own: S, environment: Mapping[str, str] | None = None) -> frozenset[str]:
    """What must not be seen of a destination's settings.

    The values of variables, and every text that stands in the settings themselves, where somebody may have written a
    secret; of a text with several parts, as a URL is, also those that look like a secret.

    Args:
        settings: as the file has them.
        own: the same with secrets in place.
        environment: the process's own unless given.
    """
    values = os.environ if environment is None else environment
    variables = {values.get(name, "") for name in _named(settings.model_dump(exclude_unset=True))}
    texts = {text for text in _texts(own.model_dump(exclude_unset=True)) if len(text) >= _SHORTEST_TEXT}
    parts = {part for text in texts for part in _PARTS.split(text) if _SECRET_PART.search(part)}
    return frozenset((variables | texts | parts) - {""})


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, (list, tuple)) else ()
    for each in inner:
        yield from _texts(each)


def _named(data: object) -> set[str]:
    if isinstance(data, str):
        return set(_VARIABLE.findall(data))
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, (list, tuple)) else ()
    return set[str]().union(*map(_named, inner))


def _replaced(data: object, values: Mapping[str, str]) -> object:
    if isinstance(data, str):
        return _VARIABLE.sub(lambda found: values[found.group(1)], data)
    if isinstance(data, dict):
        return {key: _replaced(value, values) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_replaced(value, values) for value in data]
    return data
