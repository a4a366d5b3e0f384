"""Delivery: what a destination should hold, less what it holds, sent batch by batch and written down.

Reads `memberships`, `identity_map`, `nodes`, `consents` and the ledger; writes the ledger and sends.

Nobody whom an audience's own terms hold out is told of, and an audience that is not scheduled (now) is taken back.

For each audience, in this order: a delivery that was cut short goes on, with its batches and idempotency keys as
planned, but without anybody whose permission is gone meanwhile. Then the difference: who left, or may no longer be
sent, is removed; who is new is added. Where nothing is sent, the ledger keeps why, and who was left out, until the next
run looks again.

A batch the destination does not take *now* (no answer, 429, 5xx) is tried again with growing pauses; then the
delivery waits for the next run and goes on with the same keys; its other audiences are not tried. A batch it refuses
*for good* ends the delivery: nobody in it counts as delivered, and the next run plans anew. One destination's failure
does not hold up the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby

import numpy as np

from headwater.activate.attempt import Patience, until_answered
from headwater.activate.batch import NOBODY, Holdings, both
from headwater.activate.declare import DeclaredDestination
from headwater.activate.destination import Accepted, Batch, Change, Later, Refused
from headwater.activate.errand import Errand
from headwater.activate.ledger import Ledger, open_ledger
from headwater.activate.outgoing import Outgoing
from headwater.activate.plan import next_plan, plan_to_take_back
from headwater.activate.prepare import holders_of, named, owners_of
from headwater.activate.records import Delivery, Ending, Look, Plan, PlannedBatch, Receipt, Status, Tally
from headwater.activate.secrets import with_secrets
from headwater.activate.transport import Transport
from headwater.activate.words import LONGEST_REASON
from headwater.core.errors import DeliveryError, DestinationError, HeadwaterError, Refusal, SettingsError
from headwater.engine.bitmaps import Ids
from headwater.tables.workspace import Workspace

__all__ = ["Delivered", "Ending", "deliver", "take_back"]

NO_REASON = "no reason given"


@dataclass(frozen=True)
class Delivered:
    """What came of one audience at one destination in this run.

    Attributes:
        destination: the destination's id.
        audience: the audience's id.
        ending: how it ended.
        delivery_id: the delivery's in the ledger; empty where nothing was sent.
        n_added: people the destination took as added, in this run.
        n_removed: people it took as removed.
        refused: people it refused by name, by its own reason.
        n_left_out: people it was not to be told of, by reason, as last planned.
        detail: why it ended so, where that is to be told.
        error: what went wrong; one for all that it kept from being tried.
    """

    destination: str
    audience: str
    ending: Ending
    delivery_id: str = ""
    n_added: int = 0
    n_removed: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    n_left_out: Mapping[str, int] = field(default_factory=dict)
    detail: str = ""
    error: HeadwaterError | None = None


@dataclass(frozen=True)
class _Post:
    """How everything is sent and written down in one run; `only`: the identifiers to take back, where nothing else is sent."""

    ledger: Ledger
    transport: Transport
    patience: Patience
    only: Ids | None = None


def deliver(
    workspace: Workspace,
    destinations: Iterable[DeclaredDestination],
    audiences: Mapping[str, Outgoing],
    *,
    are_all: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Delivered]:
    """Bring destinations up to date.

    Args:
        workspace: the project, opened by `tables.workspace.work`.
        destinations: which, in order.
        audiences: all audiences there are, with what each brings along.
        are_all: whether it is a run over all there are; if not, what the latest run saw at the others stays.
        sleep: how to wait between attempts, in seconds.

    Returns:
        One `Delivered` a delivery, and one for each audience of which nothing was sent; failures are among them, not
        raised.

    Raises:
        StorageError: the ledger or a table could not be read or written.
    """
    project = workspace.project
    settings = project.settings
    results: list[Delivered] = []
    with open_ledger(project) as ledger, Transport(project.root, settings.http_timeout_seconds) as transport:
        post = _Post(ledger, transport, Patience(settings.http_attempts, sleep))
        if are_all:
            ledger.forget_looks()
        for to in destinations:
            if not are_all:
                ledger.forget_looks(to.name)
            came = _deliver_all(post, workspace, to, audiences)
            ledger.note(_looks(came))
            results += came
    return results


def take_back(
    workspace: Workspace,
    destinations: Iterable[DeclaredDestination],
    audiences: Mapping[str, Outgoing],
    node_ids: Ids,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Delivered]:
    """Let destinations remove these identifiers wherever they hold them. What else waits there stays for the next run.

    Args:
        workspace: the project, opened by `tables.workspace.work`.
        destinations: which, in order; one that holds none of them is not asked.
        audiences: all audiences there are, with what each brings along.
        node_ids: the identifiers.
        sleep: how to wait between attempts, in seconds.

    Returns:
        One `Delivered` for each audience of which a destination holds one of them; failures are among them, not raised.

    Raises:
        StorageError: the ledger or a table could not be read or written.
    """
    project = workspace.project
    settings = project.settings
    with open_ledger(project) as ledger, Transport(project.root, settings.http_timeout_seconds) as transport:
        post = _Post(ledger, transport, Patience(settings.http_attempts, sleep), node_ids)
        results: list[Delivered] = []
        for to in destinations:
            ledger.doubt(to.name, node_ids)
            results += _deliver_all(post, workspace, to, audiences)
    return results


def _looks(came: Iterable[Delivered]) -> list[Look]:
    """What is to be kept of the audiences of which nothing was sent."""
    now = datetime.now(UTC)
    return [
        Look(one.destination, one.audience, one.ending, one.n_left_out, one.detail, now)
        for one in came
        if not one.delivery_id
    ]


def _deliver_all(
    post: _Post, workspace: Workspace, to: DeclaredDestination, audiences: Mapping[str, Outgoing]
) -> list[Delivered]:
    """Each audience of one destination; once it cannot be asked, the rest is left for the next run."""
    wanted = sorted(audiences) if to.audiences is None else to.audiences
    waiting = (
        list(dict.fromkeys([*wanted, *post.ledger.audiences_at(to.name)]))
        if post.only is None
        else post.ledger.audiences_with(to.name, post.only)
    )
    if not waiting:
        return []
    try:
        settings = with_secrets(to.settings, _place(to))
    except SettingsError as error:
        return _not_tried(to, waiting, error.message.removeprefix(f"{_place(to)}: "), error)
    results: list[Delivered] = []
    for number, audience in enumerate(waiting, start=1):
        errand = Errand(
            workspace, to, settings, audience, to.identifiers, audiences.get(audience, Outgoing())
        )
        with workspace.progress.step(f"{to.name}: {audience}") as step:
            came = _deliver_audience(post, errand, is_wanted=audience in wanted)
            step.advance(sum(one.n_added + one.n_removed for one in came))
            step.note(came[-1].ending.replace("_", " "))
        results += came
        if came[-1].ending is Ending.UNFINISHED:
            why = f"it did not take '{audience}' just before: {came[-1].detail}"
            return results + _not_tried(to, waiting[number:], why)
    return results


def _not_tried(
    to: DeclaredDestination, audiences: Iterable[str], why: str, error: HeadwaterError | None = None
) -> list[Delivered]:
    """Audiences that a destination was not asked to take; the error, if any, is told once."""
    return [
        Delivered(to.name, each, Ending.NOT_TRIED, detail=why, error=None if number else error)
        for number, each in enumerate(audiences)
    ]


def _place(to: DeclaredDestination) -> str:
    """The destination, as messages name it."""
    return f"destination '{to.name}' ({to.document.file})"


def _deliver_audience(post: _Post, errand: Errand, *, is_wanted: bool) -> list[Delivered]:
    """The deliveries of one audience, and whether there is nothing to send; none after one that failed.

    Who was left out is told once, with the last of them, as it was planned last.
    """
    nothing = Delivered(errand.to.name, errand.audience, Ending.NOTHING)
    results: list[Delivered] = []
    try:
        for found in _deliveries(post, errand, is_wanted=is_wanted):
            if isinstance(found, Delivery):
                results.append(_send(post, errand, found))
                if results[-1].error:
                    break
            elif found.n_left_out or not results:
                results.append(replace(nothing, n_left_out=found.n_left_out))
    except Refusal as error:
        results.append(replace(nothing, ending=Ending.REFUSED, detail=error.message, error=error))
    *others, last = results
    return [*(replace(one, n_left_out={}) for one in others), last]


def _deliveries(post: _Post, errand: Errand, *, is_wanted: bool) -> Iterator[Delivery | Plan]:
    """What is under way, then what is planned anew: each to be sent before the next is asked for.

    Ends with the plan itself, where there is nothing in it to send.
    """
    if post.only is not None:
        plan = plan_to_take_back(errand, post.ledger, post.only)
        yield post.ledger.open(plan) if plan.cuts else plan
        return
    yield from post.ledger.unfinished(errand.to.name, errand.audience)
    plan = next_plan(errand, post.ledger, is_wanted=is_wanted)
    if plan.identifiers != errand.identifiers:
        if plan.cuts:
            yield post.ledger.open(plan)
        plan = next_plan(errand, post.ledger, is_wanted=is_wanted, takes_back=False)
    if plan.cuts:
        yield post.ledger.open(plan)
    else:
        post.ledger.settle(plan)
        yield plan


def _send(post: _Post, errand: Errand, delivery: Delivery) -> Delivered:
    """Send what is outstanding of a delivery, in the forms it was planned with."""
    errand = replace(errand, identifiers=delivery.identifiers)
    batches = [one for one in post.ledger.batches(delivery.delivery_id) if one.status is Status.PLANNED]
    people = _sendable(errand, batches)
    tally = Tally()
    with named(errand.workspace, both(*people.values())):
        for batch in batches:
            who = people[batch.change].where(batch.node_ids)
            came = _send_batch(post, errand, delivery, batch, who)
            if isinstance(came, _Stopped):
                return replace(_told(delivery, came.ending, tally), detail=came.reason, error=came.error)
            tally = tally.with_batch(batch.change, came.people.n_people, (why for _, why in came.rejected))
    post.ledger.finish(delivery)
    return _told(delivery, Ending.DONE, tally)


def _told(delivery: Delivery, ending: Ending, tally: Tally) -> Delivered:
    """What came of a delivery."""
    return Delivered(
        delivery.destination,
        delivery.audience,
        ending,
        delivery.delivery_id,
        tally.n_added,
        tally.n_removed,
        tally.refused,
        delivery.n_left_out,
    )


def _sendable(errand: Errand, batches: Sequence[PlannedBatch]) -> dict[Change, Holdings]:
    """Whom the batches may name now: of those to be added, only who is permitted still."""
    removed, added = (_nodes(batches, change) for change in (Change.REMOVED, Change.ADDED))
    permitted, _ = errand.permit(owners_of(errand.workspace, added))
    return {
        Change.REMOVED: holders_of(errand.workspace, removed, errand.identifiers),
        Change.ADDED: holders_of(errand.workspace, added, errand.identifiers).among(permitted.profile_ids),
    }


def _nodes(batches: Sequence[PlannedBatch], change: Change) -> Ids:
    return np.concatenate([NOBODY.node_ids, *(one.node_ids for one in batches if one.change is change)])


@dataclass(frozen=True)
class _Stopped:
    """Why a delivery cannot go on now."""

    ending: Ending
    reason: str
    error: HeadwaterError


def _send_batch(
    post: _Post, errand: Errand, delivery: Delivery, batch: PlannedBatch, who: Holdings
) -> Receipt | _Stopped:
    """Send one batch and write down what came of it; gives whom it was sent and whom of them it refused by name."""
    if not len(who.node_ids):
        post.ledger.sent(delivery, batch, receipt := Receipt(who))
        return receipt
    said = errand.batch(batch.batch_id, batch.change, who)
    tries = 0

    def attempt() -> None:
        nonlocal tries
        tries += 1
        post.ledger.attempt(batch)

    outcome = until_answered(errand, said, post.transport, post.patience, attempt)
    if isinstance(outcome, Accepted):
        receipt = Receipt(who, _rejected(errand, outcome, said, who))
        post.ledger.sent(delivery, batch, receipt)
        return receipt
    if isinstance(outcome, Later):
        post.ledger.pause(delivery, batch, outcome.reason)
    else:
        post.ledger.fail(delivery, batch, outcome.reason, may_have_arrived=batch.attempts + tries > 1)
    return _stopped(errand.to, delivery, batch, outcome)


def _stopped(
    to: DeclaredDestination, delivery: Delivery, batch: PlannedBatch, outcome: Later | Refused
) -> _Stopped:
    """Why a delivery cannot go on, with the error that tells it."""
    what = f"batch {batch.number} of '{delivery.audience}'"
    if isinstance(outcome, Later):
        error: HeadwaterError = DestinationError(
            f"{_place(to)} did not take {what}: {outcome.reason}",
            next_step="nothing is lost: once it works again, the next run goes on where this one stopped",
        )
        return _Stopped(Ending.UNFINISHED, outcome.reason, error)
    error = DeliveryError(
        f"{_place(to)} refused {what} for good: {outcome.reason}",
        next_step=f"mend {to.document.file} or the destination; the next run plans anew",
    )
    return _Stopped(Ending.FAILED, outcome.reason, error)


def _rejected(errand: Errand, outcome: Accepted, batch: Batch, who: Holdings) -> list[tuple[Ids, str]]:
    """The identifiers of each member the destination refused, and why, without any identifier's text in it."""
    groups = [
        np.fromiter((node for node, _ in group), dtype=np.int64)
        for _, group in groupby(
            zip(who.node_ids, who.profile_ids, strict=True), key=lambda pair: int(pair[1])
        )
    ]
    return [
        (groups[index], errand.quoted(reason, [batch.members[index]], LONGEST_REASON) or NO_REASON)
        for index, reason in sorted(outcome.rejected.items())
        if 0 <= index < len(groups)
    ]
