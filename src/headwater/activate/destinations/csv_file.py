"""Files of members, one a batch: for tools that read a folder, and for looking at what would be sent.

A row says `added` or `removed` and holds the identifiers, a column each. A person with several identifiers of a kind
takes several rows: the first with the first of each kind, and so on; a column with fewer is empty in the later rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, field_validator

from headwater.activate.destination import (
    Accepted,
    Batch,
    Change,
    Destination,
    Example,
    File,
    Files,
    IdentifierField,
    Limits,
    Member,
    Outcome,
    Refused,
    Response,
)
from headwater.core.documents import Declaration

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


class CsvFile(Declaration):
    """The settings of a CSV destination."""

    folder: str = Field("deliveries", description="The folder the files go to, inside the project.")
    separator: Literal["comma", "semicolon", "tab"] = Field(
        "comma", description="What stands between columns."
    )
    change_column: str = Field(
        "change", min_length=1, description="The header of the column that says added or removed."
    )
    audience_column: str | None = Field(
        None,
        min_length=1,
        description="The header of a column with the audience's id; left out unless named.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers by identifier, where they are to differ from its kind."
    )

    @field_validator("folder")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if not value.strip() or path.is_absolute() or ".." in path.parts:
            raise ValueError("must be a folder inside the project, such as deliveries")
        return value


def request(settings: CsvFile, batch: Batch) -> File:
    """The batch as a file; its name holds the idempotency key, so that a repeat replaces the same file."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=_SEPARATORS[settings.separator], lineterminator="\r\n")
    audience = [settings.audience_column] if settings.audience_column else []
    writer.writerow([settings.change_column, *audience, *(settings.headers.get(f, f) for f in batch.fields)])
    lead = [batch.change.value, *([batch.audience] if audience else [])]
    writer.writerows([*lead, *row] for member in batch.members for row in _rows(member, batch.fields))
    name = f"{batch.destination}_{batch.audience}_{batch.key}.csv"
    return File(settings.folder, name, text.getvalue().encode())


def read(settings: CsvFile, response: Response) -> Outcome:
    """A file that was written is taken."""
    return Accepted() if response.status == 201 else Refused(f"the file was not written ({response.status})")


def without(settings: CsvFile, content: bytes, texts: frozenset[str]) -> bytes:
    r"""A file without the rows that hold one of these texts, but for rows that say `removed`.

    >>> without(CsvFile(), b"change,email\r\nadded,a@example.com\r\nadded,b@example.com\r\n", frozenset({"a@example.com"}))
    b'change,email\r\nadded,b@example.com\r\n'
    """
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=_SEPARATORS[settings.separator], lineterminator="\r\n")
    for row in _read_rows(settings, content):
        if row[:1] == [Change.REMOVED.value] or texts.isdisjoint(row[1:]):
            writer.writerow(row)
    return kept.getvalue().encode()


def names(settings: CsvFile, content: bytes, texts: frozenset[str]) -> bool:
    r"""Whether any row holds one of these texts as a whole.

    >>> names(CsvFile(), b"change,household_id\r\nremoved,17\r\n", frozenset({"1"}))
    False
    """
    return any(not texts.isdisjoint(row[1:]) for row in _read_rows(settings, content))


def _read_rows(settings: CsvFile, content: bytes) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(content.decode(), newline=""), delimiter=_SEPARATORS[settings.separator])


def _rows(member: Member, fields: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return zip_longest(*(member.identifiers.get(one, ()) for one in fields), fillvalue="")


_EXAMPLE = Batch(
    "20260301T080000-0f3a5b7c9d1e-00001",
    "mailing_house",
    "coffee_lovers",
    Change.ADDED,
    ("household_id", "email"),
    (
        Member({"household_id": ("42",), "email": ("a@example.com", "b@example.com")}),
        Member({"household_id": ("7",)}),
    ),
    datetime(2026, 3, 1, 8, tzinfo=UTC),
)

DESTINATION = Destination(
    description="Writes one CSV file a batch into a folder of the project.",
    fields=CsvFile,
    identifiers=(IdentifierField(),),
    accepts=frozenset({"identifier", "pseudonym"}),
    may_accept=frozenset({"sensitive", "financial", "children", "location"}),
    limits=Limits(max_rows=100_000),
    is_idempotent=True,
    request=request,
    read=read,
    examples=(
        Example(
            {"headers": {"household_id": "household"}},
            _EXAMPLE,
            File(
                "deliveries",
                "mailing_house_coffee_lovers_20260301T080000-0f3a5b7c9d1e-00001.csv",
                b"change,household,email\r\nadded,42,a@example.com\r\nadded,,b@example.com\r\nadded,7,\r\n",
            ),
            ((Response(201), Accepted()),),
        ),
    ),
    files=Files(lambda settings: settings.folder, without, names),
)
