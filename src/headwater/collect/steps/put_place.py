"""Say where a person was, as far as their address tells; to be done before the address is cut."""

from __future__ import annotations

from headwater.collect.event import Event
from headwater.collect.step import Surroundings, put

PUT = ("country", "region", "city", "postal_code", "continent")


def put_place(event: Event, around: Surroundings) -> None:
    """Put country (ISO 3166 code), region, city, postal code and continent."""
    if not event.ip or not event.name:
        return
    place = around.place_of(event.ip)
    if place and not any(
        event.properties.get(name) for name in PUT
    ):  # half of one place, half of another is none
        put(event, {name: place.get(name) for name in PUT})
