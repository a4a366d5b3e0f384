"""The people of the invented shop: identifiers, how active each is, traits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bench.audiences.shape import NOW, TRAITS, TraitShape

Ints = npt.NDArray[np.int64]
ACTIVE = 0.78  # of profiles may have events; nearly all of them do
TWO_NODES = 20  # every such profile has a second identifier
DAY = 86_400_000_000  # microseconds


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000)


@dataclass(eq=False)
class People:
    """Profiles 1 to n, node n of the same number, and further nodes of every twentieth; what they did, counted so far."""

    n: int
    seed: int
    weights: npt.NDArray[np.float32] = field(init=False)
    counts: npt.NDArray[np.int32] = field(init=False)
    first: Ints = field(init=False)
    last: Ints = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 1])
        weights = rng.lognormal(0, 1.2, self.n) * (rng.random(self.n) < ACTIVE)
        self.weights = weights.astype(np.float32)
        self.counts = np.zeros(self.n, dtype=np.int32)
        self.first = np.full(self.n, np.iinfo(np.int64).max)
        self.last = np.full(self.n, np.iinfo(np.int64).min)

    @property
    def n_nodes(self) -> int:
        """How many identifiers there are."""
        return self.n + self.n // TWO_NODES

    def profile_of(self, nodes: Ints) -> Ints:
        """The profiles of nodes."""
        return np.where(nodes <= self.n, nodes, (nodes - self.n) * TWO_NODES)

    def saw(self, nodes: Ints, at: Ints) -> None:
        """Count events."""
        places = self.profile_of(nodes) - 1
        np.add.at(self.counts, places, np.int32(1))
        np.minimum.at(self.first, places, at)
        np.maximum.at(self.last, places, at)

    def nodes(self) -> pa.Table:
        """Rows of `nodes`."""
        ids = np.arange(1, self.n_nodes + 1)
        return pa.table(
            {
                "node_id": ids,
                "identifier": pa.repeat("customer_id", len(ids)),
                "value": pa.array(ids).cast(pa.string()),
                "first_source": pa.repeat("shop", len(ids)),
                "loaded_at": pa.repeat(pa.scalar(micros(NOW), pa.timestamp("us")), len(ids)),
            }
        )

    def identity_map(self) -> pa.Table:
        """Rows of `identity_map`."""
        ids = np.arange(1, self.n_nodes + 1)
        return pa.table({"node_id": ids, "profile_id": self.profile_of(ids)})

    def profiles(self) -> pa.Table:
        """Rows of `profiles`, with what was counted."""
        ids = np.arange(1, self.n + 1)
        never = self.counts == 0
        return pa.table(
            {
                "profile_id": ids,
                "n_identifiers": np.where(ids % TWO_NODES == 0, 2, 1),
                "n_events": self.counts.astype(np.int64),
                "first_event_at": pa.array(self.first, pa.timestamp("us"), mask=never),
                "last_event_at": pa.array(self.last, pa.timestamp("us"), mask=never),
            }
        )

    def trait(self, name: str) -> pa.Table:
        """Rows of `traits`, of those who have this one."""
        shape = TRAITS[name]
        rng = np.random.default_rng([self.seed, 2, list(TRAITS).index(name)])
        ids = np.flatnonzero(rng.random(self.n) < shape.known) + 1
        columns = {kind: pa.nulls(len(ids), arrow) for kind, arrow in _KINDS.items() if kind != shape.type}
        columns[shape.type] = _values(shape, len(ids), rng)
        return pa.table(
            {
                "profile_id": ids,
                "trait": pa.repeat(name, len(ids)),
                "type": pa.repeat(shape.type, len(ids)),
                "origin": pa.repeat("shop", len(ids)),
                **columns,
            }
        )


_KINDS = {
    "text": pa.string(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "instant": pa.timestamp("us"),
}


def _values(shape: TraitShape, n: int, rng: np.random.Generator) -> pa.Array:
    match shape.type:
        case "text":
            codes = (len(shape.values) * rng.random(n) ** 2).astype(np.int16)  # the first ones are frequent
            return pa.DictionaryArray.from_arrays(codes, pa.array(shape.values)).cast(pa.string())
        case "number":
            return pa.array(np.round(shape.most * rng.random(n) ** 2, shape.digits))
        case "boolean":
            return pa.array(rng.random(n) < 0.4)
        case _:
            ago = (shape.most * DAY * rng.random(n)).astype(np.int64)
            return pa.array(micros(NOW) - ago, pa.timestamp("us"))
