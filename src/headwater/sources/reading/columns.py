"""The columns of an object, judged before any row is read: clear names, the expected ones, and names of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headwater.core.errors import SourceError, suggest
from headwater.sources.source import LINE


def staged_names(columns: Sequence[str], shown: str) -> Mapping[str, str]:
    """Each column with the name to stage it under: its own, save for the row number's, which is taken.

    Raises:
        SourceError: a column without a name, or two whose names SQL cannot tell apart.
    """
    staged: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for number, column in enumerate(columns, start=1):
        if not column.strip():
            raise SourceError(f"{shown}: column {number} has no name", next_step="name it in the header")
        folded = column.casefold()
        if folded in numbers:
            raise SourceError(
                f"{shown}: columns {numbers[folded]} and {number} are both called '{column}' (case does not count)",
                next_step="give each column a name of its own",
            )
        numbers[folded] = number
        staged[column] = f"{column}_" if folded == LINE else column
    if len({name.casefold() for name in staged.values()}) < len(staged):
        raise SourceError(f"{shown}: has columns '{LINE}' and '{LINE}_'", next_step="rename one of them")
    return staged


def notes(columns: Sequence[str], expected: Sequence[str] | None, shown: str) -> tuple[str, ...]:
    """What to tell about columns that were not expected or that are staged under another name.

    Raises:
        SourceError: expected columns are missing; the nearest ones are named.
    """
    if missing := [column for column in expected or () if column not in columns]:
        hints = "; ".join(f"'{column}' ({suggest(column, columns)})" for column in missing)
        raise SourceError(
            f"{shown} has no column {hints}", next_step="mend the file, or `columns` under `read:`"
        )
    told = [
        f"{shown}: its column '{column}' is read as '{column}_'"
        for column in columns
        if column.casefold() == LINE
    ]
    if expected and (extra := [column for column in columns if column not in expected]):
        told.append(f"{shown}: has columns that were not expected: {', '.join(extra)}")
    return tuple(told)
