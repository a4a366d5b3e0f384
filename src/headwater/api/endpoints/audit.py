"""Endpoints about the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import Field

from headwater.access.audit.entry import Entry
from headwater.access.audit.log import Wanted
from headwater.access.audit.verify import Verified, verify
from headwater.access.roles import Action
from headwater.api.bodies.body import Body, Nothing
from headwater.api.endpoints.endpoint import AUDIT, Asked, Endpoint


class Entries(Body):
    """Which entries of the audit log."""

    since: datetime | None = Field(None, description="Only from then on; UTC, if it has no zone.")
    who: str | None = Field(
        None, max_length=200, description="Only of this key, token's subject or local user."
    )
    action: Action | None = Field(None, description="Only of this action.")
    most: int = Field(50, ge=1, le=1000, description="At most so many, newest first.")

    @property
    def wanted(self) -> Wanted:
        """As the log is asked."""
        since = self.since
        if since is not None and since.tzinfo is not None:
            since = since.astimezone(UTC).replace(tzinfo=None)
        return Wanted(since, self.who, self.action, self.most)


@dataclass(frozen=True)
class Audit:
    """Entries of the audit log, newest first."""

    entries: tuple[Entry, ...]


def _audit(asked: Asked, body: Entries) -> Audit:
    """Who did what, when, and how it ended."""
    return Audit(tuple(asked.audit.entries(body.wanted)))


def _verify(asked: Asked, _body: Nothing) -> Verified:
    """Whether the audit log is as it was written."""
    return verify(asked.audit)


ENDPOINTS = (
    Endpoint("GET", "/v1/audit", AUDIT, Entries, Audit, _audit),
    Endpoint("GET", "/v1/audit/verify", AUDIT, Nothing, Verified, _verify),
)  # fmt: skip
