"""How an audience differs from everyone, or from another audience: what its people have, and do, more or less often.

Reads the tables `traits` (text, true or false; each text of a list; numbers by the quartiles of the reference) and `events` with
`identity_map` (category, department, brand and channel of what people did up to now). Writes nothing but relations in
the engine's session, dropped afterwards.

The index is 100 times the share of the audience over the share of the reference. Its 95 % interval is that of a ratio of
two proportions by the log method (D. Katz, J. Baptista, S. P. Azen and M. C. Pike, "Obtaining confidence intervals for
the risk ratio in cohort studies", Biometrics 34, 1978, 469-474). Where a count is 0, the interval is of counts and sizes
with 0.5 added (S. D. Walter, "The distribution of Levin's measure of attributable risk", Biometrika 62, 1975, 371-374),
and reaches to 0, or without end. The method takes the two groups for independent; people who are in both make the
interval too wide, never too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from headwater.audiences.chosen import Members
from headwater.audiences.evaluate import Tables
from headwater.audiences.values import show
from headwater.engine.bitmaps import Bits, count
from headwater.engine.query import DIALECT, literal

LEAST_PEOPLE = 5
"""A value that fewer people of both groups together have says nothing of a group, and may name a person."""
_Z95 = 1.959963984540054
_PEOPLE, _EDGES = "audiences_compared", "audiences_quartiles"
_PROPERTIES = ("category", "department", "brand", "channel")


@dataclass(frozen=True)
class Difference:
    """One value that people have.

    Attributes:
        kind: trait or event.
        name: the trait, or the property of events.
        value: the value, or the band of numbers.
        n: how many of the audience have it; `n_reference`: of the reference.
        share, reference_share: the same of 1; who has no value at all counts as not having this one.
        index: 100: as often as in the reference; None where nobody of the reference has it.
        low, high: the 95 % interval of the index.
    """

    kind: str
    name: str
    value: str
    n: int
    n_reference: int
    share: float
    reference_share: float
    index: float | None
    low: float
    high: float

    @property
    def is_marked(self) -> bool:
        """Whether chance alone would rarely make such a difference: the interval excludes 100."""
        return not self.low <= 100 <= self.high


@dataclass(frozen=True)
class Comparison:
    """An audience of `size` people against a reference; the differences that are marked come first, the strongest first."""

    audience: str
    reference: str
    size: int
    reference_size: int
    differences: tuple[Difference, ...]


def compare(
    name: str, members: Members, tables: Tables, reference: str = "", *, least_people: int = LEAST_PEOPLE
) -> Comparison:
    """How the audience `name` of `members` differs from the audience `reference`; empty: from everyone."""
    own, other = members.sets[name], members.sets[reference] if reference else members.universe.all()
    sizes = count(own), count(other)
    found = [] if 0 in sizes else [*_differences(own, other, members, tables, least_people)]
    found.sort(key=lambda each: (not each.is_marked, -_strength(each), each.kind, each.name, each.value))
    return Comparison(name, reference or "everyone", *sizes, tuple(found))


def interval(n: int, size: int, n_reference: int, reference_size: int) -> tuple[float, float]:
    """The 95 % interval of a ratio of two shares: n of size over n_reference of reference_size.

    >>> [round(edge, 2) for edge in interval(30, 100, 15, 100)]
    [1.15, 3.48]
    """
    added = 0.0 if n and n_reference else 0.5
    a, b, all_a, all_b = n + added, n_reference + added, size + added, reference_size + added
    ratio = math.log((a / all_a) / (b / all_b))
    error = _Z95 * math.sqrt(max(0.0, 1 / a - 1 / all_a + 1 / b - 1 / all_b))
    return math.exp(ratio - error) if n else 0.0, math.exp(ratio + error) if n_reference else math.inf


def _differences(
    own: Bits, other: Bits, members: Members, tables: Tables, least_people: int
) -> Iterator[Difference]:
    sizes = count(own), count(other)
    engine = tables.engine
    people = {"profile_id": members.universe.profile_ids, "is_own": own, "is_other": other}
    engine.register(_PEOPLE, pa.table({name: pa.array(values) for name, values in people.items()}))
    try:
        for kind, query in (
            ("trait", _TEXTS),
            ("trait", _ITEMS),
            ("trait", _bands(tables)),
            ("event", _did(tables)),
        ):
            for row in engine.table(query).to_pylist():
                if max(row["n_own"], row["n_other"]) >= least_people:
                    yield _difference(kind, row, *sizes)
    finally:
        engine.drop(_PEOPLE, _EDGES)


def _difference(kind: str, row: dict[str, object], size: int, reference_size: int) -> Difference:
    n, n_reference = cast("int", row["n_own"]), cast("int", row["n_other"])
    share, reference_share = n / size, n_reference / reference_size
    low, high = interval(n, size, n_reference, reference_size)
    index = 100 * share / reference_share if n_reference else None
    value = str(row["value"]) if "band" not in row else _band(row)
    name = str(row["name"])
    return Difference(kind, name, value, n, n_reference, share, reference_share, index, 100 * low, 100 * high)


def _strength(found: Difference) -> float:
    """How far the index is from 100, as a ratio: half as often is as strong as twice as often."""
    return abs(math.log(found.index / 100)) if found.index else math.inf


_COUNTS = "count(*) FILTER (WHERE is_own) AS n_own, count(*) FILTER (WHERE is_other) AS n_other"
_TEXTS = (
    f"SELECT trait AS name, coalesce(text, CAST(boolean AS VARCHAR)) AS value, {_COUNTS} "
    f"FROM traits JOIN {_PEOPLE} USING (profile_id) WHERE text IS NOT NULL OR boolean IS NOT NULL GROUP BY ALL"
)

_ITEMS = (
    "WITH items AS (SELECT DISTINCT profile_id, trait AS name, unnest(texts) AS value FROM traits) "
    f"SELECT name, value, {_COUNTS} FROM items JOIN {_PEOPLE} USING (profile_id) WHERE value IS NOT NULL GROUP BY ALL"
)


def _bands(tables: Tables) -> str:
    """SQL of each number trait's four bands, between the quartiles of the reference."""
    numbers = f"traits JOIN {_PEOPLE} USING (profile_id) WHERE number IS NOT NULL AND NOT isnan(number)"
    quartiles = ", ".join(
        f"quantile_disc(number, {part}) AS q{at}" for at, part in enumerate((0.25, 0.5, 0.75), 1)
    )
    tables.engine.create(_EDGES, f"SELECT trait, {quartiles} FROM {numbers} AND is_other GROUP BY trait")
    band = " + ".join(f"CAST(number > q{at} AS INTEGER)" for at in (1, 2, 3))
    return (
        f"SELECT trait AS name, {band} AS band, any_value(q1) AS q1, any_value(q2) AS q2, any_value(q3) AS q3, "
        f"{_COUNTS} FROM (SELECT * FROM {numbers}) AS held JOIN {_EDGES} USING (trait) GROUP BY trait, band"
    )


def _band(row: dict[str, object]) -> str:
    edges = [None, row["q1"], row["q2"], row["q3"], None]
    band = cast("int", row["band"])
    above, up_to = edges[band], edges[band + 1]
    if above is None:
        return f"up to {show(up_to)}"
    return f"more than {show(above)}" + (f", up to {show(up_to)}" if up_to is not None else "")


def _did(tables: Tables) -> str:
    """SQL of how many people did something with each value of the properties."""
    now = literal(tables.clock.now()).sql(dialect=DIALECT)
    done = (
        f"SELECT DISTINCT profile_id, {', '.join(_PROPERTIES)} FROM events JOIN identity_map USING (node_id) "
        f"WHERE occurred_at <= {now}"
    )
    each = " UNION ALL ".join(
        f"SELECT DISTINCT profile_id, '{name}' AS name, {name} AS value FROM done WHERE {name} IS NOT NULL"
        for name in _PROPERTIES
    )
    return (
        f"WITH done AS ({done}), each AS ({each}) "
        f"SELECT name, value, {_COUNTS} FROM each JOIN {_PEOPLE} USING (profile_id) GROUP BY name, value"
    )
