"""Calls as they should not be: what is wrong is rejected by itself, and the rest of the request is kept."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from headwater.collect.format import Fault, UnreadableError
from headwater.collect.formats.rudder import FORMAT as RUDDER
from headwater.collect.formats.segment import FORMAT
from headwater.collect.reading.calls import MOST_BATCH_BYTES, MOST_EVENTS
from headwater.collect.request import Request
from headwater.tables.rejection import Reason

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOOD = {"type": "track", "event": "Signed Up", "userId": "u1", "messageId": "m1"}


def post(path, body, *, query="", **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(
        method="POST", path=path, query=query, headers=told, body=data, ip="198.51.100.1", received_at=NOON
    )


def get(path, query=""):
    return Request(method="GET", path=path, query=query, received_at=NOON)


def events(request):
    return FORMAT.events(FORMAT.decode(request), request)


def event(call, **shared):
    (only,) = events(post("/v1/batch", {"batch": [call], **shared}))
    return only


def rejected(call):
    """Why a call is rejected, between two good ones that are kept."""
    batch = [GOOD, call, GOOD]
    decoded = FORMAT.decode(post("/v1/batch", {"batch": batch}))
    assert list(decoded.places) == [0, 2]
    (only,) = decoded.rejected
    assert only.index == 1
    assert only.raw == json.dumps(call)
    return only.reason, only.detail


BAD = {
    "a user id that is a list": ({**GOOD, "userId": ["u1"]}, Reason.INVALID_VALUE, "userId"),
    "a user id that is true": ({**GOOD, "userId": True}, Reason.INVALID_VALUE, "userId"),
    "properties that are a list": ({**GOOD, "properties": []}, Reason.INVALID_VALUE, "properties"),
    "properties that are text": ({**GOOD, "properties": "x"}, Reason.INVALID_VALUE, "properties"),
    "a page that is text": ({**GOOD, "context": {"page": "x"}}, Reason.INVALID_VALUE, "context.page"),
    "a consent that is neither yes nor no": (
        {**GOOD, "context": {"consent": {"categoryPreferences": {"ads": "no"}}}},
        Reason.INVALID_VALUE,
        "context.consent",
    ),
    "a number": (5, Reason.INVALID_VALUE, "must be an object"),
    "nothing": (None, Reason.INVALID_VALUE, "must be an object"),
    "nobody": ({**GOOD, "userId": None, "anonymousId": ""}, Reason.NO_IDENTIFIER, "userId, anonymousId"),
    "only spaces": ({**GOOD, "userId": "  "}, Reason.NO_IDENTIFIER, "userId, anonymousId"),
    "no event": ({**GOOD, "event": None}, Reason.MISSING_VALUE, "event"),
    "no type": ({**GOOD, "type": ""}, Reason.MISSING_VALUE, "type"),
    "another type": ({**GOOD, "type": "tracked"}, Reason.UNKNOWN_VALUE, "type"),
    "no previous id": ({"type": "alias", "userId": "u1"}, Reason.MISSING_VALUE, "previousId"),
    "no group": ({"type": "group", "userId": "u1", "groupId": ""}, Reason.MISSING_VALUE, "groupId"),
    "a time that is none": ({**GOOD, "timestamp": "soon"}, Reason.INVALID_TIME, "timestamp"),
    "a time that no calendar has": ({**GOOD, "timestamp": "2026-02-30"}, Reason.INVALID_TIME, "timestamp"),
    "a time beyond all": ({**GOOD, "timestamp": 10**30}, Reason.INVALID_TIME, "timestamp"),
    "an id of 10 KB": ({**GOOD, "userId": "x" * 10_000}, Reason.INVALID_VALUE, "userId"),
    "a long message id": ({**GOOD, "messageId": "x" * 101}, Reason.INVALID_VALUE, "messageId"),
    "a long name": ({**GOOD, "event": "x" * 513}, Reason.INVALID_VALUE, "event"),
    "40 KB": ({**GOOD, "properties": {"a": "x" * 40_000}}, Reason.TOO_LARGE, "32768"),
    "a NUL": ({**GOOD, "properties": {"a": "x\0"}}, Reason.INVALID_VALUE, "NUL"),
}


@pytest.mark.parametrize(
    ("call", "reason", "place"), [pytest.param(*said, id=name) for name, said in BAD.items()]
)
def test_a_bad_call_is_rejected_by_itself_with_its_reason(call, reason, place):
    found = rejected(call)
    assert found[0] is reason
    assert place in found[1]


def nested(levels):
    inner = {}
    for _ in range(levels - 2):
        inner = {"a": inner}
    return {**GOOD, "properties": inner}


def test_nesting_up_to_32_levels_is_kept_and_one_more_is_rejected():
    assert event(nested(32))
    assert rejected(nested(33)) == (Reason.TOO_DEEP, "the event is nested deeper than 32 levels")
    listed = {**GOOD, "properties": {"a": [[[[]]] * 40]}}
    assert event(listed).properties == listed["properties"]


def test_backslashes_before_u0000_are_no_nul():
    assert event({**GOOD, "properties": {"a": "\\u0000"}}).properties == {"a": "\\u0000"}


UNREADABLE = {
    "no JSON": b"hello",
    "nothing": b"",
    "half of JSON": b'{"batch": [{"type"',
    "no UTF-8": b'{"batch": [], "writeKey": "\xff"',
    "a batch that is an object": b'{"batch": {}}',
    "no batch": b"{}",
    "a list": b"[]",
    "NaN": b'{"batch": [{"a": NaN}]}',
    "a raw NUL": b'{"batch": ["\0"]}',
    "nesting without end": b'{"batch": [' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in UNREADABLE.items()])
def test_a_body_that_is_no_batch_is_refused_as_a_whole(body):
    with pytest.raises(UnreadableError) as caught:
        FORMAT.decode(post("/v1/batch", body))
    assert caught.value.fault is Fault.UNREADABLE
    assert caught.value.detail.startswith("the body: ")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"batch": [1] * (MOST_EVENTS + 1)}, id="events"),
        pytest.param({"batch": [], "a": "x" * MOST_BATCH_BYTES}, id="bytes"),
    ],
)
def test_too_much_is_refused_as_a_whole(body):
    with pytest.raises(UnreadableError) as caught:
        FORMAT.decode(post("/v1/batch", body))
    assert caught.value.fault is Fault.TOO_LARGE


def test_a_batch_may_be_empty():
    assert events(post("/v1/batch", {"batch": []})) == []


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import", "/v1/b"])
def test_batches_have_three_paths(path):
    assert len(events(post(path, {"batch": [GOOD]}))) == 1


@pytest.mark.parametrize("kind", ["track", "identify", "page", "screen", "group", "alias"])
@pytest.mark.parametrize("length", [pytest.param(None, id="whole"), pytest.param(1, id="letter")])
def test_the_path_says_the_kind(kind, length):
    call = {**GOOD, "type": "other", "groupId": "g", "previousId": "p"}
    (only,) = events(post(f"/v1/{kind[:length]}", call))
    assert only.kind == kind


def test_half_a_surrogate_pair_does_not_cost_the_batch():
    body = json.dumps({"batch": [GOOD, {**GOOD, "properties": {"a": "cut \ud83c", "b": "🎉"}}]}).encode()
    found = events(post("/v1/batch", body))
    assert [each.properties for each in found] == [{}, {"a": "cut �", "b": "🎉"}]


def test_numbers_are_ids_too():
    assert event({**GOOD, "userId": 17, "anonymousId": 0}).identifiers == {
        "user_id": "17",
        "anonymous_id": "0",
    }


@pytest.mark.parametrize(
    ("said", "sent", "expected"),
    [
        pytest.param("2026-11-25T14:55:00Z", "2026-11-25T15:00:00Z", "2026-11-25T11:55:00", id="clock-ahead"),
        pytest.param("2026-11-25T11:00:00Z", None, "2026-11-25T11:00:00", id="not-told-when-sent"),
        pytest.param("2026-11-25T11:00:00Z", "soon", "2026-11-25T11:00:00", id="sent-at-nonsense"),
        pytest.param("1970-01-01T00:00:00Z", "2026-11-25T12:00:00Z", "1970-01-01T00:00:00", id="1970"),
        pytest.param(
            "1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z", "2026-11-25T11:59:00", id="clock-at-1970"
        ),
        pytest.param("2090-01-01T00:00:00Z", "2026-11-25T12:00:00Z", "2026-11-25T12:00:00", id="2090"),
        pytest.param("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "2026-11-25T12:00:00", id="all-of-time"),
        pytest.param(1795604400000, None, "2026-11-25T11:00:00", id="milliseconds"),
        pytest.param(None, "2026-11-25T15:00:00Z", "2026-11-25T12:00:00", id="not-told"),
        pytest.param("", None, "2026-11-25T12:00:00", id="empty"),
    ],
)
def test_the_time_is_corrected_and_never_in_the_future(said, sent, expected):
    found = event({**GOOD, "timestamp": said}, sentAt=sent)
    assert found.occurred_at.replace(tzinfo=None).isoformat() == expected


def test_a_calls_context_stands_over_its_batchs():
    context = {
        "ip": "203.0.113.1",
        "locale": "de-DE",
        "traits": {"plan": "free", "city": "Ulm"},
        "page": {"url": "https://a.example"},
    }
    own = {**GOOD, "context": {"ip": "203.0.113.2", "traits": {"plan": "pro"}}}
    found = event(own, context=context)
    assert (found.ip, found.language, found.url) == ("203.0.113.2", "de-DE", "https://a.example")
    assert found.traits == {"plan": "pro", "city": "Ulm"}


def test_consents_are_kept_as_told():
    said = {"ads": True, "email": False, "maps": None}
    found = event({**GOOD, "context": {"consent": {"categoryPreferences": said}}})
    assert found.consents == {"ads": True, "email": False}


def test_a_campaign_is_told_only_where_the_address_does_not():
    campaign = {"source": "news", "medium": "email", "name": "spring"}
    page = {"url": "https://a.example/?utm_source=other"}
    found = event({**GOOD, "context": {"campaign": campaign, "page": page}})
    assert found.properties == {"utm_medium": "email", "utm_campaign": "spring"}


def test_an_alias_of_this_browsers_own_id_is_anonymous():
    found = event({"type": "alias", "userId": "u1", "previousId": "a1", "anonymousId": "a1"})
    assert found.previous == {"anonymous_id": "a1"}


def test_an_email_address_alone_identifies():
    found = event({"type": "identify", "traits": {"email": "ana@example.com", "note": None}})
    assert found.identifiers == {"email": "ana@example.com"}
    assert found.traits == {"email": "ana@example.com"}


@pytest.mark.parametrize(
    "told", [pytest.param("", id="empty"), pytest.param(True, id="true"), pytest.param({}, id="object")]
)
def test_an_address_that_says_nothing_leaves_the_one_of_the_context(told):
    found = event(
        {"type": "identify", "traits": {"email": told}, "context": {"traits": {"email": "a@b.example"}}}
    )
    assert found.identifiers == {"email": "a@b.example"}
    assert rejected({"type": "identify", "traits": {"email": told}})[0] is Reason.NO_IDENTIFIER


@pytest.mark.parametrize(
    ("library", "direct", "ip"),
    [
        pytest.param("analytics-python", None, "", id="server"),
        pytest.param("analytics-python", True, "198.51.100.1", id="server-that-vouches"),
        pytest.param("analytics.js", None, "198.51.100.1", id="browser"),
    ],
)
def test_a_servers_address_is_taken_only_if_it_says_so(library, direct, ip):
    found = event({**GOOD, "context": {"library": {"name": library}, "direct": direct}})
    assert found.ip == ip


def test_a_group_is_a_trait_of_the_person_and_its_own_traits_are_not():
    found = event({"type": "group", "userId": "u1", "groupId": 7, "traits": {"email": "office@example.com"}})
    assert found.traits == {"group_id": "7"}
    assert found.identifiers == {"user_id": "u1"}


KEYS = {
    "basic": (post("/v1/b", {"writeKey": "body"}, query="writeKey=q", authorization="Basic a2V5Og=="), "key"),
    "body": (post("/v1/b", {"writeKey": "body"}, query="writeKey=q", authorization="Bearer t"), "body"),
    "query": (post("/v1/b", {}, query="writeKey=q", authorization="Bearer t"), "q"),
    "bearer": (post("/v1/b", b"no JSON", authorization="Bearer t"), "t"),
    "none": (post("/v1/b", {"writeKey": 5}, authorization="Basic ?"), ""),
    "settings": (get("/v1/projects/a%20key/settings"), "a key"),
    "pixel": (get("/v1/pixel/track", "data=" + quote('{"writeKey": "body"}')), "body"),
}


@pytest.mark.parametrize(("request_", "key"), [pytest.param(*said, id=name) for name, said in KEYS.items()])
def test_the_key_stands_in_many_places(request_, key):
    assert FORMAT.key(request_) == key


PIXEL = json.dumps({"event": "Opened", "userId": "u1", "properties": {"q": "ä?~>"}}, ensure_ascii=False)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(urlsafe_b64encode(PIXEL.encode()).decode().rstrip("="), id="base64url"),
        pytest.param(quote(b64encode(PIXEL.encode())), id="base64"),
        pytest.param(b64encode(PIXEL.encode()).decode(), id="base64-unquoted"),
        pytest.param(quote(PIXEL), id="json"),
    ],
)
def test_a_pixel_carries_a_call_in_its_query(data):
    request = get("/v1/pixel/track", f"data={data}")
    decoded = FORMAT.decode(request)
    (only,) = FORMAT.events(decoded, request)
    assert (only.name, only.properties) == ("Opened", {"q": "ä?~>"})
    assert FORMAT.answer(request, decoded).content_type == "image/gif"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        pytest.param("/v1/pixel/track", "", id="no-data"),
        pytest.param("/v1/pixel/track", "data=%%%", id="nonsense"),
        pytest.param("/v1/pixel/other", "data=e30", id="another-kind"),
    ],
)
def test_a_pixel_is_an_image_whatever_happens(path, query):
    request = get(path, query)
    with pytest.raises(UnreadableError):
        FORMAT.decode(request)
    answer = FORMAT.refuse(request, Fault.UNREADABLE, "no")
    assert (answer.status, answer.content_type) == (200, "image/gif")


def test_the_answer_names_what_was_rejected():
    request = post("/v1/batch", {"batch": [GOOD, {**GOOD, "userId": None}]})
    answer = FORMAT.answer(request, FORMAT.decode(request))
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "success": True,
        "rejected": [
            {
                "index": 1,
                "messageId": "m1",
                "reason": "no_identifier",
                "detail": "userId, anonymousId: both are missing",
            }
        ],
    }


def test_how_well_the_browser_library_runs_is_not_an_event():
    request = post("/v1/m", {"series": []})
    assert FORMAT.greet(request).status == 200


def test_rudderstack_says_who_and_when_in_headers():
    request = post("/v1/track", {"event": "X"}, anonymousid="YW5vbi0x", sentat="2026-11-25T13:00:00Z")
    (only,) = events(request)
    assert only.identifiers == {"anonymous_id": "anon-1"}


def test_a_beacon_is_a_batch_whose_key_stands_in_the_query():
    request = post("/beacon/v1/batch", {"batch": [GOOD]}, query="writeKey=k", content_type="text/plain")
    assert RUDDER.key(request) == "k"
    assert len(RUDDER.events(RUDDER.decode(request), request)) == 1
