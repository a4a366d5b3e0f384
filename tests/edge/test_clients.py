"""The clients that people install, unmodified, against the real edge: every call arrives once and right."""

from __future__ import annotations

import pytest
from tests.edge.clients import rudder_python, segment_python, snowplow_python
from tests.edge.running import RunningEdge

from headwater.collect.outcome import Accepted

pytestmark = [pytest.mark.server, pytest.mark.slow]

CALLS = [
    pytest.param(segment_python.send_every_call, {"gzip": False}, id="segment"),
    pytest.param(segment_python.send_every_call, {"gzip": True}, id="segment gzipped"),
    pytest.param(rudder_python.send_every_call, {"gzip": True}, id="rudder"),
    pytest.param(rudder_python.send_every_call, {"gzip": False}, id="rudder not gzipped"),
]


def shown(events: list[Accepted]) -> list[tuple[str, str]]:
    return [(each.kind, each.event) for each in events]


@pytest.mark.parametrize(("send", "said"), CALLS)
def test_every_call_arrives_once_and_right(edge: RunningEdge, send, said) -> None:
    assert send(edge.host, edge.key, **said) == []
    events = edge.accepted()
    assert shown(events) == segment_python.TOLD
    identify, order, page, screen, group, alias, signed_up = events
    assert identify.identifiers == {"user_id": "u1", "email": "ana@example.com"}
    assert identify.traits == {"plan": "pro"}  # the address is sealed with the identifiers, and no trait
    assert order.identifiers == {"user_id": "u1", "anonymous_id": "anon-1"}
    assert order.properties["order_id"] == "o1"
    assert order.properties["revenue"] == 9.5
    assert order.properties["coupon_id"] == "SPRING"
    assert page.properties["utm_source"] == "news"
    assert screen.properties["name"] == "Main"
    assert group.traits == {"group_id": "g1"}
    assert alias.identifiers == {"user_id": "u1", "anonymous_id": "anon-1"}
    assert signed_up.identifiers == {"anonymous_id": "anon-2"}
    assert signed_up.properties["words"] == "é日本🎉"
    assert {each.source for each in events} == {"website"}
    assert len({each.event_id for each in events}) == len(events)


def test_a_wrong_key_is_told_to_the_client_and_nothing_is_taken(edge: RunningEdge) -> None:
    assert segment_python.send_every_call(edge.host, "no-such-key") != []
    assert edge.taken() == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_snowplow_event_arrives_once_and_right(edge: RunningEdge, method) -> None:
    assert snowplow_python.send_every_event(edge.host, "app1", method=method) == []
    events = edge.accepted()
    assert sorted(shown(events)) == sorted(snowplow_python.TOLD)
    by_name = {each.event: each for each in events}
    page, added, zoom = by_name["page"], by_name["add_to_cart"], by_name["zoom"]
    assert page.properties["title"] == "Home"
    assert page.properties["utm_source"] == "news"
    assert page.properties["user"] == {"plan": "pro"}
    assert added.properties["product_id"] == "p1"
    assert added.properties["words"] == "é日本🎉"
    assert zoom.properties["se_value"] == 1.5
    assert all(each.identifiers == {"user_id": "u1", "anonymous_id": "d1"} for each in events)
