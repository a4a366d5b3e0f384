"""How a project is, at a glance: what came in, what was rejected and why, how fresh tables are, who moved, what was delivered.

Reads the tables, the times at which they last changed, and the ledger of deliveries. Writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from headwater.access.roles import Action
from headwater.activate.ledger import open_ledger
from headwater.activate.records import Ending
from headwater.console.desk.question import Given, Question
from headwater.engine.bitmaps import Ids
from headwater.flow.summary import list_sources
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.consent import Standing, standings
from headwater.tables.workspace import Workspace

STAGES = (
    ("Events", "events"), ("Identities", "identity_map"), ("Profiles", "profiles"), ("Traits", "traits"),
    ("Audiences", "memberships"),
)  # fmt: skip
MOST_MOVED, MOST_DELIVERIES, MOST_REASONS = 6, 6, 6


@dataclass(frozen=True)
class Source:
    """What came from a source, ever."""

    source: str
    n_received: int
    n_accepted: int
    n_rejected: int
    loaded_at: datetime | None


@dataclass(frozen=True)
class Moved:
    """An audience and how it moved at its last refresh that changed it; None: too few to show."""

    audience: str
    size: int | None
    n_entered: int | None
    n_left: int | None
    refreshed_at: datetime


@dataclass(frozen=True)
class Sent:
    """A delivery, newest first."""

    audience: str
    destination: str
    status: Ending
    n_added: int | None
    n_removed: int | None
    started_at: datetime
    detail: str


@dataclass(frozen=True)
class Consent:
    """How many people agreed to a purpose, declined it, or said nothing that counts; None: too few to show."""

    purpose: str
    n_granted: int | None
    n_denied: int | None
    n_open: int | None
    share_granted: float


@dataclass(frozen=True)
class Health:
    """A project at a glance. Instants are UTC, without zone; `now`: the project's, which may stand still.

    Attributes:
        least: the floor below which counts of people are not shown to who asks; None: they are.
        rejected: rows and events by reason.
        stages: when what each stage writes last changed.
    """

    n_profiles: int | None
    n_events: int
    n_audiences: int
    first_event_at: datetime | None
    last_event_at: datetime | None
    least: int | None
    sources: tuple[Source, ...]
    rejected: tuple[tuple[str, str, int], ...]
    stages: tuple[tuple[str, datetime | None], ...]
    moved: tuple[Moved, ...]
    consents: tuple[Consent, ...]
    n_sources_declared: int
    n_destinations: int
    now: datetime


def _health(given: Given) -> Health:
    """How the project is."""
    workspace, definitions = given.workspace, given.definitions
    totals = _rows(
        "SELECT count(*) AS n, min(occurred_at) AS first_at, max(occurred_at) AS last_at FROM events",
        workspace,
    )[0]
    profile_ids = workspace.engine.table("SELECT profile_id FROM profiles ORDER BY profile_id")[
        "profile_id"
    ].to_numpy()
    rejected = _rows(
        "SELECT source, reason, sum(n_rows)::BIGINT AS n FROM rejected_events GROUP BY source, reason "
        f"ORDER BY n DESC, source LIMIT {MOST_REASONS}",
        workspace,
    )
    with given.counting() as counting:
        return Health(
            counting.number(len(profile_ids), "console profiles"),
            totals["n"],
            len(definitions.audiences),
            totals["first_at"],
            totals["last_at"],
            None if given.sees_small_counts else given.project.config.anonymity.least,
            tuple(_source(row) for row in list_sources(workspace)),
            tuple((row["source"], row["reason"], row["n"]) for row in rejected),
            tuple((title, changed_at(table, workspace)) for title, table in STAGES),
            _moved(given, counting),
            tuple(
                _consent(purpose, profile_ids, workspace, counting)
                for purpose in given.project.config.purposes
            ),
            len(definitions.sources) + len(definitions.collectors),
            len(definitions.destinations),
            given.now,
        )


def changed_at(table: str, workspace: Workspace) -> datetime | None:
    """When a table last changed; None: it never had rows."""
    version = workspace.snapshot.versions.get(table)
    if version is None:
        return None
    log = workspace.lake.root / table / "_delta_log" / f"{version:020d}.json"
    try:
        return datetime.fromtimestamp(log.stat().st_mtime, UTC).replace(tzinfo=None)
    except OSError:
        return None


def _moved(given: Given, counting: Counting) -> tuple[Moved, ...]:
    """The audiences that moved most when they last did; in the order of names for whom that of moves would tell of them."""
    rows = _rows(
        "SELECT * FROM audience_sizes QUALIFY row_number() OVER (PARTITION BY audience ORDER BY refreshed_at DESC) = 1",
        given.workspace,
    )
    known = [row for row in rows if row["audience"] in given.definitions.audiences]
    if given.sees_small_counts:
        known = sorted(known, key=lambda row: -(row["n_entered"] + row["n_left"]))
    else:
        known = sorted(known, key=lambda row: str(row["audience"]))

    def told(row: Mapping[str, Any], name: str) -> int | None:
        return counting.number(row[name], f"console {name}")

    return tuple(
        Moved(
            row["audience"],
            told(row, "size"),
            told(row, "n_entered"),
            told(row, "n_left"),
            row["refreshed_at"],
        )
        for row in known[:MOST_MOVED]
    )


def _consent(purpose: str, profile_ids: Ids, workspace: Workspace, counting: Counting) -> Consent:
    found = Counter(standings(workspace, purpose, profile_ids).tolist())
    granted, denied = found[Standing.GRANTED], found[Standing.DENIED]
    counts = (granted, denied, len(profile_ids) - granted - denied)
    yes, no, silent = (counting.number(n, f"console consent {purpose}") for n in counts)
    share = min(1.0, yes / len(profile_ids)) if yes and len(profile_ids) else 0.0
    return Consent(purpose, yes, no, silent, share)


def _source(row: Mapping[str, Any]) -> Source:
    return Source(row["source"], row["n_received"], row["n_accepted"], row["n_rejected"], row["loaded_at"])


def _rows(sql: str, workspace: Workspace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = workspace.engine.table(sql).to_pylist()
    return rows


def _deliveries(given: Given) -> tuple[Sent, ...]:
    """What was sent lately, newest first."""
    with open_ledger(given.project) as ledger, given.counting() as counting:
        lately = reversed(ledger.deliveries()[-MOST_DELIVERIES:])
        tallies = [(each, ledger.tally(each.delivery_id)) for each in lately]
        return tuple(
            Sent(
                each.audience,
                each.destination,
                each.status,
                counting.number(tally.n_added, "console sent"),
                counting.number(tally.n_removed, "console sent"),
                each.started_at,
                each.detail,
            )
            for each, tally in tallies
        )


HEALTH = Question("console health", Action.SEE_COUNTS, _health)
DELIVERIES = Question("console deliveries", Action.SEE_COUNTS, _deliveries, seconds=5.0)
