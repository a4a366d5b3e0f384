"""Answers as a sheet of CSV: with a header, as RFC 4180 has it; nothing in it is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> str:
    """Rows as CSV."""
    written = io.StringIO()
    made = csv.writer(written)
    made.writerow(columns)
    made.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return written.getvalue()


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
