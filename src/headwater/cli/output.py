"""How commands speak: tables and sentences for people, JSON for programs, errors in one place.

Everything a person reads goes to standard output; progress and errors go to standard error, so that `--json` can be piped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from headwater.core.errors import HeadwaterError
from headwater.core.plain import plain
from headwater.core.progress import Bars, Plain, Progress, Silent
from headwater.core.project import Project, open_project

ProjectOption = Annotated[Path, typer.Option("--project", "-p", help="The project folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def _console(*, is_error: bool) -> Console:
    """A console; where nobody's window sets a width, lines may be longer than the usual 80."""
    console = Console(stderr=is_error, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, WIDTH)
    return console


WIDTH = 140
out = _console(is_error=False)
err = _console(is_error=True)


def show_json(data: object) -> None:
    """Data as JSON on standard output."""
    print(json.dumps(data, default=plain, indent=2, ensure_ascii=False))


def show_table(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str]) -> None:
    """Rows as a table; `columns`: key of the rows → heading, numbers to the right; without rows it says so."""
    if not rows:
        out.print("[dim]none[/]")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for key, heading in columns.items():
        is_number = any(isinstance(row.get(key), (int, float)) for row in rows)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell(row.get(key)) for key in columns))
    out.print(table)


def cell(value: object) -> str:
    """A value as people write it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return "" if np.isnan(value) else f"{value:,.2f}"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case _:
            return str(value).replace("[", r"\[")


@contextmanager
def progress(project: Project) -> Iterator[Progress]:
    """Progress as the settings and the terminal allow: bars, plain lines, or nothing."""
    if project.settings.progress == "off":
        yield Silent()
    elif project.settings.progress == "plain" or not err.is_terminal:
        yield Plain(err)
    else:
        with Bars(err) as bars:
            yield bars


def opened(folder: Path) -> Project:
    """The project in a folder."""
    return open_project(folder)


def show_error(error: HeadwaterError, *, as_json: bool) -> None:
    """An error on standard error, for people or programs."""
    if as_json:
        print(json.dumps(error.as_dict(), default=plain, indent=2), file=sys.stderr)
        return
    err.print(f"[bold red]error:[/] {_escape(error.message)}", soft_wrap=True)
    if error.next_step:
        err.print(f"[bold]next:[/] {_escape(error.next_step)}", soft_wrap=True)


def _escape(text: str) -> str:
    return text.replace("[", r"\[")
