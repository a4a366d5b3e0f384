"""Destinations as pages show them: the kinds there are, those declared and how they fare, and one in all its parts.

Reads the declarations of kinds, the project's definitions and the ledger of deliveries. Counts of people are given as whoever
asks may see them; settings only to whom they are something, and no secret to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from headwater.access.roles import Action
from headwater.activate.declare import DeclaredDestination, find_destination, kinds
from headwater.activate.destination import ANY, Destination
from headwater.activate.ledger import Ledger, open_ledger
from headwater.activate.records import Delivery, Ending, Tally
from headwater.activate.written import files_by_delivery, folder_of
from headwater.console.desk.files import read_text
from headwater.console.desk.question import Given, Question
from headwater.console.drawn.declared import FieldFacts, fields_of, told_text
from headwater.privacy.anonymity.counts import Counting

MOST_DELIVERIES = 30
WRONG = frozenset({Ending.FAILED, Ending.REFUSED, Ending.NOT_TRIED, Ending.UNFINISHED})
PLACE = "console sent"


@dataclass(frozen=True)
class Kind:
    """A kind of destination, as it declares itself; `identifiers`: field, kinds of identifier, forms."""

    name: str
    description: str
    fields: tuple[FieldFacts, ...]
    identifiers: tuple[tuple[str, str, str], ...]
    most_rows: int
    most_bytes: int | None
    accepts: tuple[str, ...]
    may_accept: tuple[str, ...]
    is_idempotent: bool
    writes_files: bool
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sync:
    """A delivery, and what came of it. None: too few to show.

    `files`: those it wrote that are there still, by their paths in the project.
    `share_taken`: of the people it was sent, those it knew or took; None where a destination refuses nobody by name.
    """

    delivery_id: str
    audience: str
    status: Ending
    n_added: int | None
    n_removed: int | None
    n_refused: int | None
    share_taken: float | None
    started_at: datetime
    detail: str
    refused: tuple[tuple[str, int | None], ...]
    left_out: tuple[tuple[str, int | None], ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declared:
    """A destination among others. `status`: of what went there last; None: nothing did yet."""

    name: str
    description: str
    kind: str
    purpose: str
    audiences: tuple[str, ...] | None
    is_live: bool
    status: Ending | None
    last: Sync | None
    detail: str


@dataclass(frozen=True)
class Destinations:
    """Every destination, and every kind; `least`: the floor for who asks, `problems`: of files that are not sound."""

    declared: tuple[Declared, ...]
    kinds: tuple[Kind, ...]
    least: int | None
    problems: tuple[str, ...]
    now: datetime


@dataclass(frozen=True)
class AtDestination:
    """What a destination holds of an audience, in identifiers; None: too few to show."""

    audience: str
    n_held: int | None
    n_doubtful: int | None
    n_refused: int | None


@dataclass(frozen=True)
class Unsent:
    """An audience of which the latest run sent nothing, and why."""

    audience: str
    status: Ending
    left_out: tuple[tuple[str, int | None], ...]
    detail: str
    looked_at: datetime


@dataclass(frozen=True)
class OneDestination:
    """A destination in all its parts.

    `mapping`: kind of identifier, form, field; `folder`: where in the project it writes files, if it does;
    `source`: its file without secrets, empty for whom it is nothing.
    """

    declared: Declared
    kind: Kind
    accepts: tuple[str, ...]
    mapping: tuple[tuple[str, str, str], ...]
    rows_a_batch: int
    syncs: tuple[Sync, ...]
    n_syncs: int
    unsent: tuple[Unsent, ...]
    holds: tuple[AtDestination, ...]
    folder: str
    source: str
    file: str
    least: int | None
    now: datetime


def _destinations(given: Given) -> Destinations:
    """Every destination and every kind."""
    declared = given.definitions.destinations
    with open_ledger(given.project) as ledger, given.counting() as counting:
        looks = _looks(ledger)
        listed = [
            _declared(each, ledger, looks.get(each.name, []), counting)
            for _, each in sorted(declared.items())
        ]
    broken = {document.name for document in given.project.documents["destinations"]} - set(declared)
    problems = [
        f"destinations/{name}.yaml is not sound: `headwater check` says why" for name in sorted(broken)
    ]
    problems += [str(each) for each in given.project.unreadable if each.file.startswith("destinations/")]
    known = [_kind(name, kind, given) for name, kind in sorted(kinds().items())]
    return Destinations(tuple(listed), tuple(known), least_shown(given), tuple(problems), _present())


def _destination(given: Given, name: str) -> OneDestination:
    """One destination in all its parts.

    Raises:
        NotFoundError: there is none of this name.
    """
    to = find_destination(name, given.definitions.destinations)
    with open_ledger(given.project) as ledger, given.counting() as counting:
        deliveries = ledger.deliveries(name)
        looks = _looks(ledger).get(name, [])
        written = files_by_delivery(given.project, to)
        syncs = [
            replace(_sync(each, ledger, to, counting), files=tuple(written.get(each.delivery_id, ())))
            for each in reversed(deliveries[-MOST_DELIVERIES:])
        ]
        unsent = [
            Unsent(
                each.audience,
                each.status,
                _reasons(each.n_left_out, counting),
                each.detail,
                _naive(each.looked_at),
            )
            for each in looks
            if each.status is not Ending.NOTHING or any(each.n_left_out.values())
        ]
        holds = [
            AtDestination(
                audience,
                *(
                    counting.number(len(ids), "console held")
                    for ids in (each.held, each.doubtful, each.refused)
                ),
            )
            for audience, each in ledger.held_at(name).items()
        ]
        declared = _declared(to, ledger, looks, counting)
    return OneDestination(
        declared,
        _kind(declared.kind, to.kind, given),
        tuple(sorted(label.value for label in to.accepts)),
        tuple((kind, form.value, _field_name(to, kind)) for kind, form in to.identifiers.items()),
        to.rows_a_batch,
        tuple(syncs),
        len(deliveries),
        tuple(unsent),
        tuple(holds),
        folder_of(to),
        _source(to, given),
        to.document.file,
        least_shown(given),
        _present(),
    )


def kind_name(to: DeclaredDestination) -> str:
    """The id of a destination's kind."""
    return next(name for name, kind in kinds().items() if kind is to.kind)


