"""Let somebody opt out of the sale and sharing of their data (CCPA § 1798.120): all purposes that are either are denied.

Reads the purposes of `headwater.yaml`; writes `consents`, and live profiles. It is a statement like any other: of the same
identifier a newer one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from headwater.core.config import ON_REQUEST
from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.flow.answering.follow import expect_little_else, follow
from headwater.flow.definitions import read_definitions
from headwater.identity.decide import node_of
from headwater.live.amend import Statement
from headwater.live.state import micros
from headwater.privacy.persons import Node, Persons
from headwater.privacy.requests import PrivacyRequest
from headwater.tables import consents
from headwater.tables.workspace import Workspace

SOLD = frozenset({"sale", "share"})


@dataclass(frozen=True)
class OptOut:
    """Who opts out, by these identifiers."""

    nodes: Sequence[Node]

    def carry_out(
        self, _request: PrivacyRequest, persons: Persons, workspace: Workspace
    ) -> Mapping[str, str]:
        """Do it; gives what was done.

        Raises:
            NobodyError: nobody has one of the identifiers.
            UserError: no purpose is sale or sharing.
        """
        purposes, definitions = sold_purposes(workspace.project), read_definitions(workspace)
        node_ids = [node_of(each, workspace) for each in self.nodes]
        expect_little_else(workspace, definitions)
        rows = [
            _row(node_id, purpose, workspace) for node_id in sorted(set(node_ids)) for purpose in purposes
        ]
        with workspace.publish() as out:
            out.append_rows(consents.TABLE, pa.Table.from_pylist(rows, schema=consents.TABLE.schema))
        at = micros(workspace.loaded_at)
        said = [Statement(ON_REQUEST, at, node, {}, purposes) for node in self.nodes]
        n_live = follow(persons, said, workspace, definitions)
        again = _in_a_year(workspace.loaded_at.date())
        return {
            "purposes_denied": ", ".join(purposes),
            "live_profiles": str(n_live),
            "not_to_be_asked_again_before": again.isoformat(),
        }


def sold_purposes(project: Project) -> tuple[str, ...]:
    """The purposes that are sale or sharing, sorted.

    Raises:
        UserError: none is.
    """
    found = sorted(name for name, each in project.config.purposes.items() if SOLD.intersection(each.ccpa))
    if not found:
        raise UserError(
            "no purpose of headwater.yaml is sale or sharing, so there is nothing to opt out of",
            next_step="say which are: `ccpa: [sale]` or `ccpa: [share]` under the purpose",
        )
    return tuple(found)


def _row(node_id: int, purpose: str, workspace: Workspace) -> dict[str, object]:
    return {
        "node_id": node_id,
        "purpose": purpose,
        "state": "denied",
        "source": ON_REQUEST,
        "stated_at": workspace.loaded_at,
        "until_at": None,
    }


def _in_a_year(day: date) -> date:
    """The same day of the next year (CCPA § 1798.135(c)(4): wait twelve months before asking again)."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + 1, 3, 1) if is_leap_day else day.replace(year=day.year + 1)
