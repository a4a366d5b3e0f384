"""How many of two sets of texts are the same, without either side seeing the other's: private set intersection, cardinality only.

By openmined-psi (the extra `headwater[cleanroom]`): each side raises what the texts hash to on the curve P-256 to a secret power
of its own; what both have raised is the same for the same text (C. Meadows 1986; B. Huberman, M. Franklin, T. Hogg 1999). The
side that answers gives back what it was asked for in another order, so that the asker learns how many are the same and not which.

Whoever asks learns how many texts the other side has, and the other way round. Both are taken to follow the protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from headwater.core.errors import UserError


@dataclass(frozen=True)
class Asked:
    """What is sent to the other side, and the key that is kept meanwhile."""

    message: bytes
    key: bytes


@dataclass(frozen=True)
class Answered:
    """What the other side sends back: its own texts, raised, and what it was sent, raised and in another order."""

    setup: bytes
    response: bytes


def ask(texts: Sequence[str]) -> Asked:
    """A request about these texts, each different."""
    client = _library().client.CreateWithNewKey(False)
    return Asked(client.CreateRequest(sorted(texts)).SerializeToString(), client.GetPrivateKeyBytes())


def answer(message: bytes, n: int, texts: Sequence[str]) -> Answered:
    """The answer to a request about so many texts, from these.

    Raises:
        UserError: it is no request, it is about more or fewer texts, or it asks for more than how many are the same.
    """
    psi = _library()
    request = _parsed(psi.Request(), message)
    if request.reveal_intersection or len(request.encrypted_elements) != n:
        raise UserError(
            "the request asks for who is the same, or for other people than it says",
            next_step="ask the partner",
        )
    server = psi.server.CreateWithNewKey(False)
    try:
        setup = server.CreateSetupMessage(0.0, n, sorted(texts), psi.DataStructure.RAW)
        response = server.ProcessRequest(request)
    except (RuntimeError, ValueError):
        raise _broken() from None
    return Answered(setup.SerializeToString(), response.SerializeToString())


def crossing(key: bytes, answered: Answered, n: int) -> int:
    """How many are the same.

    Raises:
        UserError: it is no answer to what was asked with this key, about so many texts.
    """
    psi = _library()
    setup = _parsed(psi.ServerSetup(), answered.setup)
    response = _parsed(psi.Response(), answered.response)
    if len(response.encrypted_elements) != n:
        raise _broken()
    try:
        return int(psi.client.CreateFromKey(key, False).GetIntersectionSize(setup, response))
    except (RuntimeError, ValueError):
        raise _broken() from None


def _parsed(message: Any, data: bytes) -> Any:
    try:
        message.ParseFromString(data)
    except Exception as error:
        if type(error).__name__ != "DecodeError":
            raise
        raise _broken() from None
    return message


def _broken() -> UserError:
    return UserError("the message is damaged, or of another run", next_step="have the partner send it again")


def _library() -> Any:
    try:
        return import_module("private_set_intersection.python")
    except ImportError:
        raise UserError(
            "clean rooms need the package openmined-psi, which is not installed",
            next_step="pip install 'headwater[cleanroom]' (Linux with glibc 2.35 or newer); no run was used",
        ) from None
