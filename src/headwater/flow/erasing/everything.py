"""Erase persons from everything a project holds: what happens, in order. And find whatever is left of them.

Reads and writes the tables, both logs, live profiles, the ledger and the files of destinations. Each part may be done again:
what was broken off is finished by the identifiers that the request keeps, sealed, until it has ended.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headwater.access.audit.sent import record_sent
from headwater.activate.forget import Forgotten, find_in_files, forget_in_files
from headwater.activate.ledger import Ledger, open_ledger
from headwater.activate.send import Delivered, take_back
from headwater.core.sealing.seals import Seals
from headwater.engine.bitmaps import Ids
from headwater.flow.bases import replace_base
from headwater.flow.batch import follow_identities
from headwater.flow.definitions import Definitions
from headwater.flow.erasing.logs import LogsErased, Telling, erase_from_logs, find_in_logs
from headwater.flow.identity_guard import expect_small
from headwater.flow.live_log import Folders
from headwater.identity.declare import as_said
from headwater.identity.identifier import identifier_kinds, sha256_hex
from headwater.live.base import current_base, open_current_base
from headwater.live.forget import find_beside, forget_people
from headwater.privacy.anonymity.exports import Export, open_exports
from headwater.privacy.anonymity.pseudonyms import Pseudonyms
from headwater.privacy.erase import count_rows, erase_rows
from headwater.privacy.mentions import LEAST_LETTERS
from headwater.privacy.persons import Node, Persons, find_persons
from headwater.privacy.receipt import Left, Recipient
from headwater.privacy.search import Search
from headwater.tables.workspace import Workspace

_SEARCHED = ("state", "work")
_NOT_SEARCHED = ("keys",)
EMAIL, HASHED = "email", "hashed_email"


@dataclass(frozen=True)
class Erased:
    """What was erased where.

    Attributes:
        tables: rows by table.
        n_live: persons in the live store.
        recipients: destinations that had been sent them.
        files: files of destinations.
        logs: requests and outcomes.
    """

    tables: Mapping[str, int]
    n_live: int
    recipients: tuple[Recipient, ...]
    files: Forgotten
    logs: LogsErased


def everything_of(asked: Iterable[Node], workspace: Workspace) -> Persons:
    """The persons who have these identifiers, by all that tables and live profiles know them by."""
    store, nodes = Folders.of(workspace.project.root).store, dict.fromkeys(asked)
    while True:
        persons = find_persons(_with_hashes(nodes), workspace)
        beside = find_beside(store, workspace.seals, persons.nodes)
        if beside <= set(persons.nodes):
            return persons
        nodes = dict.fromkeys([*persons.nodes, *sorted(beside)])


def erase_everything_of(persons: Persons, workspace: Workspace, definitions: Definitions) -> Erased:
    """Erase persons who are suppressed already: so that destinations are told, and nothing new of them comes in.

    A base of live profiles is made anew of what the tables are then, so everything that follows from who is who is worked out.

    Raises:
        LargeChangeError: there is a base, and rules wait that would change too much; nothing was erased.
    """
    project = workspace.project
    folders = Folders.of(project.root)
    has_base = current_base(folders.bases) is not None
    if has_base:
        expect_small(workspace, definitions.identifiers)  # rules that wait are no part of it
    recipients = _tell_destinations(persons, workspace, definitions)
    tables = erase_rows(persons, normalisers(definitions), workspace)
    logs = erase_from_logs(folders, workspace.seals, persons.nodes, telling(definitions))
    n_live = forget_people(folders.store, workspace.seals, persons.nodes)
    if has_base:
        replace_base(follow_identities(workspace, definitions, anyway=True))
    recipients += _tell_of_exports(persons, workspace)
    with open_ledger(project) as ledger:
        ledger.forget(persons.node_ids)
    with open_exports(project) as exports:
        exports.forget(persons.node_ids)
    files = forget_in_files(project, definitions.destinations.values(), persons.nodes)
    shutil.rmtree(project.path("work", "columns"), ignore_errors=True)
    return Erased(tables, n_live, recipients, files, logs)


def whatever_is_left_of(persons: Persons, workspace: Workspace, definitions: Definitions) -> list[Left]:
    """Walk every declared table, both logs, live profiles, the ledger and the files on disk."""
    project = workspace.project
    folders = Folders.of(project.root)
    found = [
        Left(f"table {name}", n)
        for name, n in count_rows(persons, normalisers(definitions), workspace).items()
    ]
    found.append(Left("live store", len(find_beside(folders.store, workspace.seals, persons.nodes))))
    base = open_current_base(folders.bases, workspace.seals, {})
    if base is not None:
        with closing(base):
            found.append(
                Left("base of live profiles", sum(base.place_of(node) is not None for node in persons.nodes))
            )
    places = Counter(
        each.log for each in find_in_logs(folders, workspace.seals, persons.nodes, telling(definitions))
    )
    found += [Left(f"log of {name}", n) for name, n in places.items()]
    with open_ledger(project) as ledger:
        found.append(Left("ledger of deliveries", int(ledger.names(persons.node_ids))))
    with open_exports(project) as exports:
        found.append(Left("record of pseudonymised exports", len(exports.of(persons.node_ids))))
    found += [
        Left(name, 1) for name in find_in_files(project, definitions.destinations.values(), persons.nodes)
    ]
    found += [Left(name, 1) for name in _files_naming(project.root, persons)]
    return [each for each in found if each.n]


def _with_hashes(nodes: Iterable[Node]) -> list[Node]:
    """The identifiers, and what others call an e-mail address by."""
    return [
        one
        for kind, value in nodes
        for one in ((kind, value), *([(HASHED, sha256_hex(value))] if kind == EMAIL else []))
    ]


def telling(definitions: Definitions) -> Telling:
    """What is needed to read the logs."""
    return Telling(definitions.collectors, as_said(definitions.identifiers, identifier_kinds()))


def normalisers(definitions: Definitions) -> dict[str, Callable[[str], str | None]]:
    """What brings a text into the normal form of a kind of identifier, by kind."""
    return {
        name: kind.normalise for name, kind in as_said(definitions.identifiers, identifier_kinds()).items()
    }


def _tell_destinations(
    persons: Persons, workspace: Workspace, definitions: Definitions
) -> tuple[Recipient, ...]:
    """Let every destination that was sent them remove them, and nobody else: what else waits there stays for the next run."""
    if not persons.are_known:
        return ()
    with open_ledger(workspace.project) as ledger:
        were_sent = {delivery.destination for delivery, _, _ in ledger.sent_of(persons.node_ids)}
    declared = definitions.destinations.values()
    came = take_back(workspace, declared, definitions.outgoing, persons.node_ids)
    record_sent(came, workspace.project, "privacy erase")
    sent = sorted(were_sent | {each.destination for each in came})
    with open_ledger(workspace.project) as ledger:
        return tuple(_recipient(name, persons.node_ids, came, ledger) for name in sent)


def _tell_of_exports(persons: Persons, workspace: Workspace) -> tuple[Recipient, ...]:
    """Who was given rows about them by pseudonym, and which ones: nobody but people can tell them."""
    with open_exports(workspace.project) as exports:
        held = exports.of(persons.node_ids)
    return tuple(_holder(export, node_ids, workspace.seals) for export, node_ids in held)


def _holder(export: Export, node_ids: Sequence[int], seals: Seals) -> Recipient:
    pseudonyms = Pseudonyms(export.recipient, seals)
    named = ", ".join(pseudonyms.of(node) for node in node_ids)
    detail = f"{export.export_id} has them as {named}: have the rows removed there"
    return Recipient(export.recipient, is_told=False, detail=detail)


def _recipient(name: str, node_ids: Ids, came: Sequence[Delivered], ledger: Ledger) -> Recipient:
    holding = [
        audience
        for audience in ledger.audiences_at(name)
        if np.isin(ledger.holding(name, audience).possible, node_ids).any()
    ]
    if not holding:
        return Recipient(name, is_told=True)
    of_it = [each for each in came if each.destination == name]
    why = next((each.detail for each in of_it if each.audience in holding and each.detail), "")
    return Recipient(
        name, is_told=False, detail=why or ("it took no removal" if of_it else "it is not declared any more")
    )


def _files_naming(root: Path, persons: Persons) -> Iterator[str]:
    """Files that hold an identifier in plain bytes; tables, logs and live profiles are opened instead, and looked into."""
    told = {value.encode("utf-8", "surrogatepass") for _, value in persons.nodes}
    search = Search(value for value in told if len(value) >= LEAST_LETTERS)
    places = [root / each for each in _SEARCHED] + sorted(root.glob("lake/*/_delta_log"))
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.is_file() and not set(_NOT_SEARCHED).intersection(path.parts) and search.is_in(path):
                yield str(path.relative_to(root))
