"""Whatever is sent to whatever path there is: no answer says that the edge itself failed, and what it kept the stream can take.

EDGE_EXAMPLES says how many examples each test tries (20 if it says nothing).
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import os
import random
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.edge.running import HOOK, HOOK_SECRET, PACED, PRIVATE, PUBLIC, STRICT, RunningEdge, answer_of

from headwater.collect.format import formats
from headwater.collect.outcome import Accepted, Refused

pytestmark = [pytest.mark.server, pytest.mark.slow]

EXAMPLES = int(os.environ.get("EDGE_EXAMPLES", "20"))
bounded = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

NAMES = st.sampled_from(
    [
        *("batch", "type", "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "email"),
        *("timestamp", "originalTimestamp", "sentAt", "context", "properties", "traits", "writeKey", "page", "url"),
        *("campaign", "source", "consent", "categoryPreferences", "library", "channel", "ip", "userAgent", "locale"),
        *("product_id", "products", "revenue", "order_id", "placements", "identifiers", "placement", "variant"),
        *("data", "schema", "e", "eid", "uid", "duid", "dtm", "stm", "ttm", "ue_pr", "ue_px", "co", "cx", "se_va"),
        *("reviews", "author", "id", "written_at", "stars", "decision_id"),
    ]
)  # fmt: skip
TEXTS = st.sampled_from(
    [
        *("track", "page", "screen", "identify", "group", "alias", "pv", "pp", "se", "ue", "tr", "ti"),
        *("Placement Shown", "Placement Decided", "Order Completed", "box", "hero", "inbox", "a", "b"),
        *("2026-11-25T11:00:00Z", "1970-01-01", "2090-01-01", "soon", "1795458408196", "9" * 400, "1e999"),
        *("", " ", "\0", "\ud800", "x" * 600, "u1", "u2", "ana@example.com", "é日本🎉", PUBLIC, "{", "["),
        "https://shop.example/?utm_source=news&email=ana@example.com#x",
        "http://[::1", "//", "203.0.113.7", "::", "999.1.1.1", "Mozilla/5.0 (X11) Firefox/130.0",
    ]
) | st.text(max_size=12)  # fmt: skip
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just(10**40)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | TEXTS, inner, max_size=6),
    max_leaves=20,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=8)
IDS = st.sampled_from(["u1", "u2", "u3", "x" * 600, "\0", " "])
# Calls that are nearly right, so that most come as far as the stream.
CALLS = st.builds(
    lambda kind, name, who, browser, properties, traits, context: {
        "type": kind,
        "event": name,
        "userId": who,
        "anonymousId": browser,
        "properties": properties,
        "traits": traits,
        "context": context,
        "previousId": "u9",
        "groupId": "g1",
    },
    st.sampled_from(["track", "page", "screen", "identify", "group", "alias"]),
    TEXTS,
    IDS,
    IDS,
    OBJECTS,
    OBJECTS,
    st.fixed_dictionaries(
        {}, optional={"page": OBJECTS, "campaign": OBJECTS, "traits": OBJECTS, "ip": TEXTS}
    ),
)
DATA = st.builds(
    lambda known, others: {**others, **known},
    st.fixed_dictionaries({"e": st.sampled_from(["pv", "pp", "se", "ue", "tr", "ti"]), "duid": IDS}),
    st.dictionaries(NAMES, TEXTS | NUMBERS, max_size=8),
)
BODIES = st.one_of(
    OBJECTS,
    CALLS,
    st.lists(CALLS | VALUES, max_size=4).map(lambda calls: {"batch": calls, "writeKey": PUBLIC}),
    st.lists(DATA | VALUES, max_size=4).map(lambda data: {"schema": "x", "data": data}),
    st.lists(VALUES, max_size=4).map(lambda reviews: {"reviews": reviews}),
)


def mangled(body: bytes, seed: int) -> bytes:
    """Bytes with a few of them changed, left out or doubled."""
    draw, told = random.Random(seed), bytearray(body)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(told) + 1)
        told[at : at + draw.randint(0, 2)] = draw.randbytes(draw.randint(0, 3))
    return bytes(told)


JSON = BODIES.map(lambda said: json.dumps(said).encode())
BYTES = st.one_of(
    JSON,
    JSON,
    st.builds(mangled, JSON, st.integers(0, 10_000)),
    JSON.map(gzip.compress),
    st.builds(mangled, JSON.map(gzip.compress), st.integers(0, 10_000)),
    st.binary(max_size=80),
)
KEYS = st.sampled_from([PUBLIC, PUBLIC, PRIVATE, STRICT, PACED, HOOK, "", "x", "\ufffd"])
HEADERS = st.dictionaries(
    st.sampled_from(["User-Agent", "Referer", "SentAt", "AnonymousId", "SP-Anonymous", "Origin", "X-Forwarded-For",
                     "Accept-Language", "Content-Type", "Content-Encoding", "Cookie", "X-Topic"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30),
    max_size=4,
)  # fmt: skip
ROUTES = sorted({(route.method, route.path) for each in formats().values() for route in each.routes})


def sent(edge: RunningEdge, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", edge.port, timeout=30)
    try:
        connection.request(method, path, body or None, {k: v.encode("latin-1") for k, v in headers.items()})
        answer = answer_of(connection)
    finally:
        connection.close()
    if answer.status in (200, 400) and answer.headers["content-type"] == "application/json":
        json.loads(answer.body)
    return answer.status


def check_taken(edge: RunningEdge) -> None:
    """The stream goes through all of it, and what it gives is whole."""
    for outcome in edge.taken():
        if isinstance(outcome, Accepted):
            assert outcome.identifiers
            assert outcome.occurred_at <= outcome.received_at
        elif isinstance(outcome, Refused):
            assert outcome.reason


@pytest.mark.parametrize(("method", "path"), ROUTES)
@bounded
@given(body=BYTES, key=KEYS, headers=HEADERS, end=TEXTS)
def test_no_request_to_a_wire_format_breaks_anything(edge: RunningEdge, method, path, **drawn) -> None:
    body, key, headers, end = (drawn[name] for name in ("body", "key", "headers", "end"))
    given_path = path.replace("*", quote(end.encode("utf-8", "surrogatepass")))
    basic = {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}
    if method == "GET":
        data = quote(b64encode(body).decode())
        given_path += f"?writeKey={quote(key)}&data={data}&" + quote(body[:2_000], safe="=&{}%")
        body = b""
    assert sent(edge, method, given_path, body, {**headers, **basic}) < 500
    check_taken(edge)


@bounded
@given(body=BYTES)
def test_no_signed_webhook_breaks_anything(edge: RunningEdge, body) -> None:
    signature = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    path = f"/v1/webhook/{HOOK}"
    assert sent(edge, "POST", path, body, {"X-Signature": signature}) in (200, 400, 401)
    check_taken(edge)


@bounded
@given(
    said=st.fixed_dictionaries(
        {"placements": st.lists(TEXTS, max_size=4)},
        optional={
            "anonymousId": IDS | VALUES,
            "userId": IDS | VALUES,
            "email": TEXTS | VALUES,
            "identifiers": OBJECTS,
            "url": VALUES,
            "writeKey": KEYS,
        },
    ),
    others=BYTES,
    key=KEYS,
)
def test_no_question_what_to_show_breaks_anything(edge: RunningEdge, said, others, key) -> None:
    basic = {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}
    for body in (json.dumps(said).encode(), others):
        assert sent(edge, "POST", "/v1/decide", body, basic) in (200, 400, 401, 413)
    check_taken(edge)


@bounded
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS", "HEAD", "PATCH"]),
    path=st.binary(max_size=40).map(quote),
    headers=HEADERS,
)
def test_no_path_breaks_anything(edge: RunningEdge, method, path, headers) -> None:
    assert sent(edge, method, f"/{path}", b"", headers) < 500


def test_after_all_of_it_the_edge_answers(edge: RunningEdge) -> None:
    said = {"type": "track", "event": "Seen", "userId": "u1"}
    assert edge.send(said).status == 200
    assert len(edge.accepted()) == 1
