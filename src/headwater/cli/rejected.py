"""Commands about what was refused: grouped by what is wrong, one row whole, repaired and played again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.asking import RoleOption, asked
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.output import JsonOption, ProjectOption, cell, out, show_json, show_table
from headwater.cli.seen import masked
from headwater.cli.sheets import CsvOption, write_csv
from headwater.core.documents import read_document
from headwater.core.errors import Problem, ProjectError, UserError
from headwater.explore.rejections import Which, groups, one
from headwater.flow.repair import Repaired, read_repair, repair as repair_events

app = typer.Typer(help="Look at what was refused, and repair it.", no_args_is_help=True)
_COLUMNS = {
    "source": "source", "reason": "reason", "detail": "what is wrong", "n": "rows", "object": "one of them in", "line": "line",
    "last_at": "last (UTC)",
}  # fmt: skip
_WORDS = {
    "n_found": "events found",
    "n_played": "would be taken in",
    "n_refused": "would still be refused",
    "n_unchanged": "are not changed by it",
    "n_unfit": "cannot be repaired so",
    "n_unreadable": "are no event",
    "n_gone": "are not in the log any more",
}


@app.callback()
def _group() -> None:
    """Look at what was refused, and repair it."""


@app.command(name="list")
@not_audited
def list_(
    project: ProjectOption = Path(),
    source: Annotated[str, typer.Option(help="Only of this source or collector.")] = "",
    reason: Annotated[str, typer.Option(help="Only for this reason, like against_plan.")] = "",
    to_csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Group what was refused by source, reason and what is wrong with it.

    Example: `headwater rejected list --reason against_plan`
    """
    with asked(project) as (workspace, _):
        found = groups(workspace, Which(source, reason))
    rows = [vars(each) for each in found]
    write_csv(rows, [*_COLUMNS, "first_at", "n_kept", "advice"], to_csv)
    if as_json:
        show_json({"groups": rows})
        return
    show_table([{**row, "line": str(row["line"] or "")} for row in rows], _COLUMNS)


@app.command()
@audited("rejected show", Action.SEE_PEOPLE, "source")
def show(
    source: Annotated[str, typer.Argument(help="The source or collector.")],
    line: Annotated[int, typer.Argument(help="Where it stood, as `rejected list` says.")],
    project: ProjectOption = Path(),
    object_: Annotated[
        str, typer.Option("--object", help="The file or table it stood in, where several have such a line.")
    ] = "",
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one refused row whole: as it came, why it was refused, and what to do.

    Example: `headwater rejected show purchases 17`
    """
    with asked(project) as (workspace, definitions):
        found = one(source, line, workspace, object_)
        shown = masked(found, as_role, workspace, definitions)
    count(seen=1)
    if as_json:
        show_json(shown)
        return
    for name, value in (shown if isinstance(shown, dict) else vars(shown)).items():
        out.print(f"[bold]{name.replace('_', ' ')}:[/] {cell(value)}", soft_wrap=True)


@app.command()
@audited("rejected repair", Action.OPERATE)
def repair(
    file: Annotated[
        Path, typer.Argument(help="A YAML or JSON file that says which events, and what is wrong.")
    ],
    project: ProjectOption = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it comes to.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Repair refused events, and play those again that would be taken in; each is taken in once.

    Example: `headwater rejected repair totals.yaml --dry-run`
    """
    if not file.is_file():
        raise UserError(f"there is no file {file}")
    document = read_document(file.resolve(), file.resolve().parent)
    if isinstance(document, Problem):
        raise ProjectError([document], next_step=f"mend {file}, then try again")
    said = read_repair(document)
    with asked(project) as (workspace, definitions):
        done = repair_events(said, workspace, definitions, only_count=dry_run)
    count(changed=0 if dry_run else done.n_played)
    if as_json:
        show_json({**vars(done), "dry_run": dry_run})
        return
    _show(done, dry_run=dry_run)


def _show(done: Repaired, *, dry_run: bool) -> None:
    words = _WORDS if dry_run else _WORDS | {"n_played": "are played again"}
    for name, told in words.items():
        n = getattr(done, name)
        if n or name == "n_found":
            out.print(f"{n:>9,} {told}")
    for why, n in (*done.refused.items(), *done.unfit.items()):
        out.print(f"{n:>9,} … {cell(why)}", soft_wrap=True)
    if dry_run and done.n_played:
        out.print("Without --dry-run they are played.")
