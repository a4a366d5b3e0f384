"""Receipts: what was done for a request, signed, so that it can be shown to whoever asks, and not be changed.

A receipt is a JSON object. It is signed with Ed25519 (RFC 8032) over its canonical form: keys in order, no spaces, without
`signature` itself. The private key is derived from the project's index key, which lives as long as its ring; the public one
stands in the receipt, and `headwater privacy key` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from headwater.core.sealing.seals import Seals
from headwater.core.sealing.text import from_text, to_text
from headwater.privacy.labels import Label
from headwater.privacy.shown import Harmless, Says

SIGNATURE, KEY = "signature", "public_key"
Pseudonym = Annotated[str, Says(frozenset({Label.PSEUDONYM}))]


@dataclass(frozen=True)
class Recipient:
    """A destination that was sent persons, and whether it was told that they are to be removed.

    Attributes:
        destination: its id.
        is_told: whether it took the removal; False: somebody has to tell it.
        detail: why it was not.
    """

    destination: Harmless
    is_told: bool
    detail: Harmless = ""


@dataclass(frozen=True)
class Left:
    """Where something of a person is left: a table, a file, a log; and how often."""

    where: Harmless
    n: int


@dataclass(frozen=True)
class Receipt:
    """What was done for a request, and what was found afterwards. Moments are UTC, written as ISO 8601.

    Attributes:
        subjects: the blind indexes of the identifiers that the request named.
        n_kept_out: identifiers that are kept out from now on.
        rows: of each table, how many rows were erased; of a table without any nothing is said.
        n_live: persons erased from the live store.
        logs: of requests, events and outcomes how many were erased.
        files_rewritten: files of destinations that do not name the persons any more.
        files_that_tell: files of destinations that say that they are to be removed.
        left: where anything of them was found afterwards; empty if all is well.
    """

    request_id: Harmless
    asks: Harmless
    law: Harmless
    project: Harmless
    received_at: Harmless
    due_at: Harmless
    ended_at: Harmless
    subjects: tuple[Pseudonym, ...]
    n_profiles: int
    n_identifiers: int
    n_kept_out: int
    rows: Mapping[Harmless, int]
    n_live: int
    logs: Mapping[Harmless, int]
    recipients: tuple[Recipient, ...]
    files_rewritten: tuple[Harmless, ...]
    files_that_tell: tuple[Harmless, ...]
    left: tuple[Left, ...]
    public_key: Harmless = ""
    signature: Harmless = ""


@dataclass(frozen=True)
class Answer:
    """What was done for a request that asks for something else than erasing. Moments are UTC, written as ISO 8601.

    Attributes:
        subjects: the blind indexes of the identifiers that the request named.
        done: what was done, in figures and words of ours.
    """

    request_id: Harmless
    asks: Harmless
    law: Harmless
    project: Harmless
    received_at: Harmless
    due_at: Harmless
    ended_at: Harmless
    subjects: tuple[Pseudonym, ...]
    n_profiles: int
    n_identifiers: int
    done: Mapping[Harmless, Harmless]
    public_key: Harmless = ""
    signature: Harmless = ""


R = TypeVar("R", Receipt, Answer)


def moment(at: datetime) -> str:
    """A moment (UTC, with or without zone) as receipts write it."""
    return f"{at.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def signed(receipt: R, seals: Seals) -> R:
    """The same receipt with its signature."""
    private = _private(seals)
    held = replace(receipt, public_key=public_key(seals))
    return replace(held, signature=to_text(private.sign(_canonical(written(held)))))


def sign_content(content: Mapping[str, object], seals: Seals) -> dict[str, object]:
    """Another JSON object with the project's public key and its signature, as `is_genuine` checks it."""
    held = {**content, KEY: public_key(seals)}
    return {**held, SIGNATURE: to_text(_private(seals).sign(_canonical(held)))}


def written(receipt: Receipt | Answer) -> dict[str, Any]:
    """A receipt as a JSON object."""
    return cast("dict[str, Any]", json.loads(json.dumps(asdict(receipt))))


def read(content: Mapping[str, Any]) -> Receipt | Answer:
    """A receipt from the JSON object that it was written as."""
    if "done" in content:
        return Answer(**{**content, "subjects": tuple(content["subjects"])})
    return Receipt(
        **{
            **content,
            "recipients": tuple(Recipient(**each) for each in content["recipients"]),
            "left": tuple(Left(**each) for each in content["left"]),
            **{name: tuple(content[name]) for name in ("subjects", "files_rewritten", "files_that_tell")},
        }
    )


def public_key(seals: Seals) -> str:
    """The key by which a project's receipts are checked: base64url of its 32 bytes."""
    return to_text(_private(seals).public_key().public_bytes_raw())


def is_genuine(content: Mapping[str, object], key: str) -> bool:
    """Whether a written receipt was signed by whoever has the private key to this one, and stands as it was signed."""
    try:
        public = Ed25519PublicKey.from_public_bytes(from_text(key))
        public.verify(from_text(str(content.get(SIGNATURE, ""))), _canonical(content))
    except (InvalidSignature, ValueError):
        return False
    return content.get(KEY) == key


def _private(seals: Seals) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seals.ring.index.derived("receipts"))


def _canonical(content: Mapping[str, object]) -> bytes:
    held = {name: value for name, value in content.items() if name != SIGNATURE}
    return json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
