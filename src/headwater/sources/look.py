"""A look at what sources read, before a run: is it there, can it be read, does it have the columns that the project names.

Reads headers, footers and the names of a table's columns, never the rows; writes nothing. So says `headwater check`
beforehand what would stop `headwater run`. A source whose file has other mistakes is looked at as far as it can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from headwater.core.documents import Declaration, Document, Place, leaves
from headwater.core.errors import EnvironmentFault, HeadwaterError, NotFoundError, Problem, suggest
from headwater.sources.declare import CATALOGUES, source_kind
from headwater.sources.source import LINE, Heading, Source
from headwater.tables.workspace import Workspace

_ANY = None
# The places of a source's file at which the name of a column stands.
_COLUMNS: tuple[tuple[str | None, ...], ...] = (
    ("identifiers", _ANY),
    ("lookup", _ANY),
    *((catalogue, _ANY) for catalogue in CATALOGUES),
    ("attributes", _ANY),
    ("attributes", _ANY, "column"),
    ("consents", _ANY, "column"),
    ("consents", _ANY, "time"),
    ("event", "time"),
    ("event", "key", _ANY),
    ("event", "properties", _ANY),
    ("event", "properties", _ANY, "sum", _ANY),
    ("event", "properties", _ANY, "texts"),
)


@dataclass(frozen=True)
class Seen:
    """What looking found: `problems` of the project's files, and `warnings` of the surroundings, which may pass."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def look(document: Document, workspace: Workspace) -> Seen:
    """What a run would find wrong with what a source reads; nothing where its `read:` is not sound."""
    given = _reading(document.data)
    if given is None:
        return Seen()
    kind, read = given
    headings = kind.headings(document.name, read, workspace)
    return Seen(
        [*_unreadable(document, kind, headings), *_without_column(document, headings)],
        [
            document.problem(("read", *each.at), each.error.message, expected=each.error.next_step or "")
            for each in headings
            if isinstance(each.error, EnvironmentFault)
        ],
    )


def columns_named(data: object) -> Iterator[tuple[Place, str]]:
    """Every column that a source's file names, with the place where it does."""
    for place, value in leaves(data):
        if isinstance(value, str) and any(_fits(place, pattern) for pattern in _COLUMNS):
            yield place, value


def _fits(place: Place, pattern: Sequence[str | None]) -> bool:
    return len(place) == len(pattern) and all(
        wanted is _ANY or part == wanted for part, wanted in zip(place, pattern, strict=True)
    )


def _reading(data: object) -> tuple[Source, Declaration] | None:
    """The kind of a source and its `read:` block, if both can be understood."""
    if not isinstance(data, dict):
        return None
    try:
        kind = source_kind(str(data.get("kind")))
        return kind, kind.fields.model_validate(data.get("read", {}))
    except (NotFoundError, ValidationError):
        return None


def _unreadable(document: Document, kind: Source, headings: Sequence[Heading]) -> Iterator[Problem]:
    """What stops a run, each reason once, however many files it has."""
    reasons: dict[str, list[Heading]] = {}
    for each in headings:
        if each.error and not isinstance(each.error, EnvironmentFault):
            reasons.setdefault(each.error.message.replace(each.object, ""), []).append(each)
    for alike in reasons.values():
        first, error = alike[0], alike[0].error
        if error:
            more = f" ({_count(len(alike) - 1, 'more file')} too)" if len(alike) > 1 else ""
            place = ("read", *_key(error, kind, document.data, first.at))
            yield document.problem(place, f"{error.message}{more}", expected=error.next_step or "")


def _key(error: HeadwaterError, kind: Source, data: object, otherwise: Place) -> Place:
    """The key under `read:` that the error says to write or correct; one that stands there before one that does not."""
    known = kind.fields.model_fields
    named = [key for key in re.findall(r"`(\w+)", error.next_step or "") if key in known]
    read = data.get("read") if isinstance(data, dict) else None
    present = [key for key in named if isinstance(read, dict) and key in read]
    return next(((key,) for key in (*present, *named)), otherwise)


def _without_column(document: Document, headings: Sequence[Heading]) -> Iterator[Problem]:
    lookup = document.data.get("lookup") if isinstance(document.data, dict) else None
    brought = {LINE, *_brought(lookup)}
    for place, column in columns_named(document.data):
        lacking = [each for each in headings if each.columns is not None and column not in each.columns]
        if lacking and column not in brought:
            more = f" and {_count(len(lacking) - 1, 'more file')} have" if len(lacking) > 1 else " has"
            message = f"{lacking[0].object}{more} no column '{column}'"
            yield document.problem(place, message, expected=suggest(column, lacking[0].columns or ()))


def _brought(lookup: object) -> Iterator[str]:
    """The columns that catalogues bring."""
    for name in lookup if isinstance(lookup, Mapping) else ():
        if name in CATALOGUES:
            yield from (f"{name}.{column.name}" for column in CATALOGUES[name].columns)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
