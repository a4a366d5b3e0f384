"""Objections: somebody told whoever answers for their data that it is not to be used for a purpose any more (GDPR art. 21, 7(3)).

Writes the log of requests, as what clients tell is written: so the stream of a served project denies it live within a second,
it is there when all is rebuilt, and who is erased is erased from it. Where nobody else owns the project, also the table
`consents`, so that it counts in the next delivery; otherwise the table has it with what the stream took in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from headwater.collect.formats.statements import Statement, body_of
from headwater.collect.kept import keep
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted
from headwater.collect.request import Request
from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.events.collected import take_in_statement
from headwater.flow.live_log import Folders
from headwater.identity.declare import heeding, read_rules
from headwater.identity.identifier import define_kinds, identifier_kinds
from headwater.live.state import micros
from headwater.privacy.persons import Node
from headwater.privacy.purposes import find_purpose
from headwater.privacy.shown import Harmless
from headwater.privacy.suppression import suppressed_indexes
from headwater.tables.workspace import Workspace

SOURCE = "privacy_requests"
_FORMAT = "statements"


@dataclass(frozen=True)
class Objected:
    """What came of an objection.

    Attributes:
        purposes: those that are denied from now on.
        n_identifiers: the identifiers that it was stated of.
        n_kept_out: those of whom nothing is kept, because they were erased; of these nothing was written.
        is_at_rest: whether the tables have it already; if not, they will once what is collected is taken in.
    """

    purposes: tuple[Harmless, ...]
    n_identifiers: int
    n_kept_out: int
    is_at_rest: bool


@dataclass(frozen=True)
class Objection:
    """An objection that was written down, and can be told to the tables: by whom, of what, and when."""

    said: tuple[Statement, ...]
    n_kept_out: int


def purposes_objected_to(project: Project, purposes: Collection[str], *, is_all: bool) -> tuple[str, ...]:
    """The purposes somebody objects to: those named, or all that do not ask for consent.

    Raises:
        Refusal: one is not declared.
        UserError: none is named, or there is none that does not ask for consent.
    """
    named = tuple(dict.fromkeys(purposes))
    for each in named:
        find_purpose(project, each)
    declared = project.config.purposes.items()
    opt_out = tuple(name for name, each in declared if each.lawful_basis != "consent") if is_all else ()
    if not (named or opt_out):
        next_step = "name one with `--purpose`, or object to all that do not ask for consent with `--all`"
        said = "every purpose of this project asks for consent" if is_all else "no purpose was named"
        raise UserError(said, next_step=next_step)
    return tuple(dict.fromkeys([*named, *opt_out]))


def note_objection(project: Project, nodes: Sequence[Node], purposes: Sequence[str]) -> Objection:
    """Write an objection to the log; when this returns it is on the disk.

    Raises:
        StorageError: who is kept out could not be read.
        OSError: the log cannot be written.
    """
    seals, kept_out = seals_of(project), suppressed_indexes(project)
    heard = [(kind, value) for kind, value in nodes if seals.index_text(value, kind) not in kept_out]
    denied, now = dict.fromkeys(purposes, False), project.clock.now()
    said = tuple(Statement(uuid4().hex, {kind: value}, denied, now) for kind, value in heard)
    if said:
        request = Request(
            method="POST", path="", body=body_of(said), received_at=datetime.now(UTC), source=SOURCE
        )
        writer = Writer(Folders.of(project.root).requests, seals)
        try:
            writer.append([keep(request, _FORMAT)])
        finally:
            writer.close()
    return Objection(said, len(nodes) - len(heard))


def tell_tables(objection: Objection, workspace: Workspace) -> None:
    """Let an objection count for people at rest."""
    if not objection.said:
        return
    rules, _ = read_rules(workspace.project, identifier_kinds())
    define_kinds(workspace.engine)
    take_in_statement(
        [_accepted(each) for each in objection.said], workspace, heeding(rules, identifier_kinds())
    )


def _accepted(said: Statement) -> Accepted:
    """A statement as the stream will take it in."""
    at = micros(said.stated_at or datetime.now(UTC))
    return Accepted(
        -1, SOURCE, "identify", "", said.message_id, at, at, said.identifiers, {}, {}, said.consents
    )
