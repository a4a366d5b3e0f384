"""The database of operational state: as many as like may open it at once, the very first of them, too."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from headwater.core.project import open_project
from headwater.core.state import connect_state


@contextmanager
def written_by_another(file: Path) -> Iterator[threading.Timer]:
    """A new file that another is about to write, and lets go of soon."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.2, other.execute, ["ROLLBACK"])
    try:
        yield ending
    finally:
        ending.join()
        other.close()


def test_who_opens_it_first_waits_for_another_who_does_so(tmp_path: Path) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    database = connect_state(open_project(tmp_path), "a test")
    with written_by_another(tmp_path / "state" / "headwater.db") as ending:
        ending.start()
        with database.connect() as connection:
            assert connection.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.dispose()
