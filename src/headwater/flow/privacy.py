"""What persons ask for of their data, from Python: what the command line and the API call, too.

    from headwater.core.project import open_project
    from headwater.flow.privacy import Privacy

    privacy = Privacy(open_project(Path("shop")))
    privacy.foresee(["email=ann@example.org"])
    receipt = privacy.erase(["email=ann@example.org"])
    privacy.verify(["email=ann@example.org"])
    privacy.check("crm")
    privacy.object(["email=ben@example.org"], ["profiling"])

Identifiers are written as kind=value.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from headwater.core.errors import BusyError, ProjectError, UserError
from headwater.core.owner import QUIET, own
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.flow.definitions import read_definitions
from headwater.flow.destination_check import DestinationCheck, check_destination
from headwater.flow.erasing.everything import (
    Erased,
    erase_everything_of,
    everything_of,
    whatever_is_left_of,
)
from headwater.flow.live_log import Folders
from headwater.flow.objecting import Objected, note_objection, purposes_objected_to, tell_tables
from headwater.live.store import is_written
from headwater.privacy.meaning import SignalMeaning, explain_signals
from headwater.privacy.persons import Node, Persons
from headwater.privacy.receipt import Left, Receipt, is_genuine, public_key, signed, written
from headwater.privacy.requests import Asks, Law, PrivacyRequest, PrivacyRequests, open_requests
from headwater.privacy.suppression import Suppressed, open_suppressions
from headwater.privacy.wishes import unknown_signals
from headwater.profiles.show import read_identifier
from headwater.tables.workspace import Workspace, read, work

_LOOK_SECONDS = 0.05
_LETTING_GO_SECONDS = 30.0  # for the stream to end what it is at
T = TypeVar("T")


@dataclass(frozen=True)
class Foreseen:
    """What is held about persons, and so would be erased.

    Attributes:
        identifiers: all by which they are known, as (kind, value).
        n_profiles: how many profiles they are.
        rows: of which table how many rows name them; other places by their names.
    """

    identifiers: tuple[Node, ...]
    n_profiles: int
    rows: Mapping[str, int]


@dataclass(frozen=True)
class RefusedSignals:
    """Consent signals that were refused for one reason; `detail`: of one of them."""

    source: str
    signal: str
    reason: str
    detail: str
    n_signals: int
    last_at: datetime


class Privacy:
    """The privacy requests of a project.

    Raises:
        UserError: of what is asked: an identifier is not valid.
        BusyError: of what changes something: another process owns the project, for longer than `wait_seconds`.
    """

    def __init__(self, project: Project, *, wait_seconds: float = 0) -> None:
        self._project = project
        self._wait_seconds = wait_seconds

    def foresee(self, identifiers: Sequence[str]) -> Foreseen:
        """What would be erased for a request; nothing is changed."""
        with read(self._project) as workspace:
            persons = everything_of(_nodes(identifiers), workspace)
            left = whatever_is_left_of(persons, workspace, read_definitions(workspace))
            return Foreseen(persons.nodes, len(persons.profile_ids), {each.where: each.n for each in left})

    def erase(
        self, identifiers: Sequence[str], *, law: Law = Law.GDPR, received_at: datetime | None = None
    ) -> Receipt:
        """Erase everyone who has any of these identifiers, keep them out from now on, and prove it.

        Args:
            identifiers: as kind=value; those that nobody has are kept out, too.
            law: says by when a request must be answered.
            received_at: when it was received; None: now.

        Returns:
            The signed receipt. Its `left` says where anything is left; it is empty if all is well.
        """
        nodes = _nodes(identifiers)
        with open_requests(self._project, seals_of(self._project)) as requests:
            request_id = requests.begin(Asks.ERASE, law, nodes, received_at)
        try:
            with self._work() as (workspace, requests):
                return _carry_out(request_id, workspace, requests)
        except BusyError as error:
            raise BusyError(
                f"{error.message}; the request is noted as {request_id}",
                next_step="`headwater serve` carries it out by itself as soon as it can, and so does `headwater privacy resume`",
            ) from None

    def resume(self) -> list[Receipt]:
        """Carry out every request that is noted and was not, or not to its end."""
        with open_requests(self._project, seals_of(self._project)) as requests:
            if not requests.under_way():
                return []
        with self._work() as (workspace, requests):
            return [_carry_out(each, workspace, requests) for each in requests.under_way()]

    def verify(self, identifiers: Sequence[str]) -> list[Left]:
        """Where anything of these identifiers is left; empty: nowhere."""
        with read(self._project) as workspace:
            return whatever_is_left_of(
                everything_of(_nodes(identifiers), workspace), workspace, read_definitions(workspace)
            )

    def take_objection(
        self, identifiers: Sequence[str], purposes: Collection[str] = (), *, from_all: bool = False
    ) -> Objected:
        """Let whoever has any of these identifiers not be used for purposes any more; it counts at once, also live.

        Args:
            identifiers: as kind=value; also such as nobody has yet.
            purposes: which; of one that asks for consent it is taken back.
            from_all: all purposes that do not ask for consent.

        Raises:
            Refusal: a purpose is not declared.
            UserError: an identifier is not valid, or there is no purpose to object to.
        """
        denied = purposes_objected_to(self._project, purposes, is_all=from_all)
        objection = note_objection(self._project, _nodes(identifiers), denied)
        until = time.monotonic() + self._wait_seconds
        try:
            with ExitStack() as held:
                _enter(held, lambda: own(self._project.root, QUIET), until)
                tell_tables(objection, _enter(held, lambda: work(self._project), until))
        except BusyError:
            return Objected(denied, len(objection.said), objection.n_kept_out, is_at_rest=False)
        return Objected(denied, len(objection.said), objection.n_kept_out, is_at_rest=True)

    def check(self, destination: str, audience: str | None = None) -> DestinationCheck:
        """What a destination could receive: of one audience, or of all that go there; as of the last run.

        Raises:
            NotFoundError: there is no such destination, or no such audience.
            ProjectError: the destination's file is not sound.
        """
        with read(self._project) as workspace:
            return check_destination(workspace, destination, audience)

    def requests(self) -> list[PrivacyRequest]:
        """Every request there was, oldest first."""
        with open_requests(self._project, seals_of(self._project)) as requests:
            return requests.all()

    def request(self, request_id: str) -> PrivacyRequest:
        """One request, with its receipt.

        Raises:
            NotFoundError: there is none of this id.
        """
        with open_requests(self._project, seals_of(self._project)) as requests:
            return requests.get(request_id)

    def public_key(self) -> str:
        """The key by which this project's receipts are checked."""
        return public_key(seals_of(self._project))

    def is_genuine(self, receipt: Mapping[str, object], key: str | None = None) -> bool:
        """Whether a receipt stands as it was signed: by this project, or by whoever has the private key to `key`."""
        return is_genuine(receipt, key or self.public_key())

    def suppressed(self) -> list[Suppressed]:
        """Who is kept out, as blind indexes."""
        with open_suppressions(self._project) as suppressions:
            return suppressions.all()

    def signal_meaning(self, strings: Sequence[str], *, is_gpc: bool = False) -> SignalMeaning:
        """What consent strings, and Global Privacy Control, say and mean for each purpose, if they came together now.

        Raises:
            ProjectError: a purpose lists a signal that there is not.
        """
        if problems := unknown_signals(self._project):
            raise ProjectError(problems)
        return explain_signals(strings, self._project, is_gpc=is_gpc)

    def refused_signals(self) -> list[RefusedSignals]:
        """How many consent signals were refused, by source and reason; most first."""
        with read(self._project) as workspace:
            rows = workspace.engine.table(
                "SELECT source, signal, reason, any_value(detail ORDER BY detail) AS detail, "
                "CAST(sum(n_signals) AS BIGINT) AS n_signals, max(loaded_at) AS last_at "
                "FROM refused_signals GROUP BY source, signal, reason ORDER BY n_signals DESC, source, signal, reason"
            )
            return [RefusedSignals(**row) for row in rows.to_pylist()]

    def lift(self, identifier: str) -> int:
        """Let somebody in again who was erased; gives how many identifiers that are.

        Raises:
            UserError: the identifier is not kept out.
        """
        kind, value = read_identifier(identifier)
        with open_suppressions(self._project) as suppressions:
            n_lifted = suppressions.lift(seals_of(self._project).index_text(value, kind))
        if not n_lifted:
            raise UserError(f"this {kind} is not kept out", next_step="see `headwater privacy suppressed`")
        return n_lifted

    @contextmanager
    def _work(self) -> Iterator[tuple[Workspace, PrivacyRequests]]:
        """The project to work on, with nobody else writing tables or live profiles; what is collected still comes in.

        The stream of a served project lets go of the live store meanwhile.
        """
        project, until = self._project, time.monotonic() + self._wait_seconds
        with ExitStack() as held:
            _enter(held, lambda: own(project.root, QUIET), until)
            _enter(held, lambda: _free_store(Folders.of(project.root).store), until + _LETTING_GO_SECONDS)
            workspace = _enter(held, lambda: work(project), until)
            yield workspace, held.enter_context(open_requests(project, workspace.seals))


