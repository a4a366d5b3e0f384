"""Commands about who is who: explain, link, unmerge, withdraw, decisions, history, simulate, junk."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.flow.bases import follow_and_keep_base
from headwater.flow.definitions import read_definitions
from headwater.identity.decide import decide, decisions as decided, node_of
from headwater.identity.evidence import DIFFERENT, SAME, WITHDRAWN
from headwater.identity.explain import Explained, Step, explain as explained
from headwater.identity.identifier import identifier_kinds
from headwater.identity.junk import find_junk
from headwater.identity.simulate import Simulated, history as history_of, simulate as simulated
from headwater.profiles.show import find_profile, read_identifier
from headwater.tables.workspace import read, work

app = typer.Typer(help="Who is who: why, and what to do about it.", no_args_is_help=True)

OneArgument = Annotated[str, typer.Argument(help="An identifier as kind=value, like email=ann@example.org.")]
OtherArgument = Annotated[str, typer.Argument(help="Another.")]
ReasonOption = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides; who is logged in if left out.")]


@app.command()
def explain(
    one: OneArgument, other: OtherArgument, project: ProjectOption = Path(), as_json: JsonOption = False
) -> None:
    """Say why two identifiers are one person: the path of evidence between them. Or why not.

    Example: `headwater identity explain email=ann@example.org user_id=17`
    """
    with read(opened(project)) as workspace:
        first, second = (node_of(read_identifier(each), workspace) for each in (one, other))
        found = explained(first, second, workspace)
    if as_json:
        show_json(asdict(found))
    else:
        _show(found)


@app.command()
def link(
    one: OneArgument,
    other: OtherArgument,
    reason: ReasonOption,
    by: ByOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Decide that two identifiers are one person, whatever evidence and limits say. Profiles and audiences follow at once.

    Example: `headwater identity link email=ann@example.org user_id=17 --reason "called us"`
    """
    _decide(one, other, SAME, reason, by, project, as_json=as_json)


@app.command()
def unmerge(
    one: OneArgument,
    other: OtherArgument,
    reason: ReasonOption,
    by: ByOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Decide that two identifiers are two people. No event is touched: each profile is again what its own evidence makes it.

    Example: `headwater identity unmerge user_id=17 user_id=18 --reason "mother and daughter"`
    """
    _decide(one, other, DIFFERENT, reason, by, project, as_json=as_json)


@app.command()
def withdraw(
    one: OneArgument,
    other: OtherArgument,
    reason: ReasonOption = "",
    by: ByOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Take a decision of two identifiers back: from now on evidence counts again.

    Example: `headwater identity withdraw user_id=17 user_id=18`
    """
    _decide(one, other, WITHDRAWN, reason, by, project, as_json=as_json)


@app.command()
def decisions(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show what was decided and stands, newest first, and which of it contradicts a newer decision.

    Example: `headwater identity decisions`
    """
    with read(opened(project)) as workspace:
        rows = decided(workspace)
    if as_json:
        show_json({"decisions": rows})
        return
    shown = [
        {
            **row,
            "one": f"{row['identifier']}={row['value']}",
            "other": f"{row['other_identifier']}={row['other_value']}",
            "contradicted": "by a newer one" if row["is_contradicted"] else "",
        }
        for row in rows
    ]
    columns = ("one", "verdict", "other", "reason", "decided_by", "decided_at", "contradicted")
    show_table(shown, {name: name.replace("_", " ") for name in columns})


@app.command()
def history(
    identifier: Annotated[str, typer.Argument(help="A profile's number, or an identifier as kind=value.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show how a profile came to be made of the identifiers that it has: which came when, from which profile, and which left.

    Example: `headwater identity history email=ann@example.org`
    """
    with read(opened(project)) as workspace:
        rows = history_of(find_profile(identifier, workspace), workspace)
    if as_json:
        show_json({"history": rows})
    else:
        columns = ("happened_at", "identifier", "value", "happened", "profile")
        show_table(
            rows, {name: name.removesuffix("_at") if name == "happened_at" else name for name in columns}
        )


@app.command()
def simulate(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Say what the rules in `identifiers/` as they are now would change, before anything does.

    Example: `headwater identity simulate`
    """
    with read(opened(project)) as workspace:
        found = simulated(workspace, read_definitions(workspace).identifiers, identifier_kinds())
    if as_json:
        show_json(asdict(found))
    else:
        _show_simulated(found)


@app.command()
def junk(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Find identifiers that look as if they named nobody, for `blocked` and `most_linked` in `identifiers/`.

    Example: `headwater identity junk`
    """
    with read(opened(project)) as workspace:
        found = [asdict(each) for each in find_junk(workspace, identifier_kinds())]
    if as_json:
        show_json({"junk": found})
    elif found:
        show_table(
            found, {"identifier": "identifier", "value": "value", "n_linked": "seen with", "why": "why"}
        )
    else:
        out.print("Nothing looks like it.")


def _decide(
    one: str, other: str, verdict: str, reason: str, by: str | None, project: Path, *, as_json: bool
) -> None:
    with work(opened(project)) as workspace:
        definitions = read_definitions(workspace)
        pair = (read_identifier(one), read_identifier(other))
        decide(pair[0], pair[1], verdict, reason, by or getpass.getuser(), workspace)
        follow_and_keep_base(workspace, definitions)
        first, second = (node_of(each, workspace) for each in pair)
        found = explained(first, second, workspace)
    if as_json:
        show_json(asdict(found))
    else:
        _show(found)


def _show(found: Explained) -> None:
    one, other = ("nobody" if each is None else f"profile {each}" for each in found.profiles)
    out.print(f"One person: {one}." if found.is_one else f"Two: {one} and {other}.")
    if not found.path:
        out.print("Nothing ties them." if not found.is_one else "")
    for step in found.path:
        out.print(f"  {_told(step)}")


def _told(step: Step) -> str:
    how = f"{step.rule} ({', '.join(step.sources)}"
    when = f", {step.first_seen_at:%Y-%m-%d %H:%M}" if step.first_seen_at else ""
    sure = f", {step.confidence:.0%} sure" if step.confidence < 1 else ""
    counts = f"; does not count: {step.aside}" if step.aside else ""
    return f"{step.identifier}={step.value} — {step.other_identifier}={step.other_value}: {how}{when}{sure}){counts}"


def _show_simulated(found: Simulated) -> None:
    out.print(f"{found.n_before:,} profiles now, {found.n_after:,} then.")
    out.print(f"{found.n_merged:,} would be merged into others, {found.n_split:,} split.")
    out.print(f"{found.n_nobody:,} identifiers would name nobody; {found.n_aside:,} links would not count.")
    if found.largest:
        show_table(
            [asdict(each) for each in found.largest],
            {"profile_id": "profile", "n_identifiers": "identifiers", "n_before": "profiles it is made of"},
        )
