"""Take what is stated of a person and names them, an e-mail address or a phone number, for the identifier that it is.

As an identifier it is sealed at rest; as a trait it would lie open. What is no valid one stays a trait.
"""

from __future__ import annotations

from headwater.collect.event import Event
from headwater.collect.step import Surroundings


def put_identifiers(event: Event, around: Surroundings) -> None:
    """Move traits that are called like a kind of identifier, and are one, to the identifiers; one that is told already stays."""
    for kind in around.identifier_of.keys() & event.traits.keys():
        value = event.traits[kind]
        if isinstance(value, str) and around.identifier_of[kind](value) is not None:
            event.identifiers.setdefault(kind, value)
            del event.traits[kind]
