"""Parts that are found, not registered: built-ins by file name, others by entry point.

A family is a package (`headwater.audiences.operators`). Each module in it that does not begin with "_" is one
part: its file name is its id in configuration, URLs, docs and errors, and it holds one object under the
family's agreed name. Another distribution adds a part by an entry point in the group named after the family's
package.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from headwater.core.errors import Bug, NotFoundError


@cache
def discover(package: str, attribute: str, leave_out: tuple[str, ...] = ()) -> Mapping[str, object]:
    """All parts of a family by id, sorted by id.

    Args:
        package: the family's package, such as "headwater.activate.destinations".
        attribute: the name under which each module holds its part, such as "DESTINATION".
        leave_out: modules of the package that are its contract, not a part.

    Raises:
        Bug: a module without that attribute, or two parts with one id.
    """
    parts = {
        name: _load(f"{package}.{name}", attribute)
        for name in _built_in_names(package)
        if name not in leave_out
    }
    for entry_point in entry_points(group=package):
        if entry_point.name in parts:
            raise Bug(f"two parts of {package} are called '{entry_point.name}'")
        parts[entry_point.name] = entry_point.load()
    return MappingProxyType(dict(sorted(parts.items())))


def find(package: str, attribute: str, name: str, *, kind: str, leave_out: tuple[str, ...] = ()) -> object:
    """The part with this id.

    Raises:
        NotFoundError: there is none; the nearest id is named.
    """
    parts = discover(package, attribute, leave_out)
    if name not in parts:
        raise NotFoundError(kind, name, list(parts))
    return parts[name]


def _built_in_names(package: str) -> list[str]:
    path = importlib.import_module(package).__path__
    return [module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_")]


def _load(module_name: str, attribute: str) -> object:
    module = importlib.import_module(module_name)
    if not hasattr(module, attribute):
        raise Bug(f"{module_name} must hold its part under the name {attribute}")
    return getattr(module, attribute)
