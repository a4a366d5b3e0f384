"""The newest events of the tables, for where nothing comes live: when, where from and what, of nobody.

Reads `events`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from headwater.access.roles import Action
from headwater.console.desk.question import Given, Question

N_NEWEST = 50


@dataclass(frozen=True)
class InTable:
    """An event of the tables; `event_id`: by which it is asked for, and shown to nobody."""

    source: str
    event_id: str
    event: str
    occurred_at: datetime
    loaded_at: datetime


def _newest(given: Given) -> tuple[InTable, ...]:
    rows = given.workspace.engine.table(
        "SELECT source, event_id, event, occurred_at, loaded_at FROM events "
        f"ORDER BY loaded_at DESC, occurred_at DESC, event_id LIMIT {N_NEWEST}"
    ).to_pylist()
    return tuple(InTable(**row) for row in rows)


NEWEST = Question("console newest events", Action.SEE_COUNTS, _newest)
