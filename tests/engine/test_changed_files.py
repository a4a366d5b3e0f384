"""Files written anew hold what a list of the same rows would."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings, strategies as st
from pyarrow import parquet

from headwater.engine.changed_files import Change, write_changed

SCHEMA = pa.schema(
    [
        ("folder", pa.string()),
        ("number", pa.int64()),
        ("names", pa.list_(pa.string())),
        ("added", pa.float64()),
    ]
)
FATES = ("stays", "goes", "becomes another")
rows = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-5, 5)),
        st.one_of(st.none(), st.lists(st.text(max_size=3), max_size=2)),
        st.sampled_from(FATES),
    ),
    max_size=12,
)


@settings(max_examples=100)
@given(rows, st.booleans())
def test_rows_stay_go_and_become_others_in_their_places(told: list, is_older: bool) -> None:
    fates = [fate for _, _, fate in told]
    gone, changed = (
        np.array([n for n, each in enumerate(fates) if each == fate], np.int64) for fate in FATES[1:]
    )
    others = [{"folder": "a", "number": 100 + n, "names": ["x"], "added": 1.5} for n in changed.tolist()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "folder=a" / "00000000000000000001-00000-f.zstd.parquet"
        file.parent.mkdir()
        held = [{"number": number, "names": names, "added": None} for number, names, _ in told]
        written = pa.Table.from_pylist(held, pa.schema([each for each in SCHEMA if each.name != "folder"]))
        parquet.write_table(written.drop_columns(["added"]) if is_older else written, file)
        change = Change(gone, changed, pa.Table.from_pylist(others, SCHEMA))
        actions = write_changed(Path(folder), [(file, change, {"folder": "a"})], SCHEMA, ("number",))
        of_place = dict(zip(changed.tolist(), others, strict=True))
        wanted = [
            {name: value for name, value in of_place.get(n, each).items() if name != "folder"}
            for n, each in enumerate(held)
            if fates[n] != "goes"
        ]
        assert len(actions) == bool(wanted)
        for action in actions:
            assert (Path(action.path).parent.name, action.partition_values) == ("folder=a", {"folder": "a"})
            assert Path(action.path).name.startswith("00000000000000000001-00000-")
            assert parquet.read_table(Path(folder) / action.path, partitioning=None).to_pylist() == wanted
