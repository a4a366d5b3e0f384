"""What the audit log is told of a request: who, what, about whom, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.access.audit.about import told
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import AuditLog
from headwater.access.roles import Caller
from headwater.access.sign_in import NotSignedInError
from headwater.api.bodies.body import Body
from headwater.api.endpoints.endpoint import Endpoint
from headwater.api.faults import Fault
from headwater.core.sealing.seals import Seals

UNKNOWN = "unknown"
REFUSING = (401, 403)
TOO_OFTEN = 429  # not recorded one by one: whoever fails often would fill the log


@dataclass
class Note:
    """What is known of a request so far.

    Attributes:
        endpoint: what is asked.
        audit: where it is recorded.
        seals: what makes pseudonyms.
        caller: who asks; None: nobody was recognised.
        name: of whoever was recognised and has no role.
        body: what they say.
    """

    endpoint: Endpoint
    audit: AuditLog
    seals: Seals
    caller: Caller | None = None
    name: str = UNKNOWN
    body: Body | None = None

    def begins(self) -> None:
        """That something will be changed, before it is."""
        if self.endpoint.asks.changes:
            self._record(Outcome.BEGUN)

    def is_done(self, given: object) -> None:
        """That it was done; before it is answered."""
        self._record(Outcome.DONE, self.endpoint.counts(given))

    def failed(self, error: Exception, fault: Fault) -> None:
        """That it was not done."""
        if fault.status == TOO_OFTEN:
            return
        if isinstance(error, NotSignedInError) and error.name:
            self.name = error.name
        self._record(Outcome.REFUSED if fault.status in REFUSING else Outcome.FAILED)

    def _record(self, outcome: Outcome, counts: Mapping[str, int] | None = None) -> None:
        if not self.endpoint.asks.is_recorded:
            return
        who, role = (self.caller.name, self.caller.role.value) if self.caller else (self.name, "")
        about = told(self.body.about, self.seals) if self.body else ()
        asks, path = self.endpoint.asks, self.endpoint.path
        self.audit.append(Event(who, role, asks, path, about, outcome, counts or {}))
