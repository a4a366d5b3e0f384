"""Webhooks: who signs is who they say, what the JSON means is what the file says, and text is kept as text."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from headwater.collect.declare import read_collectors
from headwater.collect.format import Fault, UnreadableError
from headwater.collect.formats.webhook import FORMAT, Fields
from headwater.collect.request import Request
from headwater.core.project import open_project
from headwater.tables.rejection import Reason

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECRET = "whsec_" + b64encode(b"a secret of some length").decode()
REVIEWS = {
    "secret": SECRET,
    "each": "$.reviews",
    "event": "review_written",
    "time": "$.at",
    "id": "$.id",
    "identifiers": {"email": "$.author.email", "user_id": "$.author.id"},
    "properties": {"product_id": "$.product", "text": "$.text", "shop": "$body.shop", "tag": "$.tags[0]"},
    "traits": {"city": "$.author.city"},
}
REVIEW = {
    "id": 7,
    "at": "2026-11-24T10:00:00Z",
    "author": {"email": "ana@example.com", "city": "Ulm"},
    "product": 17,
    "text": "Très <b>bon</b>\n🎉 ",
    "tags": ["tea"],
}


def standard(body, *, at=NOON, secret=b"a secret of some length", name="msg_1"):
    timestamp = str(int(at.timestamp()))
    content = f"{name}.{timestamp}.".encode() + body
    signature = b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1a,xyz v1,{signature}",
    }


def post(body, said=REVIEWS, headers=None, path="/v1/webhook/reviews-1", query=""):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = standard(data) if headers is None else headers
    return Request(
        method="POST",
        path=path,
        query=query,
        headers=told,
        body=data,
        ip="198.51.100.1",
        received_at=NOON,
        settings=Fields.model_validate(said),
    )


def events(request):
    return FORMAT.events(FORMAT.decode(request), request)


def test_an_item_is_the_event_that_the_file_says():
    (only,) = events(post({"shop": "north", "reviews": [REVIEW]}))
    assert (only.kind, only.name, only.message_id) == ("track", "review_written", "7")
    assert only.occurred_at.isoformat() == "2026-11-24T10:00:00+00:00"
    assert only.identifiers == {"email": "ana@example.com"}
    assert only.properties == {
        "product_id": "17",
        "text": "Très <b>bon</b>\n🎉 ",
        "shop": "north",
        "tag": "tea",
    }
    assert only.traits == {"city": "Ulm"}
    assert only.ip == ""  # the connection is the sender's


def test_one_object_is_one_item_and_its_event_can_stand_in_it_or_in_a_header():
    said = {**REVIEWS, "each": "$", "event": "$headers.X-Topic"}
    request = post(REVIEW, said)
    found = events(replace(request, headers={**request.headers, "x-topic": "orders/paid"}))
    assert [each.name for each in found] == ["orders/paid"]
    assert [each.name for each in events(post([{**REVIEW, "k": "a"}], {**said, "event": "$.k"}))] == ["a"]


def test_without_an_event_an_item_states_traits():
    said = {key: value for key, value in REVIEWS.items() if key not in ("event", "each")}
    (only,) = events(post(REVIEW, said))
    assert (only.kind, only.name) == ("identify", "")


def test_no_time_is_when_it_came_and_the_future_is_now():
    later = {**REVIEW, "at": "2090-01-01"}
    found = events(post({"reviews": [{**REVIEW, "at": None}, later]}))
    assert [each.occurred_at for each in found] == [NOON, NOON]


def deep(levels):
    inner = {}
    for _ in range(levels - 2):
        inner = {"a": inner}
    return inner


BAD = {
    "nobody": ({"author": {}}, Reason.NO_IDENTIFIER),
    "an id that is a list": ({"author": {"email": ["x"]}}, Reason.INVALID_VALUE),
    "an id of 10 KB": ({"author": {"email": "x" * 10_000}}, Reason.INVALID_VALUE),
    "a time that is none": ({"at": "soon"}, Reason.INVALID_TIME),
    "40 KB": ({"text": "x" * 40_000}, Reason.TOO_LARGE),
    "a NUL": ({"text": "\0"}, Reason.INVALID_VALUE),
    "deep": ({"a": deep(33)}, Reason.TOO_DEEP),
}


@pytest.mark.parametrize(("change", "reason"), [pytest.param(*said, id=name) for name, said in BAD.items()])
def test_a_bad_item_is_rejected_by_itself(change, reason):
    decoded = FORMAT.decode(post({"reviews": [REVIEW, {**REVIEW, **change}, REVIEW]}))
    assert list(decoded.places) == [0, 2]
    assert [(one.index, one.reason) for one in decoded.rejected] == [(1, reason)]


def test_an_event_that_stands_nowhere_is_rejected():
    decoded = FORMAT.decode(post({"reviews": [REVIEW, 5]}, {**REVIEWS, "event": "$.kind"}))
    assert [one.reason for one in decoded.rejected] == [Reason.MISSING_VALUE, Reason.INVALID_VALUE]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"hello", Fault.UNREADABLE, id="no-json"),
        pytest.param(b'{"reviews": {}}', Fault.UNREADABLE, id="no-list"),
        pytest.param(b"[" * 500 + b"]" * 500, Fault.UNREADABLE, id="deep"),
        pytest.param(b'{"reviews": [' + b"1," * 2_500 + b"1]}", Fault.TOO_LARGE, id="2501-items"),
        pytest.param(b" " * 1_000_001, Fault.TOO_LARGE, id="bytes"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(body, fault):
    with pytest.raises(UnreadableError) as caught:
        FORMAT.decode(post(body))
    assert caught.value.fault is fault


BODY = json.dumps({"reviews": [REVIEW]}).encode()
DIGEST = hmac.new(SECRET.encode(), BODY, hashlib.sha256)
HEX = {**REVIEWS, "signature": "sha256_hex", "header": "X-Hub-Signature-256"}
BASE64 = {**REVIEWS, "signature": "sha256_base64", "header": "X-Shopify-Hmac-Sha256"}
PLAIN = {**REVIEWS, "secret": "not base64!"}


@pytest.mark.parametrize(
    ("said", "headers"),
    [
        pytest.param(REVIEWS, standard(BODY), id="standard"),
        pytest.param(REVIEWS, standard(BODY, at=NOON - timedelta(minutes=5)), id="five-minutes-ago"),
        pytest.param(REVIEWS, standard(BODY, at=NOON + timedelta(minutes=5)), id="in-five-minutes"),
        pytest.param(PLAIN, standard(BODY, secret=b"not base64!"), id="plain-secret"),
        pytest.param(HEX, {"x-hub-signature-256": "sha256=" + DIGEST.hexdigest()}, id="github"),
        pytest.param(HEX, {"x-hub-signature-256": DIGEST.hexdigest().upper()}, id="hex"),
        pytest.param(BASE64, {"x-shopify-hmac-sha256": b64encode(DIGEST.digest()).decode()}, id="shopify"),
    ],
)
def test_a_right_signature_is_taken(said, headers):
    assert len(events(post(BODY, said, headers))) == 1


@pytest.mark.parametrize(
    ("said", "headers"),
    [
        pytest.param(REVIEWS, {}, id="none"),
        pytest.param(REVIEWS, standard(BODY + b" "), id="of-another-body"),
        pytest.param(REVIEWS, standard(BODY, secret=b"other"), id="with-another-secret"),
        pytest.param(REVIEWS, {**standard(BODY), "webhook-id": "msg_2"}, id="of-another-id"),
        pytest.param(REVIEWS, standard(BODY, at=NOON - timedelta(minutes=6)), id="too-old"),
        pytest.param(REVIEWS, standard(BODY, at=NOON + timedelta(minutes=6)), id="too-new"),
        pytest.param(REVIEWS, {**standard(BODY), "webhook-timestamp": "²"}, id="no-timestamp"),
        pytest.param(HEX, {"x-hub-signature-256": "é"}, id="no-hex"),
        pytest.param(HEX, standard(BODY), id="another-scheme"),
        pytest.param(BASE64, {"x-shopify-hmac-sha256": DIGEST.hexdigest()}, id="another-form"),
        pytest.param({**REVIEWS, "secret": "${NOT_SET_ANYWHERE}"}, standard(BODY), id="secret-not-set"),
    ],
)
def test_any_other_signature_is_refused_unless_it_was_taken_before(said, headers):
    request = post(BODY, said, headers)
    with pytest.raises(UnreadableError) as caught:
        FORMAT.decode(request)
    assert caught.value.fault is Fault.UNAUTHORISED
    assert FORMAT.refuse(request, caught.value.fault, caught.value.detail).status == 401
    assert len(events(replace(request, is_replay=True))) == 1


def test_without_settings_nothing_is_taken():
    with pytest.raises(UnreadableError) as caught:
        FORMAT.decode(replace(post(BODY), settings=None))
    assert caught.value.fault is Fault.UNAUTHORISED


def test_the_secret_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("REVIEWS_SECRET", SECRET)
    assert events(post(BODY, {**REVIEWS, "secret": "${REVIEWS_SECRET}"}, standard(BODY)))


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        pytest.param(post(BODY), "reviews-1", id="path"),
        pytest.param(post(BODY, query="key=k"), "k", id="query"),
        pytest.param(post(BODY, headers={"authorization": "Bearer k"}), "k", id="header"),
    ],
)
def test_the_key_is_the_end_of_the_path_unless_one_is_told(request_, key):
    assert FORMAT.key(request_) == key


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"header": "X-Signature"}, id="a-header-for-standard"),
        pytest.param({"signature": "sha256_hex"}, id="no-header"),
        pytest.param({"secret": ""}, id="no-secret"),
        pytest.param({"identifiers": {}}, id="nobody"),
        pytest.param({"id": "id"}, id="no-path"),
        pytest.param({"event": "$.a b"}, id="an-impossible-path"),
    ],
)
def test_a_file_that_means_nothing_is_refused(change):
    with pytest.raises(ValidationError):
        Fields.model_validate({**REVIEWS, **change})


def test_a_collectors_file_says_it_with_the_place_of_a_mistake(tmp_path):
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    (tmp_path / "collectors").mkdir()
    file = tmp_path / "collectors" / "reviews.yaml"
    text = "keys: [k]\nformats:\n  webhook:\n    secret: s\n    id: review.id\n    identifiers: {email: $.email}\n"
    file.write_text(text)
    project = open_project(tmp_path)
    sound, problems = read_collectors(project)
    assert sound == {}
    assert [(one.file, one.line, one.path) for one in problems] == [
        ("collectors/reviews.yaml", 5, "formats.webhook.id")
    ]
    file.write_text(text.replace("review.id", "$.review.id"))
    sound, problems = read_collectors(open_project(tmp_path))
    assert problems == []
    assert isinstance(sound["reviews"].settings["webhook"], Fields)
