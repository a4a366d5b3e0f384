"""What two Headwaters send each other: one JSON object a file, signed by whoever wrote it.

    {"headwater_cleanroom": 1, "kind": "request", "agreement": "shop-acme-2027", "terms": "…", "run": "…", "n": 1200,
     "parts": {"request": "…"}, "public_key": "…", "signature": "…"}

Signed as receipts are (Ed25519, RFC 8032, over the canonical form). Reads and writes files; no half of one is ever there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from headwater.core.errors import StorageError, UserError
from headwater.core.sealing.seals import Seals
from headwater.core.sealing.text import from_text, to_text
from headwater.flow.agreements import Agreement
from headwater.privacy.receipt import is_genuine, sign_content

FORMAT = 1
REQUEST, ANSWER = "request", "answer"
MOST_BYTES = 2**31


@dataclass(frozen=True)
class Message:
    """What one side says. `run`: its id, by whoever asks; `n`: how many identifiers it asks about; `parts`: of the protocol."""

    kind: str
    run: str
    n: int
    parts: Mapping[str, bytes]


def write_message(message: Message, agreement: Agreement, seals: Seals, file: Path) -> None:
    """Write a message into a file that is not there yet.

    Raises:
        StorageError: it cannot be written.
    """
    content = {
        "headwater_cleanroom": FORMAT,
        "kind": message.kind,
        "agreement": agreement.said.agreement,
        "terms": agreement.terms,
        "run": message.run,
        "n": message.n,
        "parts": {name: to_text(part) for name, part in message.parts.items()},
    }
    draft = file.with_name(f".{file.name}.{uuid4().hex}.draft")
    try:
        with draft.open("x", encoding="utf-8") as out:
            out.write(json.dumps(sign_content(content, seals)))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        raise StorageError(f"{file.name} could not be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def expect_new(file: Path) -> None:
    """See that there is no such file yet.

    Raises:
        UserError: there is.
    """
    if file.exists():
        raise UserError(f"there is a file {file.name} already", next_step="remove it, or name another one")


def read_message(file: Path, kind: str, agreement: Agreement) -> Message:
    """What the partner says.

    Raises:
        UserError: it is no such message, of another agreement or other terms, or not signed by the partner.
    """
    content = _read(file)
    said = agreement.said
    if content.get("headwater_cleanroom") != FORMAT or content.get("kind") != kind:
        raise UserError(f"{file.name} is no {kind} of a clean room", next_step=f"name the partner's {kind}")
    if not is_genuine(content, said.partner_key):
        raise UserError(
            f"{file.name} was changed on its way, or not signed by {said.partner}",
            next_step="have it sent again; or put the partner's key, as `headwater privacy key` says it there, "
            f"into {agreement.document.file}",
        )
    if (content.get("agreement"), content.get("terms")) != (said.agreement, agreement.terms):
        raise UserError(
            f"{file.name} is by other terms than {agreement.document.file}",
            next_step="both must say the same agreement, identifier, floor, until and runs",
        )
    try:
        parts = {str(name): from_text(part) for name, part in content["parts"].items()}
        return Message(kind, str(content["run"])[:64], int(content["n"]), parts)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError(f"{file.name} is damaged", next_step="have it sent again") from None


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UserError(f"{file.name} is too large for a message")
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise UserError(f"{file.name} cannot be read as JSON", next_step="name the partner's file") from None
    if not isinstance(content, dict):
        raise UserError(f"{file.name} is no message of a clean room", next_step="name the partner's file")
    return content
