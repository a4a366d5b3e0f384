"""Members as JSON over HTTP POST, to any endpoint of one's own.

    {"key": "…", "destination": "crm", "audience": "coffee_lovers", "change": "added",
     "members": [{"identifiers": {"email": ["…"]}}]}

Signed as Standard Webhooks asks (https://www.standardwebhooks.com): headers `webhook-id` (the idempotency key),
`webhook-timestamp` (seconds since 1970) and `webhook-signature` ("v1," and the base64 HMAC-SHA256 of
"id.timestamp.body"). An answer 2xx may name members it refuses, by their place in `members` from 0, and why:

    {"rejected": [{"index": 0, "reason": "unknown household"}]}

`headwater run` and `headwater deliveries` count them as refused, with these reasons. Who was refused when added is not
sent again as before (left out: `refused_before`), until the settings or identifiers in the destination's file change, or
after having been out of the audience or without permission for a run, or by an identifier that is new. Who was refused
when removed is sent again as removed in every run. An answer that takes no batch, such as 400, is shown in its own words:
200 characters, with secrets and identifiers blotted out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pydantic import Field, field_validator

from headwater.activate.destination import (
    SECRET,
    Accepted,
    Batch,
    Change,
    Destination,
    Example,
    Http,
    IdentifierField,
    Later,
    Limits,
    Member,
    Outcome,
    Refused,
    Response,
)
from headwater.core.documents import Declaration

_WAITING = {408, 425, 429}
_OWN_HEADERS = {"content-type", "authorization", "webhook-id", "webhook-timestamp", "webhook-signature"}


class Webhook(Declaration):
    """The settings of a webhook."""

    url: str = Field(description="Where to POST to: https://… (http:// for machines of one's own).")
    secret: str | None = Field(
        None,
        min_length=1,
        json_schema_extra=SECRET,
        description="Signs every request; as ${NAME}, so that it stays in the environment. With the prefix whsec_ the "
        "rest is base64, as Standard Webhooks has it.",
    )
    bearer: str | None = Field(
        None,
        min_length=1,
        json_schema_extra=SECRET,
        description="Sent as Authorization: Bearer …; as ${NAME}.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        json_schema_extra=SECRET,
        description="Further headers; values may hold ${NAME}.",
    )

    @field_validator("url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+|\$\{", value):
            raise ValueError("must be a URL such as https://example.com/audiences")
        return value

    @field_validator("secret")
    @classmethod
    def _is_key(cls, value: str | None) -> str | None:
        if value and "${" not in value:
            _key(value)
        return value

    @field_validator("bearer")
    @classmethod
    def _can_be_sent(cls, value: str | None) -> str | None:
        if value and not (value.isascii() and value.isprintable()):
            raise ValueError("must be printable ASCII, without a line break at its end")
        return value

    @field_validator("headers")
    @classmethod
    def _are_free(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if name.lower() in _OWN_HEADERS:
                raise ValueError(f"the header {name} is set by Headwater; use bearer or secret")
            if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or not (
                text.isascii() and text.isprintable()
            ):
                raise ValueError(f"the header {name!r} cannot be sent")
        return value


def request(settings: Webhook, batch: Batch) -> Http:
    """The batch as a signed POST."""
    body = _body(batch)
    timestamp = str(int(batch.sent_at.timestamp()))
    headers = {
        **settings.headers,
        "content-type": "application/json",
        "webhook-id": batch.key,
        "webhook-timestamp": timestamp,
    }
    if settings.secret:
        headers["webhook-signature"] = _signature(settings.secret, batch.key, timestamp, body)
    if settings.bearer:
        headers["authorization"] = f"Bearer {settings.bearer}"
    return Http("POST", settings.url, headers, body)


def read(settings: Webhook, response: Response) -> Outcome:
    """What an answer means: 2xx taken; 408, 425, 429 and 5xx later; all else refused for good."""
    status = response.status
    if 200 <= status < 300:
        return Accepted(_rejected(response.body))
    if status in _WAITING or status >= 500:
        return Later(f"it answered {status}", _wait(response.headers))
    hint = "; set the url to where it redirects to" if 300 <= status < 400 else ""
    return Refused(f"it answered {status}{hint}")


def _body(batch: Batch) -> bytes:
    said = {
        "key": batch.key,
        "destination": batch.destination,
        "audience": batch.audience,
        "change": batch.change.value,
        "members": [{"identifiers": dict(member.identifiers)} for member in batch.members],
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _signature(secret: str, key: str, timestamp: str, body: bytes) -> str:
    signed = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("after whsec_ there must be base64") from None


def _rejected(body: bytes) -> Mapping[int, str]:
    """The members an answer names; what is not of that shape names nobody."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    named = said.get("rejected") if isinstance(said, dict) else None
    return {
        one["index"]: str(one.get("reason", "no reason given"))
        for one in (named if isinstance(named, list) else [])
        if isinstance(one, dict) and type(one.get("index")) is int
    }


def _wait(headers: Mapping[str, str]) -> float | None:
    """The seconds of Retry-After, which is a number or a date (RFC 9110, section 10.2.3)."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
        now = parsedate_to_datetime(headers["date"])
    except (ValueError, KeyError):
        return None
    return max(0.0, (until - now).total_seconds())


_EXAMPLE = Batch(
    "20260301T080000-0f3a5b7c9d1e-00001",
    "crm",
    "coffee_lovers",
    Change.ADDED,
    ("email",),
    (Member({"email": ("a@example.com",)}), Member({"email": ("b@example.com", "c@example.com")})),
    datetime(2026, 3, 1, 8, tzinfo=UTC),
)

DESTINATION = Destination(
    description="POSTs members as signed JSON to an endpoint of one's own.",
    fields=Webhook,
    identifiers=(IdentifierField(),),
    accepts=frozenset({"identifier", "pseudonym"}),
    may_accept=frozenset({"sensitive", "financial", "children", "location"}),
    limits=Limits(max_rows=1_000, max_bytes=1_000_000),
    is_idempotent=True,
    request=request,
    read=read,
    examples=(
        Example(
            {
                "url": "https://example.com/in",
                "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "bearer": "t",
            },
            _EXAMPLE,
            Http(
                "POST",
                "https://example.com/in",
                {
                    "content-type": "application/json",
                    "webhook-id": "20260301T080000-0f3a5b7c9d1e-00001",
                    "webhook-timestamp": "1772352000",
                    "webhook-signature": "v1,4xas7HJW3m/GemSSM0ficxd5s6Q3nYzBXw5lcknIlXo=",
                    "authorization": "Bearer t",
                },
                b'{"key":"20260301T080000-0f3a5b7c9d1e-00001","destination":"crm","audience":"coffee_lovers",'
                b'"change":"added","members":[{"identifiers":{"email":["a@example.com"]}},'
                b'{"identifiers":{"email":["b@example.com","c@example.com"]}}]}',
            ),
            (
                (Response(200), Accepted()),
                (Response(204), Accepted()),
                (
                    Response(200, body=b'{"rejected":[{"index":1,"reason":"unknown"}]}'),
                    Accepted({1: "unknown"}),
                ),
                (Response(429, {"retry-after": "7"}), Later("it answered 429", 7.0)),
                (
                    Response(
                        503,
                        {
                            "retry-after": "Sun, 01 Mar 2026 08:02:00 GMT",
                            "date": "Sun, 01 Mar 2026 08:00:00 GMT",
                        },
                    ),
                    Later("it answered 503", 120.0),
                ),
                (Response(500), Later("it answered 500")),
                (Response(400), Refused("it answered 400")),
                (Response(410), Refused("it answered 410")),
            ),
        ),
    ),
)
