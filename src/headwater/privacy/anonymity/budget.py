"""How much differentially private releases have told whom: spent before anything is shown, and never more than is declared.

Reads and writes `epsilon_spent` in the database of operational state, in turns. What was spent and never shown, as after a kill,
stays spent. Epsilon is counted in millionths, rounded up. What was released is kept, and shown again for nothing: it
tells nothing new.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from headwater.core.config import Anonymity
from headwater.core.errors import Refusal
from headwater.core.project import Project
from headwater.core.state import connect_state
from headwater.privacy.anonymity.noisy import Privately
from headwater.privacy.anonymity.turns import Turns, turn_table

_WHAT = "the record of releases"
_WHOLE = 1_000_000
_METADATA = sa.MetaData()
_SPENT = sa.Table(
    "epsilon_spent",
    _METADATA,
    sa.Column("release_id", sa.String(64), primary_key=True),
    sa.Column("recipient", sa.String(64), nullable=False),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Column("asked", sa.JSON, nullable=False),
    sa.Column("millionths", sa.BigInteger, nullable=False),
    sa.Column("delta", sa.Float, nullable=False),
    sa.Column("spent_at", sa.DateTime, nullable=False),
    sa.Column("counts", sa.JSON),
)
_TURN = turn_table("epsilon_turn", _METADATA)


@dataclass(frozen=True)
class Question:
    """What a release answers, to whom. `fingerprint`: changes when what is asked does; `asked`: what people call it."""

    recipient: str
    fingerprint: str
    asked: Mapping[str, str]
    privately: Privately


@dataclass(frozen=True)
class Spent:
    """What was spent on one question. `counts` None: it was never shown. `spent_at`: UTC, without zone."""

    release_id: str
    recipient: str
    asked: Mapping[str, str]
    epsilon: float
    delta: float
    spent_at: datetime
    counts: Mapping[str, int] | None


class Budget:
    """What may be told and was, in one project."""

    def __init__(self, engine: sa.Engine, declared: Anonymity) -> None:
        self._turns = Turns(engine, _WHAT, _METADATA, _TURN)
        self._declared = declared

    def spend(self, question: Question) -> str:
        """Spend what a question costs; gives the id of its release. It is spent for good when this returns.

        Raises:
            Refusal: no budget is declared, or not enough is left.
            StorageError: it could not be noted.
        """
        millionths = math.ceil(question.privately.epsilon * _WHOLE)
        release_id = f"release-{_now():%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
        with self._turns.take() as (connection, _):
            self._expect_enough(question.recipient, millionths, connection)
            values = {
                "release_id": release_id,
                "recipient": question.recipient,
                "question": question.fingerprint,
                "asked": dict(question.asked),
                "millionths": millionths,
                "delta": question.privately.delta,
                "spent_at": _now(),
            }
            connection.execute(_SPENT.insert().values(values))
        return release_id

    def keep(self, release_id: str, counts: Mapping[str, int]) -> Spent:
        """Keep what is going to be shown."""
        with self._turns.look() as connection:
            is_it = _SPENT.c.release_id == release_id
            connection.execute(_SPENT.update().where(is_it).values(counts=dict(counts)))
            return _read(connection.execute(sa.select(_SPENT).where(is_it)).mappings().one())

    def kept(self, question: Question) -> Spent | None:
        """The newest release that answers the same question to the same recipient."""
        found = sa.select(_SPENT).where(
            _SPENT.c.recipient == question.recipient, _SPENT.c.question == question.fingerprint
        )
        with self._turns.look() as connection:
            rows = connection.execute(found.order_by(_SPENT.c.spent_at.desc())).mappings()
            return next((_read(row) for row in rows if row["counts"] is not None), None)

    def all(self) -> list[Spent]:
        """All that was ever spent, oldest first."""
        order = (_SPENT.c.spent_at, _SPENT.c.release_id)
        with self._turns.look() as connection:
            return [_read(row) for row in connection.execute(sa.select(_SPENT).order_by(*order)).mappings()]

    def left(self, recipient: str) -> float:
        """How much may still be told a recipient now."""
        with self._turns.look() as connection:
            return max(0, self._left(recipient, connection)) / _WHOLE

    def _expect_enough(self, recipient: str, millionths: int, connection: sa.Connection) -> None:
        if self._declared.epsilon is None:
            raise Refusal(
                "no budget is declared for differentially private releases",
                next_step="declare `anonymity: {epsilon: 1}` in headwater.yaml",
            )
        left = max(0, self._left(recipient, connection))
        if millionths > left:
            raise Refusal(
                f"{millionths / _WHOLE:g} is asked for, and of what may be told '{recipient}' within "
                f"{self._declared.days} days {left / _WHOLE:g} is left",
                next_step="ask with a smaller epsilon, or wait; `headwater privacy budget` shows what was spent when",
            )

    def _left(self, recipient: str, connection: sa.Connection) -> int:
        """In millionths, of the recipient's and of all recipients' the less."""
        declared = self._declared
        own = _millionths(declared.epsilon or 0) - self._sum(connection, _SPENT.c.recipient == recipient)
        if declared.epsilon_of_all is None:
            return own
        return min(own, _millionths(declared.epsilon_of_all) - self._sum(connection))

    def _sum(self, connection: sa.Connection, *of: sa.ColumnElement[bool]) -> int:
        since = _now() - timedelta(days=self._declared.days)
        found = sa.select(sa.func.sum(_SPENT.c.millionths)).where(_SPENT.c.spent_at > since, *of)
        return int(connection.execute(found).scalar() or 0)


@contextmanager
def open_budget(project: Project) -> Iterator[Budget]:
    """The project's budget.

    Raises:
        StorageError: its database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield Budget(engine, project.config.anonymity)
    finally:
        engine.dispose()


def _millionths(epsilon: float) -> int:
    return round(epsilon * _WHOLE)


def _read(row: sa.RowMapping) -> Spent:
    return Spent(
        row["release_id"],
        row["recipient"],
        row["asked"],
        row["millionths"] / _WHOLE,
        row["delta"],
        row["spent_at"],
        row["counts"],
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