def sees_settings(given: Given) -> bool:
    """Whether settings are something for whoever asks."""
    return given.caller.may(Action.OPERATE)


def _kind(name: str, kind: Destination[Any], given: Given) -> Kind:
    used_by = [each.name for each in given.definitions.destinations.values() if each.kind is kind]
    return Kind(
        name,
        kind.description,
        fields_of(kind.fields),
        tuple((each.name, _kinds(each.kinds), ", ".join(each.forms)) for each in kind.identifiers),
        kind.limits.max_rows,
        kind.limits.max_bytes,
        tuple(sorted(kind.accepts)),
        tuple(sorted(kind.may_accept)),
        kind.is_idempotent,
        kind.files is not None,
        tuple(sorted(used_by)),
    )


def _kinds(names: Sequence[str]) -> str:
    return "any" if ANY in names else ", ".join(names)


def _field_name(to: DeclaredDestination, kind: str) -> str:
    field = to.kind.field_of(kind)
    return field.named(kind) if field else kind


def _declared(to: DeclaredDestination, ledger: Ledger, looks: Sequence[Any], counting: Counting) -> Declared:
    deliveries = ledger.deliveries(to.name)
    last = _sync(deliveries[-1], ledger, to, counting) if deliveries else None
    wrong = next((each for each in looks if each.status in WRONG), None)
    status = wrong.status if wrong else last.status if last else None
    return Declared(
        to.name,
        to.description,
        kind_name(to),
        to.purpose,
        to.audiences,
        to.live,
        status,
        last,
        wrong.detail if wrong else last.detail if last else "",
    )


def _sync(delivery: Delivery, ledger: Ledger, to: DeclaredDestination, counting: Counting) -> Sync:
    tally = ledger.tally(delivery.delivery_id)
    return Sync(
        delivery.delivery_id,
        delivery.audience,
        delivery.status,
        counting.number(tally.n_added, f"{PLACE} added"),
        counting.number(tally.n_removed, f"{PLACE} removed"),
        counting.number(tally.n_refused, f"{PLACE} refused"),
        _share_taken(tally, to, counting),
        _naive(delivery.started_at),
        delivery.detail,
        _reasons(tally.refused, counting),
        _reasons(delivery.n_left_out, counting),
    )


def _share_taken(tally: Tally, to: DeclaredDestination, counting: Counting) -> float | None:
    """Only of counts that may be seen, for it would tell of those that may not."""
    taken = tally.n_added + tally.n_removed
    shown = counting.number(taken, f"{PLACE} taken"), counting.number(tally.n_refused, f"{PLACE} refused")
    if to.kind.files is not None or not taken + tally.n_refused or (tally.n_refused and None in shown):
        return None
    return (shown[0] or 0) / ((shown[0] or 0) + (shown[1] or 0)) if shown[0] or shown[1] else None


def _reasons(reasons: Mapping[str, int], counting: Counting) -> tuple[tuple[str, int | None], ...]:
    return tuple(
        (reason, counting.number(n, f"{PLACE} {reason}")) for reason, n in sorted(reasons.items()) if n
    )


def _looks(ledger: Ledger) -> dict[str, list[Any]]:
    held: dict[str, list[Any]] = {}
    for look in ledger.looks():
        held.setdefault(look.destination, []).append(look)
    return held


def _source(to: DeclaredDestination, given: Given) -> str:
    if not sees_settings(given):
        return ""
    return told_text(read_text(given.project.root, to.document.file), to.document.file)


def least_shown(given: Given) -> int | None:
    """The floor of counts for whoever asks; None: all are shown."""
    return None if given.sees_small_counts else given.project.config.anonymity.least


def _present() -> datetime:
    """The real present: deliveries are made in it, also where a project's stands still."""
    return datetime.now(UTC).replace(tzinfo=None)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


DESTINATIONS = Question("console destinations", Action.SEE_COUNTS, _destinations, seconds=5.0)
DESTINATION = Question("console destination", Action.SEE_COUNTS, _destination, seconds=3.0)
