"""Receipts: what was done for a request, signed, so that it can be shown to whoever asks, and not be changed.

A receipt is a JSON object. It is signed with Ed25519 (RFC 8032) over its canonical form: keys in order, no spaces, without
`signature` itself. The private key is derived from the project's index key, which lives as long as its ring; the public one
stands in the receipt, and `headwater privacy key` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from headwater.core.sealing.seals import Seals
from headwater.core.sealing.text import from_text, to_text

SIGNATURE, KEY = "signature", "public_key"
Receipt = dict[str, Any]


def signed(content: Mapping[str, object], seals: Seals) -> Receipt:
    """A receipt of this content."""
    private = _private(seals)
    held = {**content, KEY: public_key(seals)}
    return {**held, SIGNATURE: to_text(private.sign(_canonical(held)))}


def public_key(seals: Seals) -> str:
    """The key by which a project's receipts are checked: base64url of its 32 bytes."""
    return to_text(_private(seals).public_key().public_bytes_raw())


def is_genuine(receipt: Mapping[str, object], key: str) -> bool:
    """Whether a receipt was signed by whoever has the private key to this one, and stands as it was signed."""
    held = {name: value for name, value in receipt.items() if name != SIGNATURE}
    try:
        public = Ed25519PublicKey.from_public_bytes(from_text(key))
        public.verify(from_text(str(receipt.get(SIGNATURE, ""))), _canonical(held))
    except (InvalidSignature, ValueError):
        return False
    return held.get(KEY) == key


def _private(seals: Seals) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seals.ring.index.derived("receipts"))


def _canonical(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
