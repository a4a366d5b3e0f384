"""Who is in an audience, as the last refresh left it."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from headwater.core.errors import NotFoundError
from headwater.engine.query import column, literal
from headwater.tables.workspace import Workspace


def members(name: str, workspace: Workspace, limit: int | None = None) -> pa.Table:
    """The members, ascending by `profile_id`, with `entered_at` (UTC); the first `limit` of them.

    Raises:
        NotFoundError: there is no audience of this name.
    """
    check_known([name], workspace)
    rows = (
        exp.select("profile_id", "entered_at")
        .from_("memberships")
        .where(column("audience").eq(literal(name)))
    )
    ordered = rows.order_by("profile_id")
    if limit is not None:
        ordered = ordered.limit(max(0, int(limit)))
    return workspace.engine.table(ordered.sql(workspace.engine.dialect))


def check_known(names: list[str], workspace: Workspace) -> None:
    """See that each name is an audience's: of a file, or of one that had members at the last refresh.

    Raises:
        NotFoundError: it is not.
    """
    known = {document.name for document in workspace.project.documents["audiences"]}
    if not known.issuperset(names):
        stored = workspace.engine.table("SELECT DISTINCT audience FROM memberships")["audience"].to_pylist()
        known.update(stored)
    for name in names:
        if name not in known:
            raise NotFoundError("audience", name, sorted(known))
