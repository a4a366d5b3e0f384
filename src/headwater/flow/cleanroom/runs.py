"""Which overlaps were counted: so that no agreement is used more often than it says, nor to find out about one person.

Reads and writes `cleanroom_runs` in the database of operational state, in turns. Who took part stands there as a sketch
(`privacy.anonymity.sketch`), which names nobody. The key of a run under way is sealed, and gone when it has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa

from headwater.core.errors import NotFoundError, Refusal
from headwater.core.project import Project
from headwater.core.sealing.seals import Place, Seals
from headwater.core.state import connect_state
from headwater.flow.agreements import Agreement
from headwater.privacy.anonymity.counts import NEAR
from headwater.privacy.anonymity.sketch import Sketch, distances
from headwater.privacy.anonymity.turns import Turns, turn_table

_WHAT = "the record of clean rooms"
_KEY = Place("cleanroom_runs", "key")
_METADATA = sa.MetaData()
_RUNS = sa.Table(
    "cleanroom_runs",
    _METADATA,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("agreement", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("sketch", sa.LargeBinary, nullable=False),
    sa.Column("key", sa.Text),
    sa.Column("begun_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("n_shared", sa.BigInteger),
)
_TURN = turn_table("cleanroom_turn", _METADATA)


@dataclass(frozen=True)
class Run:
    """One time that an overlap was, or is to be, counted.

    Attributes:
        kind: request, where this side asked; answer, where it answered.
        n: identifiers of this side.
        key: what the answer is opened with, until it was.
        n_shared: what came of it; None: below the floor, or nothing yet.
    """

    run_id: str
    agreement: str
    kind: str
    n: int
    key: bytes | None
    begun_at: datetime
    ended_at: datetime | None
    n_shared: int | None


class Runs:
    """Those of one project."""

    def __init__(self, engine: sa.Engine, seals: Seals) -> None:
        self._turns = Turns(engine, _WHAT, _METADATA, _TURN)
        self._seals = seals

    def begin(self, run: Run, taking_part: Sketch, agreement: Agreement) -> None:
        """Note a run before anything of it leaves.

        Raises:
            Refusal: the agreement is over or used up; this run was answered before; or those who take part are nearly those of
                another run.
        """
        with self._turns.take() as (connection, _):
            rows = list(
                connection.execute(sa.select(_RUNS).where(_RUNS.c.agreement == run.agreement)).mappings()
            )
            _expect_in_force(agreement, len(rows))
            if any(row["run_id"] == run.run_id for row in rows):
                raise Refusal("this run was answered before", next_step="have the partner begin a new one")
            _expect_apart(taking_part, [row["sketch"] for row in rows], agreement)
            key = None if run.key is None else self._seals.seal_text(run.key.hex(), _KEY)
            values = {**vars(run), "key": key, "sketch": taking_part.tobytes()}
            connection.execute(_RUNS.insert().values(values))

    def end(self, run: Run, n_shared: int | None) -> None:
        """Note what came of a run, and forget its key."""
        values = {"ended_at": now(), "n_shared": n_shared, "key": None}
        is_it = (_RUNS.c.run_id == run.run_id) & (_RUNS.c.agreement == run.agreement)
        with self._turns.look() as connection:
            connection.execute(_RUNS.update().where(is_it).values(values))

    def asked(self, run_id: str, agreement: Agreement) -> Run:
        """A run that this side began.

        Raises:
            NotFoundError: it did not.
        """
        began = {run.run_id: run for run in self.all() if run.kind == "request"}
        found = began.get(run_id)
        if found is None or found.agreement != agreement.name:
            raise NotFoundError("run", run_id, list(began), next_step="see `headwater cleanroom runs`")
        return found

    def all(self) -> list[Run]:
        """Every run, oldest first."""
        order = (_RUNS.c.begun_at, _RUNS.c.run_id)
        with self._turns.look() as connection:
            rows = connection.execute(sa.select(_RUNS).order_by(*order)).mappings().all()
        return [self._run(row) for row in rows]

    def _run(self, row: sa.RowMapping) -> Run:
        opened = None if row["key"] is None else self._seals.open_text(row["key"], _KEY)
        key = None if opened is None else bytes.fromhex(opened)
        names = ("run_id", "agreement", "kind", "n", "begun_at", "ended_at", "n_shared")
        return Run(**{name: row[name] for name in names}, key=key)


@contextmanager
def open_runs(project: Project, seals: Seals) -> Iterator[Runs]:
    """The project's runs.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield Runs(engine, seals)
    finally:
        engine.dispose()


def now() -> datetime:
    """The present: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _expect_in_force(agreement: Agreement, n_runs: int) -> None:
    said, file = agreement.said, agreement.document.file
    if now().date() > said.until:
        raise Refusal(
            f"the agreement with {said.partner} ended on {said.until}",
            next_step=f"agree anew, and change {file}",
        )
    if n_runs >= said.runs:
        raise Refusal(
            f"the agreement with {said.partner} allows {said.runs} runs, and so many there were",
            next_step=f"agree on more, and change `runs` in {file} at both",
        )


def _expect_apart(taking_part: Sketch, others: list[bytes], agreement: Agreement) -> None:
    """See that those who take part are the same as in another run, or differ by more than a few."""
    if not others:
        return
    apart = distances(taking_part, np.stack([np.frombuffer(each, dtype=np.int32) for each in others]))
    if ((apart > 0) & (apart < NEAR * agreement.said.floor)).any():
        raise Refusal(
            "those who would take part differ by only a few from those of another run: two results would tell of these few",
            next_step=f"wait until more have changed (the floor is {agreement.said.floor}), or take another audience",
        )
