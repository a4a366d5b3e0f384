"""What the ledger holds: its tables, and the objects their rows stand for.

People stand in it as numbers of their identifiers (`nodes.node_id`) in roaring bitmaps, never by the identifiers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
import sqlalchemy as sa
from pyroaring import BitMap64

from headwater.activate.batch import NOBODY, Cut, Holdings
from headwater.activate.destination import Change, Form
from headwater.engine.bitmaps import Ids

METADATA = sa.MetaData()

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("delivery_id", sa.String(64), primary_key=True),
    sa.Column("destination", sa.String(64), nullable=False, index=True),
    sa.Column("audience", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(64), nullable=False),
    sa.Column("identifiers", sa.JSON, nullable=False),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("n_added", sa.Integer, nullable=False),
    sa.Column("n_removed", sa.Integer, nullable=False),
    sa.Column("n_left_out", sa.JSON, nullable=False),
    sa.Column("status", sa.String(16), nullable=False, index=True),
    sa.Column("detail", sa.Text, nullable=False, default=""),
)

BATCHES = sa.Table(
    "batches",
    METADATA,
    sa.Column("batch_id", sa.String(64), primary_key=True),
    sa.Column("delivery_id", sa.ForeignKey("deliveries.delivery_id"), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("node_ids", sa.LargeBinary, nullable=False),
    sa.Column("n_people", sa.Integer, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("rejected", sa.JSON, nullable=False, default=list),
    sa.Column("sent_at", sa.DateTime),
    sa.Column("error", sa.Text, nullable=False, default=""),
)

DELIVERED = sa.Table(
    "delivered",
    METADATA,
    sa.Column("destination", sa.String(64), primary_key=True),
    sa.Column("audience", sa.String(64), primary_key=True),
    sa.Column("held", sa.LargeBinary, nullable=False),
    sa.Column("doubtful", sa.LargeBinary, nullable=False),
    sa.Column("refused", sa.LargeBinary, nullable=False),
    sa.Column("identifiers", sa.JSON, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("changed_at", sa.DateTime, nullable=False),
)


LOOKS = sa.Table(
    "looks",
    METADATA,
    sa.Column("destination", sa.String(64), primary_key=True),
    sa.Column("audience", sa.String(64), primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("n_left_out", sa.JSON, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("looked_at", sa.DateTime, nullable=False),
)


class Ending(StrEnum):
    """How an audience fared at a destination: the one word for it, in the ledger and to people."""

    NOTHING = "nothing"  # the destination already holds what it should
    DONE = "done"
    UNFINISHED = "unfinished"  # goes on at the next run
    FAILED = "failed"  # refused by the destination
    REFUSED = "refused"  # refused by the gate
    NOT_TRIED = "not_tried"  # the destination could not be asked


class Status(StrEnum):
    """How far a batch is; void: nobody was left in it."""

    PLANNED = "planned"
    SENT = "sent"
    VOID = "void"
    FAILED = "failed"


def _nobody() -> Ids:
    return NOBODY.node_ids


@dataclass(frozen=True, eq=False)
class Holding:
    """What a destination holds of an audience, as identifiers: int64, ascending.

    Attributes:
        held: acknowledged by the destination.
        doubtful: sent, without an answer that says whether it arrived; to be removed like `held`, to be added again.
        refused: refused by name; not tried again until what is sent changes.
        identifiers: the forms in which they were sent.
        fingerprint: of the declaration at that time.
    """

    held: Ids = field(default_factory=_nobody)
    doubtful: Ids = field(default_factory=_nobody)
    refused: Ids = field(default_factory=_nobody)
    identifiers: Mapping[str, Form] = field(default_factory=dict)
    fingerprint: str = ""

    @property
    def possible(self) -> Ids:
        """Whom the destination may know of."""
        return np.union1d(self.held, self.doubtful)


@dataclass(frozen=True)
class Delivery:
    """One delivery as it stands in the ledger; counts are people as planned (`Tally`: as sent), instants UTC."""

    delivery_id: str
    destination: str
    audience: str
    purpose: str
    identifiers: Mapping[str, Form]
    started_at: datetime
    n_added: int
    n_removed: int
    n_left_out: Mapping[str, int]
    status: Ending
    detail: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Tally:
    """What came of a delivery so far: people the destination took, and those it refused by name, by its reason."""

    n_added: int = 0
    n_removed: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def n_refused(self) -> int:
        """How many people it refused by name."""
        return sum(self.refused.values())

    def with_batch(self, change: Change, n_people: int, reasons: Iterable[str]) -> Tally:
        """This and one more batch that was taken: how many people it named, and why some were refused."""
        refused = Counter(reasons)
        n_taken = n_people - refused.total()
        return Tally(
            self.n_added + (n_taken if change is Change.ADDED else 0),
            self.n_removed + (n_taken if change is Change.REMOVED else 0),
            dict(Counter(self.refused) + refused),
        )


@dataclass(frozen=True)
class Look:
    """An audience of which the latest run sent a destination nothing: why, and who was left out."""

    destination: str
    audience: str
    status: Ending
    n_left_out: Mapping[str, int]
    detail: str
    looked_at: datetime


@dataclass(frozen=True, eq=False)
class PlannedBatch:
    """One batch as it stands in the ledger."""

    batch_id: str
    delivery_id: str
    number: int
    change: Change
    node_ids: Ids
    status: Status
    attempts: int
    sent_at: datetime | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A delivery to be; see `Ledger.open`."""

    destination: str
    audience: str
    purpose: str
    identifiers: Mapping[str, Form]
    fingerprint: str
    cuts: Sequence[Cut]
    n_left_out: Mapping[str, int]
    refused: Ids

    def n_people(self, change: Change) -> int:
        """People this change happens to."""
        return sum(one.holdings.n_people for one in self.cuts if one.change is change)


