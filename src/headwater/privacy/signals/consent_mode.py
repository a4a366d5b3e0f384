"""Google Consent Mode, version 2: what a page's tags were told about seven kinds of storage, as default and as updates.

A page states defaults before it has asked anybody, for everywhere or for some regions, then updates once somebody has chosen.
Reads the commands in the order in which the page gave them; the later update counts, and of defaults the one for the
narrower region.

Source: Google, Consent mode reference (gtag `consent` command).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from headwater.core.errors import SignalError, suggest
from headwater.privacy.signals.statement import State


class Storage(StrEnum):
    """What consent is asked for."""

    AD_STORAGE = "ad_storage"
    ANALYTICS_STORAGE = "analytics_storage"
    AD_USER_DATA = "ad_user_data"
    AD_PERSONALIZATION = "ad_personalization"
    FUNCTIONALITY_STORAGE = "functionality_storage"
    PERSONALIZATION_STORAGE = "personalization_storage"
    SECURITY_STORAGE = "security_storage"


_KINDS = ("default", "update")
_NO_STORAGE = ("region", "wait_for_update")  # other settings of a command
_NOTHING: Mapping[Storage, State] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ConsentMode:
    """What the tags go by.

    Attributes:
        defaults: what the page assumed before anybody chose.
        chosen: what updates said: the person's own word.
    """

    defaults: Mapping[Storage, State] = field(default_factory=lambda: _NOTHING)
    chosen: Mapping[Storage, State] = field(default_factory=lambda: _NOTHING)

    def state(self, storage: Storage) -> State | None:
        """What tags go by for a storage: what was chosen, else the default, else nothing."""
        return self.chosen.get(storage, self.defaults.get(storage))


def read(commands: Iterable[tuple[str, Mapping[str, object]]], region: str | None = None) -> ConsentMode:
    """What commands come to.

    Args:
        commands: "default" or "update" with the settings given, in order.
        region: where the person is, as ISO 3166-2 has it ("US-CA", "DE"); None: not known, so no default for regions counts.

    Raises:
        SignalError: a command, a storage or a state is none.
    """
    defaults: dict[Storage, tuple[int, State]] = {}
    chosen: dict[Storage, State] = {}
    for number, (kind, settings) in enumerate(commands, start=1):
        where = f"consent mode, command {number}"
        if kind not in _KINDS:
            raise SignalError(f"{where}: must be 'default' or 'update'")
        states = _states(settings, where)
        if kind == "update":
            chosen |= states
            continue
        closeness = _closeness(settings.get("region"), region, where)
        for storage, state in states.items():
            if closeness >= defaults.get(storage, (0, state))[0]:
                defaults[storage] = (closeness, state)
    assumed = {storage: state for storage, (_, state) in defaults.items()}
    return ConsentMode(MappingProxyType(assumed), MappingProxyType(chosen))


def _states(settings: Mapping[str, object], where: str) -> dict[Storage, State]:
    found = {}
    for name, value in settings.items():
        if name in _NO_STORAGE:
            continue
        if name not in list(Storage):
            raise SignalError(f"{where}: there is no such storage; {suggest(name, Storage)}")
        if value not in list(State):
            raise SignalError(f"{where}: {name} must be 'granted' or 'denied'")
        found[Storage(name)] = State(str(value))
    return found


def _closeness(regions: object, region: str | None, where: str) -> int:
    """How narrowly a default was meant for where the person is: 0 for everywhere, more for narrower, -1 for elsewhere."""
    if regions is None:
        return 0
    if not isinstance(regions, (list, tuple)) or not all(isinstance(each, str) for each in regions):
        raise SignalError(f"{where}: region must be a list such as ['DE', 'US-CA']")
    here = region or ""
    fitting = [len(each) for each in regions if each and (here == each or here.startswith(f"{each}-"))]
    return max(fitting, default=-1)


def write(said: ConsentMode) -> tuple[tuple[str, dict[str, str]], ...]:
    """The commands that say it: a default, then an update, each only if it says something."""
    parts = zip(_KINDS, (said.defaults, said.chosen), strict=True)
    return tuple(
        (kind, {str(key): str(state) for key, state in part.items()}) for kind, part in parts if part
    )
