"""What the people of the invented shop did: rows of `events`, a month and a bucket at a time, so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bench.audiences.people import DAY, Ints, People, micros
from bench.audiences.shape import (
    BRANDS,
    CATEGORIES,
    CHANNELS,
    DEPARTMENTS,
    EVENTS,
    NOW,
    OF_PRODUCTS,
    PRODUCTS,
    wanted_products,
)

MOST_ROWS = 4_000_000  # at once
LATE = 0.01
Mask = npt.NDArray[np.bool_]


def first_load(people: People, n: int, days: int, buckets: int) -> Iterator[pa.Table]:
    """`n` events of the last `days`, in pieces of one month and one bucket."""
    edges = _months(days)
    spans = np.diff(edges)
    begun, done, number = 0, 0.0, 0
    for month, (start, span) in enumerate(zip(edges[:-1], spans, strict=True)):
        for bucket in range(buckets):
            nodes = np.arange(bucket or buckets, people.n_nodes + 1, buckets)
            done += n * float(span / spans.sum()) / buckets
            wanted, begun = round(done) - begun, round(done)
            for part, size in enumerate(_parts(wanted)):
                rng = np.random.default_rng([people.seed, 3, month, bucket, part])
                at = start + (rng.random(size) * span).astype(np.int64)
                yield _rows(people, _drawn(people, nodes, size, rng), at, number, buckets, rng)
                number += size


def later_load(people: People, n: int, load: int, buckets: int) -> pa.Table:
    """`n` events of the last day that come with load number `load`; a few are of the weeks before."""
    rng = np.random.default_rng([people.seed, 4, load])
    nodes = _drawn(people, np.arange(1, people.n_nodes + 1), n, rng)
    ago = rng.random(n) * np.where(rng.random(n) < LATE, 60 * DAY, DAY)
    return _rows(people, nodes, micros(NOW) - ago.astype(np.int64), load * 10**12, buckets, rng)


def _months(days: int) -> Ints:
    """The beginning of the time, of each month in it, and now."""
    start = NOW - timedelta(days=days)
    months = [start]
    while (following := (months[-1].replace(day=1) + timedelta(days=32)).replace(day=1)) < NOW:
        months.append(following)
    return np.array([micros(moment) for moment in [*months, NOW]])


def _parts(n: int) -> Iterator[int]:
    while n > 0:
        yield min(n, MOST_ROWS)
        n -= MOST_ROWS


def _drawn(people: People, nodes: Ints, n: int, rng: np.random.Generator) -> Ints:
    """Nodes, each as often as its profile is active; ascending."""
    sums = np.cumsum(people.weights[people.profile_of(nodes) - 1], dtype=np.float64)
    if not n or not sums[-1]:
        return nodes[:0]
    found: Ints = nodes[np.searchsorted(sums, np.sort(rng.random(n)) * sums[-1], side="right")]
    return found


def _rows(
    people: People, nodes: Ints, at: Ints, number: int, buckets: int, rng: np.random.Generator
) -> pa.Table:
    at = at[: len(nodes)]
    people.saw(nodes, at)
    n = len(nodes)
    kinds = rng.choice(len(EVENTS), n, p=np.array(list(EVENTS.values()))).astype(np.int8)
    of_product = np.isin(kinds, [list(EVENTS).index(name) for name in OF_PRODUCTS])
    of_product &= (kinds != 0) | (rng.random(n) < 0.6)  # some pages are of no product
    ids = pc.binary_join_element_wise("e", pa.array(np.arange(number, number + n)).cast(pa.string()), "")
    months = at.astype("datetime64[us]").astype("datetime64[M]")
    names, places = np.unique(months, return_inverse=True)
    return pa.table(
        {
            "event_id": ids,
            "event": _named(kinds, tuple(EVENTS)),
            "occurred_at": pa.array(at, pa.timestamp("us")),
            "loaded_at": pa.array(_loaded(at, rng), pa.timestamp("us")),
            "node_id": nodes,
            **_goods(people.profile_of(nodes), of_product, rng),
            **_money(kinds, ids, rng),
            "channel": _named(
                rng.choice(len(CHANNELS), n, p=np.array(list(CHANNELS.values()))).astype(np.int8),
                tuple(CHANNELS),
                rng.random(n) > 0.02,
            ),
            "month": _named(places.astype(np.int16), tuple(str(name) for name in names)),
            "bucket": (nodes % buckets).astype(np.int32),
        }
    )


def _loaded(at: Ints, rng: np.random.Generator) -> Ints:
    late = rng.random(len(at)) < LATE
    wait = rng.random(len(at)) * np.where(late, 20 * DAY, DAY // 1440)
    return np.minimum(at + wait.astype(np.int64), micros(NOW))


def _goods(profiles: Ints, there: Mask, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Products with what the catalogue says of them; half of the time one of the four a profile likes."""
    n = len(profiles)
    liked = _hashed(profiles * 4 + rng.integers(0, 4, n))
    wish = np.where(rng.random(n) < 0.5, liked, rng.random(n))
    product = np.minimum(np.searchsorted(wanted_products(), wish), len(PRODUCTS) - 1).astype(np.int32)
    category = product % len(CATEGORIES)
    return {
        "product_id": _named(product, PRODUCTS, there),
        "category": _named(category, CATEGORIES, there),
        "department": _named(category % len(DEPARTMENTS), DEPARTMENTS, there),
        "brand": _named(product * 7 % len(BRANDS), BRANDS, there),
    }


def _money(kinds: npt.NDArray[np.int8], ids: pa.Array, rng: np.random.Generator) -> dict[str, pa.Array]:
    bought = kinds == list(EVENTS).index("purchase")
    n = len(kinds)
    quantity = np.ones(n)
    cents = np.zeros(n)
    quantity[bought] = rng.integers(1, 6, int(bought.sum()))
    cents[bought] = np.round(np.exp(rng.normal(6.5, 1, int(bought.sum())))) * quantity[bought]
    return {
        "order_id": pc.if_else(pa.array(bought), ids, pa.scalar(None, pa.string())),
        "quantity": pa.array(quantity, mask=~bought),
        "revenue": pa.array(cents / 100, mask=~bought),
    }


def _hashed(numbers: Ints) -> npt.NDArray[np.float64]:
    """Numbers from 0 to 1, the same for the same ones."""
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(31)
    found: npt.NDArray[np.float64] = (mixed >> np.uint64(11)) / 2.0**53
    return found


def _named(
    codes: npt.NDArray[np.signedinteger], names: tuple[str, ...], there: Mask | None = None
) -> pa.Array:
    mask = None if there is None else ~there
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=mask), pa.array(names)).cast(pa.string())
