"""Say who sent the person: the host of the page before, what it is, and what was searched for there."""

from __future__ import annotations

from headwater.collect.enriching.referrers import referrer_of
from headwater.collect.enriching.url import Url, is_of, take_apart
from headwater.collect.event import Event
from headwater.collect.step import Surroundings, put

INTERNAL = "internal"
UNKNOWN = "unknown"


def put_referrer(event: Event, around: Surroundings) -> None:
    """Put the referrer's host, medium and source, and the search term; own pages are `internal`."""
    if not event.referrer or not event.name:
        return
    before = take_apart(event.referrer)
    if not before.host or event.properties.get("referrer_medium"):
        return
    own = around.own_hosts.get(event.source, frozenset())
    if is_of(before.host, own) or _is_here(before.host, event.url):
        put(event, {"referrer_host": before.host, "referrer_medium": INTERNAL})
    else:
        put(event, _known(before))


def _is_here(host: str, url: str) -> bool:
    return bool(url) and host.removeprefix("www.") == take_apart(url).host.removeprefix("www.")


def _known(before: Url) -> dict[str, object]:
    known = referrer_of(before.host)
    if known is None:
        return {"referrer_host": before.host, "referrer_medium": UNKNOWN}
    term = next((before.parameters[name] for name in known.terms if before.parameters.get(name)), None)
    return {
        "referrer_host": before.host,
        "referrer_medium": known.medium,
        "referrer_source": known.source,
        "search_term": term,
    }
