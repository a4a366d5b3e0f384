"""Files: CSV, TSV, JSON lines and Parquet, on disk or inside an installed Python package.

Reads files that patterns match; stages one file at a time in the engine. A file is read again when its content changes or
what the project says of the source, never because it was touched or copied in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import ClassVar, Literal, Protocol

from pydantic import Field, field_validator, model_validator

from headwater.core.documents import Declaration, Place as At
from headwater.core.errors import Bug, HeadwaterError, SourceError
from headwater.engine.engine import Engine
from headwater.sources.reading.byte_streams import Compression, Encoding, TextFile
from headwater.sources.reading.delimited import Delimited
from headwater.sources.reading.fingerprints import fingerprint, is_as_noted
from headwater.sources.reading.json_lines import JsonLines
from headwater.sources.reading.parquet_rows import ParquetRows
from headwater.sources.reading.places import Place, place_of, places
from headwater.sources.source import Heading, Load, Loaded, Staged, last_loads, staged_table
from headwater.tables.workspace import Workspace

Format = Literal["csv", "tsv", "json_lines", "parquet"]
_BY_EXTENSION: dict[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_PACKED = (".gz", ".gzip", ".zst", ".zstd")


class FilesRead(Declaration):
    """What `read:` says for a source of kind `files`."""

    also_called: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            **dict.fromkeys(("file", "files", "folder", "glob", "pattern", "url"), "path"),
            **dict.fromkeys(("separator", "sep"), "delimiter"),
            **dict.fromkeys(("quotechar", "quote_character"), "quote"),
            **dict.fromkeys(("charset", "character_set"), "encoding"),
            **dict.fromkeys(("names", "fields"), "columns"),
        }
    )

    path: str | tuple[str, ...] = Field(
        description="A path or pattern such as data/*.csv, or a list of them: relative to the project, absolute,"
        " or package:NAME/inside/path for a file of an installed Python package."
    )
    format: Format | None = Field(
        None,
        description="csv, tsv, json_lines or parquet; left out: by the file's extension, .gz and .zst aside.",
    )
    delimiter: str | None = Field(
        None, description='One character between values; left out: "," in csv, a tab in tsv.'
    )
    quote: str = Field(
        '"',
        max_length=1,
        description="The character around values that hold delimiters or line breaks; empty: none.",
    )
    encoding: Encoding = Field("utf-8", description="How the file's characters are written as bytes.")
    header: bool = Field(
        True, description="Whether the first line names the columns; if not, `columns` must."
    )
    columns: tuple[str, ...] | None = Field(
        None, description="The columns every file must have; without a header: all columns in their order."
    )
    compression: Compression = Field(
        "auto", description="auto looks at the file's first bytes; none, gzip and zstd do not."
    )

    @property
    def patterns(self) -> tuple[str, ...]:
        """The paths and patterns."""
        return (self.path,) if isinstance(self.path, str) else self.path

    @field_validator("path")
    @classmethod
    def _names_something(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not value or not all((value,) if isinstance(value, str) else value):
            raise ValueError("names no file; write a path such as data/*.csv")
        return value

    @field_validator("delimiter", "quote")
    @classmethod
    def _is_one_byte(cls, value: str | None) -> str | None:
        if value and (len(value) != 1 or not value.isascii() or value in "\r\n\0"):
            raise ValueError('must be one ASCII character, such as ";" or "\\t"')
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> FilesRead:
        if not self.header and not self.columns:
            raise ValueError("without a header, `columns` must name the columns in their order")
        if self.delimiter == "" or (self.delimiter and self.delimiter == self.quote):
            raise ValueError("the delimiter must be one character, and another one than the quote")
        return self


class _Reader(Protocol):
    def heading(self) -> tuple[str, ...] | None: ...

    def stage(self, table: str, engine: Engine) -> Staged: ...


class Files:
    """Files that patterns match."""

    fields: type[Declaration] = FilesRead
    rows_keep_their_place = True  # a line of a file stays that line when the file grows

    def pending(self, name: str, read: Declaration, workspace: Workspace) -> list[Load]:
        """The files that are new or whose content changed, in the order of their names.

        Raises:
            SourceError: a path or pattern matches no file. StorageError: a file cannot be read.
        """
        loaded = last_loads(name, workspace)
        found = places(_settings(read).patterns, workspace.project.root, may_be_gone=bool(loaded))
        loads = []
        for place in found:
            noted = loaded[place.shown].fingerprint if place.shown in loaded else None
            now = fingerprint(place.path, place.shown, noted)
            if now != noted:
                loads.append(Load(place.shown, now))
        return loads

    def headings(self, name: str, read: Declaration, workspace: Workspace) -> list[Heading]:
        """The columns of every file that is new or was changed, and every pattern that matches no file."""
        settings, root = _settings(read), workspace.project.root
        loaded = last_loads(name, workspace)
        found: dict[str, Heading] = {}
        for at, pattern in _placed(settings):
            try:
                matched = places([pattern], root, may_be_gone=bool(loaded))
            except SourceError as error:
                found[pattern] = Heading(pattern, at, error=error)
            else:
                fresh = (place for place in matched if not _is_loaded(place, loaded))
                found |= {place.shown: _heading(settings, place, at) for place in fresh}
        return list(found.values())

    def stage(self, name: str, read: Declaration, load: Load, workspace: Workspace) -> Staged:
        """One file's rows in the engine.

        Raises:
            SourceError: the file cannot be read as what it should be. StorageError: the disk fails.
        """
        place = place_of(load.object, workspace.project.root)
        return _reader(_settings(read), place).stage(staged_table(name), workspace.engine)


def _placed(read: FilesRead) -> Iterator[tuple[At, str]]:
    """The patterns, each with its place under `read:`."""
    if isinstance(read.path, str):
        yield ("path",), read.path
    else:
        yield from ((("path", index), pattern) for index, pattern in enumerate(read.path))


def _is_loaded(place: Place, loaded: Mapping[str, Loaded]) -> bool:
    return place.shown in loaded and is_as_noted(place.path, loaded[place.shown].fingerprint)


def _heading(read: FilesRead, place: Place, at: At) -> Heading:
    try:
        return Heading(place.shown, at, _reader(read, place).heading())
    except HeadwaterError as error:
        return Heading(place.shown, at, error=error)


def _settings(read: Declaration) -> FilesRead:
    if not isinstance(read, FilesRead):
        raise Bug(f"the kind files was handed the settings {type(read).__name__}")
    return read


def _reader(read: FilesRead, place: Place) -> _Reader:
    kind = read.format or _format_of(place)
    if kind == "parquet":
        return ParquetRows(place.path, place.shown, read.columns)
    text = TextFile(place.path, place.shown, read.encoding, read.compression)
    if kind == "json_lines":
        return JsonLines(text, read.columns)
    delimiter = read.delimiter or ("\t" if kind == "tsv" else ",")
    return Delimited(text, delimiter, read.quote, read.header, read.columns)


def _format_of(place: Place) -> Format:
    suffixes = [suffix.lower() for suffix in PurePath(place.shown).suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    if not suffixes or suffixes[-1] not in _BY_EXTENSION:
        raise SourceError(
            f"{place.shown}: its name does not say what it holds",
            next_step="write `format:` (csv, tsv, json_lines or parquet) under `read:`",
        )
    return _BY_EXTENSION[suffixes[-1]]


SOURCE = Files()
