"""What unmodified clients sent is read whole: every request has one format, its key, and an event for all it tells of."""

from __future__ import annotations

import json

import pytest
from tests.collect.formats.captures import OWN, SHARED, captured, names, spoken_by

from headwater.collect.format import formats
from headwater.tables.rejection import Reason

FOLDERS = [
    *(pytest.param(OWN, name, id=name) for name in names(OWN)),
    *(pytest.param(SHARED, name, id=f"shared-{name}") for name in names(SHARED)),
]
KEYS = {"segment": {"WK_test"}, "rudder": {"WK_test"}, "snowplow": {"app1"}}


def told_of(request):
    """How many events a request holds, read naively."""
    if request.method == "GET":
        return 1
    body = json.loads(request.body)
    return len(body.get("batch") or body.get("data") or [body])


# Trackers that were told nothing: neither who it is about nor, in Python's case, an app id.
NAMELESS = ("snowplow_node_retry", "snowplow_py_retry")


@pytest.mark.parametrize(("folder", "name"), FOLDERS)
def test_every_request_is_read_whole(folder, name):
    for request in captured(name, folder):
        ((own, spoken),) = spoken_by(request)
        if spoken.greet(request):
            assert spoken.key(request) in KEYS[own]
            continue
        decoded = spoken.decode(request)
        events = spoken.events(decoded, request)
        assert spoken.answer(request, decoded).status == 200
        assert len(events) == len(decoded.places)
        assert len(events) + len(decoded.rejected) == told_of(request)
        if name.startswith(NAMELESS):
            assert {one.reason for one in decoded.rejected} == {Reason.NO_IDENTIFIER}
            continue
        assert spoken.key(request) in KEYS[own]
        assert decoded.rejected == []
        assert all(event.identifiers and event.message_id and event.source == "website" for event in events)
        assert all(event.occurred_at <= request.received_at for event in events)


def read(name, at=0):
    request = captured(name)[at]
    ((_, spoken),) = spoken_by(request)
    return spoken.events(spoken.decode(request), request)


def shown(event):
    return event.kind, event.name, event.identifiers, event.properties, event.traits


def test_segment_python_calls_are_their_events():
    identify, order, page, screen, group, alias, anonymous = read("segment_py_ok")
    assert shown(identify) == (
        "identify",
        "",
        {"user_id": "u1", "email": "Ana@example.com"},
        {},
        {"email": "Ana@example.com", "plan": "pro"},
    )
    assert (identify.ip, identify.user_agent) == ("203.0.113.7", "UA/1")
    assert shown(order) == (
        "track",
        "Order Completed",
        {"user_id": "u1", "anonymous_id": "anon-1"},
        {"revenue": 9.5, "at": "2026-01-02T03:04:05"},
        {},
    )
    assert (order.message_id, order.occurred_at.date().isoformat()) == ("m-fixed-1", "2025-05-06")
    assert (page.kind, page.name, page.url) == ("page", "page", "https://ex.com/?utm_source=a")
    assert page.properties == {"name": "Home", "category": "Cat", "url": "https://ex.com/?utm_source=a"}
    assert (screen.kind, screen.properties["name"]) == ("screen", "Main")
    assert (group.traits, group.properties) == ({"group_id": "g1"}, {"name": "Acme"})
    assert alias.previous == {"anonymous_id": "anon-1", "user_id": "anon-1"}
    assert anonymous.identifiers == {"anonymous_id": "anon-2"}
    assert anonymous.properties == {"unicode": "é日本🎉"}


@pytest.mark.parametrize("name", ["segment_py_ok", "segment_node_ok", "rudder_py_ok", "rudder_node_ok"])
def test_a_servers_connection_is_nobodys(name):
    assert {(event.ip, event.user_agent) for event in read(name)} <= {("", ""), ("203.0.113.7", "UA/1")}


def test_a_browsers_page_call_brings_page_campaign_and_connection():
    page = read("segment_browser_standard", 1)[0]
    assert (page.kind, page.ip, page.language) == ("page", "198.51.100.1", "en-US")
    assert page.url.startswith("https://shop.example/canon?lib=seg&utm_source=news")
    assert "HeadlessChrome" in page.user_agent
    assert "utm_source" not in page.properties  # its address says so
    assert page.referrer == ""


def test_rudderstacks_page_call_names_nobodys_referrer_and_the_browsers_id():
    page = read("rudder_browser_xhr", 1)[0]
    assert page.identifiers == {"anonymous_id": "6e0b9b37-146b-4834-acd4-0149f05d9fe2"}
    assert page.referrer == ""
    assert (page.received_at - page.occurred_at).total_seconds() == pytest.approx(0.003)


def test_rudderstacks_traits_of_the_context_are_the_persons():
    identify = read("rudder_browser_xhr", 2)[0]
    assert identify.traits == {"email": "Ana@example.com"}
    assert identify.identifiers["email"] == "Ana@example.com"


def test_rudder_nodes_own_time_wins_over_when_the_call_was_made():
    order = read("rudder_node_ok", 1)[0]
    assert order.occurred_at.date().isoformat() == "2025-05-06"


@pytest.mark.parametrize("name", ["snowplow_py_post", "snowplow_py_get"])
def test_snowplow_says_the_same_in_a_payload_and_in_an_image(name):
    events = [event for at in range(len(captured(name))) for event in read(name, at)]
    page, structured, order, screen = events
    assert shown(page) == (
        "page",
        "page",
        {"user_id": "u1", "anonymous_id": "duid-1"},
        {"title": "T", "user": {"plan": "pro"}},
        {},
    )
    assert (page.ip, page.user_agent, page.language) == ("203.0.113.7", "UA/1", "en")
    assert (page.url, page.referrer) == ("https://ex.com/?utm_source=a", "https://google.com/")
    assert (structured.name, structured.properties["se_value"]) == ("act", 1.5)
    assert (order.name, order.properties) == ("order", {"id": 1})
    assert order.occurred_at.isoformat() == "2023-11-14T22:13:20+00:00"  # the true time it was told
    assert (screen.kind, screen.name, screen.properties["name"]) == ("screen", "screen", "Main")


def test_snowplows_contexts_are_properties_under_their_schemas_names():
    page = read("snowplow_browser_post")[0]
    assert {"title", "web_page", "browser_context", "client_session"} == set(page.properties)
    assert page.ip == "198.51.100.1"


def test_settings_tell_the_browser_library_where_to_send():
    request = captured("segment_browser_standard")[0]
    own = json.loads(formats()["segment"].greet(request).body)["integrations"]["Segment.io"]
    assert own == {
        "apiKey": "WK_test",
        "addBundledMetadata": True,
        "apiHost": "127.0.0.1:8123/v1",
        "protocol": "http",
    }


def test_rudderstacks_source_is_enabled_and_loads_nothing():
    request = captured("rudder_browser_xhr")[0]
    source = json.loads(formats()["rudder"].greet(request).body)["source"]
    assert source["enabled"] is True
    assert source["destinations"] == []
    assert isinstance(source["config"], dict)
    assert source["id"]
