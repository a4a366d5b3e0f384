"""Say which campaign brought the person: the UTM parameters of the page's URL, and the click id of an ad platform."""

from __future__ import annotations

from headwater.collect.enriching.click_ids import CLICK_IDS
from headwater.collect.enriching.url import take_apart
from headwater.collect.event import Event
from headwater.collect.step import Surroundings, put

UTM = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "utm_source_platform",
    "utm_creative_format",
    "utm_marketing_tactic",
)


def put_campaign(event: Event, around: Surroundings) -> None:
    """Put `utm_…`, `click_id` and `click_id_kind`, and `campaign_id`, which is `utm_id`."""
    if "?" in event.url and event.name:
        said = take_apart(event.url).parameters
        put(event, {name: said[name] for name in UTM if name in said})
        if not event.properties.get("click_id"):
            kind = next((name for name in CLICK_IDS if said.get(name)), None)
            put(event, {"click_id": said[kind], "click_id_kind": kind} if kind else {})
    if event.properties.get("utm_id"):
        put(event, {"campaign_id": event.properties["utm_id"]})
