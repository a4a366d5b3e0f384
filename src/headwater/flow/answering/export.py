"""Everything that is held of some persons, for them to have (GDPR art. 15 and 20, CCPA § 1798.110): read, nothing changed.

Reads every table that names persons, both logs, live profiles, the ledger, files of destinations, and `headwater.yaml`. The walk
is the one that erasing goes, so what is erased and what is exported are the same rows. What is other people's in it stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from headwater.activate.forget import find_in_files
from headwater.activate.ledger import open_ledger
from headwater.collect.outcome import Outcome
from headwater.flow.answering.others import Others, others_in
from headwater.flow.definitions import Definitions
from headwater.flow.erasing.everything import normalisers, telling
from headwater.flow.erasing.logs import InLogs, read_from_logs
from headwater.flow.erasing.requests import Theirs
from headwater.flow.live_log import Folders
from headwater.live.forget import cards_beside
from headwater.live.state import Card, moment
from headwater.privacy.consent import Standing, standings
from headwater.privacy.held import WITHHELD, HeldTable, Own, held_tables, own_of, shown_rows, texts_of
from headwater.privacy.persons import Persons
from headwater.privacy.shown import AudienceName, Harmless, Written, identifier_of
from headwater.tables.workspace import Workspace

Value = Written | bool | int | float | datetime | tuple[Written, ...] | None


@dataclass(frozen=True)
class Person:
    """An identifier that the persons are known by."""

    identifier: Harmless
    value: Annotated[str, identifier_of("identifier")]


@dataclass(frozen=True)
class ForPurpose:
    """What their data is used for, on which basis, and where they stand on it: what they said stands in the table `consents`."""

    purpose: Harmless
    description: Harmless
    lawful_basis: Harmless
    standing: Harmless


@dataclass(frozen=True)
class Table:
    """What one table holds of them; `n_of_others`: rows of other people that name them beside, which are not theirs to have."""

    table: Harmless
    meaning: Harmless
    purpose: Harmless
    kept_days: int | None
    sources: tuple[Harmless, ...]
    rows: tuple[Mapping[Harmless, Value], ...]
    n_of_others: int


@dataclass(frozen=True)
class Sent:
    """A recipient that was sent something of them, and what."""

    destination: Harmless
    audience: AudienceName
    purpose: Harmless
    change: Harmless
    sent_at: datetime
    identifiers: tuple[Written, ...]
    forms: Mapping[Harmless, Harmless]


@dataclass(frozen=True)
class Call:
    """A request that a website, app or server sent of them, as it is kept in the log; `parts`: what of it is about them."""

    received_at: datetime
    source: Harmless
    format: Harmless
    ip: Written
    user_agent: Written
    parts: tuple[Written, ...]


@dataclass(frozen=True)
class Live:
    """What is kept to decide by at this moment."""

    traits: Mapping[Harmless, Value]
    audiences: Mapping[AudienceName, datetime]
    consents: Mapping[Harmless, Harmless]
    shown: tuple[Written, ...]


@dataclass(frozen=True)
class Exported:
    """Everything that is held of the persons who have some identifiers. Moments are UTC, without zone."""

    project: Harmless
    made_at: datetime
    request_id: Harmless
    n_profiles: int
    identifiers: tuple[Person, ...]
    purposes: tuple[ForPurpose, ...]
    tables: tuple[Table, ...]
    recipients: tuple[Sent, ...]
    live: tuple[Live, ...]
    calls: tuple[Call, ...]
    outcomes: tuple[Written, ...]
    files: tuple[Harmless, ...]


def export_of(persons: Persons, request_id: str, workspace: Workspace, definitions: Definitions) -> Exported:
    """Everything that is held of persons; of somebody who is not known nothing but that."""
    project, told = workspace.project, telling(definitions)
    folders = Folders.of(project.root)
    held = held_tables(persons, normalisers(definitions), workspace)
    logs = read_from_logs(folders, workspace.seals, persons.nodes, told)
    outcomes = [_outcome(each, persons) for each in logs.outcomes]
    texts = [*texts_of(held), *outcomes, *_texts_of_calls(logs)]
    others, own = others_in(texts, persons, told.kinds, workspace), own_of(persons, workspace)
    return Exported(
        project=project.config.project,
        made_at=datetime.now(UTC).replace(tzinfo=None),
        request_id=request_id,
        n_profiles=len(persons.profile_ids),
        identifiers=tuple(Person(kind, value) for kind, value in persons.nodes),
        purposes=tuple(_purposes(persons, workspace)),
        tables=tuple(_table(each, own, others) for each in held),
        recipients=_recipients(persons, own, workspace),
        live=tuple(_live(each) for each in cards_beside(folders.store, workspace.seals, persons.nodes)),
        calls=tuple(_call(each, others) for each in logs.requests),
        outcomes=tuple(map(others.without, outcomes)),
        files=tuple(find_in_files(project, definitions.destinations.values(), persons.nodes)),
    )


def _purposes(persons: Persons, workspace: Workspace) -> Iterable[ForPurpose]:
    for name, purpose in workspace.project.config.purposes.items():
        found = standings(workspace, name, persons.profile_ids) if persons.are_known else ()
        stands = Standing(max(found, default=Standing.ABSENT)).name.lower()
        yield ForPurpose(name, purpose.description, purpose.lawful_basis, stands)


def _table(held: HeldTable, own: Own, others: Others) -> Table:
    table = held.table
    sources = {row["source"] for row in held.rows} if table.has("source") else set[str]()
    return Table(
        table=table.name,
        meaning=table.meaning,
        purpose=table.purpose,
        kept_days=table.retention_days,
        sources=tuple(sorted(sources)),
        rows=shown_rows(held, own, others.without),
        n_of_others=held.n_of_others,
    )


def _recipients(persons: Persons, own: Own, workspace: Workspace) -> tuple[Sent, ...]:
    with open_ledger(workspace.project) as ledger:
        sent = ledger.sent_by(persons.node_ids)
    return tuple(
        Sent(
            delivery.destination,
            delivery.audience,
            delivery.purpose,
            change.value,
            at,
            tuple(own.nodes[each] for each in node_ids if each in own.nodes),
            {kind: form.value for kind, form in delivery.identifiers.items()},
        )
        for delivery, change, at, node_ids in sent
    )


def _live(card: Card) -> Live:
    return Live(
        traits={
            name: tuple(value) if isinstance(value, list) else value for name, value in card.traits.items()
        },
        audiences={name: _naive(since) for name, since in card.audiences.items()},
        consents=card.consents,
        shown=tuple(f"{_naive(at)} {placement} {variant}" for placement, variant, at in card.exposures),
    )


def _texts_of_calls(logs: InLogs) -> Iterable[str]:
    for each in logs.requests:
        yield from each.parts


def _call(theirs: Theirs, others: Others) -> Call:
    kept = theirs.kept
    around = {name.lower(): value for name, value in kept.headers.items()} if theirs.is_alone else {}
    return Call(
        received_at=_naive(kept.received_at),
        source=kept.source,
        format=kept.format,
        ip=kept.ip if theirs.is_alone else "",
        user_agent=others.without(around.get("user-agent", "")),
        parts=tuple(map(others.without, theirs.parts)) or (WITHHELD,),
    )


def _outcome(outcome: Outcome, persons: Persons) -> str:
    """An outcome as JSON, without identifiers that stand aside in it because they are others'."""
    told = msgspec.to_builtins(outcome)
    names = ("kind", *(each.name for each in msgspec.structs.fields(outcome)))
    said = dict(zip(names, told, strict=True))
    own = set(persons.nodes)
    held = said.get("identifiers")
    if isinstance(held, Mapping):
        said["identifiers"] = {kind: value for kind, value in held.items() if (kind, value) in own}
        said.pop("aside", None)
    return msgspec.json.encode(said).decode()


def _naive(microseconds: int) -> datetime:
    return moment(microseconds).replace(tzinfo=None)
