"""Which counts were shown: so that sets near each other are answered alike, and nobody asks without end.

Reads and writes `counts_shown` in the database of operational state, in turns. Of a set of people a sketch stands there, and
nobody. What was shown counts for `DAYS`, and is removed after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from headwater.core.errors import Refusal
from headwater.core.project import Project
from headwater.core.state import connect_state
from headwater.privacy.anonymity.sketch import Sketch
from headwater.privacy.anonymity.turns import Turns, turn_table

WHAT = "the record of shown counts"
DAYS = 90
MOST_A_DAY = 1000
_METADATA = sa.MetaData()
_SHOWN = sa.Table(
    "counts_shown",
    _METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("sketch", sa.LargeBinary),
    sa.Column("shown", sa.BigInteger, nullable=False),
    sa.Column("caller", sa.String(200), nullable=False),
    sa.Column("shown_at", sa.DateTime, nullable=False),
)
_TURN = turn_table("counts_turn", _METADATA)


@dataclass(frozen=True, eq=False)
class Shown:
    """What was shown: in which place, of which count or which set."""

    number: int
    place: str
    n: int
    sketch: Sketch | None
    shown: int


class Turn:
    """What one may do while nobody else shows a count."""

    def __init__(self, connection: sa.Connection, number: int, read: dict[str, list[Shown]]) -> None:
        self._connection = connection
        self._number = number
        self._read = read

    def known(self, place: str) -> list[Shown]:
        """What was shown in a place, oldest first; what was read before is not read again."""
        known = self._read.setdefault(place, [])
        last = known[-1].number if known else 0
        found = sa.select(_SHOWN).where(_SHOWN.c.place == place, _SHOWN.c.number > last)
        rows = self._connection.execute(found.order_by(_SHOWN.c.number)).mappings()
        known.extend(_read(row) for row in rows)
        return known

    def note(self, place: str, n: int, sketch: Sketch | None, shown: int, caller: str) -> int:
        """Note what is going to be shown; gives it.

        Raises:
            Refusal: this caller has had too many different answers today.
        """
        now = _now()
        self._expect_few(caller, now)
        values = {
            "number": self._number,
            "place": place,
            "n": n,
            "sketch": None if sketch is None else sketch.tobytes(),
            "shown": shown,
            "caller": caller,
            "shown_at": now,
        }
        self._connection.execute(_SHOWN.insert().values(values))
        return shown

    def _expect_few(self, caller: str, now: datetime) -> None:
        lately = (_SHOWN.c.caller == caller) & (_SHOWN.c.shown_at > now - timedelta(days=1))
        n = self._connection.execute(sa.select(sa.func.count()).select_from(_SHOWN).where(lately)).scalar()
        if (n or 0) >= MOST_A_DAY:
            raise Refusal(
                f"{MOST_A_DAY:,} different counts were shown to you within a day; of so many together people can be told",
                next_step="ask again tomorrow, or ask somebody who may see small counts; "
                "what was shown before can still be asked for",
            )


class Ledger:
    """What was shown in one project; open for as long as one answer takes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._turns = Turns(engine, WHAT, _METADATA, _TURN)
        self._read: dict[str, list[Shown]] = {}

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """While nobody else shows a count; what is noted is on the disk afterwards.

        Raises:
            StorageError: it could not be noted.
        """
        with self._turns.take() as (connection, number):
            connection.execute(_SHOWN.delete().where(_SHOWN.c.shown_at < _now() - timedelta(days=DAYS)))
            yield Turn(connection, number, self._read)


@contextmanager
def connected(project: Project) -> Iterator[Ledger]:
    """What was shown in a project.

    Raises:
        StorageError: its database cannot be reached, read or written.
    """
    engine = connect_state(project, WHAT)
    try:
        yield Ledger(engine)
    finally:
        engine.dispose()


def _read(row: sa.RowMapping) -> Shown:
    made = None if row["sketch"] is None else np.frombuffer(row["sketch"], dtype=np.int32)
    return Shown(row["number"], row["place"], row["n"], made, row["shown"])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
