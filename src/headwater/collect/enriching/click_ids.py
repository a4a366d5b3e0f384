"""The parameters by which ad and mail platforms recognise a click, and what each says of where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Click:
    """What a click id tells: whose it is, and by which medium the click came."""

    source: str
    medium: str


# By the parameter's name in lower case. If there are several, the first in this order is the event's: those that name
# one paid click come first, those that only say that there was an ad come after.
CLICK_IDS: Mapping[str, Click] = MappingProxyType(
    {
        "gclid": Click("google", "cpc"),
        "wbraid": Click("google", "cpc"),
        "gbraid": Click("google", "cpc"),
        "dclid": Click("dfa", "cpm"),  # Campaign Manager: display
        "msclkid": Click("bing", "cpc"),
        "ttclid": Click("tiktok", "paid_social"),
        "twclid": Click("twitter", "paid_social"),
        "li_fat_id": Click("linkedin", "paid_social"),
        "rdt_cid": Click("reddit", "paid_social"),
        "sccid": Click("snapchat", "paid_social"),  # written ScCid
        "qclid": Click("quora", "paid_social"),
        "yclid": Click("yandex", "cpc"),
        "irclid": Click("impact", "affiliate"),
        "fbclid": Click("facebook", "social"),  # on every link out of Facebook, paid or not
        "epik": Click("pinterest", "social"),
        "igshid": Click("instagram", "social"),
        "mc_cid": Click("mailchimp", "email"),
        "_kx": Click("klaviyo", "email"),
        "mkt_tok": Click("marketo", "email"),
        "vero_id": Click("vero", "email"),
        "srsltid": Click("google shopping", "organic"),  # free listings of Merchant Center
        "gclsrc": Click("google", "cpc"),
        "gad_source": Click("google", "cpc"),
    }
)
