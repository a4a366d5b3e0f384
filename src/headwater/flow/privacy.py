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

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from headwater.core.errors import BusyError, ProjectError, UserError
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.flow.answering.correct import Correction
from headwater.flow.answering.export import Exported, export_of
from headwater.flow.answering.opt_out import OptOut
from headwater.flow.answering.quiet import quiet_work, tables_work
from headwater.flow.answering.restrict import restrict, unrestrict
from headwater.flow.answering.retain import foresee_retention, retain
from headwater.flow.answering.settle import Request, answer
from headwater.flow.definitions import read_definitions
from headwater.flow.destination_check import DestinationCheck, check_destination
from headwater.flow.erasing.carry_out import carry_out
from headwater.flow.erasing.everything import everything_of, whatever_is_left_of
from headwater.flow.objecting import Objected, note_objection, purposes_objected_to, tell_tables
from headwater.privacy.meaning import SignalMeaning, explain_signals
from headwater.privacy.noted import Noted
from headwater.privacy.persons import Node, Persons
from headwater.privacy.receipt import Answer, Left, Receipt, is_genuine, public_key
from headwater.privacy.requests import Asks, Law, PrivacyRequest, PrivacyRequests, open_requests
from headwater.privacy.shown import Harmless, People
from headwater.privacy.suppression import open_suppressions
from headwater.privacy.wishes import unknown_signals
from headwater.profiles.show import read_identifier
from headwater.tables.workspace import Workspace, read


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

    source: Harmless
    signal: Harmless
    reason: Harmless
    detail: Harmless
    n_signals: People
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
                return carry_out(request_id, workspace, requests)
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
            return [carry_out(each, workspace, requests) for each in requests.under_way()]

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
        try:
            with tables_work(self._project, self._wait_seconds) as workspace:
                tell_tables(objection, workspace)
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

    def export(
        self, identifiers: Sequence[str], *, law: Law = Law.GDPR, received_at: datetime | None = None
    ) -> Exported:
        """Everything that is held of the persons who have any of these identifiers; noted as a request, and answered.

        Args:
            identifiers: as kind=value; of those that nobody has nothing is found.
            law: says by when a request must be answered.
            received_at: when it was received; None: now.
        """
        found: list[Exported] = []

        def export(request: PrivacyRequest, persons: Persons, workspace: Workspace) -> Mapping[str, str]:
            found.append(export_of(persons, request.request_id, workspace, read_definitions(workspace)))
            return {each.table: str(len(each.rows)) for each in found[0].tables}

        answer(_request(Asks.EXPORT, identifiers, law, received_at), read(self._project), export)
        return found[0]

    def restrict(
        self, identifiers: Sequence[str], *, law: Law = Law.GDPR, received_at: datetime | None = None
    ) -> Answer:
        """Use nothing of these persons from now on, for no purpose; all of it is kept."""
        return answer(_request(Asks.RESTRICT, identifiers, law, received_at), read(self._project), restrict)

    def unrestrict(
        self, identifiers: Sequence[str], *, law: Law = Law.GDPR, received_at: datetime | None = None
    ) -> Answer:
        """Let these persons be used again, as far as they agree; who was not restricted is free already."""
        return answer(
            _request(Asks.UNRESTRICT, identifiers, law, received_at), read(self._project), unrestrict
        )

    def correct(
        self,
        identifier: str,
        values: Mapping[str, str | None],
        *,
        law: Law = Law.GDPR,
        received_at: datetime | None = None,
    ) -> Answer:
        """Correct what is stated of the person who has an identifier; it wins over all sources until it is withdrawn.

        Args:
            identifier: as kind=value.
            values: as they are written, by attribute; None: its correction is withdrawn.
            law: says by when a request must be answered.
            received_at: when it was received; None: now.

        Raises:
            NobodyError: nobody has the identifier.
            NotFoundError: nothing is stated under a name.
            UserError: a value is not of the attribute's type, or is computed.
        """
        request = _request(Asks.CORRECT, [identifier], law, received_at)
        correction = Correction(request.nodes[0], values)
        return answer(request, quiet_work(self._project, self._wait_seconds), correction.carry_out)

    def opt_out(
        self, identifiers: Sequence[str], *, law: Law = Law.CCPA, received_at: datetime | None = None
    ) -> Answer:
        """Deny all purposes that are sale or sharing for the persons who have these identifiers.

        Raises:
            NobodyError: nobody has one of the identifiers.
            UserError: no purpose is sale or sharing.
        """
        request = _request(Asks.OPT_OUT, identifiers, law, received_at)
        opt_out = OptOut(request.nodes)
        return answer(request, quiet_work(self._project, self._wait_seconds), opt_out.carry_out)

    def foresee_retention(self) -> dict[str, int]:
        """How many rows of which table are kept too long; nothing is changed.

        Raises:
            UserError: the project does not say how long data is kept.
        """
        with read(self._project) as workspace:
            return foresee_retention(workspace)

    def retain(self) -> dict[str, int]:
        """Let go of what is kept too long; gives how many rows of which table went.

        Raises:
            UserError: the project does not say how long data is kept.
        """
        with quiet_work(self._project, self._wait_seconds) as workspace:
            return retain(workspace)

    def note(
        self,
        asks: Asks,
        identifiers: Sequence[str],
        *,
        law: Law = Law.GDPR,
        received_at: datetime | None = None,
    ) -> PrivacyRequest:
        """Note a request that is answered later; the same about the same identifiers then answers it.

        Raises:
            UserError: it asks for erasing, which begins when it is noted.
        """
        if asks is Asks.ERASE:
            raise UserError(
                "a request to erase is carried out as soon as it is noted",
                next_step="use `headwater privacy erase`",
            )
        with open_requests(self._project, seals_of(self._project)) as requests:
            return requests.take_up(asks, law, _nodes(identifiers), received_at)

    def extend(self, request_id: str, reason: str) -> PrivacyRequest:
        """Take more time for a request, as the law gives it once; whoever asked has to be told, and why.

        Raises:
            NotFoundError: there is none of this id.
            UserError: it has ended, was extended before, or is overdue already.
        """
        with open_requests(self._project, seals_of(self._project)) as requests:
            requests.extend(request_id, reason)
            return requests.get(request_id)

    def requests(self) -> list[PrivacyRequest]:
        """Every request there was: those overdue first, then those that wait by when they are due, then those answered."""
        with open_requests(self._project, seals_of(self._project)) as requests:
            found = requests.all()
        return sorted(found, key=lambda each: (each.ended_at is not None, each.due_at))

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

    def suppressed(self) -> list[Noted]:
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
        """The project to work on, with nobody else writing tables or live profiles."""
        with (
            quiet_work(self._project, self._wait_seconds) as workspace,
            open_requests(self._project, workspace.seals) as requests,
        ):
            yield workspace, requests


def _nodes(identifiers: Sequence[str]) -> list[Node]:
    return [read_identifier(each) for each in dict.fromkeys(identifiers)]


def _request(asks: Asks, identifiers: Sequence[str], law: Law, received_at: datetime | None) -> Request:
    return Request(asks, _nodes(identifiers), law, received_at)