@dataclass(frozen=True, eq=False)
class Receipt:
    """What became of a batch that the destination took: whom it was sent, and whom of them it refused by name."""

    people: Holdings
    rejected: Sequence[tuple[Ids, str]] = ()

    @property
    def node_ids(self) -> Ids:
        """The identifiers of everybody it was sent."""
        return self.people.node_ids

    @property
    def refused(self) -> Ids:
        """The identifiers of those it refused."""
        return np.unique(np.concatenate([_nobody(), *(ids for ids, _ in self.rejected)]))


def delivery_row(delivery: Delivery) -> dict[str, object]:
    """A delivery as its row."""
    row = dict(vars(delivery))
    row["started_at"] = naive(delivery.started_at)
    row["identifiers"], row["n_left_out"] = dict(delivery.identifiers), dict(delivery.n_left_out)
    return row


def batch_row(delivery: Delivery, number: int, one: Cut) -> dict[str, object]:
    """The row of a delivery's batch; the key sent to destinations is made here."""
    return {
        "batch_id": f"{delivery.delivery_id}-{number:05d}",
        "delivery_id": delivery.delivery_id,
        "number": number,
        "change": one.change.value,
        "node_ids": pack(one.holdings.node_ids),
        "n_people": one.holdings.n_people,
        "status": Status.PLANNED,
    }


def read_delivery(row: sa.RowMapping) -> Delivery:
    """The delivery a row stands for."""
    values = dict(row)
    values |= {"identifiers": read_forms(row["identifiers"]), "status": Ending(row["status"])}
    values |= {"started_at": aware(row["started_at"]), "ended_at": aware(row["ended_at"])}
    return Delivery(**values)


def look_row(look: Look) -> dict[str, object]:
    """A look as its row."""
    return {**vars(look), "n_left_out": dict(look.n_left_out), "looked_at": naive(look.looked_at)}


def read_look(row: sa.RowMapping) -> Look:
    """The look a row stands for."""
    return Look(**{**row, "status": Ending(row["status"]), "looked_at": aware(row["looked_at"])})


def read_batch(row: sa.RowMapping) -> PlannedBatch:
    """The batch a row stands for."""
    return PlannedBatch(
        row["batch_id"],
        row["delivery_id"],
        row["number"],
        Change(row["change"]),
        unpack(row["node_ids"]),
        Status(row["status"]),
        row["attempts"],
        aware(row["sent_at"]),
    )


def read_forms(said: Mapping[str, str]) -> dict[str, Form]:
    """Forms by kind of identifier, as JSON held them."""
    return {kind: Form(form) for kind, form in said.items()}


def pack(ids: Ids) -> bytes:
    """Identifiers as the bytes of a 64-bit roaring bitmap (portable format)."""
    return bytes(BitMap64(ids.astype(np.uint64)).serialize())


def unpack(blob: bytes) -> Ids:
    """The identifiers in such bytes, ascending."""
    return np.array(BitMap64.deserialize(blob).to_array(), dtype=np.int64)


def without_nodes(row: sa.RowMapping, columns: Sequence[str], node_ids: Ids) -> dict[str, object]:
    """What is to be written into a row so that these identifiers do not stand there any more; nothing where none does.

    Args:
        row: of any of the tables here.
        columns: those that hold sets of identifiers; in `rejected` they are looked for besides.
        node_ids: int64.
    """
    values: dict[str, object] = {}
    for column in columns:
        held = unpack(row[column])
        if np.isin(held, node_ids).any():
            values[column] = pack(np.setdiff1d(held, node_ids))
    gone = set(node_ids.tolist())
    said = row.get("rejected") or []
    if any(gone.intersection(each["node_ids"]) for each in said):
        kept = [{**each, "node_ids": [one for one in each["node_ids"] if one not in gone]} for each in said]
        values["rejected"] = [each for each in kept if each["node_ids"]]
    return values


def naive(moment: datetime) -> datetime:
    """An instant as databases hold it: UTC, without zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime | None) -> datetime | None:
    """An instant as a database held it, with its zone."""
    return moment.replace(tzinfo=UTC) if moment else None
