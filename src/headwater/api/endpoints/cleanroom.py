"""Endpoints about clean rooms. What goes to and comes from the partner lies in the project's folder `exchange/`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from headwater.api.bodies.body import Body, FileName, Nothing
from headwater.api.endpoints.endpoint import COUNTS, SHARE, Asked, Endpoint
from headwater.core.config import NAME as FILE_NAME
from headwater.flow.cleanroom.exchange import CleanRooms, Result
from headwater.flow.cleanroom.runs import Run
from headwater.flow.exchange import FOLDER, file_to_read, file_to_write
from headwater.privacy.shown import Harmless, People

AgreementName = Annotated[
    str, Field(pattern=FILE_NAME, description="A file in `cleanrooms/`, without .yaml.")
]
NewFile = Annotated[FileName, Field(description="The file to write for the partner, in `exchange/`.")]
SentFile = Annotated[FileName, Field(description="The partner's file, in `exchange/`.")]


class UnderAgreement(Body):
    """By which agreement."""

    agreement: AgreementName

    @property
    def about(self) -> list[str]:
        """The agreement."""
        return [self.agreement]


class NewRun(UnderAgreement):
    """A run to be begun."""

    to: NewFile


class RequestSent(UnderAgreement):
    """What the partner asks, to be answered."""

    request: SentFile
    to: NewFile


class AnswerSent(UnderAgreement):
    """What the partner answered."""

    answer: SentFile


@dataclass(frozen=True)
class Agreed:
    """What was agreed with a partner; `terms`: the same at the partner's; `used`: how many runs there were."""

    name: Harmless
    agreement: Harmless
    partner: Harmless
    partner_key: Harmless
    audience: Harmless
    purpose: Harmless
    identifier: Harmless
    floor: int
    until: date
    runs: int
    used: int
    terms: Harmless


@dataclass(frozen=True)
class Agreements:
    """Every agreement, by name."""

    agreements: tuple[Agreed, ...]


@dataclass(frozen=True)
class CleanRoomRun:
    """A run. `n`: identifiers of this side; `n_shared` None: below the floor, or nothing yet; `file`: what was written."""

    run_id: Harmless
    agreement: Harmless
    kind: Harmless
    n: People
    begun_at: datetime
    ended_at: datetime | None
    n_shared: People | None
    file: Harmless | None = None


@dataclass(frozen=True)
class CleanRoomRuns:
    """Every run, oldest first."""

    runs: tuple[CleanRoomRun, ...]


def _agreements(asked: Asked, _body: Nothing) -> Agreements:
    """What was agreed with whom about clean rooms."""
    rooms = CleanRooms(asked.project)
    used = Counter(run.agreement for run in rooms.runs())
    found = (
        Agreed(**each.said.model_dump(), name=each.name, used=used[each.name], terms=each.terms)
        for each in rooms.agreements()
    )
    return Agreements(tuple(found))


def _request(asked: Asked, body: NewRun) -> CleanRoomRun:
    """Begin a run of a clean room: write the file that the partner answers."""
    project = asked.project
    return _told(CleanRooms(project).request(body.agreement, file_to_write(body.to, project)), body.to)


def _answer(asked: Asked, body: RequestSent) -> CleanRoomRun:
    """Answer a partner's request, without learning what comes of it."""
    project = asked.project
    came, to = file_to_read(body.request, project), file_to_write(body.to, project)
    return _told(CleanRooms(project).answer(body.agreement, came, to), body.to)


def _result(asked: Asked, body: AnswerSent) -> Result:
    """How many identifiers the partner and this project have in common, if they are not fewer than the floor."""
    project = asked.project
    return CleanRooms(project).result(body.agreement, file_to_read(body.answer, project))


def _runs(asked: Asked, _body: Nothing) -> CleanRoomRuns:
    """Which runs of clean rooms there were."""
    return CleanRoomRuns(tuple(_told(each) for each in CleanRooms(asked.project).runs()))


def _told(run: Run, file: str | None = None) -> CleanRoomRun:
    held = {name: value for name, value in vars(run).items() if name != "key"}
    return CleanRoomRun(**held, file=file and f"{FOLDER}/{file}")


def _sent(run: CleanRoomRun) -> dict[str, int]:
    return {"sent": run.n}


ENDPOINTS = (
    Endpoint("GET", "/v1/cleanroom/agreements", COUNTS, Nothing, Agreements, _agreements),
    Endpoint("GET", "/v1/cleanroom/runs", COUNTS, Nothing, CleanRoomRuns, _runs),
    Endpoint("POST", "/v1/cleanroom/request", SHARE, NewRun, CleanRoomRun, _request, _sent),
    Endpoint("POST", "/v1/cleanroom/answer", SHARE, RequestSent, CleanRoomRun, _answer, _sent),
    Endpoint("POST", "/v1/cleanroom/result", SHARE, AnswerSent, Result, _result),
)  # fmt: skip
