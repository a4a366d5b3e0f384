"""Commands about audiences: list, show, size, members, overlap, explain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.tree import Tree

from headwater.audiences.explain import Explanation, explain as explain_profile
from headwater.audiences.members import members as read_members
from headwater.audiences.overlap import overlap as read_overlap
from headwater.audiences.parse import Audience, parse
from headwater.audiences.rule import describe, to_data
from headwater.audiences.size import size as count_rule
from headwater.cli.chart import show_overlap
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.core.documents import read_document
from headwater.core.errors import NotFoundError, Problem, ProjectError, UserError
from headwater.flow.definitions import Definitions, read_definitions, read_vocabulary_of
from headwater.flow.summary import list_audiences
from headwater.profiles.show import find_profile
from headwater.tables.workspace import Workspace, read

app = typer.Typer(help="Look at audiences.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The audience's name.")]


@app.command(name="list")
def list_(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """List audiences with their sizes as of the last run.

    Example: `headwater audiences list`
    """
    with _opened(project) as (workspace, definitions):
        rows = list_audiences(workspace, definitions)
    if as_json:
        show_json(rows)
    else:
        show_table(
            [{**row, "share": f"{row['share']:.1%}"} for row in rows],
            {"audience": "audience", "size": "size", "share": "share", "description": ""},
        )


@app.command()
def show(name: NameArgument, project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show an audience: its rule in words, its size, where it stands.

    Example: `headwater audiences show coffee_lovers`
    """
    with _opened(project) as (workspace, definitions):
        audience = _find(name, definitions)
        size = read_members(name, workspace).num_rows
    shown = {
        "audience": name,
        "description": audience.description,
        "purpose": audience.purpose,
        "rule": to_data(audience.rule),
        "in_words": describe(audience.rule),
        "size": size,
        "file": audience.document.file,
    }
    if as_json:
        show_json(shown)
        return
    for key in ("description", "in_words", "purpose", "file"):
        out.print(
            f"[bold]{key.replace('_', ' ')}:[/] {str(shown[key]).replace('[', chr(92) + '[')}", soft_wrap=True
        )
    out.print(f"[bold]size:[/] {size:,}")


@app.command()
def size(
    name: Annotated[
        str, typer.Argument(help="An audience's name, or a YAML file with a rule that is not saved yet.")
    ],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Count a rule now, exactly: that of an audience, or of a file not saved in the project.

    Example: `headwater audiences size coffee_lovers`
    """
    with _opened(project) as (workspace, definitions):
        audience = (
            _unsaved(Path(name), workspace, definitions)
            if name.endswith(".yaml")
            else _find(name, definitions)
        )
        counted = count_rule(audience.rule, workspace, definitions.audiences)
    if as_json:
        show_json({"audience": name, "size": counted})
    else:
        out.print(f"{counted:,}")


@app.command()
def members(
    name: NameArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(help="At most this many.", min=1)] = 20,
) -> None:
    """List members of an audience by profile id, and since when they are in.

    Example: `headwater audiences members lapsing --limit 5`
    """
    with read(opened(project)) as workspace:
        rows = read_members(name, workspace, limit).to_pylist()
    if as_json:
        show_json(rows)
    else:
        show_table(
            [{**row, "profile_id": str(row["profile_id"])} for row in rows],
            {"profile_id": "profile", "entered_at": "entered (UTC)"},
        )


@app.command()
def overlap(
    names: Annotated[
        list[str] | None, typer.Argument(help="Audiences; the largest six if none is named.")
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Count how audiences overlap.

    Example: `headwater audiences overlap lapsing families`
    """
    with _opened(project) as (workspace, definitions):
        chosen = (
            names
            or [str(row["audience"]) for row in list_audiences(workspace, definitions) if row["size"]][:6]
        )
        found = read_overlap(chosen, workspace)
    if as_json:
        show_json(
            {
                "audiences": found.names,
                "counts": found.counts,
                "shares": found.shares,
                "jaccard": found.jaccard,
                "lift": found.lift,
            }
        )
    else:
        show_overlap(found)


@app.command()
def explain(
    name: NameArgument,
    identifier: Annotated[str, typer.Argument(help="A person, as kind=value: household_id=1234.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say why a person is in an audience, or is not.

    Example: `headwater audiences explain coffee_lovers household_id=1`
    """
    with _opened(project) as (workspace, definitions):
        audience = _find(name, definitions)
        found = explain_profile(
            find_profile(identifier, workspace), audience, workspace, definitions.audiences
        )
    if as_json:
        show_json(found)
    else:
        out.print(_tree(found, Tree(_line(found))))


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Workspace, Definitions]]:
    with read(opened(folder)) as workspace:
        yield workspace, read_definitions(workspace)


def _find(name: str, definitions: Definitions) -> Audience:
    if name not in definitions.audiences:
        raise NotFoundError("audience", name, list(definitions.audiences))
    return definitions.audiences[name]


def _unsaved(path: Path, workspace: Workspace, definitions: Definitions) -> Audience:
    """The rule in a file outside the project, judged as if it were saved."""
    if not path.is_file():
        raise UserError(f"there is no file {path}")
    document = read_document(path.resolve(), path.resolve().parent)
    if isinstance(document, Problem):
        raise ProjectError([document])
    rule = parse(document, read_vocabulary_of(definitions, workspace))
    if isinstance(rule, list):
        raise ProjectError(rule)
    return Audience(document.name, "", None, rule, document)


def _tree(found: Explanation, tree: Tree) -> Tree:
    for part in found.parts:
        _tree(part, tree.add(_line(part)))
    return tree


def _line(found: Explanation) -> str:
    mark = "[green]yes[/]" if found.passed else "[red]no[/] "
    seen = f"  [dim]({found.seen})[/]" if found.seen else ""
    return f"{mark} {found.text}{seen}"
