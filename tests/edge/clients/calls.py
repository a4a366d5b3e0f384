"""Every kind of call once, as the clients of Segment and RudderStack have them alike, and the events they must become."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

TOLD = [
    ("identify", ""),
    ("track", "Order Completed"),
    ("page", "page"),
    ("screen", "screen"),
    ("group", ""),
    ("alias", ""),
    ("track", "Signed Up"),
]
"""Kind and name of the events that must arrive, in this order."""


def make_every_call(client: Any) -> None:
    """Make each call on a client and see it sent."""
    client.identify("u1", {"email": "ana@example.com", "plan": "pro"}, context={"ip": "203.0.113.7"})
    client.track(
        "u1",
        "Order Completed",
        {"order_id": "o1", "total": 9.5, "coupon": "SPRING"},
        timestamp=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        anonymous_id="anon-1",
    )
    client.page("u1", "Shop", "Home", {"url": "https://shop.example/?utm_source=news"})
    client.screen("u1", "Shop", "Main")
    client.group("u1", "g1", {"name": "Acme"})
    client.alias("anon-1", "u1")
    client.track(None, "Signed Up", {"words": "é日本🎉", "nothing": None}, anonymous_id="anon-2")
    client.shutdown()
