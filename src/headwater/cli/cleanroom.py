"""Commands about clean rooms: how many people a partner and we have in common, by files that are sent to and fro."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.flow.cleanroom.exchange import CleanRooms
from headwater.flow.cleanroom.runs import Run

app = typer.Typer(
    help="Count how many people a partner and you have in common; neither sees the other's.",
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(help="The agreement: a file in cleanrooms/, without .yaml.")]
ToOption = Annotated[Path, typer.Option(help="The file to write, for the partner.")]
_AGREEMENTS = {
    "name": "file",
    "agreement": "agreement",
    "partner": "partner",
    "audience": "audience",
    "floor": "floor",
    "until": "until",
    "runs": "runs",
    "n_used": "used",
    "terms": "terms",
}
_RUNS = {
    "run_id": "run",
    "agreement": "file",
    "kind": "kind",
    "n": "identifiers",
    "begun_at": "begun (UTC)",
    "n_shared": "in common",
}


@app.command()
@not_audited
def agree(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show what was agreed with whom; `terms` must be the same at the partner's.

    Example: `headwater cleanroom agree`
    """
    rooms = CleanRooms(opened(project))
    used = [run.agreement for run in rooms.runs()]
    rows = [
        {**each.said.model_dump(), "name": each.name, "terms": each.terms, "n_used": used.count(each.name)}
        for each in rooms.agreements()
    ]
    if as_json:
        show_json({"agreements": rows})
    else:
        show_table(rows, _AGREEMENTS)


@app.command()
@audited("cleanroom request", Action.SHARE, "agreement")
def request(
    agreement: NameArgument, to: ToOption, project: ProjectOption = Path(), as_json: JsonOption = False
) -> None:
    """Begin a run: write the file that the partner answers.

    Example: `headwater cleanroom request acme --to request.json`
    """
    run = CleanRooms(opened(project)).request(agreement, to)
    _show(run, to, as_json=as_json)


@app.command()
@audited("cleanroom answer", Action.SHARE, "agreement")
def answer(
    agreement: NameArgument,
    asked: Annotated[Path, typer.Option("--request", help="The partner's file.")],
    to: ToOption,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Answer a partner's request, without learning what comes of it.

    Example: `headwater cleanroom answer shop --request request.json --to answer.json`
    """
    run = CleanRooms(opened(project)).answer(agreement, asked, to)
    _show(run, to, as_json=as_json)


@app.command()
@audited("cleanroom result", Action.SHARE, "agreement")
def result(
    agreement: NameArgument,
    answered: Annotated[Path, typer.Option("--answer", help="The partner's file.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say how many identifiers are in common, if they are not fewer than the floor.

    Example: `headwater cleanroom result acme --answer answer.json`
    """
    found = CleanRooms(opened(project)).result(agreement, answered)
    if as_json:
        show_json({**asdict(found), "below_floor": found.n_shared is None})
    elif found.n_shared is None:
        out.print(f"Fewer than {found.floor:,} are in common.")
    else:
        out.print(f"{found.n_shared:,} of {found.n:,} are in common.")


@app.command()
@not_audited
def runs(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """List the runs there were.

    Example: `headwater cleanroom runs`
    """
    found = [_row(each) for each in CleanRooms(opened(project)).runs()]
    if as_json:
        show_json({"runs": found})
    else:
        show_table(found, _RUNS)


def _show(run: Run, to: Path, *, as_json: bool) -> None:
    count(sent=run.n)
    if as_json:
        show_json({**_row(run), "file": str(to)})
    else:
        out.print(f"{to}: {run.n:,} identifiers, which nobody can read from it. Send it to the partner.")


def _row(run: Run) -> dict[str, object]:
    return {name: value for name, value in asdict(run).items() if name != "key"}
