"""Seal everything of a project anew that retired keys sealed, so that these can be forgotten: tables, logs, live profiles.

Reads and writes all that is sealed. The base of live profiles, which holds copies of sealed texts, is made anew at the next
start.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import islice

from headwater.collect.log.reseal import reseal_log
from headwater.core.owner import SERVE, own
from headwater.core.project import Project
from headwater.core.sealing.keeping import keeping_of
from headwater.core.sealing.seals import Seals
from headwater.engine.sealing import RESEAL
from headwater.flow.live_log import Folders
from headwater.live.store import Store
from headwater.tables.table import Table, all_tables
from headwater.tables.workspace import Workspace, work

_AT_ONCE = 1_000  # people in one transaction


@dataclass(frozen=True)
class Resealed:
    """How much was sealed anew: tables that were written again, records of the logs, live profiles."""

    n_tables: int = 0
    n_records: int = 0
    n_people: int = 0


def reseal_all(project: Project) -> Resealed:
    """Seal everything by the active key. It may be broken off and begun again.

    Raises:
        BusyError: the project is being served, or worked on.
        KeysError: keys are missing.
    """
    if keeping_of(project).load() is None:
        return Resealed()
    folders = Folders.of(project.root)
    with own(project.root, SERVE), work(project) as workspace:
        n_tables = sum(_reseal_table(table, workspace) for table in all_tables().values())
        n_records = sum(
            reseal_log(each, workspace.seals)
            for each in (folders.requests, folders.outcomes)
            if each.exists()
        )
        n_people = _reseal_people(folders, workspace.seals)
        shutil.rmtree(folders.bases, ignore_errors=True)
    return Resealed(n_tables, n_records, n_people)


def _reseal_table(table: Table, workspace: Workspace) -> bool:
    """Write a table again, if any of its texts is to be sealed anew; gives whether it was."""
    if not table.sealed:
        return False
    anew = ", ".join(f"{RESEAL}('{each}', {each.column}) AS {each.column}" for each in table.sealed)
    differs = " OR ".join(
        f"{RESEAL}('{each}', {each.column}) IS DISTINCT FROM {each.column}" for each in table.sealed
    )
    if not workspace.engine.table(f"SELECT 1 FROM {table.name} WHERE {differs} LIMIT 1").num_rows:
        return False
    with workspace.publish() as out:
        out.replace(table, f"SELECT * REPLACE ({anew}) FROM {table.name}")
    return True


def _reseal_people(folders: Folders, seals: Seals) -> int:
    """Put everyone into the live store again, sealed anew."""
    if not folders.store.exists():
        return 0
    store, begin, n = Store(folders.store, seals, is_writer=True), 0, 0
    try:
        while True:
            with store.writing() as draft:
                keys = list(islice(draft.people(begin), _AT_ONCE))
                for key in keys:
                    draft.put(draft.person(key))
            if not keys:
                return n
            begin, n = keys[-1] + 1, n + len(keys)
    finally:
        store.close()
