"""Events for tests, and what steps may meet in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from headwater.collect.event import Event

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def told(**fields: Any) -> Event:
    """A page view; `fields` say otherwise."""
    return Event(
        **{
            "kind": "page",
            "name": "page",
            "message_id": "m1",
            "occurred_at": NOON,
            "received_at": NOON,
            "source": "website",
            "identifiers": {"anonymous_id": "a1"},
            **fields,
        }
    )


def put_by(step: Any, around: Any, **fields: Any) -> dict[str, object]:
    """The properties that a step put on an event."""
    event = told(**fields)
    before = set(event.properties)
    assert step(event, around) is None
    return {name: value for name, value in event.properties.items() if name not in before}


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "joe@example.com", "4111 1111 1111 1111", "Order Completed", "12.5", CHROME, GOOGLEBOT]
    ),
)
_NAMES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "product_id", "products", "quantity", "revenue", "price", "utm_source", "utm_medium", "utm_id", "click_id",
            "click_id_kind", "country", "browser", "title", "page_path", "referrer_medium", "channel_group", "brand",
            "campaign_id", "product_ids", "is_bot",
        ]
    ),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_NAMES, inner, max_size=4)),
    max_leaves=8,
)
URLS = st.one_of(
    TEXTS,
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["https://", "http://", "//", "android-app://", "https://joe:pw@", "https://[", ""]),
        st.sampled_from(["shop.example", "www.google.de", "SHOP.example:80", "chatgpt.com", "::1]", "", "x@y.de"]),
        st.sampled_from(["/", "", "/a%40b.de", "/tea/../?", "/p/4111111111111111"]),
        st.sampled_from(
            [
                "?utm_source=google&utm_medium=cpc&utm_id=7", "?gclid=1", "?UTM_SOURCE=%ff&q=tea", "?q=joe%40x.de#top",
                "?%&&==", "#frag?x=1", "",
            ]
        ),
    ),
)  # fmt: skip
EVENTS = st.builds(
    told,
    kind=st.sampled_from(["track", "page", "screen", "identify"]),
    name=st.sampled_from(["page", "Order Completed", "purchase", "Cart Viewed", ""]),
    identifiers=st.dictionaries(st.sampled_from(["user_id", "email"]), TEXTS, max_size=2),
    properties=st.dictionaries(_NAMES, VALUES, max_size=6),
    traits=st.dictionaries(_NAMES, TEXTS, max_size=2),
    ip=st.one_of(st.ip_addresses().map(str), st.sampled_from(["", "?", "::ffff:1.2.3.4", "fe80::1%eth0"])),
    user_agent=TEXTS,
    url=URLS,
    referrer=URLS,
)
