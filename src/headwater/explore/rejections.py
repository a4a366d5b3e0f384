"""What was refused and why: grouped, and one row whole.

Reads the table `rejected_events`: what runs have brought there. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from headwater.core.errors import UserError
from headwater.engine.query import DIALECT, literal
from headwater.engine.sealing import OPEN
from headwater.privacy.shown import Harmless, Written
from headwater.tables.rejection import Reason
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Group:
    """Refused rows of one source, for one reason, with one thing wrong.

    Attributes:
        detail: the field and what is wrong with it.
        n: how many rows; `n_kept`: of how many the row itself is kept.
        object, line: where the latest of those stands, for `rejected show`; None: none is kept.
        advice: what to do about the reason.
    """

    source: Harmless
    reason: Harmless
    detail: Harmless
    n: int
    n_kept: int
    first_at: datetime
    last_at: datetime
    object: Harmless | None
    line: int | None
    advice: Harmless


@dataclass(frozen=True)
class Rejection:
    """One refused row whole; `raw`: as it came, or what was made of it; `n_rows`: how many rows it stands for."""

    source: Harmless
    object: Harmless
    line: int
    n_rows: int
    reason: Harmless
    meaning: Harmless
    advice: Harmless
    detail: Harmless
    raw: Written | None
    loaded_at: datetime


@dataclass(frozen=True)
class Which:
    """Which refused rows; what is left out is not asked for."""

    source: str = ""
    reason: str = ""


def groups(workspace: Workspace, which: Which | None = None) -> tuple[Group, ...]:
    """Refused rows by source, reason and detail; the most frequent first.

    Raises:
        UserError: there is no such reason.
    """
    rows = workspace.engine.table(
        "SELECT source, reason, detail, sum(n_rows)::BIGINT AS n, count(raw) FILTER (WHERE n_rows = 1) AS n_kept, "
        "min(loaded_at) AS first_at, max(loaded_at) AS last_at, "
        "arg_max(object, (loaded_at, line)) FILTER (WHERE n_rows = 1) AS object, "
        "arg_max(line, (loaded_at, line)) FILTER (WHERE n_rows = 1) AS line "
        f"FROM rejected_events WHERE {_condition(which or Which())} "
        "GROUP BY source, reason, detail ORDER BY n DESC, source, reason, detail"
    )
    return tuple(Group(**row, advice=_reason(row["reason"]).advice) for row in rows.to_pylist())


def one(source: str, line: int, workspace: Workspace, object_: str = "") -> Rejection:
    """The row that stood there, as it was refused last.

    Raises:
        UserError: none was refused there.
    """
    at = f"source = {_sql(source)} AND line = {int(line)}" + (
        f" AND object = {_sql(object_)}" if object_ else ""
    )
    rows = workspace.engine.table(
        f"SELECT source, object, line, n_rows, reason, detail, {OPEN}('rejected_events.raw', raw) AS raw, loaded_at "
        f"FROM rejected_events WHERE {at} ORDER BY loaded_at DESC, object, reason LIMIT 1"
    ).to_pylist()
    if not rows:
        raise UserError(
            f"nothing of {source} was refused at {line}",
            next_step="`headwater rejected list` says where something was",
        )
    reason = _reason(rows[0]["reason"])
    return Rejection(**rows[0], meaning=reason.meaning, advice=reason.advice)


def _condition(which: Which) -> str:
    """SQL of which rows.

    Raises:
        UserError: there is no such reason.
    """
    if which.reason and which.reason not in [each.value for each in Reason]:
        raise UserError(f"there is no reason '{which.reason}'", next_step=f"one of {', '.join(Reason)}")
    said = [f"{name} = {_sql(value)}" for name, value in vars(which).items() if value]
    return " AND ".join(said) or "TRUE"


def _reason(value: str) -> Reason:
    return Reason(value)  # type: ignore[call-arg]


def _sql(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
