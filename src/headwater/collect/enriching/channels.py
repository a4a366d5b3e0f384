"""The default channel groups of Google Analytics 4: the published rules, in their order; the first that fits counts.

Source: "[GA4] Default channel group" in the Analytics help. Google's lists of sources are those of `referrers.py` here. The AI
Assistant group (2026) stands after the paid ones: an advertisement in an assistant is an advertisement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from headwater.collect.enriching.referrers import Medium, medium_of

DIRECT, NONE = "(direct)", "(none)"
UNASSIGNED = "Unassigned"
_PAID = re.compile(r".*cp.*|ppc|retargeting|paid.*")
_SHOP = re.compile(r".*(([^a-df-z]|^)shop|shopping).*")
_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail"})


@dataclass(frozen=True)
class Traffic:
    """What is known of where somebody came from, all in lower case; `kind`: what the source is, by the lists."""

    source: str
    medium: str
    campaign: str
    kind: Medium | None

    @property
    def is_paid(self) -> bool:
        """Whether the medium says that it cost money."""
        return _PAID.fullmatch(self.medium) is not None

    @property
    def is_shopping(self) -> bool:
        """Whether it is a shop, or the campaign names one."""
        return self.kind == "shopping" or _SHOP.fullmatch(self.campaign) is not None


RULES: tuple[tuple[str, Callable[[Traffic], bool]], ...] = (
    ("Direct", lambda t: t.source == DIRECT and t.medium in (NONE, "(not set)")),
    ("Cross-network", lambda t: "cross-network" in t.campaign),
    ("Paid Shopping", lambda t: t.is_paid and t.is_shopping),
    ("Paid Search", lambda t: t.is_paid and t.kind == "search"),
    ("Paid Social", lambda t: t.is_paid and t.kind == "social"),
    ("Paid Video", lambda t: t.is_paid and t.kind == "video"),
    ("Display", lambda t: t.medium in _DISPLAY),
    ("Paid Other", lambda t: t.is_paid),
    ("AI Assistant", lambda t: t.medium == "ai-assistant" or t.kind == "chatbot"),
    ("Organic Shopping", lambda t: t.is_shopping),
    ("Organic Social", lambda t: t.kind == "social" or t.medium in _SOCIAL),
    ("Organic Video", lambda t: t.kind == "video" or "video" in t.medium),
    ("Organic Search", lambda t: t.kind == "search" or t.medium == "organic"),
    ("Referral", lambda t: t.medium in {"referral", "app", "link"}),
    ("Email", lambda t: t.source in _EMAIL or t.medium in _EMAIL),
    ("Affiliates", lambda t: t.medium == "affiliate"),
    ("Audio", lambda t: t.medium == "audio"),
    ("SMS", lambda t: "sms" in (t.source, t.medium)),
    (
        "Mobile Push",
        lambda t: (
            t.medium.endswith("push")
            or "mobile" in t.medium
            or "notification" in t.medium
            or t.source == "firebase"
        ),
    ),
)


@lru_cache(maxsize=8192)
def channel_group(source: str, medium: str, campaign: str = "") -> str:
    """The one group that traffic belongs to; `Unassigned` if no rule fits.

    >>> channel_group("google", "cpc"), channel_group("chatgpt.com", "")
    ('Paid Search', 'AI Assistant')
    """
    traffic = Traffic(source.lower(), medium.lower(), campaign.lower(), medium_of(source))
    return next((name for name, fits in RULES if fits(traffic)), UNASSIGNED)
