"""What was refused, as pages show it: grouped by what is wrong, by reason, source or event; and the newest rows of a group.

Reads `rejected_events` and the definitions. What a row says is not told here: `events_asked` shows one, to who may see it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from headwater.access.roles import Action
from headwater.collect.enriching.personal_data import without_personal_data
from headwater.console.desk.question import Given, Question
from headwater.console.sources.parting import event_in
from headwater.engine.query import DIALECT, literal
from headwater.engine.sealing import OPEN
from headwater.explore.rejections import Group, Which, groups
from headwater.tables.rejection import Reason

N_ROWS = 20
MOST_OPENED = 10_000  # rows whose event is looked for


class By(StrEnum):
    """What refused rows are grouped by."""

    WRONG = "wrong"
    REASON = "reason"
    SOURCE = "source"
    EVENT = "event"


@dataclass(frozen=True)
class Rejected:
    """What was refused.

    Attributes:
        groups: by source, reason and what is wrong, the most frequent first.
        sources, reasons: that there are.
        live: the sources whose events can be repaired: those that come by themselves.
    """

    groups: tuple[Group, ...]
    sources: tuple[str, ...]
    reasons: tuple[str, ...]
    live: frozenset[str]

    @property
    def n(self) -> int:
        """How many rows and events were refused, of those that are kept."""
        return sum(each.n for each in self.groups)


@dataclass(frozen=True)
class OfEvent:
    """Refused events of one name."""

    source: str
    event: str
    reason: str
    n: int


@dataclass(frozen=True)
class Row:
    """A refused row, of nobody. `n_rows`: how many it stands for; `is_kept`: whether it can be looked at."""

    source: str
    object: str
    line: int
    n_rows: int
    is_kept: bool
    loaded_at: datetime


def _rejected(given: Given, source: str, reason: str) -> Rejected:
    """What was refused, of a source and for a reason; empty: of all.

    Raises:
        UserError: there is no such reason.
    """
    all_ = groups(given.workspace, Which(source=source, reason=reason))
    told = all_ if not source and not reason else groups(given.workspace)
    return Rejected(
        all_,
        tuple(sorted({each.source for each in told})),
        tuple(sorted({each.reason for each in told})),
        frozenset(given.definitions.collectors),
    )


def _by_event(given: Given, source: str, reason: str) -> tuple[OfEvent, ...]:
    """Refused rows by the event that they would have been: of the newest of them."""
    rows = given.workspace.engine.table(
        f"SELECT source, reason, n_rows, {OPEN}('rejected_events.raw', raw) AS raw FROM ("
        f"SELECT * FROM rejected_events WHERE {_condition(source, reason)} "
        f"ORDER BY loaded_at DESC, source, object, line LIMIT {MOST_OPENED})"
    ).to_pylist()
    declared = {
        name: each.value.event.name
        for name, each in given.definitions.sources.items()
        if each.value.event is not None
    }
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        event = _event_of(row["raw"]) or declared.get(row["source"], "")
        counted[row["source"], event, row["reason"]] += row["n_rows"]
    return tuple(OfEvent(*key, n) for key, n in sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _event_of(raw: str | None) -> str:
    found = event_in(raw or "")
    return without_personal_data(str(found.get("name") or found.get("kind"))) if found else ""


def _rows(given: Given, source: str, reason: str, detail: str) -> tuple[Row, ...]:
    """The newest rows of a group."""
    rows = given.workspace.engine.table(
        "SELECT source, object, line, n_rows, raw IS NOT NULL AND n_rows = 1 AS is_kept, loaded_at FROM rejected_events "
        f"WHERE {_condition(source, reason)} AND detail = {literal(detail).sql(DIALECT)} "
        f"ORDER BY loaded_at DESC, object, line DESC LIMIT {N_ROWS}"
    ).to_pylist()
    return tuple(Row(**row) for row in rows)


def _condition(source: str, reason: str) -> str:
    said = [
        f"{name} = {literal(value).sql(DIALECT)}"
        for name, value in (("source", source), ("reason", reason))
        if value
    ]
    return " AND ".join(said) or "TRUE"


def advice_of(reason: str) -> str:
    """What to do about a reason."""
    return next((each.advice for each in Reason if each.value == reason), "")


REJECTED = Question("console rejected", Action.SEE_COUNTS, _rejected)
BY_EVENT = Question("console rejected by event", Action.SEE_COUNTS, _by_event)
ROWS = Question("console rejected rows", Action.SEE_COUNTS, _rows)
