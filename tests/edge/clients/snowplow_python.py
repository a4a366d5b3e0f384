"""snowplow-tracker as anybody uses it: every kind of event once, as one payload or as an image each.

The key is the tracker's app id: it has no other.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from snowplow_tracker import (
    Emitter,
    PagePing,
    PageView,
    ScreenView,
    SelfDescribing,
    SelfDescribingJson,
    StructuredEvent,
    Subject,
    Tracker,
)

TOLD = [
    ("page", "page"),
    ("track", "page_ping"),
    ("track", "zoom"),
    ("track", "add_to_cart"),
    ("screen", "screen"),
]
"""Kind and name of the events that must arrive, in this order."""


def send_every_event(host: str, key: str, *, method: Literal["get", "post"] = "post") -> list[object]:
    """Send to `host` (scheme and port, no path) with this app id; gives the events that the tracker could not send."""
    there, unsent = urlsplit(host), list[object]()
    emitter = Emitter(
        there.hostname,
        protocol=there.scheme,
        port=there.port,
        method=method,
        batch_size=len(TOLD),
        on_failure=lambda _, events: unsent.extend(events),
        custom_retry_codes={500: False, 503: False},
    )
    subject = Subject().set_user_id("u1").set_domain_user_id("d1").set_ip_address("203.0.113.7")
    tracker = Tracker("tests", emitter, subject=subject, app_id=key)
    user = SelfDescribingJson("iglu:com.acme/user/jsonschema/1-0-0", {"plan": "pro"})
    added = SelfDescribingJson(
        "iglu:com.acme/add_to_cart/jsonschema/1-0-0", {"product_id": "p1", "words": "é日本🎉"}
    )
    page = "https://shop.example/?utm_source=news"
    tracker.track(PageView(page_url=page, page_title="Home", context=[user]))
    tracker.track(PagePing(page_url=page, max_y=120))
    tracker.track(StructuredEvent(category="shop", action="zoom", value=1.5))
    tracker.track(SelfDescribing(added))
    tracker.track(ScreenView(id_="11111111-1111-4111-8111-111111111111", name="Main"))
    tracker.flush()
    return unsent
