"""No row is left that fewer people share than the floor."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import given, settings, strategies as st

from headwater.privacy.anonymity.groups import in_large_groups

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Berlin", "Bonn", None]), st.sampled_from([1.0, 2.0, None]), st.integers(0, 99)
    ),
    max_size=40,
)


@settings(max_examples=40)
@given(ROWS, st.integers(2, 6))
def test_every_row_that_is_left_has_enough_like_it_and_all_such_are_left(
    rows: list[tuple[str | None, float | None, int]], least: int
) -> None:
    table = pa.table(
        {
            "city": pa.array([row[0] for row in rows], pa.string()),
            "points": pa.array([row[1] for row in rows], pa.float64()),
            "n": pa.array([row[2] for row in rows], pa.int64()),
        }
    )
    kept = in_large_groups(table, ["city", "points"], least)
    sizes = Counter(row[:2] for row in rows)
    assert kept["n"].to_pylist() == [row[2] for row in rows if sizes[row[:2]] >= least]
    assert in_large_groups(table, [], least).num_rows == (len(rows) if len(rows) >= least else 0)
    assert in_large_groups(table, ["city"], None).num_rows == len(rows)
