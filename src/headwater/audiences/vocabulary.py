"""The words a rule may use: events, their properties, traits and audiences, each with its type.

Reads the tables `events` and `traits` (names only) and the project's audience files. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from headwater.audiences.event_names import event_names
from headwater.audiences.values import ValueType
from headwater.tables.events import TABLE as EVENTS
from headwater.tables.table import Type
from headwater.tables.traits import TABLE as TRAITS
from headwater.tables.workspace import Workspace

_OF_COLUMN = {Type.TEXT: ValueType.TEXT, Type.NUMBER: ValueType.NUMBER, Type.INSTANT: ValueType.INSTANT}
_ADDRESSED = (
    "source",
    "occurred_at",
    "order_id",
    "product_id",
    "product_name",
    "department",
    "category",
    "brand",
    "quantity",
    "revenue",
    "discount",
    "coupon_id",
    "campaign_id",
    "channel",
    "store_id",
    "url",
)
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,62}")

EVENT_PROPERTIES: Mapping[str, ValueType] = MappingProxyType(
    {name: _OF_COLUMN[EVENTS.column(name).type] for name in _ADDRESSED}
)
"""The properties that are columns of `events`; every other name is a key of the JSON in its column `properties`."""


@dataclass(frozen=True)
class Vocabulary:
    """What is known in a project.

    Attributes:
        events: names of events; none known yet: any name is accepted.
        properties: types of properties in the JSON of events; a name not listed is accepted, of unknown type.
        traits: their types by name; None: some have it, but nobody says of what type.
        audiences: names of audiences.
        lists: names of uploaded lists.
        unread: names that stand in files with mistakes: accepted as any of these, of unknown type, so that one mistake
            is told once, where it was made.
    """

    events: frozenset[str] = frozenset()
    properties: Mapping[str, ValueType] = field(default_factory=dict)
    traits: Mapping[str, ValueType | None] = field(default_factory=dict)
    audiences: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()

    def property_type(self, name: str) -> ValueType | None:
        """The type of an event's property, if it is known; JSON has no instants, they are text there."""
        kind = EVENT_PROPERTIES.get(name) or self.properties.get(name)
        return ValueType.TEXT if kind is ValueType.INSTANT and name not in EVENT_PROPERTIES else kind


def is_property_name(name: str) -> bool:
    """Whether a property can have this name: letters, digits, `_ . -`, not beginning with a digit; at most 63."""
    return _PROPERTY.fullmatch(name) is not None


def read_vocabulary(workspace: Workspace, traits: Mapping[str, str] | None = None) -> Vocabulary:
    """The words known to a project: what its tables hold, and these declared traits (name to type) besides."""
    lists = workspace.engine.table("SELECT DISTINCT list FROM list_uploads")
    types = _trait_types(workspace) | dict(traits or {})
    return Vocabulary(
        events=event_names(workspace),
        traits={name: ValueType(kind) for name, kind in types.items()},
        audiences=frozenset(document.name for document in workspace.project.documents["audiences"]),
        lists=frozenset(lists["list"].to_pylist()),
    )


def _trait_types(workspace: Workspace) -> dict[str, str]:
    """The type of each trait that somebody has; of one that has several, the first in the alphabet."""
    if TRAITS.name not in workspace.stand_ins:
        return workspace.lake.least(TRAITS.layout, workspace.snapshot, "type")
    held = workspace.engine.table("SELECT trait, min(type) AS type FROM traits GROUP BY trait")
    return dict(zip(held["trait"].to_pylist(), held["type"].to_pylist(), strict=True))
