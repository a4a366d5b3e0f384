"""Say by which channel the person came, in the groups that Google Analytics 4 has by default.

Reads what `put_campaign` and `put_referrer` put. What was told decides before what is concluded: the campaign, then the click
id, then the referrer. From one own page to the next nobody came by any channel.
"""

from __future__ import annotations

from collections.abc import Mapping

from headwater.collect.enriching.channels import DIRECT, NONE, channel_group
from headwater.collect.enriching.click_ids import CLICK_IDS
from headwater.collect.event import Event, Told
from headwater.collect.step import Surroundings, put

# The medium that Google Analytics gives to who comes from a host of a kind; all others are referrals.
_MEDIUM: Mapping[str, str] = {
    "search": "organic",
    "social": "social",
    "email": "email",
    "paid": "cpc",
    "chatbot": "ai-assistant",
}


def put_channel(event: Event, around: Surroundings) -> None:
    """Put `channel_group` on what happened on a page; nothing else tells where somebody came from."""
    if not event.url or not event.name or event.properties.get("channel_group"):
        return
    came = traffic_of(event.properties)
    if came:
        put(event, {"channel_group": channel_group(*came)})


def traffic_of(properties: Told) -> tuple[str, str, str] | None:
    """Source, medium and campaign of an event; None: it came from an own page."""
    source, medium = _text(properties, "utm_source"), _text(properties, "utm_medium")
    campaign = _text(properties, "utm_campaign")
    click = CLICK_IDS.get(_text(properties, "click_id_kind"))
    if click and not medium:
        return source or click.source, click.medium, campaign
    if source or medium:
        return source, medium, campaign
    from_ = _text(properties, "referrer_medium")
    if from_ == "internal":
        return None
    if from_:
        host = _text(properties, "referrer_host")
        return host, _MEDIUM.get(from_, "referral"), campaign
    return DIRECT, NONE, campaign


def _text(properties: Told, name: str) -> str:
    value = properties.get(name)
    return value.strip() if isinstance(value, str) else ""
