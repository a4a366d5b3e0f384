"""Of whom nothing may be used, as who decides something about people reads it: a file of blind indexes beside live profiles.

    live/restricted.json    a JSON list of blind indexes

The truth is `restrictions` in the database of operational state, which the edge does not know; the file is written whenever that
changes, and with every full run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from headwater.core.errors import StorageError
from headwater.core.sealing.seals import Seals
from headwater.engine.lake import write_atomically
from headwater.live.state import Node
from headwater.live.store import Safe

NAME = "restricted.json"


def write_restricted(live: Path, indexes: Collection[str]) -> None:
    """Write who is restricted into the folder of what is live, if anybody is or was."""
    path = live / NAME
    if indexes or path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(sorted(indexes)).encode())


class Restricted:
    """Who is restricted, as of the last look."""

    def __init__(self, live: Path, seals: Seals) -> None:
        self._path = live / NAME
        self._index_of = Safe(seals).index_of
        self._looked = (-1, -1)
        self._indexes: frozenset[str] = frozenset()

    def refresh(self) -> None:
        """Look at the file again, if it is another one.

        Raises:
            StorageError: it is there and cannot be read: then nobody can be told to be free.
        """
        try:
            stat = self._path.stat()
            if (stat.st_ino, stat.st_mtime_ns) == self._looked:
                return
            self._indexes = frozenset(json.loads(self._path.read_bytes()))
            self._looked = (stat.st_ino, stat.st_mtime_ns)
        except FileNotFoundError:
            self._indexes, self._looked = frozenset(), (-1, -1)
        except (OSError, ValueError) as error:
            raise StorageError(
                f"live/{NAME} cannot be read", next_step="`headwater run` writes it anew"
            ) from error

    def has(self, nodes: Iterable[Node]) -> bool:
        """Whether any of these identifiers is restricted."""
        return bool(self._indexes) and any(self._index_of(node) in self._indexes for node in nodes)
