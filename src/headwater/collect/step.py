"""What a step is: a function that cleans or enriches one event, or says why it cannot be used.

`drop_…` rejects, `put_…` adds what is not there yet and never overwrites what the client told, `scrub_…` takes away. Steps run
in the order of `flow.stream.ON_EVENT`, in one process, on thousands of events a second: they keep what they learn of texts that
come again and again (a user agent, a referrer) and do no input or output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from headwater.collect.event import Event, Rejected
from headwater.privacy.signals.incoming import Signals
from headwater.privacy.wishes import Heard

NOTHING: tuple[object, ...] = (None, "", [])

Product = Mapping[str, str]  # column of `products` to value
Place = Mapping[str, str]  # country, region, city, postal_code, continent, time_zone


@dataclass(frozen=True)
class Surroundings:
    """What steps may look at besides the event.

    Attributes:
        product_of: the catalogue's entry of a product id; None: it has none.
        place_of: where an address is, from a file the settings name; None: not known.
        keep_bots: the sources that want events of crawlers, too.
        own_hosts: the hosts of each source's own pages: a referrer from there is none.
        identifier_of: of each kind of identifier that names or reaches a person, its normalised value of a text; None: it is
            none.
        ip_kept: how much of a client's address each source keeps: `truncated` (if nothing is said), `full`, `none`.
        hear: what signals and choices that came together at a moment say of the project's purposes.
    """

    product_of: Callable[[str], Product | None] = field(default=lambda _: None)
    place_of: Callable[[str], Place | None] = field(default=lambda _: None)
    keep_bots: frozenset[str] = frozenset()
    own_hosts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    identifier_of: Mapping[str, Callable[[str], str | None]] = field(default_factory=dict)
    ip_kept: Mapping[str, str] = field(default_factory=dict)
    hear: Callable[[Signals, Mapping[str, bool], datetime], Heard] = field(default=lambda *_: Heard())


Step = Callable[[Event, Surroundings], Rejected | None]
"""Changes the event; gives a rejection (without index and raw, which `flow.stream` fills in) or None."""


def put(event: Event, found: Mapping[str, object]) -> None:
    """Add properties that are not there yet; null, the empty text and the empty list count as not there."""
    told = event.properties
    for name, value in found.items():
        if value not in NOTHING and told.get(name) in NOTHING:
            told[name] = value
