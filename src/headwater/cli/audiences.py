"""Commands about audiences: list, show, size, members, explain; others are in `questions` (several) and `over_time`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action, Role
from headwater.audiences.chosen import as_refreshed, by_rules
from headwater.audiences.explain import Behind, Explanation, explain as explain_profile
from headwater.audiences.lineage import Origins, audience_field
from headwater.audiences.members import members as read_members
from headwater.audiences.refresh import not_refreshed
from headwater.audiences.rule import describe, to_data
from headwater.audiences.standing import Standing, read_standings
from headwater.audiences.values import show as show_value
from headwater.cli import over_time, questions
from headwater.cli.asking import (
    AsOfOption,
    ChosenArgument,
    NameArgument,
    RoleOption,
    asked,
    chosen,
    counted_as,
    find,
    told,
)
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.output import JsonOption, ProjectOption, cell, err, opened, out, show_json, show_table
from headwater.flow.definitions import Definitions
from headwater.flow.summary import list_audiences
from headwater.privacy.labels import labels_of
from headwater.profiles.show import find_profile
from headwater.tables.workspace import Workspace, read

KEPT_NOTE = (
    "a query of `sql` failed, its own or that of an audience it refers to; these are the members it had;"
    " `headwater run` says why"
)
app = typer.Typer(help="Look at audiences.", no_args_is_help=True)
for _question in (
    questions.reach,
    questions.overlap,
    questions.compare,
    questions.diff,
    over_time.history,
    over_time.forecast,
):
    app.command()(_question)


@app.command(name="list")
@not_audited
def list_(project: ProjectOption = Path(), as_role: RoleOption = None, as_json: JsonOption = False) -> None:
    """List audiences with their sizes as of the last run.

    Example: `headwater audiences list`
    """
    with asked(project) as (workspace, definitions):
        standings = read_standings(definitions.audiences, workspace)
        rows = [
            {**row, **_standing(str(row["audience"]), standings, definitions)}
            for row in list_audiences(workspace, definitions)
        ]
        if as_role is not None:
            rows = _as_seen(rows, as_role, workspace, as_json=as_json)
    if as_json:
        show_json(rows)
        return
    columns = {"audience": "audience", "size": "size", "share": "share", "last_changed_at": "changed (UTC)"}
    show_table(
        [{**row, "share": "" if row["share"] is None else f"{row['share']:.1%}"} for row in rows],
        columns | {"n_versions": "versions", "description": ""},
    )


@app.command()
@not_audited
def show(
    name: NameArgument,
    project: ProjectOption = Path(),
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an audience: its rule in words, its size, where it stands.

    Example: `headwater audiences show coffee_lovers`
    """
    with asked(project) as (workspace, definitions), counted_as(as_role, workspace) as counting:
        audience = find(name, definitions)
        members_now = read_members(name, workspace)["profile_id"].to_numpy()
        standings = read_standings(definitions.audiences, workspace)
        shown = {
            "audience": name,
            "description": audience.description,
            "in_words": describe(audience.rule),
            "rule": to_data(audience.rule),
            "purpose": audience.purpose,
            **_labels(definitions.lineage.of_audience(name)),
            "size": told(counting.crowd(members_now), as_json=as_json),
            **_standing(name, standings, definitions),
            "file": audience.document.file,
        }
    if as_json:
        show_json(shown)
        return
    for key, value in shown.items():
        if key in ("audience", "rule") or not (value or value == 0):
            continue
        words = ", ".join(map(str, value)) if isinstance(value, list) else cell(value)
        out.print(f"[bold]{key.replace('_', ' ')}:[/] {words}", soft_wrap=True)


