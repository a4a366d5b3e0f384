"""Commands about the keys of the management API: create, list, revoke."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.keys import open_access_keys
from headwater.access.rights import Right
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table

app = typer.Typer(help="Who may use the management API.", no_args_is_help=True)

NameArgument = Annotated[
    str, typer.Argument(help="The key's name; decisions taken with it are noted under it.")
]


@app.command()
def create(
    name: NameArgument,
    may: Annotated[Right, typer.Option(help="What it may do: look, or also change things.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make a key and show it, once: only a hash of it is kept.

    Example: `headwater access create crm_sync --may read`
    """
    with open_access_keys(opened(project)) as keys:
        secret = keys.create(name, may)
    if as_json:
        show_json({"name": name, "may": may.value, "key": secret})
    else:
        out.print(secret, soft_wrap=True, markup=False)
        out.print(
            f"That is the key {name}; it is not shown again. Send it as: Authorization: Bearer …",
            soft_wrap=True,
        )


@app.command(name="list")
def show(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show which keys there are and were, and what they may do; never the keys themselves.

    Example: `headwater access list`
    """
    with open_access_keys(opened(project)) as keys:
        rows = [asdict(key) for key in keys.all()]
    if as_json:
        show_json({"keys": rows})
    else:
        columns = {"created_at": "made (UTC)", "revoked_at": "revoked (UTC)"}
        show_table(rows, {"name": "key", "may": "may", **columns})


@app.command()
def revoke(name: NameArgument, project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Let a key open nothing from now on, at once.

    Example: `headwater access revoke crm_sync`
    """
    with open_access_keys(opened(project)) as keys:
        keys.revoke(name)
    if as_json:
        show_json({"revoked": name})
    else:
        out.print(f"The key {name} opens nothing any more.")
