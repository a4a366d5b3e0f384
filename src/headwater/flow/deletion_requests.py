"""Take a partner's deletion request: check it, note it once as an erasure to be carried out, and say what became of it.

Reads the keys that `headwater.yaml` has of partners; writes the project's database of state. Who owns the project carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from headwater.access.audit.about import told
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import open_audit
from headwater.access.roles import Action
from headwater.core.config import DeletionRequests
from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.core.sealing.seals import Seals
from headwater.privacy.deletion_requests import (
    Asked,
    RequestError,
    Result,
    acknowledgement,
    check,
    open_seen,
)
from headwater.privacy.persons import Node
from headwater.privacy.requests import Asks, Law, open_requests
from headwater.profiles.show import read_identifier

MOST_BYTES = 262_144


@dataclass(frozen=True)
class Acknowledged:
    """The answer: its token, and whether the request was taken."""

    token: str
    is_taken: bool


def take_deletion_request(
    body: bytes, said: DeletionRequests, project: Project, seals: Seals
) -> Acknowledged:
    """Check a request, and note whom it is about to be erased.

    Args:
        body: the rqJWT, by itself or as `{"rqJWT": "…"}`.
        said: whose requests are taken.
        project: whose people they are about.
        seals: of the project.

    Raises:
        StorageError: it could not be noted; it may be sent again.
    """
    token = _token(body)
    try:
        asked = check(token, said, datetime.now(UTC))
        _note(asked, _node(asked), project, seals)
    except RequestError as error:
        return Acknowledged(acknowledgement(token, error.result, error.why, said, seals), is_taken=False)
    return Acknowledged(acknowledgement(token, Result.ACCEPTED, "", said, seals), is_taken=True)


def _token(body: bytes) -> str:
    text = body[:MOST_BYTES].decode("ascii", "replace").strip()
    if not text.startswith("{"):
        return text
    try:
        return msgspec.json.decode(text, type=dict[str, str]).get("rqJWT", "")
    except (msgspec.DecodeError, msgspec.ValidationError):
        return ""


def _node(asked: Asked) -> Node:
    kind, value = asked.node
    try:
        return read_identifier(f"{kind}={value}")
    except UserError:
        raise RequestError(Result.BAD_FORMAT, "identifierValue is not of this type and format") from None


def _note(asked: Asked, node: Node, project: Project, seals: Seals) -> None:
    """Note it, if it did not come before."""
    with open_seen(project) as seen, open_requests(project, seals) as requests, open_audit(project) as log:
        if seen.request_id(asked) is not None:
            return
        seen.note(asked, requests.begin(Asks.ERASE, Law.CCPA, [node], asked.at))
        about = told(["=".join(node)], seals)
        log.append(
            Event(asked.issuer, "partner", Action.PRIVACY_REQUESTS, "/dsrdelete", about, Outcome.BEGUN)
        )
