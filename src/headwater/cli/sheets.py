"""Answers as a CSV file, whole or not at all: UTF-8 with a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from headwater.core.errors import UserError
from headwater.engine.lake import write_atomically
from headwater.explore.sheet import sheet

CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", help="Write the answer to this file, as CSV; one of that name is replaced."),
]


def write_csv(rows: Sequence[Mapping[str, object]], columns: Sequence[str], path: Path | None) -> None:
    """Rows as a file; where there is no path, nothing.

    Raises:
        UserError: the file cannot be written.
    """
    if path is None:
        return
    try:
        write_atomically(path, sheet(rows, columns).encode())
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}", next_step="name a file in a folder that is yours"
        ) from error
