"""How privacy stands in a project, as pages show it: consent by purpose, labels, retention, what the gate refuses, the audit log.

Reads what `privacy check`, `privacy retain` and `audit` read. Counts are given as whoever asks may see them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from headwater.access.audit.entry import Entry
from headwater.access.audit.log import Wanted, open_audit
from headwater.access.audit.verify import Verified, verify
from headwater.access.roles import Action
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.engine.bitmaps import Ids
from headwater.flow.answering.retain import foresee_retention
from headwater.flow.destination_check import DestinationCheck, check_destination
from headwater.flow.privacy import Privacy, RefusedSignals
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.consent import Standing, standings
from headwater.privacy.labels import Label
from headwater.tables.table import all_tables
from headwater.tables.workspace import Workspace

WAIT_SECONDS = 30.0
_STANDINGS = (Standing.GRANTED, Standing.DENIED, Standing.LAPSED, Standing.ABSENT)


@dataclass(frozen=True)
class Coverage:
    """How many profiles stand where on a purpose; None: too few to show. `share_usable`: of all that may be used for it."""

    purpose: str
    description: str
    lawful_basis: str
    ccpa: tuple[str, ...]
    lasts_days: int | None
    n_granted: int | None
    n_denied: int | None
    n_lapsed: int | None
    n_absent: int | None
    share_usable: float


@dataclass(frozen=True)
class Labelled:
    """A label of data use, and which traits and audiences of the project carry it."""

    label: str
    meaning: str
    traits: tuple[str, ...]
    audiences: tuple[str, ...]


@dataclass(frozen=True)
class Consents:
    """Purposes and labels; `least`: the floor below which counts are not shown to who asks."""

    purposes: tuple[Coverage, ...]
    labels: tuple[Labelled, ...]
    refused_signals: tuple[RefusedSignals, ...]
    least: int | None


@dataclass(frozen=True)
class Kept:
    """How long a table is kept, and how many of its rows are kept too long."""

    table: str
    meaning: str
    period: str
    n_old: int


@dataclass(frozen=True)
class Retention:
    """How long data is kept.

    Attributes:
        is_declared: the project says that it lets go of what is old.
        is_counted: it was counted what is kept too long: for who answers privacy requests.
    """

    is_declared: bool
    is_counted: bool
    tables: tuple[Kept, ...]
    by_source: Mapping[str, str]
    by_purpose: Mapping[str, str]


@dataclass(frozen=True)
class Gate:
    """What a destination could receive, and how many people are left out for which reason, over all audiences."""

    check: DestinationCheck
    reasons: tuple[tuple[str, int | None], ...]
    least: int | None


def _consents(given: Given) -> Consents:
    """Where people stand on every purpose, and which labels are in use."""
    workspace = given.workspace
    profile_ids = _profiles(workspace)
    with given.counting() as counting:
        purposes = tuple(
            _coverage(name, profile_ids, given, counting) for name in given.project.config.purposes
        )
    return Consents(
        purposes, tuple(_labels(given)), tuple(Privacy(given.project).refused_signals()), _least(given)
    )


def _profiles(workspace: Workspace) -> Ids:
    found = workspace.engine.table("SELECT profile_id FROM profiles ORDER BY profile_id")
    return np.asarray(found.column("profile_id").to_numpy(), dtype=np.int64)


def _coverage(name: str, profile_ids: Ids, given: Given, counting: Counting) -> Coverage:
    purpose = given.project.config.purposes[name]
    found = Counter(standings(given.workspace, name, profile_ids).tolist())
    granted, denied, lapsed, absent = (
        counting.number(found[standing], f"console consent {name}") for standing in _STANDINGS
    )
    usable = granted if purpose.lawful_basis == "consent" else _sum(granted, lapsed, absent)
    share = min(1.0, (usable or 0) / len(profile_ids)) if len(profile_ids) else 0.0
    return Coverage(
        name,
        purpose.description,
        purpose.lawful_basis,
        tuple(purpose.ccpa),
        purpose.lasts_days,
        granted,
        denied,
        lapsed,
        absent,
        share,
    )


def _sum(*counts: int | None) -> int:
    return sum(each or 0 for each in counts)


def _labels(given: Given) -> list[Labelled]:
    lineage = given.definitions.lineage
    return [
        Labelled(
            label.value,
            label.meaning,
            tuple(sorted(name for name, held in lineage.labels_of_traits.items() if label in held)),
            tuple(sorted(name for name, held in lineage.labels_of_audiences.items() if label in held)),
        )
        for label in Label
    ]


def _retention(given: Given) -> Retention:
    """How long what is kept, and what is kept too long."""
    said = given.project.config.retention
    is_counted = said is not None and given.caller.may(ASKED)
    old = foresee_retention(given.workspace) if is_counted else {}
    tables = tuple(
        Kept(
            table.name,
            table.meaning,
            str((said and getattr(said, table.name, None)) or _days(table.retention_days)),
            old.get(table.name, 0),
        )
        for table in all_tables().values()
        if table.retention_days or old.get(table.name) or (said and getattr(said, table.name, None))
    )
    return Retention(
        said is not None,
        is_counted,
        tables,
        dict(said.sources) if said else {},
        dict(said.purposes) if said else {},
    )


def _days(days: int | None) -> str:
    return f"{days:,} days" if days else "as long as the project"


def _retain(given: Given) -> dict[str, int]:
    """Let go of what is kept too long; gives how many rows of which table went."""
    return Privacy(given.project, wait_seconds=WAIT_SECONDS).retain()


def _destinations(given: Given) -> tuple[str, ...]:
    """Every destination by name."""
    return tuple(sorted(given.definitions.destinations))


def _gate(given: Given, destination: str) -> Gate:
    """What a destination could receive of the audiences that go there.

    Raises:
        NotFoundError: there is no such destination. ProjectError: its file is not sound.
    """
    found = check_destination(given.workspace, destination)
    sums: dict[str, int] = {}
    for audience in found.audiences:
        for reason, n in audience.left_out.items():
            sums[reason] = sums.get(reason, 0) + n
    with given.counting() as counting:
        reasons = [
            (reason, counting.number(n, f"console gate {destination} {reason}"))
            for reason, n in sorted(sums.items(), key=lambda each: (-each[1], each[0]))
        ]
    if not given.sees_small_counts:
        reasons.sort()
    return Gate(masked(found, given), tuple(reasons), _least(given))


def _entries(given: Given, who: str, action: str, since: datetime | None, most: int) -> tuple[Entry, ...]:
    """Who did what, when, and how it ended; newest first. What is empty is not asked for."""
    wanted = Wanted(since, who or None, Action(action) if action else None, most)
    with open_audit(given.project) as audit:
        return masked(tuple(audit.entries(wanted)), given, tuple[Entry, ...])


def _verify(given: Given) -> Verified:
    """Whether the audit log is as it was written."""
    with open_audit(given.project) as audit:
        return verify(audit)


def _least(given: Given) -> int | None:
    return None if given.sees_small_counts else given.project.config.anonymity.least


COUNTS, ASKED, AUDIT = Action.SEE_COUNTS, Action.PRIVACY_REQUESTS, Action.SEE_AUDIT
CONSENTS = Question("console consents", COUNTS, _consents)
RETENTION = Question("console retention", COUNTS, _retention)
RETAIN = Question(
    "console privacy retain", ASKED, _retain, seconds=0.0, counts=lambda rows: {"removed": sum(rows.values())}
)
DESTINATIONS = Question("console destination names", COUNTS, _destinations)
GATE = Question("console privacy check", COUNTS, _gate)
ENTRIES = Question("console audit", AUDIT, _entries, seconds=0.0)
VERIFY_AUDIT = Question("console audit verify", AUDIT, _verify, seconds=0.0)
