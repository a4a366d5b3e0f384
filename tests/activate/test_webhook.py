"""Webhooks: the signature, the headers, and what answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from pydantic import ValidationError

from headwater.activate.destination import Accepted, Later, Refused, Response
from headwater.activate.destinations.webhook import DESTINATION, Webhook, _signature

BATCH = DESTINATION.examples[0].batch
URL = "https://example.com/in"


def test_the_signature_is_that_of_the_standards_published_example():
    signature = _signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_verify_a_secret_that_is_plain_text():
    request = DESTINATION.request(Webhook(url=URL, secret="s3cret"), BATCH)
    signed = b".".join(
        [request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body]
    )
    expected = base64.b64encode(hmac.digest(b"s3cret", signed, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_without_a_secret_nothing_is_signed():
    headers = DESTINATION.request(Webhook(url=URL), BATCH).headers
    assert headers["webhook-id"] == BATCH.key
    assert not {"webhook-signature", "authorization"} & set(headers)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "example.com/in"}, "must be a URL"),
        ({"url": "ftp://example.com"}, "must be a URL"),
        ({"url": URL, "secret": "whsec_***"}, "must be base64"),
        ({"url": URL, "headers": {"Webhook-Id": "1"}}, "is set by Headwater"),
        ({"url": URL, "headers": {"X": "a\r\nY: b"}}, "cannot be sent"),
        ({"url": URL, "headers": {"X Y": "a"}}, "cannot be sent"),
        ({"url": URL, "headers": {"X": "tök"}}, "cannot be sent"),
        ({"url": URL, "bearer": "token\n"}, "must be printable ASCII"),
        ({"url": URL, "bearer": "tökén"}, "must be printable ASCII"),
    ],
)
def test_impossible_settings_are_errors(settings, message):
    with pytest.raises(ValidationError, match=message):
        Webhook(**settings)


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (Response(200, body=b"<html>"), Accepted()),
        (Response(200, body=b'{"rejected": [{"index": "0"}, {"index": true}, 7, {"index": 2}]}'), None),
        (
            Response(301, {"location": "https://elsewhere"}),
            Refused("it answered 301; set the url to where it redirects to"),
        ),
        (Response(401), Refused("it answered 401")),
        (Response(408), Later("it answered 408")),
        (Response(429, {"retry-after": "soon"}), Later("it answered 429")),
        (Response(503, {"retry-after": "Sun, 01 Mar 2026 08:02:00 GMT"}), Later("it answered 503")),
    ],
)
def test_what_an_answer_means(response, outcome):
    assert DESTINATION.read(Webhook(url=URL), response) == (outcome or Accepted({2: "no reason given"}))
