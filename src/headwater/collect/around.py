"""What steps may look at, put together from what the collectors' files say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headwater.collect.declare import Collector
from headwater.collect.step import Place, Product, Surroundings


def surroundings(
    collectors: Mapping[str, Collector],
    *,
    product_of: Callable[[str], Product | None] = lambda _: None,
    place_of: Callable[[str], Place | None] = lambda _: None,
) -> Surroundings:
    """The surroundings of a project's steps; `place_of` is made by `places.open_places`."""
    said = {name: each.said for name, each in collectors.items()}
    return Surroundings(
        product_of=product_of,
        place_of=place_of,
        keep_bots=frozenset(name for name, each in said.items() if each.keep_bots),
        own_hosts={
            name: frozenset(host.lower().rstrip(".") for host in each.own_hosts)
            for name, each in said.items()
        },
        ip_kept={name: each.ip for name, each in said.items()},
    )
