"""The command that lists sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.audited import audited, count
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.flow.definitions import judge
from headwater.flow.summary import list_rejections, list_sources
from headwater.tables.workspace import read


@audited("sources", lambda given: Action.SEE_PEOPLE if given["rejected"] else Action.SEE_COUNTS)
def sources(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    rejected: Annotated[
        int, typer.Option(help="Also show this many rejected rows, newest first.", min=0)
    ] = 0,
) -> None:
    """List sources: what each gave so far, and what was rejected and why.

    Example: `headwater sources --rejected 5`
    """
    with read(opened(project)) as workspace:
        definitions, _ = judge(workspace)
        loaded = {str(row["source"]): row for row in list_sources(workspace)}
        rows = [
            {
                "source": name,
                "kind": source.value.kind,
                "n_received": 0,
                "n_accepted": 0,
                "n_rejected": 0,
                **loaded.get(name, {}),
                "description": source.value.description,
            }
            for name, source in definitions.sources.items()
        ]
        rejections = list_rejections(workspace, limit=rejected) if rejected else ()
    count(rows=len(rejections))
    if as_json:
        show_json({"sources": rows, "rejected": rejections})
        return
    show_table(
        rows,
        {
            "source": "source", "kind": "kind", "n_received": "received", "n_accepted": "accepted", "n_rejected": "rejected",
            "loaded_at": "last loaded (UTC)", "description": "",
        },
    )  # fmt: skip
    if rejected:
        out.print()
        show_table(
            rejections,
            {
                "source": "source", "object": "object", "line": "line", "reason": "reason", "detail": "detail", "raw": "the row",
            },
        )  # fmt: skip
