"""What is asked of one destination: what it could receive, what would be sent now, and sending it.

Reads the definitions, the tables as last refreshed and the ledger; writes the ledger, where it is sent.
The gate is asked as a delivery asks it. Counts of people are given as whoever asks may see them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headwater.access.roles import Action
from headwater.activate.declare import DeclaredDestination, find_destination
from headwater.activate.destination import Change
from headwater.activate.errand import Errand
from headwater.activate.ledger import Ledger, open_ledger
from headwater.activate.outgoing import Outgoing
from headwater.activate.plan import next_plan
from headwater.activate.secrets import with_secrets
from headwater.activate.send import Delivered
from headwater.console.desk.question import Given, Question
from headwater.console.destinations.questions import PLACE, least_shown
from headwater.console.works.work import Work
from headwater.core.errors import HeadwaterError
from headwater.flow.delivering import deliver_now
from headwater.flow.destination_check import CheckedField, check_destination
from headwater.privacy.anonymity.counts import Counting

WAIT_SECONDS = 60.0  # for a run that is under way


@dataclass(frozen=True)
class Receivable:
    """What a destination could receive of an audience; `refusal`: why nothing. None: too few to show."""

    audience: str
    refusal: str
    n_members: int | None
    n_permitted: int | None
    left_out: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Checked:
    """What a destination could receive; `missing`: why it could not be reached as it is set up."""

    lawful_basis: str
    fields: tuple[CheckedField, ...]
    audiences: tuple[Receivable, ...]
    missing: str
    least: int | None


@dataclass(frozen=True)
class Planned:
    """What would be sent of an audience now; `problem`: why nothing can be, `is_there`: anybody is. None: too few to show."""

    audience: str
    n_added: int | None
    n_removed: int | None
    n_requests: int
    left_out: tuple[tuple[str, int | None], ...]
    problem: str
    is_there: bool


def _check(given: Given, name: str) -> Checked:
    """What a destination could receive, and why not the rest.

    Raises:
        NotFoundError: there is no such destination.
    """
    found = check_destination(given.workspace, name)
    to = find_destination(name, given.definitions.destinations)
    with given.counting() as counting:
        audiences = tuple(
            Receivable(
                each.audience,
                each.refusal,
                counting.number(each.n_members, "console members"),
                counting.number(each.n_permitted, "console permitted"),
                _reasons(each.left_out, counting),
            )
            for each in found.audiences
        )
    return Checked(found.lawful_basis, found.fields, audiences, _missing(to), least_shown(given))


def _plan(given: Given, name: str) -> tuple[Planned, ...]:
    """What would be sent now, audience by audience; nothing is sent or written.

    Raises:
        NotFoundError: there is no such destination. SettingsError: a secret it names is not there.
    """
    to = find_destination(name, given.definitions.destinations)
    settings = with_secrets(to.settings, to.document.file)
    outgoing = given.definitions.outgoing
    with open_ledger(given.project) as ledger, given.counting() as counting:
        wanted = sorted(outgoing) if to.audiences is None else to.audiences
        named = dict.fromkeys([*wanted, *ledger.audiences_at(name)])
        return tuple(
            _planned(
                Errand(given.workspace, to, settings, each, to.identifiers, outgoing.get(each, Outgoing())),
                ledger,
                counting,
                is_wanted=each in wanted,
            )
            for each in named
        )


def _planned(errand: Errand, ledger: Ledger, counting: Counting, *, is_wanted: bool) -> Planned:
    is_there = len(ledger.holding(errand.to.name, errand.audience).possible) > 0
    try:
        plan = next_plan(errand, ledger, is_wanted=is_wanted)
    except HeadwaterError as error:
        return Planned(errand.audience, 0, 0, 0, (), error.message, is_there)
    added, removed = (
        counting.number(plan.n_people(each), f"{PLACE} {each}") for each in (Change.ADDED, Change.REMOVED)
    )
    left_out = _reasons(plan.n_left_out, counting)
    return Planned(errand.audience, added, removed, len(plan.cuts), left_out, "", is_there)


def nobody_goes(planned: Sequence[Planned]) -> bool:
    """Whether nothing would be sent to a place where nobody is, because all were left out or may not go there."""
    return not any(each.n_requests or each.is_there for each in planned) and any(
        each.left_out or each.problem for each in planned
    )


def _deliver(given: Given, name: str, work: Work[tuple[Delivered, ...]]) -> tuple[Delivered, ...]:
    """Send what is to be sent to a destination, now.

    Raises:
        NotFoundError: there is no such destination. BusyError: a run is under way, and goes on for long.
    """
    delivered = deliver_now(
        given.project,
        name,
        progress=work,
        wait_seconds=WAIT_SECONDS,
        by="console deliver",
        caller=given.caller,
    )
    return tuple(delivered)


def _missing(to: DeclaredDestination) -> str:
    try:
        with_secrets(to.settings, to.document.file)
    except HeadwaterError as error:
        return error.message
    return ""


def _reasons(reasons: Mapping[str, int], counting: Counting) -> tuple[tuple[str, int | None], ...]:
    return tuple(
        (reason, counting.number(n, f"{PLACE} {reason}")) for reason, n in sorted(reasons.items()) if n
    )


def _sent(delivered: tuple[Delivered, ...]) -> Mapping[str, int]:
    return {
        "added": sum(each.n_added for each in delivered),
        "removed": sum(each.n_removed for each in delivered),
    }


CHECK = Question("console destination check", Action.SEE_COUNTS, _check)
PLAN = Question("console destination plan", Action.SEE_COUNTS, _plan, seconds=0.0)
DELIVER = Question(
    "console deliver", Action.SEND, _deliver, seconds=0.0, about=lambda name, _: (name,), counts=_sent
)
