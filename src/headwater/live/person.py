"""A person as the live store shows them to whoever decides something about them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from headwater.audiences.values import Value


@dataclass(frozen=True)
class Person:
    """What is known of one person at this moment.

    Attributes:
        key: stands for the person as long as the live store knows them under no other; empty: nobody is known by these
            identifiers (yet), and all else is empty.
        identifiers: (kind, normalised value), sorted.
        traits: by name.
        audiences: the audiences they are in, with since when.
        consents: purpose to `granted` or `denied`, as it stands now; a purpose that is not here was never spoken of.
        despite_gpc: the purposes that they agreed to knowing of Global Privacy Control.
        exposures: (placement, variant) to the moments at which it was shown to them, ascending, those of the last days.
        is_restricted: whether nothing of them may be used, for no purpose.
    """

    key: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    traits: Mapping[str, Value] = field(default_factory=dict)
    audiences: Mapping[str, datetime] = field(default_factory=dict)
    consents: Mapping[str, str] = field(default_factory=dict)
    exposures: Mapping[tuple[str, str], tuple[datetime, ...]] = field(default_factory=dict)
    is_restricted: bool = False
    despite_gpc: frozenset[str] = frozenset()
