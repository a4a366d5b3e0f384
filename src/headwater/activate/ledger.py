"""The ledger: which destination was sent whom, and when. What makes delivery exactly once, and answers GDPR art. 19.

    deliveries   one row a delivery: one difference of one audience at one destination
    batches      its batches; batch_id is the idempotency key, node_ids whom it names
    delivered    what each destination holds of each audience, as far as it said so
    looks        of which audiences the latest run sent nothing to which destination, and why

Kept in the database of the setting `state_url`, or in `state/headwater.db` of the project. A batch's outcome and its
effect on `delivered` are one transaction. A plan is in the ledger before anything is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa
from pyroaring import BitMap64

from headwater.activate.batch import NOBODY
from headwater.activate.destination import Change
from headwater.activate.records import (
    BATCHES,
    DELIVERED,
    DELIVERIES,
    LOOKS,
    METADATA,
    Delivery,
    Ending,
    Holding,
    Look,
    Plan,
    PlannedBatch,
    Receipt,
    Status,
    Tally,
    batch_row,
    delivery_row,
    look_row,
    naive,
    pack,
    read_batch,
    read_delivery,
    read_forms,
    read_look,
    unpack,
    without_nodes,
)
from headwater.core.project import Project
from headwater.core.state import connect_state, explained
from headwater.engine.bitmaps import Ids

_WHAT = "the ledger"


class Ledger:
    """The ledger of one project; written by its owner alone."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        with explained(_WHAT):
            METADATA.create_all(engine)

    def holding(self, destination: str, audience: str) -> Holding:
        """What a destination holds of an audience."""
        with self._begin() as connection:
            return _holding(connection, destination, audience)

    def audiences_at(self, destination: str) -> list[str]:
        """Audiences of which a destination holds anybody, or has a delivery under way."""
        with self._begin() as connection:
            rows = connection.execute(
                sa.select(DELIVERED).where(DELIVERED.c.destination == destination)
            ).mappings()
            held = {
                row["audience"] for row in rows if len(unpack(row["held"])) or len(unpack(row["doubtful"]))
            }
        return sorted(held | {one.audience for one in self.unfinished(destination)})

    def audiences_with(self, destination: str, node_ids: Ids) -> list[str]:
        """Audiences of which a destination holds one of these identifiers, or may."""
        return [
            audience
            for audience, holding in self.held_at(destination).items()
            if np.isin(holding.possible, node_ids).any()
        ]

    def doubt(self, destination: str, node_ids: Ids) -> None:
        """Hold those of these identifiers in doubt that stand in a batch tried and not taken yet: it may have arrived."""
        for delivery in self.unfinished(destination):
            tried = [
                batch.node_ids
                for batch in self.batches(delivery.delivery_id)
                if batch.status is Status.PLANNED and batch.attempts and batch.change is Change.ADDED
            ]
            unsure = np.intersect1d(np.concatenate([NOBODY.node_ids, *tried]), node_ids)
            with self._begin() as connection:
                held = _holding(connection, destination, delivery.audience)
                unsure = np.setdiff1d(unsure, held.held)
                if len(unsure):
                    doubtful = np.union1d(held.doubtful, unsure)
                    _hold(connection, delivery, replace(held, doubtful=doubtful))

    def unfinished(self, destination: str, audience: str | None = None) -> list[Delivery]:
        """Deliveries that were planned and are neither done nor failed, oldest first."""
        return self._deliveries(DELIVERIES.c.status == Ending.UNFINISHED, destination, audience)

    def deliveries(self, destination: str | None = None, audience: str | None = None) -> list[Delivery]:
        """All deliveries, oldest first."""
        return self._deliveries(sa.true(), destination, audience)

    def batches(self, delivery_id: str) -> list[PlannedBatch]:
        """A delivery's batches in order."""
        with self._begin() as connection:
            rows = connection.execute(
                sa.select(BATCHES).where(BATCHES.c.delivery_id == delivery_id).order_by(BATCHES.c.number)
            ).mappings()
            return [read_batch(row) for row in rows]

    def held_at(self, destination: str) -> dict[str, Holding]:
        """What a destination holds, or refused, of each audience that it was ever sent."""
        with self._begin() as connection:
            names = connection.execute(
                sa.select(DELIVERED.c.audience)
                .where(DELIVERED.c.destination == destination)
                .order_by(DELIVERED.c.audience)
            ).scalars()
            return {name: _holding(connection, destination, name) for name in names.all()}

    def tally(self, delivery_id: str) -> Tally:
        """What came of a delivery so far; who was planned but not yet sent is in it nowhere."""
        taken = sa.and_(BATCHES.c.delivery_id == delivery_id, BATCHES.c.status == Status.SENT)
        tally = Tally()
        with self._begin() as connection:
            for row in connection.execute(sa.select(BATCHES).where(taken)).mappings():
                reasons = [said["reason"] for said in row["rejected"]]
                tally = tally.with_batch(Change(row["change"]), row["n_people"], reasons)
        return tally

    def looks(self) -> list[Look]:
        """Of which audiences the latest run sent nothing to which destination, by destination and audience."""
        order = (LOOKS.c.destination, LOOKS.c.audience)
        with self._begin() as connection:
            return [
                read_look(row) for row in connection.execute(sa.select(LOOKS).order_by(*order)).mappings()
            ]

    def forget_looks(self, destination: str | None = None) -> None:
        """A run begins, of all destinations or of one: what the one before it saw there is no longer the latest."""
        concerned = sa.true() if destination is None else LOOKS.c.destination == destination
        with self._begin() as connection:
            connection.execute(LOOKS.delete().where(concerned))

    def note(self, looks: Sequence[Look]) -> None:
        """Write down of which audiences a destination was sent nothing."""
        with self._begin() as connection:
            if looks:
                connection.execute(LOOKS.insert(), [look_row(each) for each in looks])

    def settle(self, plan: Plan) -> None:
        """There is nothing to send: only who is no longer refused is to be noted."""
        with self._begin() as connection:
            held = _holding(connection, plan.destination, plan.audience)
            if not np.array_equal(held.refused, plan.refused):
                _hold(connection, plan, replace(held, refused=plan.refused))

    def sent_of(self, node_ids: Ids) -> list[tuple[Delivery, Change, datetime]]:
        """Every delivery that named one of these identifiers to a destination, with what it said and when."""
        return [(delivery, batch.change, at) for delivery, batch, at in self._sent_with(node_ids)]

    def sent_by(self, node_ids: Ids) -> list[tuple[Delivery, Change, datetime, list[int]]]:
        """The same, with those of the identifiers by which it named them."""
        wanted = BitMap64(node_ids.tolist())
        return [
            (delivery, batch.change, at, list(wanted & BitMap64(batch.node_ids.tolist())))
            for delivery, batch, at in self._sent_with(node_ids)
        ]

    def forget(self, node_ids: Ids) -> int:
        """Strike identifiers out of everything that was sent or is to be sent; gives in how many rows they stood."""
        struck = 0
        with self._begin() as connection:
            for row in connection.execute(sa.select(BATCHES)).mappings().all():
                if values := without_nodes(row, ("node_ids",), node_ids):
                    _set(connection, BATCHES, row["batch_id"], **values)
                    struck += 1
            for row in connection.execute(sa.select(DELIVERED)).mappings().all():
                if values := without_nodes(row, ("held", "doubtful", "refused"), node_ids):
                    key = sa.and_(
                        DELIVERED.c.destination == row["destination"], DELIVERED.c.audience == row["audience"]
                    )
                    connection.execute(DELIVERED.update().where(key).values(values))
                    struck += 1
        return struck

    def names(self, node_ids: Ids) -> bool:
        """Whether any of these identifiers stands anywhere in it."""
        with self._begin() as connection:
            batches = connection.execute(sa.select(BATCHES)).mappings().all()
            held = connection.execute(sa.select(DELIVERED)).mappings().all()
        return any(without_nodes(row, ("node_ids",), node_ids) for row in batches) or any(
            without_nodes(row, ("held", "doubtful", "refused"), node_ids) for row in held
        )

    def open(self, plan: Plan) -> Delivery:
        """Write a plan down: the delivery and all its batches. Nothing may be sent before this returns."""
        now = datetime.now(UTC)
        delivery = Delivery(
            f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}",
            plan.destination,
            plan.audience,
            plan.purpose,
            plan.identifiers,
            now,
            plan.n_people(Change.ADDED),
            plan.n_people(Change.REMOVED),
            plan.n_left_out,
            Ending.UNFINISHED,
        )
        with self._begin() as connection:
            held = _holding(connection, plan.destination, plan.audience)
            connection.execute(DELIVERIES.insert(), [delivery_row(delivery)])
            connection.execute(
                BATCHES.insert(), [batch_row(delivery, n, c) for n, c in enumerate(plan.cuts, start=1)]
            )
            _hold(
                connection,
                delivery,
                Holding(held.held, held.doubtful, plan.refused, plan.identifiers, plan.fingerprint),
            )
        return delivery

    def attempt(self, batch: PlannedBatch) -> None:
        """Note that a batch is about to be sent: from here on it may have arrived."""
        with self._begin() as connection:
            _set(connection, BATCHES, batch.batch_id, attempts=BATCHES.c.attempts + 1)

    def sent(self, delivery: Delivery, batch: PlannedBatch, receipt: Receipt) -> None:
        """The destination took a batch: note it, and what the destination holds now."""
        taken = np.setdiff1d(receipt.node_ids, receipt.refused)
        # Who was in the batch but taken out of this attempt may have arrived with an earlier one.
        unsure = np.setdiff1d(batch.node_ids, receipt.node_ids) if batch.attempts else NOBODY.node_ids
        with self._begin() as connection:
            _set(connection, BATCHES, batch.batch_id, **_taken(batch, receipt))
            held = _holding(connection, delivery.destination, delivery.audience)
            if batch.change is Change.ADDED:
                now = _after_adding(held, taken, unsure, receipt.refused)
            else:
                now = _after_removing(held, taken)
            _hold(connection, delivery, now)

    def pause(self, delivery: Delivery, batch: PlannedBatch, error: str) -> None:
        """The destination did not take a batch yet: the delivery goes on at the next run."""
        with self._begin() as connection:
            _set(connection, BATCHES, batch.batch_id, error=error)
            _set(connection, DELIVERIES, delivery.delivery_id, detail=error)

    def fail(self, delivery: Delivery, batch: PlannedBatch, error: str, *, may_have_arrived: bool) -> None:
        """The destination refused a batch for good: the delivery ends here, with its unsent batches."""
        with self._begin() as connection:
            _set(connection, BATCHES, batch.batch_id, error=error)
            unsent = sa.and_(
                BATCHES.c.delivery_id == delivery.delivery_id, BATCHES.c.status == Status.PLANNED
            )
            connection.execute(BATCHES.update().where(unsent).values(status=Status.FAILED))
            _end(connection, delivery, Ending.FAILED, error)
            if may_have_arrived and batch.change is Change.ADDED:
                held = _holding(connection, delivery.destination, delivery.audience)
                _hold(
                    connection,
                    delivery,
                    _after_adding(held, NOBODY.node_ids, batch.node_ids, NOBODY.node_ids),
                )

    def finish(self, delivery: Delivery) -> None:
        """All batches were taken."""
        with self._begin() as connection:
            _end(connection, delivery, Ending.DONE, "")

    def _sent_with(self, node_ids: Ids) -> Iterator[tuple[Delivery, PlannedBatch, datetime]]:
        wanted = BitMap64(node_ids.tolist())
        for delivery in self.deliveries():
            for batch in self.batches(delivery.delivery_id):
                if batch.sent_at and not wanted.isdisjoint(BitMap64(batch.node_ids.tolist())):
                    yield delivery, batch, batch.sent_at

    def _deliveries(
        self, condition: sa.ColumnElement[bool], destination: str | None, audience: str | None
    ) -> list[Delivery]:
        select = (
            sa.select(DELIVERIES).where(condition).order_by(DELIVERIES.c.started_at, DELIVERIES.c.delivery_id)
        )
        if destination is not None:
            select = select.where(DELIVERIES.c.destination == destination)
        if audience is not None:
            select = select.where(DELIVERIES.c.audience == audience)
        with self._begin() as connection:
            return [read_delivery(row) for row in connection.execute(select).mappings()]

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(_WHAT), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_ledger(project: Project) -> Iterator[Ledger]:
    """The project's ledger, made if there is none yet.

    Raises:
        StorageError: its database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield Ledger(engine)
    finally:
        engine.dispose()


def _taken(batch: PlannedBatch, receipt: Receipt) -> dict[str, object]:
    """What changes in the row of a batch that was taken: whom it named in the end, and whom of them in vain."""
    values: dict[str, object] = {
        "status": Status.SENT if len(receipt.node_ids) else Status.VOID,
        "sent_at": naive(datetime.now(UTC)) if len(receipt.node_ids) else None,
        "n_people": receipt.people.n_people,
        "rejected": [{"node_ids": ids.tolist(), "reason": reason} for ids, reason in receipt.rejected],
        "error": "",
    }
    # After an earlier attempt, who was taken out since may be known there too, and stays on record.
    return values if batch.attempts else {**values, "node_ids": pack(receipt.node_ids)}


def _after_adding(before: Holding, taken: Ids, unsure: Ids, refused: Ids) -> Holding:
    return Holding(
        np.union1d(before.held, taken),
        np.setdiff1d(np.union1d(before.doubtful, unsure), taken),
        np.union1d(before.refused, refused),
        before.identifiers,
        before.fingerprint,
    )


def _after_removing(before: Holding, taken: Ids) -> Holding:
    """Who could not be removed by name stays held, and is tried again at the next run: they have a right to it."""
    return Holding(
        np.setdiff1d(before.held, taken),
        np.setdiff1d(before.doubtful, taken),
        before.refused,
        before.identifiers,
        before.fingerprint,
    )


def _holding(connection: sa.Connection, destination: str, audience: str) -> Holding:
    key = sa.and_(DELIVERED.c.destination == destination, DELIVERED.c.audience == audience)
    row = connection.execute(sa.select(DELIVERED).where(key)).mappings().first()
    if row is None:
        return Holding()
    held, doubtful, refused = (unpack(row[name]) for name in ("held", "doubtful", "refused"))
    return Holding(held, doubtful, refused, read_forms(row["identifiers"]), row["fingerprint"])


def _hold(connection: sa.Connection, of: Delivery | Plan, holding: Holding) -> None:
    key = {"destination": of.destination, "audience": of.audience}
    values = {
        "held": pack(holding.held),
        "doubtful": pack(holding.doubtful),
        "refused": pack(holding.refused),
        "identifiers": dict(holding.identifiers),
        "fingerprint": holding.fingerprint,
        "changed_at": naive(datetime.now(UTC)),
    }
    this = sa.and_(*(DELIVERED.c[name] == value for name, value in key.items()))
    if not connection.execute(DELIVERED.update().where(this).values(values)).rowcount:
        connection.execute(DELIVERED.insert().values(**key, **values))


def _end(connection: sa.Connection, delivery: Delivery, status: Ending, detail: str) -> None:
    now = naive(datetime.now(UTC))
    _set(connection, DELIVERIES, delivery.delivery_id, status=status, detail=detail, ended_at=now)


def _set(connection: sa.Connection, table: sa.Table, key: str, **values: object) -> None:
    """Change one row of a table, found by its primary key."""
    (primary,) = table.primary_key.columns
    connection.execute(table.update().where(primary == key).values(values))
