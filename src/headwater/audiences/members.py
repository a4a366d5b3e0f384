"""Who is in an audience, as the last refresh left it, or an earlier one did."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
from sqlglot import exp

from headwater.core.errors import NotFoundError
from headwater.engine.bitmaps import Ids
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


def members_at(name: str, moment: datetime, workspace: Workspace) -> Ids:
    """Who was in an audience at a moment (UTC), as refreshes had left it by then: profile ids, ascending.

    Raises:
        NotFoundError: there is no audience of this name.
    """
    check_known([name], workspace)
    then = column("changed_at") <= literal(moment)
    rows = (
        exp.select("profile_id")
        .from_("membership_changes")
        .where(column("audience").eq(literal(name)), then)
        .group_by("profile_id")
        .having("arg_max(change, changed_at) = 'entered'")
        .order_by("profile_id")
    )
    found = workspace.engine.table(rows.sql(workspace.engine.dialect))
    return np.asarray(found["profile_id"].to_numpy(), dtype=np.int64)


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
