"""How what comes keeps to the tracking plan: which event breaks it how, how often, and an example of that.

Reads the plans, what the stream has noted of events as clients told them (`live/drift.json`), the log of outcomes, and
`rejected_events`. What was noted holds names, types and counts, never a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from headwater.access.roles import Action
from headwater.collect.tracking_plan.drift import MOST_CHARACTERS, Account, SeenEvent, from_json
from headwater.collect.tracking_plan.plan import Plan
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.console.sources.parting import event_in, refused_payload
from headwater.console.sources.payload import Payload, Wrong
from headwater.core.errors import UserError
from headwater.engine.query import DIALECT, literal
from headwater.engine.sealing import OPEN
from headwater.tables.rejection import Reason

IN_NO_PLAN = "the event is in no plan"
MOST_OPENED = 2_000  # rows that an example is looked for in


@dataclass(frozen=True)
class Broken:
    """One thing in which an event does not follow the plan.

    Attributes:
        path: where, like properties.revenue; empty: the event itself.
        n: how often, of `n_events` that came.
    """

    source: str
    event: str
    path: str
    says: str
    n: int
    n_events: int
    last_at: datetime

    @property
    def share(self) -> float:
        """Of how many of its events."""
        return min(1.0, self.n / self.n_events) if self.n_events else 0.0

    @property
    def words(self) -> str:
        """The same as the log has it."""
        return f"{self.path}: {self.says}" if self.path else self.says

    def is_in(self, source: str, event: str, said: Iterable[str]) -> bool:
        """Whether an event of which that was said breaks the plan so."""
        is_same = source == self.source and event[:MOST_CHARACTERS] == self.event
        return is_same and any(self.words in each for each in said)


@dataclass(frozen=True)
class PlannedEvent:
    """An event of the plan. `n`: how often it came; `n_broken`: the most often that one thing of it was broken."""

    event: str
    file: str
    description: str
    owner: str
    n: int
    n_broken: int
    last_at: datetime | None


@dataclass(frozen=True)
class Keeping:
    """How the tracking plan is kept to.

    Attributes:
        quarantining: the collectors that keep aside what does not follow.
        n_more: sightings beyond what is counted one by one.
    """

    broken: tuple[Broken, ...]
    planned: tuple[PlannedEvent, ...]
    n_events: int
    quarantining: tuple[str, ...]
    n_more: int


def _keeping(given: Given) -> Keeping:
    account = _account(given)
    seen = [
        (source, name, each) for source, events in account.events.items() for name, each in events.items()
    ]
    broken = [one for source, name, each in seen for one in _broken(source, name, each)]
    plans = sorted(given.definitions.plans.values(), key=lambda each: each.said.event)
    return Keeping(
        tuple(sorted(broken, key=lambda each: (-each.n, each.event, each.path))),
        tuple(_planned(each, seen) for each in plans),
        sum(each.count for _, _, each in seen),
        tuple(
            sorted(
                name for name, each in given.definitions.collectors.items() if each.said.plan == "quarantine"
            )
        ),
        account.n_more + sum(each.n_more for _, _, each in seen),
    )


def _account(given: Given) -> Account:
    path = given.project.path("live", "drift.json")
    try:
        return from_json(path.read_bytes())
    except (OSError, ValueError):  # nothing came yet, or it is being written
        return Account()


def _broken(source: str, name: str, seen: SeenEvent) -> Iterator[Broken]:
    if seen.n_unplanned:
        yield Broken(source, name, "", IN_NO_PLAN, seen.n_unplanned, seen.count, _at(seen.last_at))
    for words, n in seen.mistakes.items():
        path, colon, says = words.partition(": ")
        where, what = (path, says) if colon else ("", words)
        yield Broken(source, name, where, what, n, seen.count, _at(seen.last_at))


def _planned(plan: Plan, seen: Iterable[tuple[str, str, SeenEvent]]) -> PlannedEvent:
    own = [each for _, name, each in seen if name == plan.said.event]
    return PlannedEvent(
        plan.said.event,
        plan.document.file,
        plan.said.description,
        plan.said.owner,
        sum(each.count for each in own),
        sum(max(each.mistakes.values(), default=0) for each in own),
        max((_at(each.last_at) for each in own), default=None),
    )


def _at(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _example(given: Given, source: str, event: str, words: str) -> Payload:
    """The newest refused event that breaks the plan so.

    Raises:
        UserError: none is kept: the collector takes such events in, or it is too long ago.
    """
    where = f"source = {literal(source).sql(DIALECT)} AND contains(detail, {literal(words).sql(DIALECT)})"
    rows = given.workspace.engine.table(
        f"SELECT line, object, detail, loaded_at, {OPEN}('rejected_events.raw', raw) AS raw FROM ("
        f"SELECT * FROM rejected_events WHERE reason = {literal(Reason.AGAINST_PLAN.value).sql(DIALECT)} AND {where} "
        f"ORDER BY loaded_at DESC, line DESC LIMIT {MOST_OPENED})"
    ).to_pylist()
    for row in rows:
        found = event_in(row["raw"] or "")
        if found and event in (found.get("name"), found.get("kind")):
            wrong = Wrong.of(Reason.AGAINST_PLAN.value, row["detail"], f"{row['object']}, line {row['line']}")
            return masked(refused_payload(given, source, row["raw"], wrong, row["loaded_at"]), given)
    raise UserError(
        "no example is kept: events are kept aside only where the collector says `plan: quarantine`",
        next_step="see Live events for those that come now, with Show: refused or off plan",
    )


def _about(source: str, *_: object) -> tuple[str, ...]:
    return (source,)


KEEPING = Question("console tracking plan", Action.SEE_COUNTS, _keeping, seconds=10.0)
EXAMPLE = Question(
    "console tracking plan example",
    Action.SEE_PEOPLE,
    _example,
    seconds=0.0,
    about=_about,
    counts=lambda _: {"seen": 1},
)
