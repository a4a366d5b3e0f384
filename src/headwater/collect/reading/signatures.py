"""Signatures of webhooks: whether a body comes from who has the secret. HMAC-SHA256, compared in constant time.

Reads the body byte for byte as it was sent, and headers.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far a Standard-Webhooks timestamp may be from when it was received, either way."""
_PREFIX = "whsec_"
_VERSION = "v1,"


def is_standard(secret: str, headers: Mapping[str, str], body: bytes, received_at: datetime) -> bool:
    """Whether one of the signatures of Standard Webhooks (https://www.standardwebhooks.com, v1) is right, and recent.

    Signed is `id.timestamp.body`; the secret is base64, with or without `whsec_` before it.
    """
    told, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not told or not _is_recent(timestamp, received_at):
        return False
    content = f"{told}.{timestamp}.".encode(errors="replace") + body
    right = b64encode(_digest(_standard_key(secret), content))
    signatures = headers.get("webhook-signature", "").split()
    return any(
        hmac.compare_digest(right, each.removeprefix(_VERSION).encode(errors="replace"))
        for each in signatures
        if each.startswith(_VERSION)
    )


def is_hex(secret: str, signature: str, body: bytes) -> bool:
    """Whether a signature of the body alone is right, in hexadecimal, with or without `sha256=` before it (GitHub)."""
    told = signature.strip().removeprefix("sha256=").lower()
    return hmac.compare_digest(_digest(secret.encode(), body).hex().encode(), told.encode(errors="replace"))


def is_base64(secret: str, signature: str, body: bytes) -> bool:
    """Whether a signature of the body alone is right, in base64 (Shopify)."""
    return hmac.compare_digest(
        b64encode(_digest(secret.encode(), body)), signature.strip().encode(errors="replace")
    )


def _digest(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")


def _standard_key(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix(_PREFIX), validate=True)
    except NotBase64Error:
        return secret.encode()


def _is_recent(timestamp: str, received_at: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    return abs(int(timestamp) - received_at.timestamp()) <= TOLERANCE.total_seconds()