@app.command()
@not_audited
def size(
    name: ChosenArgument,
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count a rule now, exactly, or as of a past moment: that of an audience, or of a file not saved in the project.

    Example: `headwater audiences size coffee_lovers`
    """
    with asked(project, as_of) as (workspace, definitions):
        audience = chosen(name, workspace, definitions)
        found = by_rules({name: audience}, workspace, definitions.audiences)
        with counted_as(as_role, workspace) as counting:
            counted = told(counting.crowd(found.universe.members(found.sets[name])), as_json=as_json)
        moment = workspace.clock.now()
    if as_json:
        show_json({"audience": name, "size": counted, "as_of": moment})
    else:
        out.print(cell(counted))


@app.command()
@audited("audiences members", Action.SEE_PEOPLE, "name")
def members(
    name: ChosenArgument,
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(help="At most this many.", min=1)] = 20,
) -> None:
    """List members of an audience by profile id, and since when they are in; or who met its rule at a past moment.

    Example: `headwater audiences members lapsing --limit 5`
    """
    rows = _rule_members(name, project, as_of, limit) if as_of else _stored_members(name, project, limit)
    count(seen=len(rows))
    if as_json:
        show_json(rows)
        return
    columns = {"profile_id": "profile"} | ({} if as_of else {"entered_at": "entered (UTC)"})
    show_table([{**row, "profile_id": str(row["profile_id"])} for row in rows], columns)


@app.command()
@audited("audiences explain", Action.SEE_PEOPLE, "name", "identifier")
def explain(
    name: ChosenArgument,
    identifier: Annotated[str, typer.Argument(help="A person, as kind=value: household_id=1234.")],
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a person is in an audience, or is not, and what would change it.

    Example: `headwater audiences explain coffee_lovers household_id=1`
    """
    with asked(project, as_of) as (workspace, definitions):
        audience = chosen(name, workspace, definitions)
        found = explain_profile(
            find_profile(identifier, workspace), audience, workspace, definitions.audiences
        )
        carried = _labels(definitions.lineage.of_rule(audience.rule))
    count(seen=1)
    if as_json:
        show_json({**vars(found), **carried})
        return
    for line in _lines(found):
        out.print(line, soft_wrap=True)
    if carried["labels"]:
        out.print(
            f"carries {', '.join(carried['labels'])}, because of {' and '.join(carried['labels_because_of'])}",
            soft_wrap=True,
        )
    if found.turns_at:
        out.print(
            f"would {'leave' if found.passed else 'enter'} on {cell(found.turns_at)} (UTC) if nothing more happens"
        )


def _labels(origins: Origins) -> dict[str, list[str]]:
    """The labels of what is made of all this, and what gives it each."""
    return {
        "labels": sorted(labels_of(origins)),
        "labels_because_of": sorted({str(each) for each in origins}),
    }


def _as_seen(
    rows: list[dict[str, object]], role: Role, workspace: Workspace, *, as_json: bool
) -> list[dict[str, object]]:
    """A list of audiences as a role sees it, in the order of names: that of sizes tells of sizes."""
    names = sorted(str(row["audience"]) for row in rows)
    found, by_name = as_refreshed(names, workspace), {str(row["audience"]): row for row in rows}
    with counted_as(role, workspace) as counting:
        everyone = counting.crowd(found.universe.profile_ids)
        sizes = {name: counting.crowd(found.universe.members(bits)) for name, bits in found.sets.items()}
    return [
        {
            **by_name[name],
            "size": told(size, as_json=as_json),
            "share": size / everyone if size and everyone else None,
        }
        for name, size in sizes.items()
    ]


def _stored_members(name: str, project: Path, limit: int) -> list[dict[str, object]]:
    with read(opened(project)) as workspace:
        rows: list[dict[str, object]] = read_members(name, workspace, limit).to_pylist()
        if name in not_refreshed(workspace):
            err.print(f"{name} was not refreshed by the last run: {KEPT_NOTE}", soft_wrap=True)
    return rows


def _rule_members(name: str, project: Path, as_of: str, limit: int) -> list[dict[str, object]]:
    with asked(project, as_of) as (workspace, definitions):
        found = by_rules({name: chosen(name, workspace, definitions)}, workspace, definitions.audiences)
    return [{"profile_id": each} for each in found.universe.members(found.sets[name])[:limit].tolist()]


def _standing(name: str, standings: dict[str, Standing], definitions: Definitions) -> dict[str, object]:
    """Where an audience stands; destinations and placements that name it refer to it, too."""
    standing = standings[name]
    sent_to = [
        f"destination {destination.name}"
        for destination in definitions.destinations.values()
        if destination.audiences is None or name in destination.audiences
    ]
    shown_by = [
        f"placement {placement.name}"
        for placement in definitions.placements.values()
        if audience_field(name) in placement.request.fields
    ]
    return {
        "last_changed_at": standing.last_changed_at,
        "n_versions": standing.n_versions,
        "referred_by": [
            *(f"audience {other}" for other in standing.referred_by),
            *sorted(sent_to),
            *sorted(shown_by),
        ],
    }


def _lines(found: Explanation, first: str = "", rest: str = "") -> Iterator[str]:
    """An explanation as a tree, a line each, however long; `first` stands before its own line, `rest` before those below."""
    yield first + _line(found)
    below: list[Explanation | Behind] = [*found.parts, *found.behind]
    for place, each in enumerate(below, start=1):
        branch, trunk = ("└── ", "    ") if place == len(below) else ("├── ", "│   ")
        if isinstance(each, Explanation):
            yield from _lines(each, rest + branch, rest + trunk)
        else:
            yield f"{rest}{branch}[dim]{_event(each)}[/]"


def _line(found: Explanation) -> str:
    mark = "[green]yes[/]" if found.passed else "[red]no[/] "
    seen = f"  [dim]({_plain(found.seen)})[/]" if found.seen else ""
    lacks = f"  [yellow]{_plain(found.lacks)}[/]" if found.lacks else ""
    return f"{mark} {_plain(found.text)}{seen}{lacks}"


def _event(event: Behind) -> str:
    values = ", ".join(
        f"{name} {show_value(value)}" for name, value in event.properties.items() if value is not None
    )
    return _plain(f"{cell(event.occurred_at)} {event.event}" + (f": {values}" if values else ""))


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
