"""Clean rooms from Python: what the command line calls, too.

    rooms = CleanRooms(open_project(Path("shop")))
    rooms.request("acme", Path("request.json"))         # here; the file goes to the partner
    rooms.answer("shop", Path("request.json"), Path("answer.json"))     # there; the file comes back
    rooms.result("acme", Path("answer.json")).n_shared  # here

Reads agreements, who is in an audience, whom the gate permits, and their identifiers; writes files, and, through `runs`, what was
counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from headwater.activate.prepare import holdings_of
from headwater.core.errors import Refusal
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.engine.bitmaps import Ids
from headwater.flow.agreements import Agreement, find_agreement
from headwater.flow.cleanroom.crossing import Answered, answer, ask, crossing
from headwater.flow.cleanroom.messages import (
    ANSWER,
    REQUEST,
    Message,
    expect_new,
    read_message,
    write_message,
)
from headwater.flow.cleanroom.runs import Run, now, open_runs
from headwater.flow.definitions import read_definitions
from headwater.flow.sharing.permitted import Sharing, permitted
from headwater.identity.identifier import sha256_hex
from headwater.privacy.anonymity.counts import key_of
from headwater.privacy.anonymity.sketch import Sketch, sketch
from headwater.privacy.labels import Label
from headwater.privacy.shown import Harmless, People
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace, read

_NODES = "cleanroom_nodes"


@dataclass(frozen=True)
class Result:
    """What came of a run; `n_shared` None: fewer identifiers than the floor are the same."""

    run_id: Harmless
    n: People
    n_shared: People | None
    floor: int


@dataclass(frozen=True, eq=False)
class _Side:
    """This side of an agreement: whom it puts in, as hashes, and as a sketch."""

    agreement: Agreement
    texts: list[str] = field(repr=False)
    taking_part: Sketch


class CleanRooms:
    """The clean rooms of a project.

    Raises:
        NotFoundError: there is no such agreement.
        Refusal: the gate, the agreement or the floor refused.
        UserError: openmined-psi is not installed, or a message is not what it should be.
        StorageError: a file or the record cannot be written.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seals = seals_of(project)

    def agreements(self) -> list[Agreement]:
        """Those that are declared, by name."""
        with read(self._project) as workspace:
            return list(read_definitions(workspace).cleanrooms.values())

    def runs(self) -> list[Run]:
        """Every run, oldest first."""
        with open_runs(self._project, self._seals) as runs:
            return runs.all()

    def request(self, name: str, to: Path) -> Run:
        """Begin a run: write what the partner answers."""
        expect_new(to)
        with self._side(name) as side:
            asked = ask(side.texts)
            run = Run(secrets.token_hex(16), name, REQUEST, len(side.texts), asked.key, now(), None, None)
            with open_runs(self._project, self._seals) as runs:
                runs.begin(run, side.taking_part, side.agreement)
            message = Message(REQUEST, run.run_id, run.n, {REQUEST: asked.message})
            write_message(message, side.agreement, self._seals, to)
            return run

    def answer(self, name: str, request: Path, to: Path) -> Run:
        """Answer what the partner asked; this side learns only about how many it is."""
        expect_new(to)
        with self._side(name) as side:
            asked = read_message(request, REQUEST, side.agreement)
            if asked.n < side.agreement.said.floor:
                raise Refusal(
                    f"the partner asks about {asked.n:,} identifiers, fewer than the floor",
                    next_step="have them ask about a larger audience",
                )
            answered = answer(asked.parts.get(REQUEST, b""), asked.n, side.texts)
            begun = now()
            run = Run(asked.run, name, ANSWER, len(side.texts), None, begun, begun, None)
            with open_runs(self._project, self._seals) as runs:
                runs.begin(run, side.taking_part, side.agreement)
            message = Message(ANSWER, asked.run, asked.n, vars(answered))
            write_message(message, side.agreement, self._seals, to)
            return run

    def result(self, name: str, answer: Path) -> Result:
        """How many are the same, by the partner's answer; told again as often as it is asked."""
        with read(self._project) as workspace, open_runs(self._project, self._seals) as runs:
            agreement = find_agreement(name, read_definitions(workspace).cleanrooms)
            came = read_message(answer, ANSWER, agreement)
            run, floor = runs.asked(came.run, agreement), agreement.said.floor
            if run.key is None:
                return Result(run.run_id, run.n, run.n_shared, floor)
            parts = (came.parts.get(part, b"") for part in ("setup", "response"))
            n = crossing(run.key, Answered(*parts), run.n)
            n_shared = n if n >= floor else None
            runs.end(run, n_shared)
            return Result(run.run_id, run.n, n_shared, floor)

    @contextmanager
    def _side(self, name: str) -> Iterator[_Side]:
        """Whom this side puts in, asked of the gate."""
        with read(self._project) as workspace:
            definitions = read_definitions(workspace)
            agreement = find_agreement(name, definitions.cleanrooms)
            said = agreement.said
            sharing = Sharing(said.audience, name, said.purpose, frozenset({Label.PSEUDONYM}))
            fields = {said.identifier: frozenset({Label.PSEUDONYM})}
            people = permitted(sharing, fields, workspace, definitions)
            node_ids = np.unique(holdings_of(workspace, people).node_ids)
            texts = _texts(node_ids, workspace)
        if len(texts) < said.floor:
            raise Refusal(
                f"of '{said.audience}' {len(texts):,} identifiers may take part, fewer than the floor",
                next_step="take a larger audience",
            )
        yield _Side(agreement, texts, sketch(node_ids, key_of(self._seals)[:64]))


def _texts(node_ids: Ids, workspace: Workspace) -> list[str]:
    """The identifiers as both sides write them: the SHA-256 of the canonical form."""
    workspace.engine.register(_NODES, pa.table({"node_id": pa.array(node_ids, pa.int64())}))
    try:
        rows = workspace.engine.table(
            f"SELECT {opened('n')} AS value FROM nodes AS n JOIN {_NODES} USING (node_id)"
        )
    finally:
        workspace.engine.drop(_NODES)
    return sorted({sha256_hex(value) for value in rows["value"].to_pylist() if value is not None})
