"""Commands about uploaded lists: upload, show, remove."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from headwater.access.roles import Action
from headwater.audiences.lists import (
    Listed,
    list_names,
    read_list,
    remove as remove_list,
    upload as upload_list,
    users,
)
from headwater.cli.asking import RoleOption
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.cli.seen import show_as
from headwater.core.errors import UserError
from headwater.flow.definitions import judge
from headwater.sources.files import FilesRead
from headwater.tables.rejection import Reason
from headwater.tables.workspace import read, work

app = typer.Typer(help="Keep lists of people to include or to leave out.", no_args_is_help=True)


@dataclass(frozen=True)
class Lists:
    """Several lists."""

    lists: tuple[Listed, ...]


NameArgument = Annotated[str, typer.Argument(help="The list's name.")]


@app.command()
@audited("lists upload", Action.CHANGE_LISTS, "name")
def upload(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="A CSV, TSV, JSON lines or Parquet file.")],
    identifier: Annotated[
        str, typer.Option(help="The kind of identifier, and the column that holds it: email=E-Mail.")
    ],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="The file is the whole list from now on.")
    ] = False,
    add: Annotated[bool, typer.Option("--add", help="Add the file to the list.")] = False,
    delimiter: Annotated[
        str | None, typer.Option(help="What stands between values, if it is no comma.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="How the file's characters are written as bytes.")] = "utf-8",
) -> None:
    """Put the identifiers in a file on a list, for rules to ask with `in_list`.

    Rows without a valid identifier are counted with their reason and not kept. Who the identifiers belong to is asked at
    every run, so people who become known later are on the list too.

    Example: `headwater lists upload vip vip.csv --identifier email=E-Mail`
    """
    if replace and add:
        raise UserError(
            "--replace and --add cannot stand together", next_step="say one of --replace and --add"
        )
    settings = _settings(file, delimiter, encoding)
    with work(opened(project)) as workspace:
        if name in list_names(workspace) and not (replace or add):
            raise UserError(
                f"there is a list '{name}' already", next_step="say --replace, or --add to keep who is on it"
            )
        found = upload_list(name, file, identifier, workspace, read=settings, is_new=not add)
    count(listed=found.n_distinct)
    _show([found], as_json=as_json)


@app.command()
@not_audited
def show(
    name: Annotated[str | None, typer.Argument(help="A list; all of them if none is named.")] = None,
    project: ProjectOption = Path(),
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show lists: rows, valid and different identifiers, how many of them are known, what was rejected and why.

    Example: `headwater lists show vip`
    """
    with read(opened(project)) as workspace:
        names = [name] if name is not None else list_names(workspace)
        found = [read_list(each, workspace) for each in names]
    if as_role is not None:
        show_as(as_role, Lists(tuple(found)), workspace.project, as_json=as_json)
        return
    _show(found, as_json=as_json)


@app.command()
@audited("lists remove", Action.CHANGE_LISTS, "name")
def remove(name: NameArgument, project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Remove a list, with everyone on it. One that an audience's rule refers to stays.

    Example: `headwater lists remove vip`
    """
    with work(opened(project)) as workspace:
        definitions, _ = judge(workspace)
        used = users(name, definitions.audiences)
        if used:
            raise UserError(
                f"the list '{name}' is used by: {', '.join(used)}",
                next_step="take it out of their rules first",
            )
        remove_list(name, workspace)
    if as_json:
        show_json({"removed": name})
    else:
        out.print(f"Removed the list {name}.")


def _settings(file: Path, delimiter: str | None, encoding: str) -> FilesRead:
    try:
        return FilesRead.model_validate({"path": str(file), "delimiter": delimiter, "encoding": encoding})
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{first['loc'][0] if first['loc'] else 'delimiter'}: {first['msg']}") from None


def _show(found: list[Listed], *, as_json: bool) -> None:
    rows = [asdict(each) | {"match_rate": each.match_rate} for each in found]
    if as_json:
        show_json({"lists": rows})
        return
    if not rows:
        out.print(
            "There are no lists yet: `headwater lists upload NAME FILE --identifier email=COLUMN` makes one."
        )
        return
    show_table(
        [
            {
                **row,
                "identifiers": ", ".join(each.identifiers),
                "match_rate": f"{each.match_rate:.1%}",
                "n_rejected": each.n_rows - each.n_valid,
            }
            for row, each in zip(rows, found, strict=True)
        ],
        {
            "name": "list", "identifiers": "identifier", "n_rows": "rows", "n_valid": "valid", "n_rejected": "rejected",
            "n_distinct": "different", "n_matched": "known", "match_rate": "match rate", "n_profiles": "profiles",
        },
    )  # fmt: skip
    for each in found:
        for reason, n in each.rejected.items():
            known = next(one for one in Reason if one.value == reason)
            out.print(f"\n{each.name}: {n:,} {reason}. {known.meaning} {known.advice}", soft_wrap=True)
