"""Commands about the keys of the management API: create, list, revoke; and what roles there are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.keys import open_access_keys
from headwater.access.roles import ROLES, Action, Role
from headwater.cli.audited import audited, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.core.clock import read_instant
from headwater.core.errors import UserError
from headwater.core.project import Project

app = typer.Typer(help="Who may use the management API.", no_args_is_help=True)

NameArgument = Annotated[
    str, typer.Argument(help="The key's name; decisions taken with it are noted under it.")
]


@app.command()
@audited("access create", Action.MANAGE_KEYS, "name")
def create(
    name: NameArgument,
    role: Annotated[
        Role, typer.Option(help="What it is at most; `headwater access roles` tells what each may.")
    ],
    only: Annotated[
        list[Action] | None,
        typer.Option(help="Limit it to this action of its role; may be said several times."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            help="From when it opens nothing any more: 2027-01-01 (its beginning) or 2027-01-01T12:00."
        ),
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make a key and show it, once: only a hash of it is kept.

    Example: `headwater access create crm_sync --role analyst --expires 2027-01-01`
    """
    opened_project = opened(project)
    expires_at = _moment(expires, opened_project) if expires else None
    with open_access_keys(opened_project) as keys:
        secret = keys.create(name, role, only=only or (), expires_at=expires_at)
    if as_json:
        show_json({"name": name, "role": role, "only": only or [], "expires_at": expires_at, "key": secret})
    else:
        out.print(secret, soft_wrap=True, markup=False)
        out.print(
            f"That is the key {name}; it is not shown again. Send it as: Authorization: Bearer …",
            soft_wrap=True,
        )


@app.command(name="list")
@not_audited
def show(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show which keys there are and were, and what they may do; never the keys themselves.

    Example: `headwater access list`
    """
    with open_access_keys(opened(project)) as keys:
        rows = [asdict(key) for key in keys.all()]
    if as_json:
        show_json({"keys": rows})
    else:
        moments = {"created_at": "made (UTC)", "expires_at": "until (UTC)", "revoked_at": "revoked (UTC)"}
        shown = [{**row, "only": ", ".join(row["only"])} for row in rows]
        show_table(shown, {"name": "key", "role": "role", "only": "only", **moments})


@app.command()
@audited("access revoke", Action.MANAGE_KEYS, "name")
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


@app.command()
@not_audited
def roles(as_json: JsonOption = False) -> None:
    """Show the roles: what each may do, and which labels of data it sees in the clear.

    Example: `headwater access roles`
    """
    rows = [
        {"role": role, "actions": sorted(role.actions), "sees": sorted(role.labels), "meaning": grant.meaning}
        for role, grant in ROLES.items()
    ]
    if as_json:
        show_json({"roles": rows})
        return
    shown = [{**row, **{name: ", ".join(row[name]) for name in ("actions", "sees")}} for row in rows]
    show_table(shown, {"role": "role", "actions": "may", "sees": "sees in the clear", "meaning": ""})


def _moment(text: str, project: Project) -> datetime:
    """A moment as keys hold it: UTC, without zone."""
    try:
        return read_instant(text, project.clock.zone).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UserError(f"'{text}' is no moment", next_step="write 2027-01-01 or 2027-01-01T12:00") from None
