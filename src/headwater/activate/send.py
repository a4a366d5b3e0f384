"""Delivery: what a destination should hold, less what it holds, sent batch by batch and written down.

Reads `memberships`, `identity_map`, `nodes`, `consents` and the ledger; writes the ledger and sends.

For each audience, in this order: a delivery that was cut short goes on, with its batches and idempotency keys as
planned, but without anybody whose permission is gone meanwhile. Then the difference: who left, or may no longer be
sent, is removed; who is new is added. Nothing to do leaves no trace.

A batch the destination does not take *now* (no answer, 429, 5xx) is tried again with growing pauses; then the
delivery waits for the next run and goes on with the same keys. A batch it refuses *for good* ends the delivery: nobody
in it counts as delivered, and the next run plans anew. One destination's failure does not hold up the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby

import numpy as np

from headwater.activate.attempt import Patience, until_answered
from headwater.activate.batch import NOBODY, Holdings, both
from headwater.activate.declare import DeclaredDestination
from headwater.activate.destination import Accepted, Batch, Change, Later
from headwater.activate.errand import Errand
from headwater.activate.ledger import Ledger, open_ledger
from headwater.activate.plan import next_plan
from headwater.activate.prepare import holders_of, named, owners_of
from headwater.activate.records import Delivery, PlannedBatch, Receipt, Status
from headwater.activate.secrets import with_secrets
from headwater.activate.transport import Transport
from headwater.core.documents import Declaration
from headwater.core.errors import DestinationError, HeadwaterError, Refusal, SettingsError
from headwater.engine.bitmaps import Ids
from headwater.tables.workspace import Workspace


class Ending(StrEnum):
    """How a delivery ended."""

    NOTHING = "nothing"  # the destination already holds what it should
    DONE = "done"
    UNFINISHED = "unfinished"  # goes on at the next run
    FAILED = "failed"  # refused by the destination, or its settings are impossible
    REFUSED = "refused"  # refused by the gate


@dataclass(frozen=True)
class Delivered:
    """What came of one delivery: people sent, refused by the destination by name, and left out by reason."""

    destination: str
    audience: str
    ending: Ending
    delivery_id: str = ""
    n_added: int = 0
    n_removed: int = 0
    n_rejected: int = 0
    n_left_out: Mapping[str, int] = field(default_factory=dict)
    error: HeadwaterError | None = None


@dataclass(frozen=True)
class _Post:
    """How everything is sent and written down in one run."""

    ledger: Ledger
    transport: Transport
    patience: Patience


def deliver(
    workspace: Workspace,
    destinations: Iterable[DeclaredDestination],
    audiences: Collection[str],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Delivered]:
    """Bring every destination up to date.

    Args:
        workspace: the project, opened by `tables.workspace.work`.
        destinations: which, in order.
        audiences: the ids of all audiences there are, for destinations that take all.
        sleep: how to wait between attempts, in seconds.

    Returns:
        One `Delivered` a delivery, or one that says there was nothing to do; failures are among them, not raised.

    Raises:
        StorageError: the ledger or a table could not be read or written.
    """
    project = workspace.project
    settings = project.settings
    results: list[Delivered] = []
    with open_ledger(project) as ledger, Transport(project.root, settings.http_timeout_seconds) as transport:
        post = _Post(ledger, transport, Patience(settings.http_attempts, sleep))
        for to in destinations:
            try:
                own = with_secrets(to.settings, to.document.file)
            except SettingsError as error:
                results.append(Delivered(to.name, "", Ending.FAILED, error=error))
            else:
                results += _deliver_all(post, workspace, to, own, audiences)
    return results


def _deliver_all(
    post: _Post,
    workspace: Workspace,
    to: DeclaredDestination,
    settings: Declaration,
    audiences: Collection[str],
) -> Iterator[Delivered]:
    """Each audience of one destination; once it does not answer, the rest is left for the next run."""
    wanted = sorted(audiences) if to.audiences is None else to.audiences
    for audience in dict.fromkeys([*wanted, *post.ledger.audiences_at(to.name)]):
        errand = Errand(workspace, to, settings, audience, to.identifiers)
        with workspace.progress.step(f"{to.name}: {audience}") as step:
            for delivered in _deliver_audience(post, errand, is_wanted=audience in wanted):
                step.advance(delivered.n_added + delivered.n_removed)
                step.note(delivered.ending)
                yield delivered
        if delivered.ending is Ending.UNFINISHED:
            return


def _deliver_audience(post: _Post, errand: Errand, *, is_wanted: bool) -> Iterator[Delivered]:
    """The deliveries of one audience, or the one that says there is nothing to do; none after one that failed."""
    nothing = Delivered(errand.to.name, errand.audience, Ending.NOTHING)
    any_yet = False
    try:
        for delivery in _deliveries(post, errand, is_wanted=is_wanted):
            if not isinstance(delivery, Delivery):
                nothing = replace(nothing, n_left_out=delivery)
                continue
            any_yet = True
            yield (delivered := _send(post, errand, delivery))
            if delivered.error:
                return
        if not any_yet:
            yield nothing
    except Refusal as error:
        yield replace(nothing, ending=Ending.REFUSED, error=error)


def _deliveries(post: _Post, errand: Errand, *, is_wanted: bool) -> Iterator[Delivery | Mapping[str, int]]:
    """What is under way, then what is planned anew: each to be sent before the next is asked for.

    Ends with who was left out, where there is nothing to plan.
    """
    yield from post.ledger.unfinished(errand.to.name, errand.audience)
    plan = next_plan(errand, post.ledger, is_wanted=is_wanted)
    if plan.cuts and plan.identifiers != errand.identifiers:
        yield post.ledger.open(plan)
        plan = next_plan(errand, post.ledger, is_wanted=is_wanted, takes_back=False)
    yield post.ledger.open(plan) if plan.cuts else plan.n_left_out


def _send(post: _Post, errand: Errand, delivery: Delivery) -> Delivered:
    """Send what is outstanding of a delivery, in the forms it was planned with."""
    errand = replace(errand, identifiers=delivery.identifiers)
    batches = [one for one in post.ledger.batches(delivery.delivery_id) if one.status is Status.PLANNED]
    people = _sendable(errand, batches)
    result = Delivered(
        errand.to.name, delivery.audience, Ending.DONE, delivery.delivery_id, n_left_out=delivery.n_left_out
    )
    with named(errand.workspace, both(*people.values())):
        for batch in batches:
            who = people[batch.change].where(batch.node_ids)
            rejected = _send_batch(post, errand, delivery, batch, who)
            if isinstance(rejected, _Stopped):
                return replace(result, ending=rejected.ending, error=rejected.error)
            result = _counted(result, batch.change, who.n_people, rejected)
    post.ledger.finish(delivery)
    return result


def _sendable(errand: Errand, batches: Sequence[PlannedBatch]) -> dict[Change, Holdings]:
    """Whom the batches may name now: of those to be added, only who is permitted still."""
    removed, added = (_nodes(batches, change) for change in (Change.REMOVED, Change.ADDED))
    permitted = errand.permit(owners_of(errand.workspace, added))
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
    error: DestinationError


def _send_batch(
    post: _Post, errand: Errand, delivery: Delivery, batch: PlannedBatch, who: Holdings
) -> int | _Stopped:
    """Send one batch and write down what came of it; gives how many people the destination refused by name."""
    if not len(who.node_ids):
        post.ledger.sent(delivery, batch, Receipt(who.node_ids))
        return 0
    said = errand.batch(batch.batch_id, batch.change, who)
    tries = 0

    def attempt() -> None:
        nonlocal tries
        tries += 1
        post.ledger.attempt(batch)

    outcome = until_answered(errand, said, post.transport, post.patience, attempt)
    if isinstance(outcome, Accepted):
        rejected = _rejected(outcome, said, who)
        post.ledger.sent(delivery, batch, Receipt(who.node_ids, rejected))
        return len(rejected)
    to = errand.to
    where = f"destination '{to.name}' ({to.document.file})"
    if isinstance(outcome, Later):
        post.ledger.pause(delivery, batch, outcome.reason)
        error = DestinationError(
            f"{where} did not take batch {batch.number} of '{delivery.audience}': {outcome.reason}",
            next_step="nothing is lost: once it works again, the next run goes on where this one stopped",
        )
        return _Stopped(Ending.UNFINISHED, error)
    post.ledger.fail(delivery, batch, outcome.reason, may_have_arrived=batch.attempts + tries > 1)
    error = DestinationError(
        f"{where} refused batch {batch.number} of '{delivery.audience}' for good: {outcome.reason}",
        next_step=f"mend {to.document.file} or the destination; the next run plans anew",
    )
    return _Stopped(Ending.FAILED, error)


def _rejected(outcome: Accepted, batch: Batch, who: Holdings) -> list[tuple[Ids, str]]:
    """The identifiers of each member the destination refused, and why, without any identifier's text in it."""
    groups = [
        np.fromiter((node for node, _ in group), dtype=np.int64)
        for _, group in groupby(
            zip(who.node_ids, who.profile_ids, strict=True), key=lambda pair: int(pair[1])
        )
    ]
    return [
        (groups[index], _harmless(reason, batch.members[index].identifiers))
        for index, reason in sorted(outcome.rejected.items())
        if 0 <= index < len(groups)
    ]


def _harmless(reason: str, identifiers: Mapping[str, tuple[str, ...]]) -> str:
    """A destination's reason, cut short, with the member's own identifiers taken out."""
    for value in sorted({v for values in identifiers.values() for v in values}, key=len, reverse=True):
        reason = reason.replace(value, "…")
    return reason[:120]


def _counted(so_far: Delivered, change: Change, n_people: int, n_rejected: int) -> Delivered:
    n_taken = n_people - n_rejected
    return replace(
        so_far,
        n_added=so_far.n_added + (n_taken if change is Change.ADDED else 0),
        n_removed=so_far.n_removed + (n_taken if change is Change.REMOVED else 0),
        n_rejected=so_far.n_rejected + n_rejected,
    )
