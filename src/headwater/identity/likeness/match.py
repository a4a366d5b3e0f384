"""Compare the records of a project by one model, and say what came of it. Writes nothing.

Reads what `records.py` reads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.identity.likeness.declare import SOURCE, Model, match_model, why_useless
from headwater.identity.likeness.records import AT, NODE, Records
from headwater.identity.matching.group import groups
from headwater.identity.matching.link import Found, link
from headwater.identity.matching.threshold import Estimate, estimates
from headwater.identity.matching.train import Trained

LEAST_RECORDS = 50  # of fewer nothing can be learned
BANDS = (0.0001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)  # from each to the next, the last to 1
Numbers = npt.NDArray[np.float64]

_PAIRS = pa.schema(
    [
        ("node_id", pa.int64()), ("other_node_id", pa.int64()), ("first_seen_at", pa.timestamp("us")),
        ("probability", pa.float64()), ("match_weight", pa.float64()),
        ("is_link", pa.bool_()),
        ("evidence", pa.list_(pa.struct([("comparison", pa.string()), ("level", pa.string()), ("weight", pa.float64())]))),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Band:
    """How many pairs have a probability from `least` up to, but not with, `below`."""

    least: float
    below: float
    n_pairs: int


@dataclass(frozen=True)
class Matched:
    """What came of comparing.

    Attributes:
        records: what was compared.
        notes: why not all was compared or learned, in sentences.
        threshold: from which a pair is a link; None: nothing was compared.
        pairs: all that are not out of the question, likeliest first: `node_id`, `other_node_id`, `first_seen_at` (when both
            were known), `probability`, `match_weight`, `is_link`, `evidence`.
        trained: the weights; None: nothing was learned.
    """

    model: Model
    records: Records
    notes: tuple[str, ...]
    threshold: float | None
    pairs: pa.Table
    trained: Trained | None = None

    @property
    def links(self) -> pa.Table:
        """The pairs that count."""
        return self.pairs.filter(self.pairs["is_link"])

    def estimate(self) -> Estimate | None:
        """What the threshold is estimated to give."""
        return None if self.threshold is None else estimates(_probabilities(self), (self.threshold,))[0]

    def thresholds(self) -> list[Estimate]:
        """What each of some thresholds is estimated to give, the one that counts too."""
        if self.threshold is None:
            return []
        told = [*estimates(_probabilities(self)), *estimates(_probabilities(self), (self.threshold,))]
        return sorted({each.threshold: each for each in told}.values(), key=lambda each: each.threshold)

    def bands(self) -> list[Band]:
        """How many pairs are how likely, likeliest last."""
        counts, _ = np.histogram(_probabilities(self), bins=[*BANDS, np.inf])
        ends = [*BANDS[1:], 1.0]
        return [Band(*each) for each in zip(BANDS, ends, counts.tolist(), strict=True)]

    def households(self) -> pa.Table:
        """Of every record `node_id` and `household_id`: which records links hold together, by the smallest node."""
        ends = {"left": self.links["node_id"], "right": self.links["other_node_id"]}
        nodes = self.records.rows[NODE].combine_chunks() if self.trained else pa.array([], pa.int64())
        return groups(nodes, pa.table(ends)).rename_columns(["node_id", "household_id"])


def match(model: Model, records: Records) -> Matched:
    """Learn from the records, compare them, and choose."""
    if why := _why_not(model, records):
        return Matched(model, records, (why,), None, _PAIRS.empty_table())
    found = link(records.rows, match_model(model.said, [*records.fed_by]))
    return Matched(
        model, records, found.trained.notes, found.threshold, _pairs(found, records), found.trained
    )


def _why_not(model: Model, records: Records) -> str:
    """Why these records cannot be compared; empty if they can."""
    n_records = len(records.rows)
    if n_records < LEAST_RECORDS:
        return f"nothing was compared: there are {n_records} records, and fewer than {LEAST_RECORDS} teach nothing"
    why = why_useless(model.said, [*records.fed_by])
    if model.said.once_per_source and len(records.rows[SOURCE].unique()) < 2:
        why = "all records are of one source, and no source has anybody twice"
    return f"nothing was compared: {why}" if why else ""


def _pairs(found: Found, records: Records) -> pa.Table:
    """Pairs by their identifiers, the smaller first."""
    ends = [found.pairs[end].combine_chunks() for end in ("left", "right")]
    nodes = [records.rows[NODE].combine_chunks().take(end) for end in ends]
    known = [records.rows[AT].combine_chunks().take(end) for end in ends]
    return pa.table(
        [
            pc.min_element_wise(*nodes),
            pc.max_element_wise(*nodes),
            pc.max_element_wise(*known),
            found.pairs["probability"],
            found.pairs["match_weight"],
            _is_among(found.pairs, found.links),
            found.pairs["evidence"],
        ],
        schema=_PAIRS,
    )


def _is_among(pairs: pa.Table, links: pa.Table) -> pa.Array:
    """Whether each pair is one of the links."""
    ends = [zip(each["left"].to_pylist(), each["right"].to_pylist(), strict=True) for each in (pairs, links)]
    chosen = set(ends[1])
    return pa.array([pair in chosen for pair in ends[0]], pa.bool_())


def _probabilities(matched: Matched) -> Numbers:
    return np.asarray(matched.pairs["probability"].to_numpy(), dtype=np.float64)
