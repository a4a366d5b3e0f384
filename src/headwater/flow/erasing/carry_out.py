"""Carry out a request to erase that is noted: everyone it is about is kept out, erased, looked for, and a receipt is signed.

Reads and writes all that `everything.py` does, the requests, and who is suppressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from headwater.flow.definitions import read_definitions
from headwater.flow.erasing.everything import Erased, erase_everything_of, everything_of, whatever_is_left_of
from headwater.privacy.persons import Persons
from headwater.privacy.receipt import Left, Receipt, moment, signed, written
from headwater.privacy.requests import PrivacyRequest, PrivacyRequests
from headwater.privacy.restriction import open_restrictions
from headwater.privacy.suppression import open_suppressions
from headwater.tables.workspace import Workspace


def carry_out(request_id: str, workspace: Workspace, requests: PrivacyRequests) -> Receipt:
    """Do what a request asks for, and note what came of it."""
    definitions = read_definitions(workspace)
    noted = requests.persons(request_id)
    persons = everything_of(noted.nodes, workspace).joined(noted)
    requests.widen(request_id, persons)
    with open_suppressions(workspace.project) as suppressions:
        kinds = (kind for kind, _ in persons.nodes)
        suppressions.add(zip(kinds, persons.indexes, strict=True), request_id)
    erased = erase_everything_of(persons, workspace, definitions)
    with open_restrictions(workspace.project) as restrictions:
        restrictions.remove(persons.indexes)
    left = whatever_is_left_of(persons, workspace, definitions)
    request = requests.get(request_id)
    receipt = signed(_told(request, persons, erased, left, workspace), workspace.seals)
    requests.end(request_id, written(receipt))
    return receipt


def _told(
    request: PrivacyRequest, persons: Persons, erased: Erased, left: Sequence[Left], workspace: Workspace
) -> Receipt:
    """A receipt's content. Of identifiers it has blind indexes alone."""
    return Receipt(
        request_id=request.request_id,
        asks=request.asks.value,
        law=request.law.value,
        project=workspace.project.config.project,
        received_at=moment(request.received_at),
        due_at=moment(request.due_at),
        ended_at=moment(datetime.now(UTC)),
        subjects=request.subjects,
        n_profiles=len(persons.profile_ids),
        n_identifiers=len(persons.node_ids),
        n_kept_out=len(persons.indexes),
        rows=erased.tables,
        n_live=erased.n_live,
        logs=asdict(erased.logs),
        recipients=erased.recipients,
        files_rewritten=erased.files.rewritten,
        files_that_tell=erased.files.telling,
        left=tuple(left),
    )
