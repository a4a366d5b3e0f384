"""The command that tries a destination before anybody is sent to it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.activate.declare import find_destination
from headwater.activate.trial import try_out
from headwater.cli.audited import audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json
from headwater.core.errors import DestinationError
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import read


@audited("test-call", Action.OPERATE, "destination")
def call(
    destination: Annotated[str, typer.Argument(help="The name of its file, without `.yaml`.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Ask a destination to take a batch of nobody: whether its address, its secrets and its form are right.

    Nobody is in it, and no ledger knows of it. Where files are written, a hidden one is, and taken away again.

    Example: `headwater test-call mailing`
    """
    with read(opened(project)) as workspace:
        declared = read_definitions(workspace).destinations
        tried = try_out(find_destination(destination, declared), workspace.project)
    if as_json:
        show_json(asdict(tried))
    elif tried.is_taken:
        out.print(f"It works: {tried.said}, after {tried.seconds:.2f} s. Nobody was in it.", markup=False)
    if not tried.is_taken:
        if as_json:
            raise typer.Exit(DestinationError.exit_code)
        raise DestinationError(
            f"{destination} did not take it: {tried.said}",
            next_step="mend its settings or secrets, then call again",
        )
