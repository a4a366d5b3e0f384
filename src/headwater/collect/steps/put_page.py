"""Say which page it happened on, and take from its URL what only the browser needs."""

from __future__ import annotations

from headwater.collect.enriching.url import take_apart
from headwater.collect.event import Event
from headwater.collect.step import Surroundings, put

KINDS = ("page", "track")


def put_page(event: Event, around: Surroundings) -> None:
    """Put the page's path, host and title; the URL loses its fragment."""
    if not event.url:
        return
    event.url = event.url.partition("#")[0].strip()
    if event.kind not in KINDS or not event.url:
        return
    page = take_apart(event.url)
    title = (
        event.properties.get("title") if event.kind == "page" else None
    )  # of a track call it may be a book's
    put(event, {"page_path": page.path, "page_host": page.host, "page_title": title})
