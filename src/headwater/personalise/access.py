"""What is told of a person with a decision, and to whom: nothing, unless the placement says so.

A placement lists under `shows:` the traits and audiences that whoever may ask for it is told. What stands there was put
to the gate when the file was read, and is again for every person: a permit holds the fields that may go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater.audiences.lineage import audience_field
from headwater.audiences.values import Value
from headwater.core.errors import Bug
from headwater.live.person import Person
from headwater.personalise.placements import Placement
from headwater.privacy.gate import Permitted, Use


@dataclass(frozen=True)
class Shown:
    """What is told of a person: traits they have, by name, and which of the placement's audiences they are in."""

    traits: Mapping[str, Value] = field(default_factory=dict)
    audiences: tuple[str, ...] = ()


NOTHING = Shown()


def may_ask(placement: Placement, *, is_public: bool) -> bool:
    """Whether whoever asks may have this placement. `is_public`: they have no more than the key of a browser."""
    return placement.is_public or not is_public


def is_permitted(permitted: Permitted, placement: Placement) -> bool:
    """Whether the person asked about may be used for a placement.

    Raises:
        Bug: the permit is for something else.
    """
    wanted = placement.request
    asked = (permitted.purpose, permitted.use, permitted.name)
    if asked != (wanted.purpose, Use.PERSONALISATION, placement.name):
        raise Bug(
            f"a permit for {permitted.use} '{permitted.name}' was used for placement '{placement.name}'"
        )
    return len(permitted.profile_ids) == 1


def shown(person: Person, placement: Placement, permitted: Permitted) -> Shown:
    """What a placement tells of a person; nothing that the permit does not hold."""
    if not is_permitted(permitted, placement):
        return NOTHING
    traits = {
        name: person.traits[name]
        for name in placement.shows.traits
        if name in permitted.fields and person.traits.get(name) is not None
    }
    audiences = (
        name
        for name in placement.shows.audiences
        if audience_field(name) in permitted.fields and name in person.audiences
    )
    return Shown(traits, tuple(audiences))
