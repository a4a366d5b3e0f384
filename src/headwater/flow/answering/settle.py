"""What is noted of a request once it is answered: signed, without anybody's identifiers. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from headwater.privacy.persons import Persons
from headwater.privacy.receipt import Answer, moment, signed, written
from headwater.privacy.requests import PrivacyRequest
from headwater.tables.workspace import Workspace


def settled(
    request: PrivacyRequest, persons: Persons, done: Mapping[str, str], workspace: Workspace
) -> Mapping[str, object]:
    """The signed receipt of a request that asked for something else than erasing; `done`: in figures and words of ours."""
    answer = Answer(
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
        done=dict(done),
    )
    return written(signed(answer, workspace.seals))
