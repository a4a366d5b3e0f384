"""Let everything of some persons be kept, and nothing of them be used; and let them be used again (GDPR art. 18).

Reads and writes the restrictions, and `live/restricted.json`. No table changes: the gate leaves them out of every purpose.
"""

from __future__ import annotations

from collections.abc import Mapping

from headwater.flow.live_log import Folders
from headwater.live.restricted import write_restricted
from headwater.privacy.persons import Persons
from headwater.privacy.requests import PrivacyRequest
from headwater.privacy.restriction import open_restrictions, restricted_indexes
from headwater.tables.workspace import Workspace


def restrict(request: PrivacyRequest, persons: Persons, workspace: Workspace) -> Mapping[str, str]:
    """Use nothing of them from now on; batch, deliveries and decisions heed it at once, or within a second."""
    with open_restrictions(workspace.project) as restrictions:
        kinds = (kind for kind, _ in persons.nodes)
        restrictions.add(zip(kinds, persons.indexes, strict=True), request.request_id)
    tell_live(workspace)
    return {"identifiers_restricted": str(len(persons.indexes))}


def unrestrict(_request: PrivacyRequest, persons: Persons, workspace: Workspace) -> Mapping[str, str]:
    """Let them be used again; who was not restricted is free already."""
    with open_restrictions(workspace.project) as restrictions:
        n_free = restrictions.remove(persons.indexes)
    tell_live(workspace)
    return {"identifiers_free": str(n_free)}


def tell_live(workspace: Workspace) -> None:
    """Let who decides about people know who is restricted."""
    live = Folders.of(workspace.project.root).bases.parent
    write_restricted(live, restricted_indexes(workspace.project))
