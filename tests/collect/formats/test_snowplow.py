"""Events of trackers as they should not be, where the key stands, and what each kind of event becomes."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from headwater.collect.format import Fault, UnreadableError
from headwater.collect.formats.snowplow import FORMAT
from headwater.collect.request import Request
from headwater.tables.rejection import Reason

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
PATH = "/com.snowplowanalytics.snowplow/tp2"
GOOD = {"e": "pv", "uid": "u1", "eid": "m1", "url": "https://a.example"}


def post(body, *, query="", **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(
        method="POST", path=PATH, query=query, headers=told, body=data, ip="198.51.100.1", received_at=NOON
    )


def payload(*told):
    return {"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": list(told)}


def event(told, **headers):
    request = post(payload(told), **headers)
    (only,) = FORMAT.events(FORMAT.decode(request), request)
    return only


def envelope(data):
    return json.dumps({"schema": "iglu:com.snowplowanalytics.snowplow/x/jsonschema/1-0-0", "data": data})


def described(name, data):
    return {"schema": f"iglu:com.acme/{name}/jsonschema/1-0-0", "data": data}


def deep(levels):
    inner = {}
    for _ in range(levels - 1):
        inner = {"a": inner}
    return inner


BAD = {
    "no kind": ({**GOOD, "e": None}, Reason.MISSING_VALUE, "e: must be one of"),
    "another kind": ({**GOOD, "e": "xx"}, Reason.UNKNOWN_VALUE, "e: must be one of"),
    "nobody": ({"e": "pv"}, Reason.NO_IDENTIFIER, "uid, duid"),
    "a list": ({**GOOD, "url": ["x"]}, Reason.INVALID_VALUE, "text"),
    "a text": ("x", Reason.INVALID_VALUE, "object"),
    "no time": ({**GOOD, "dtm": "soon"}, Reason.INVALID_TIME, "dtm"),
    "no number": ({**GOOD, "e": "se", "se_va": "much"}, Reason.INVALID_NUMBER, "se_va"),
    "infinity": ({**GOOD, "e": "tr", "tr_tt": "1e999"}, Reason.INVALID_NUMBER, "tr_tt"),
    "an id of 10 KB": ({**GOOD, "duid": "x" * 10_000}, Reason.INVALID_IDENTIFIER, "512"),
    "40 KB": ({**GOOD, "page": "x" * 40_000}, Reason.TOO_LARGE, "32768"),
    "a NUL": ({**GOOD, "page": "\0"}, Reason.INVALID_VALUE, "NUL"),
    "a NUL within": ({**GOOD, "co": envelope([described("a", {"b": "\0"})])}, Reason.INVALID_VALUE, "NUL"),
    "no event": ({**GOOD, "e": "ue"}, Reason.INVALID_VALUE, "ue_pr, ue_px: both are missing"),
    "no JSON": ({**GOOD, "e": "ue", "ue_pr": "{"}, Reason.INVALID_VALUE, "ue_pr, ue_px"),
    "no base64": ({**GOOD, "cx": "%"}, Reason.INVALID_VALUE, "cx"),
    "no schema": ({**GOOD, "co": envelope([{"schema": "x", "data": {}}])}, Reason.INVALID_VALUE, "schema"),
    "deep": ({**GOOD, "co": envelope([described("a", deep(33))])}, Reason.TOO_DEEP, "32 levels"),
}


@pytest.mark.parametrize(
    ("told", "reason", "place"), [pytest.param(*said, id=name) for name, said in BAD.items()]
)
def test_a_bad_event_is_rejected_by_itself_with_its_reason(told, reason, place):
    decoded = FORMAT.decode(post(payload(GOOD, told, GOOD)))
    assert list(decoded.places) == [0, 2]
    (only,) = decoded.rejected
    assert (only.index, only.reason) == (1, reason)
    assert place in only.detail


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"hello", Fault.UNREADABLE, id="no-json"),
        pytest.param(b"{}", Fault.UNREADABLE, id="no-data"),
        pytest.param(b'{"data": {}}', Fault.UNREADABLE, id="data-that-is-an-object"),
        pytest.param(b'{"data": []}' + b" " * 1_000_000, Fault.TOO_LARGE, id="1-mb"),
    ],
)
def test_a_body_that_is_no_payload_is_refused_and_never_with_413(body, fault):
    request = post(body)
    with pytest.raises(UnreadableError) as caught:
        FORMAT.decode(request)
    assert caught.value.fault is fault
    assert FORMAT.refuse(request, fault, caught.value.detail).status == 400


def test_32_levels_of_a_context_are_kept():
    assert event({**GOOD, "co": envelope([described("a", deep(32))])}).properties["a"]


def test_a_self_describing_event_is_named_by_its_schema():
    data = described("add_to_cart", {"product_id": 17, "quantity": "2", "note": "x"})
    coded = urlsafe_b64encode(envelope(data).encode()).decode().rstrip("=")
    found = event({**GOOD, "e": "ue", "ue_px": coded})
    assert (found.kind, found.name) == ("track", "add_to_cart")
    assert found.properties == {"product_id": "17", "quantity": 2.0, "note": "x"}


def test_contexts_of_one_schema_are_a_list_and_never_overwrite_the_event():
    contexts = [described("user", {"n": 1}), described("user", {"n": 2}), described("id", {"n": 3})]
    data = described("order", {"id": "o1"})
    found = event({**GOOD, "e": "ue", "ue_pr": envelope(data), "co": envelope(contexts)})
    assert found.properties == {"id": "o1", "user": [{"n": 1}, {"n": 2}], "id_context": {"n": 3}}


def test_a_transaction_has_the_money_and_its_items_have_none():
    whole = event({**GOOD, "e": "tr", "tr_id": "o1", "tr_tt": "9.5", "tr_cu": "EUR"})
    item = event(
        {**GOOD, "e": "ti", "ti_id": "o1", "ti_sk": "p1", "ti_nm": "Tea", "ti_pr": "4", "ti_qu": "2"}
    )
    assert whole.properties == {"order_id": "o1", "revenue": 9.5, "currency": "EUR"}
    assert item.properties == {
        "order_id": "o1",
        "product_id": "p1",
        "product_name": "Tea",
        "price": 4.0,
        "quantity": 2.0,
    }


def test_a_page_ping_and_a_structured_event_have_names():
    ping = event({**GOOD, "e": "pp", "pp_miy": "0", "pp_may": "120"})
    assert (ping.name, ping.properties) == ("page_ping", {"pp_yoffset_min": 0.0, "pp_yoffset_max": 120.0})
    assert event({**GOOD, "e": "se", "se_ca": "shop", "se_ac": "zoom"}).name == "zoom"
    assert event({**GOOD, "e": "se", "se_ca": "shop"}).name == "struct"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            {"uid": "u", "duid": "d", "tnuid": "n"}, {"user_id": "u", "anonymous_id": "d"}, id="all"
        ),
        pytest.param({"tnuid": "n"}, {"anonymous_id": "n"}, id="network"),
        pytest.param({"uid": "", "duid": "d"}, {"anonymous_id": "d"}, id="empty"),
    ],
)
def test_who_it_is_about(told, expected):
    assert event({"e": "pv", **told}).identifiers == expected


def test_the_true_time_wins_over_the_devices():
    told = {**GOOD, "dtm": "1795600000000", "stm": "1795600060000"}
    assert event(told).occurred_at.isoformat() == "2026-11-25T11:59:00+00:00"
    assert event({**told, "ttm": "1700000000000"}).occurred_at.isoformat() == "2023-11-14T22:13:20+00:00"


def test_anonymous_tracking_keeps_no_address():
    assert event(GOOD).ip == "198.51.100.1"
    assert event({**GOOD, "ip": "203.0.113.7"}, sp_anonymous="*").ip == ""


def test_a_servers_connection_is_nobodys():
    assert event({**GOOD, "p": "srv"}, user_agent="python").user_agent == ""
    assert event({**GOOD, "p": "web"}, user_agent="Firefox").user_agent == "Firefox"


KEYS = {
    "app-id": (post(payload({**GOOD, "aid": "shop"})), "shop"),
    "query": (post(payload({**GOOD, "aid": "shop"}), query="writeKey=k"), "k"),
    "header": (post(payload({**GOOD, "aid": "shop"}), authorization="Bearer k"), "k"),
    "image": (
        Request(method="GET", path="/i", query=urlencode({**GOOD, "aid": "shop"}), received_at=NOON),
        "shop",
    ),
    "none": (post(payload()), ""),
    "no-json": (post(b"["), ""),
}


@pytest.mark.parametrize(("request_", "key"), [pytest.param(*said, id=name) for name, said in KEYS.items()])
def test_the_app_id_is_the_key_unless_one_is_told(request_, key):
    assert FORMAT.key(request_) == key


def test_an_image_answers_an_image():
    request = Request(
        method="GET", path="/i", query=urlencode({**GOOD, "page": "Tee & Gebäck"}), received_at=NOON
    )
    decoded = FORMAT.decode(request)
    (only,) = FORMAT.events(decoded, request)
    assert only.properties == {"title": "Tee & Gebäck"}
    assert FORMAT.answer(request, decoded).content_type == "image/gif"
    assert FORMAT.answer(post(payload()), decoded).body == b"ok"
