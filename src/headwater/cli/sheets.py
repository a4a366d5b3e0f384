"""Answers as a CSV file, whole or not at all: UTF-8 with a header, as RFC 4180 has it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from headwater.core.errors import UserError
from headwater.engine.lake import write_atomically

CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", help="Write the answer to this file, as CSV; one of that name is replaced."),
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(rows: Sequence[Mapping[str, object]], columns: Sequence[str], path: Path | None) -> None:
    """Rows as a file; where there is no path, nothing.

    Raises:
        UserError: the file cannot be written.
    """
    if path is None:
        return
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(columns)
    sheet.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    try:
        write_atomically(path, written.getvalue().encode())
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}", next_step="name a file in a folder that is yours"
        ) from error


def _cell(value: object) -> object:
    """A value as programs read it; a text that a spreadsheet would work out as a formula is told as text.

    >>> _cell("=1+1"), _cell(-3), _cell(None), _cell(True)
    ("'=1+1", -3, '', 'true')
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
        case _:
            return value
