"""An errand: one audience on its way to one destination; and how its batches become requests.

Reads `nodes` through `prepare`; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from headwater.activate.batch import Holdings
from headwater.activate.declare import DeclaredDestination
from headwater.activate.destination import Batch, Change, Form, Member, Outcome, Request, Response
from headwater.activate.forms import labels_of
from headwater.activate.outgoing import Outgoing
from headwater.activate.prepare import field_names, members
from headwater.activate.secrets import secrets_in
from headwater.activate.words import harmless
from headwater.audiences.lineage import audience_field
from headwater.core.documents import Declaration
from headwater.engine.bitmaps import Ids
from headwater.privacy.gate import PermitRequest, Permitted, Use, permit
from headwater.privacy.labels import Origin, labels_of as labels_of_origins
from headwater.tables.workspace import Workspace

NOBODY: Ids = np.zeros(0, dtype=np.int64)


def permit_request(
    to: DeclaredDestination,
    audience: str,
    origins: frozenset[Origin],
    identifiers: Mapping[str, Form] | None = None,
    profile_ids: Ids = NOBODY,
) -> PermitRequest:
    """What the gate is asked before an audience goes to a destination: about identifiers, and that people are in it.

    Args:
        to: the destination.
        audience: the audience's id.
        origins: what gives it its labels.
        identifiers: the forms to send in, if others than declared.
        profile_ids: about whom.
    """
    field = audience_field(audience)
    forms = to.identifiers if identifiers is None else identifiers
    fields = {**{one: labels_of(form) for one, form in forms.items()}, field: labels_of_origins(origins)}
    return PermitRequest(
        to.purpose, Use.DESTINATION, to.name, profile_ids, fields, to.accepts, {field: origins}
    )


@dataclass(frozen=True)
class Errand:
    """One audience on its way to one destination.

    Attributes:
        workspace: the project.
        to: the destination as declared.
        settings: its settings, with secrets in place.
        audience: the audience's id.
        identifiers: the forms to send in; what is declared, or what it was when a delivery began.
        outgoing: what the audience brings along: being in it tells of somebody what gives it its labels.
    """

    workspace: Workspace
    to: DeclaredDestination
    settings: Declaration
    audience: str
    identifiers: Mapping[str, Form]
    outgoing: Outgoing

    def permit(self, profile_ids: Ids) -> tuple[Permitted, Mapping[str, int]]:
        """Who of these may be sent there, and how many may not, by reason.

        Raises:
            Refusal: nobody, because of the purpose or of what is sent.
        """
        told_of, withheld = self.outgoing.told_of(profile_ids, self.workspace)
        request = permit_request(self.to, self.audience, self.outgoing.origins, self.identifiers, told_of)
        permitted = permit(request, self.workspace)
        return permitted, {**withheld, **{reason.value: n for reason, n in permitted.left_out.items()}}

    def batch(self, key: str, change: Change, people: Holdings) -> Batch:
        """These people as a batch, inside a `prepare.named` block."""
        return Batch(
            key,
            self.to.name,
            self.audience,
            change,
            field_names(self.to.kind, self.identifiers),
            members(self.workspace, people, self.to.kind, self.identifiers),
            datetime.now(UTC),
        )

    def request(self, batch: Batch) -> Request:
        """The batch as the destination's request."""
        return self.to.kind.request(self.settings, batch)

    def read(self, response: Response) -> Outcome:
        """The destination's answer as an outcome."""
        return self.to.kind.read(self.settings, response)

    def quoted(self, text: str, about: Iterable[Member], longest: int) -> str:
        """The destination's own words about these people, without any secret or identifier in them."""
        identifiers = {value for one in about for values in one.identifiers.values() for value in values}
        return harmless(text, secrets_in(self.to.settings, self.settings), identifiers, longest)
