"""A request that asks for something else than erasing: taken up, done, and what is noted of it: signed, naming nobody.

Reads and writes the requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from headwater.flow.erasing.everything import everything_of
from headwater.privacy.persons import Node, Persons
from headwater.privacy.receipt import Answer, moment, signed, written
from headwater.privacy.requests import Asks, Law, PrivacyRequest, PrivacyRequests, open_requests
from headwater.tables.workspace import Workspace

Do = Callable[[PrivacyRequest, Persons, Workspace], Mapping[str, str]]
"""What is done for persons; gives what it was, in figures and words of ours."""


@dataclass(frozen=True)
class Request:
    """What is asked: what, by whom, under which law, received when (UTC; None: now)."""

    asks: Asks
    nodes: Sequence[Node]
    law: Law = Law.GDPR
    received_at: datetime | None = None


def answer(request: Request, opened: AbstractContextManager[Workspace], do: Do) -> Answer:
    """Do what is asked, in a project that is opened for it; of several requests alike that wait, the oldest is answered."""
    with opened as workspace, open_requests(workspace.project, workspace.seals) as requests:
        persons = everything_of(request.nodes, workspace)
        with _waiting(request, requests) as taken_up:
            done = do(taken_up, persons, workspace)
        answered = signed(_answer(taken_up, persons, done, workspace), workspace.seals)
        requests.end(taken_up.request_id, written(answered))
    return answered


@contextmanager
def _waiting(request: Request, requests: PrivacyRequests) -> Iterator[PrivacyRequest]:
    """The request while it is being answered; one that was noted for this alone, and cannot be, is noted no more."""
    known = {each.request_id for each in requests.all()}
    taken_up = requests.take_up(request.asks, request.law, request.nodes, request.received_at)
    try:
        yield taken_up
    except Exception:
        if taken_up.request_id not in known:
            requests.drop(taken_up.request_id)
        raise


def _answer(
    request: PrivacyRequest, persons: Persons, done: Mapping[str, str], workspace: Workspace
) -> Answer:
    return Answer(
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
