"""The contract kit of wire formats: every one that is discovered must keep it, there is no list of exceptions."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace
from tests.collect.cutting import without

from headwater.collect.format import Fault, Route, UnreadableError, formats
from headwater.collect.request import Answer, Request
from headwater.core.documents import Declaration
from headwater.identity.identifier import identifier_kinds
from headwater.tables.rejection import Reason

FORMATS = [pytest.param(each, id=name) for name, each in formats().items()]
ROUTES = [
    pytest.param(each, route, id=f"{name}-{route.method}-{route.path}")
    for name, each in formats().items()
    for route in each.routes
]
RECEIVED_AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
EMAIL = "ana@example.com"

# What clients say, right or wrong, under the names that the formats know and under others.
NAMES = st.sampled_from(
    [
        *(
            "batch",
            "type",
            "event",
            "name",
            "userId",
            "anonymousId",
            "previousId",
            "groupId",
            "messageId",
            "email",
        ),
        *(
            "timestamp",
            "originalTimestamp",
            "sentAt",
            "context",
            "properties",
            "traits",
            "writeKey",
            "page",
            "url",
        ),
        *(
            "campaign",
            "source",
            "consent",
            "categoryPreferences",
            "library",
            "channel",
            "product_id",
            "revenue",
        ),
        *(
            "data",
            "schema",
            "e",
            "eid",
            "uid",
            "duid",
            "dtm",
            "stm",
            "ttm",
            "ue_pr",
            "ue_px",
            "co",
            "cx",
            "se_va",
        ),
        *("items", "id", "at", "person", "sku", "coupon", "total", "value", "quantity", "p", "aid", "ip"),
    ]
)
TEXTS = st.sampled_from(
    [
        *("track", "page", "screen", "identify", "group", "alias", "pv", "pp", "se", "ue", "tr", "ti", "srv"),
        *(
            "u1",
            "",
            " ",
            "Order Completed",
            "2026-11-25T11:00:00Z",
            "1970-01-01T00:00:00Z",
            "2090-01-01",
            "soon",
        ),
        *(
            "1795458408196",
            "9" * 400,
            "-1",
            "1e999",
            "nan",
            "x" * 600,
            "\0",
            "\ud800",
            "$direct",
            EMAIL,
            "{",
            "🎉",
        ),
        '{"schema":"iglu:a/b/c/1-0-0","data":{"schema":"iglu:com.acme/order/jsonschema/1-0-0","data":{"id":1}}}',
        '{"schema":"iglu:a/b/c/1-0-0","data":[{"schema":"iglu:a/user/jsonschema/1-0-0","data":{"plan":"x"}}]}',
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers() | st.integers(10**40, 10**41) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=25,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=10)
BODIES = OBJECTS | st.builds(
    lambda name, items, rest: {**rest, name: items},
    st.sampled_from(["batch", "data", "items"]),
    st.lists(OBJECTS | VALUES, max_size=5),
    OBJECTS,
)


def mutated(body: bytes, at: int, piece: bytes) -> bytes:
    place = at % (len(body) + 1)
    return body[:place] + piece + body[place + len(piece) :]


JSON = BODIES.map(lambda said: json.dumps(said).encode())
BYTES = (
    st.binary(max_size=60)
    | JSON
    | st.builds(mutated, JSON, st.integers(0, 400), st.binary(min_size=1, max_size=3))
    | st.sampled_from([b"", b"{}", b"[]", b"null", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"batch":' * 2_000])
)
QUERIES = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.dictionaries(NAMES, TEXTS.filter(lambda text: text.isprintable()), max_size=6).map(
        lambda said: "&".join(f"{name}={quote(text)}" for name, text in said.items())
    )
    | JSON.map(lambda body: f"data={quote(b64encode(body))}")
    | JSON.map(lambda body: f"data={quote(body)}")
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [*("authorization", "anonymousid", "sentat", "user-agent", "accept-language", "sp-anonymous", "host")]
    ),
    st.sampled_from(
        ["", "Basic ", "Basic V0tfdGVzdDo=", "Basic é", "Bearer x", "YQ==", "*", "de-DE,de;q=0.9"]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
SAID = {  # for formats that need to be told something
    "webhook": {
        "secret": "s",
        "each": "$.items",
        "event": "$.event",
        "time": "$.at",
        "id": "$.id",
        "identifiers": {"email": "$.email", "user_id": "$.person.id"},
        "properties": {"revenue": "$.total", "all": "$"},
        "traits": {"name": "$.name"},
    }
}


def asked(each, route, *, query="", headers=None, body=b"") -> Request:
    name = next(own for own, other in formats().items() if other is each)
    return Request(
        method=route.method,
        path=route.path.replace("/*", "/track"),
        query=query,
        headers=headers or {},
        body=body,
        ip="198.51.100.1",
        received_at=RECEIVED_AT,
        settings=each.fields.model_validate(SAID.get(name, {})),
        is_replay=True,
    )


def routes_of(each):
    return st.sampled_from(each.routes or (Route("POST", "/"),))  # of the edge's own there is none


def test_the_kit_sees_the_built_in_formats():
    assert {"rudder", "segment", "snowplow", "webhook"} <= set(formats())


@pytest.mark.parametrize("each", FORMATS)
def test_it_says_who_speaks_it_and_what_its_settings_mean(each):
    assert each.meaning.endswith(".")
    assert issubclass(each.fields, Declaration)
    assert all(field.description for field in each.fields.model_fields.values())
    assert set(each.names.values()) <= set(identifier_kinds())
    assert all(each.packed)


def test_no_two_formats_have_one_route():
    routes = Counter(route for each in formats().values() for route in each.routes)
    assert [route for route, times in routes.items() if times > 1] == []


@pytest.mark.parametrize(("each", "route"), ROUTES)
def test_a_route_is_a_path_of_a_method_that_clients_use(each, route):
    assert route.method in ("GET", "POST")
    assert route.path.startswith("/")
    assert "*" not in route.path.removesuffix("/*")


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.value) for fault in Fault])
@pytest.mark.parametrize(("each", "route"), ROUTES)
def test_a_refusal_makes_clients_give_up_or_come_back(each, route, fault):
    answer = each.refuse(asked(each, route), fault, "why")
    if answer.content_type.startswith("image/"):
        return
    gone_for_good = fault not in (Fault.BUSY, Fault.UNAVAILABLE)
    assert answer.status in ({400, 401} if gone_for_good else {429, 503})
    assert json.loads(answer.body)["message"] == "why"


@pytest.mark.slow
@pytest.mark.parametrize("each", FORMATS)
@settings(max_examples=300)
@given(data=st.data(), query=QUERIES, headers=HEADERS, body=BYTES)
def test_whatever_comes_is_accounted_for(each, data, query, headers, body):
    request = asked(each, data.draw(routes_of(each)), query=query, headers=headers, body=body)
    assert isinstance(each.key(request), str)
    if (answer := each.greet(request)) is not None:
        assert answer.status == 200
        return
    try:
        decoded = each.decode(request)
    except UnreadableError:
        return
    places = [*decoded.places, *(one.index for one in decoded.rejected)]
    assert sorted(places) == list(range(len(places)))
    assert len(decoded.places) == len(decoded.parts)
    assert all(one.reason in Reason and one.detail and one.raw for one in decoded.rejected)
    events = each.events(decoded, request)
    assert len(events) == len(decoded.parts)
    for event in events:
        assert event.identifiers
        assert all(isinstance(value, str) and value for value in event.identifiers.values())
        assert event.occurred_at <= event.received_at == RECEIVED_AT
        assert bool(event.name) == (event.kind in ("track", "page", "screen"))
    assert isinstance(each.answer(request, decoded), Answer)


@pytest.mark.slow
@pytest.mark.parametrize("each", FORMATS)
@settings(max_examples=60)
@given(data=st.data(), body=BYTES)
def test_the_same_request_is_always_read_the_same(each, data, body):
    request = asked(each, data.draw(routes_of(each)), body=body)
    if each.greet(request) is not None:
        return
    try:
        first = each.decode(request)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            each.decode(replace(request))
        return
    second = each.decode(replace(request))
    assert each.events(first, request) == each.events(second, request)
    assert list(first.rejected) == list(second.rejected)
    assert each.events(first, request) == each.events(first, request)


@pytest.mark.slow
@pytest.mark.parametrize("each", FORMATS)
@settings(max_examples=100)
@given(data=st.data(), query=QUERIES, body=BYTES, chosen=st.sets(st.integers(0, 4), min_size=1))
def test_a_part_can_be_cut_out_and_the_others_stay_what_they_are(each, data, query, body, chosen):
    request = asked(each, data.draw(routes_of(each)), query=query, body=body)
    if each.greet(request) is not None:
        return
    try:
        before = each.decode(request)
    except UnreadableError:
        return
    n_parts = len(before.parts) + len(before.rejected)
    spans = each.spans(request)
    assert len(spans) in (0, n_parts)
    if not spans:
        assert n_parts <= 1, "parts that are several have places in the body"
        return
    gone = {place % n_parts for place in chosen}
    cut = replace(request, body=without(request.body, [spans[place] for place in gone]))
    after = each.decode(cut)
    assert len(after.parts) + len(after.rejected) == n_parts
    assert _by_place(each, after, cut, gone) == _by_place(each, before, request, gone)


def _by_place(each, decoded, request, left_out):
    events = zip(decoded.places, each.events(decoded, request), strict=True)
    rejected = ((one.index, one) for one in decoded.rejected)
    return {place: one for place, one in [*events, *rejected] if place not in left_out}


@pytest.mark.slow
@pytest.mark.parametrize("each", FORMATS)
@settings(max_examples=100)
@given(data=st.data(), body=JSON)
def test_no_detail_quotes_what_was_sent(each, data, body):
    body = body.replace(b'"u1"', b'["secret-1"]').replace(b'"soon"', b'"secret-2"')
    request = asked(each, data.draw(routes_of(each)), body=body)
    if each.greet(request) is not None:
        return
    try:
        details = [one.detail for one in each.decode(request).rejected]
    except UnreadableError as error:
        details = [error.detail]
    assert not [detail for detail in details if "secret" in detail or EMAIL in detail]