def _enter(held: ExitStack, make: Callable[[], AbstractContextManager[T]], until: float) -> T:
    """Have something as soon as whoever has it lets go of it; until a moment."""
    while True:
        try:
            return held.enter_context(make())
        except BusyError:
            if time.monotonic() >= until:
                raise
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _free_store(folder: Path) -> Iterator[None]:
    if is_written(folder):
        raise BusyError("the stream does not let go of live profiles", next_step="try again")
    yield


def _nodes(identifiers: Sequence[str]) -> list[Node]:
    return [read_identifier(each) for each in dict.fromkeys(identifiers)]


def _carry_out(request_id: str, workspace: Workspace, requests: PrivacyRequests) -> Receipt:
    """Do what a request asks for, and note what came of it."""
    definitions = read_definitions(workspace)
    noted = requests.persons(request_id)
    persons = everything_of(noted.nodes, workspace).joined(noted)
    requests.widen(request_id, persons)
    with open_suppressions(workspace.project) as suppressions:
        kinds = (kind for kind, _ in persons.nodes)
        suppressions.add(zip(kinds, persons.indexes, strict=True), request_id)
    erased = erase_everything_of(persons, workspace, definitions)
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
        received_at=_moment(request.received_at),
        due_at=_moment(request.due_at),
        ended_at=_moment(datetime.now(UTC)),
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


def _moment(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
