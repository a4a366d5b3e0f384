"""Secrets: `${NAME}` in a destination's settings stands for a variable of the environment.

Reads the environment when something is sent, not before; the values are held by nothing that is stored or shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from headwater.core.documents import Declaration
from headwater.core.errors import SettingsError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

S = TypeVar("S", bound=Declaration)


def with_secrets(settings: S, file: str, environment: Mapping[str, str] | None = None) -> S:
    """The settings with every `${NAME}` replaced.

    Args:
        settings: as the file has them.
        file: the file's name, for messages.
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
            f"{file}: the environment variable{'s' if plural else ''} {', '.join(missing)} "
            f"{'are' if plural else 'is'} not set",
            next_step=f"set {'them' if plural else 'it'} in the environment of this command, then run again",
        )
    try:
        return type(settings).model_validate(_replaced(data, values))
    except ValidationError as error:
        places = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]}))
        raise SettingsError(
            f"{file}: with the environment's values, settings.{places} cannot be used",
            next_step="check the variables those settings name",
        ) from None


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
