"""Commands about the project folder: init, check, doctor."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer
from sqlalchemy import make_url

from headwater import __version__
from headwater.cli.audited import not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.core.errors import Problem
from headwater.core.project import KINDS, Project
from headwater.core.settings import Settings
from headwater.flow.definitions import Findings, examine, project_error
from headwater.flow.new_project import make_project
from headwater.tables.workspace import read

NEXT = {
    "empty": "Next: describe a source in sources/, then run `headwater check` and `headwater run` there.",
    "shop": "Next: `headwater serve --shop` there, and open the address it names.",
}


@not_audited
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make the project in.")] = Path(),
    template: Annotated[
        Literal["empty", "shop"],
        typer.Option(help="What it begins with: nothing, or the demonstration's live shop."),
    ] = "empty",
    as_json: JsonOption = False,
) -> None:
    """Make a project: an empty one, or the live shop to look at and to change.

    Example: `headwater init shop`, or `headwater init leaf_and_bean --template shop`
    """
    written = make_project(folder, template)
    if as_json:
        show_json({"folder": str(folder), "written": [str(path) for path in written]})
        return
    out.print(f"Made a project in {folder}: " + ", ".join(str(path) for path in written))
    out.print(NEXT[template])


@not_audited
def check(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Read the whole project and say everything that is wrong with it.

    Looks at the beginning of what the sources read too, and at the secrets of this environment; changes nothing.

    Example: `headwater check --project shop`
    """
    with read(opened(project)) as workspace:
        found = examine(workspace)
        counts = _count(workspace.project, found.problems)
    if as_json:
        said = {"problems": found.problems, "warnings": found.warnings}
        show_json({**{name: [vars(each) for each in told] for name, told in said.items()}, **counts})
    else:
        _show(found, counts)
    if found.problems:
        raise typer.Exit(2) if as_json else project_error(found.problems)


@not_audited
def doctor(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show versions, settings in force and what the project holds on disk.

    Example: `headwater doctor --json`
    """
    opened_project = opened(project)
    libraries = {
        name: version(name) for name in ("duckdb", "deltalake", "pyarrow", "sqlglot", "sqlalchemy", "numpy")
    }
    sizes = {name: _megabytes(opened_project.path(name)) for name in ("lake", "state", "work")}
    if as_json:
        show_json(
            {
                "headwater": __version__,
                "python": platform.python_version(),
                "libraries": libraries,
                "settings": _shown_settings(opened_project.settings),
                "disk_mb": sizes,
            }
        )
        return
    rows = [
        {"what": "headwater", "value": __version__},
        {"what": "python", "value": platform.python_version()},
    ]
    rows += [{"what": name, "value": found} for name, found in libraries.items()]
    rows += [{"what": f"{name}/ on disk", "value": f"{size:,.1f} MB"} for name, size in sizes.items()]
    show_table(rows, {"what": "", "value": ""})
    out.print()
    settings = _shown_settings(opened_project.settings)
    described = [
        {"name": name, "value": str(settings[name]), "meaning": info.description}
        for name, info in Settings.model_fields.items()
    ]
    show_table(described, {"name": "setting", "value": "value", "meaning": "meaning"})


def _show(found: Findings, counts: Mapping[str, Mapping[str, int]]) -> None:
    """What is sound, and what is missing here; the problems are told as an error."""
    if not found.problems:
        there = [_number(count["files"], kind) for kind, count in counts.items() if count["files"]]
        out.print("Sound: " + (", ".join(there) or "an empty project"))
    if found.warnings:
        out.print("Not ready to run here:")
    for warning in found.warnings:
        out.print(f"  {warning}", markup=False, soft_wrap=True)


def _number(number: int, kind: str) -> str:
    return f"{number:,} {kind if number != 1 else kind.removesuffix('s')}"


def _count(project: Project, problems: Sequence[Problem]) -> dict[str, dict[str, int]]:
    """Of each kind: how many files there are, and how many of them no problem names."""
    wrong = {problem.file for problem in problems}
    counts = {}
    for kind in KINDS:
        files = {document.file for document in project.documents[kind]}
        files |= {each.file for each in project.unreadable if each.file.startswith(f"{kind}/")}
        counts[kind] = {"files": len(files), "sound": len(files - wrong)}
    return counts


def _shown_settings(settings: Settings) -> dict[str, object]:
    """The settings, with the password of a database left out."""
    shown = settings.model_dump()
    if shown["state_url"]:
        shown["state_url"] = make_url(shown["state_url"]).render_as_string(hide_password=True)
    return shown


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
