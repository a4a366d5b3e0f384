"""The command that lists deliveries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headwater.activate.ledger import open_ledger
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table


def deliveries(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(help="At most this many, newest first.", min=1)] = 20,
) -> None:
    """List what was sent where, when, and how it went.

    Example: `headwater deliveries --limit 5`
    """
    with open_ledger(opened(project)) as ledger:
        rows = [vars(each) for each in reversed(ledger.deliveries()[-limit:])]
    if as_json:
        show_json(rows)
        return
    if not rows:
        out.print("Nothing was delivered yet.")
        return
    columns = {
        "delivery_id": "delivery", "destination": "destination", "audience": "audience", "status": "status",
        "n_added": "added", "n_removed": "removed", "started_at": "started (UTC)", "detail": "",
    }  # fmt: skip
    show_table(rows, columns)
