"""Parquet files in the engine: types stay as they are, and nothing is copied that can be read in parallel where it lies.

Reads a file's footer; lets a name in the engine stand for its rows, numbered from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from headwater.core.errors import SourceError
from headwater.engine.engine import Engine
from headwater.sources.reading.columns import notes, staged_names
from headwater.sources.reading.rows_as_json import rows_as_json
from headwater.sources.source import LINE, Staged


@dataclass(frozen=True)
class ParquetRows:
    """A Parquet file; `shown` is what people call it, `columns` are those that it must have."""

    path: Path
    shown: str
    columns: tuple[str, ...] | None

    def stage(self, table: str, engine: Engine) -> Staged:
        """The rows in the engine.

        Raises:
            SourceError: it is no Parquet file, it is damaged, or expected columns are missing.
            StorageError: it cannot be read.
        """
        columns, n_rows = self._footer()
        told = notes(columns, self.columns, self.shown)
        names = staged_names(columns, self.shown)
        engine.scan_numbered(table, self.path, LINE, names)
        staged = tuple(names.values())
        return Staged(
            self.shown,
            table,
            staged,
            n_rows,
            (),
            None,
            told,
            lambda lines: rows_as_json(table, staged, lines, engine),
        )

    def heading(self) -> tuple[str, ...]:
        """The columns as they would be staged.

        Raises:
            SourceError: as `stage` does.
        """
        columns, _ = self._footer()
        notes(columns, self.columns, self.shown)
        return tuple(staged_names(columns, self.shown).values())

    def _footer(self) -> tuple[list[str], int]:
        try:
            with parquet.ParquetFile(self.path) as file:
                return list(file.schema_arrow.names), int(file.metadata.num_rows)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, EOFError) as error:
            raise SourceError(
                f"{self.shown} is no Parquet file, or a part of it is missing: {str(error).splitlines()[0]}",
                next_step="copy the file again; nothing of it was loaded",
            ) from error
        except OSError as error:
            raise SourceError(
                f"{self.shown} cannot be read as Parquet: {str(error).splitlines()[0]}",
                next_step="copy the file again; nothing of it was loaded",
            ) from error
