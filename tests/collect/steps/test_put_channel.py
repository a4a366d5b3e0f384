"""The default channel groups, by the published rules, and by which way an event says where the person came from."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from tests.collect.told import told

from headwater.collect.enriching.channels import RULES, UNASSIGNED, channel_group
from headwater.collect.step import Surroundings
from headwater.collect.steps.put_campaign import put_campaign
from headwater.collect.steps.put_channel import put_channel
from headwater.collect.steps.put_referrer import put_referrer

AROUND = Surroundings(own_hosts={"website": frozenset({"shop.example"})})
GROUPS = [name for name, _ in RULES]


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "group"),
    [
        ("(direct)", "(none)", "", "Direct"),
        ("(direct)", "(not set)", "spring", "Direct"),
        ("google", "cpc", "1 | Cross-network | all", "Cross-network"),
        ("amazon", "cpc", "", "Paid Shopping"),
        ("google", "cpc", "Shopping DE", "Paid Shopping"),
        ("google", "cpc", "spring shop", "Paid Shopping"),
        ("google", "cpc", "eshop", "Paid Shopping"),
        ("google", "cpc", "workshop", "Paid Search"),
        ("Google", "CPC", "", "Paid Search"),
        ("bing", "ppc", "", "Paid Search"),
        ("duckduckgo.com", "paid_search", "", "Paid Search"),
        ("facebook", "paid_social", "", "Paid Social"),
        ("ig", "retargeting", "", "Paid Social"),
        ("youtube.com", "cpv", "", "Paid Video"),
        ("youtube", "cpc", "", "Paid Video"),
        ("news.example", "display", "", "Display"),
        ("news.example", "cpm", "", "Display"),
        ("news.example", "banner", "", "Display"),
        ("newsletter", "cpc", "", "Paid Other"),
        ("chatgpt.com", "cpc", "", "Paid Other"),
        ("chatgpt.com", "", "", "AI Assistant"),
        ("somebody", "ai-assistant", "(ai-assistant)", "AI Assistant"),
        ("ebay.de", "referral", "", "Organic Shopping"),
        ("blog", "referral", "the shop", "Organic Shopping"),
        ("pinterest", "", "", "Organic Social"),
        ("club", "social media", "", "Organic Social"),
        ("vimeo.com", "referral", "", "Organic Video"),
        ("blog", "video-ad", "", "Organic Video"),
        ("ecosia.org", "", "", "Organic Search"),
        ("intranet", "organic", "", "Organic Search"),
        ("blog.example", "referral", "", "Referral"),
        ("partner", "app", "", "Referral"),
        ("e-mail", "", "", "Email"),
        ("news", "Email", "spring", "Email"),
        ("impact", "affiliate", "", "Affiliates"),
        ("podcast", "audio", "", "Audio"),
        ("sms", "", "", "SMS"),
        ("crm", "sms", "", "SMS"),
        ("crm", "web-push", "", "Mobile Push"),
        ("crm", "mobile app", "", "Mobile Push"),
        ("firebase", "", "", "Mobile Push"),
        ("newsletter", "leaflet", "", UNASSIGNED),
        ("", "", "", UNASSIGNED),
    ],
)
def test_a_channel_group_follows_the_published_rules(
    source: str, medium: str, campaign: str, group: str
) -> None:
    assert channel_group(source, medium, campaign) == group


@given(source=st.text(), medium=st.text(), campaign=st.text())
def test_all_traffic_is_of_exactly_one_group(source: str, medium: str, campaign: str) -> None:
    assert channel_group(source, medium, campaign) in {*GROUPS, UNASSIGNED}


@pytest.mark.parametrize(
    ("url", "referrer", "group"),
    [
        ("/", "", "Direct"),
        ("/?utm_source=news&utm_medium=email", "https://www.google.com/", "Email"),
        ("/?gclid=1", "https://www.google.com/", "Paid Search"),
        ("/?gclid=1&utm_source=google", "", "Paid Search"),
        ("/?dclid=1", "", "Display"),
        ("/?fbclid=1", "https://l.facebook.com/", "Organic Social"),
        ("/?mc_cid=1", "", "Email"),
        ("/?srsltid=1", "https://www.google.com/", "Organic Shopping"),
        ("/?irclid=1", "", "Affiliates"),
        ("/", "https://www.google.com/", "Organic Search"),
        ("/", "https://www.linkedin.com/", "Organic Social"),
        ("/", "https://www.youtube.com/", "Organic Video"),
        ("/", "https://www.etsy.com/", "Organic Shopping"),
        ("/", "https://mail.google.com/", "Email"),
        ("/", "https://www.googleadservices.com/", "Paid Other"),
        ("/", "https://www.perplexity.ai/", "AI Assistant"),
        ("/", "https://blog.example/", "Referral"),
        ("/", "https://accounts.google.com/", "Referral"),
        ("/", "https://shop.example/cart", None),
        ("/?utm_source=a&utm_medium=email", "https://shop.example/cart", "Email"),
    ],
)
def test_the_campaign_decides_before_the_click_and_the_click_before_the_referrer(
    url: str, referrer: str, group: str | None
) -> None:
    event = told(url=f"https://shop.example{url}", referrer=referrer)
    for step in (put_campaign, put_referrer, put_channel):
        step(event, AROUND)
    assert event.properties.get("channel_group") == group


def test_what_happened_on_no_page_came_by_no_channel() -> None:
    event = told(kind="track", name="Order Completed")
    put_channel(event, AROUND)
    assert event.properties == {}
