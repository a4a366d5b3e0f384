"""What a table was before is gone from the disk: its files, and what its log says of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from headwater.engine.lake import Lake, Layout

LAYOUT = Layout("first", pa.schema([("part", pa.string()), ("text", pa.string())]), ("part",))


def written(lake: Lake, *texts: str, replacing: bool = False) -> None:
    rows = pa.table({"part": ["p"] * len(texts), "text": list(texts)}, LAYOUT.schema)
    with lake.transaction() as transaction:
        (transaction.replace if replacing else transaction.append)(LAYOUT, rows.to_reader())


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_neither_rows_nor_their_bounds_are_left(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    written(lake, "aaa-first-secret", "zzz-last-secret")
    written(lake, "mmm-stays", replacing=True)
    assert b"aaa-first-secret" in bytes_below(tmp_path / "lake"), "the log holds least and greatest values"
    lake.forget(["first"])
    assert b"secret" not in bytes_below(tmp_path / "lake")
    [file] = lake.files(LAYOUT, lake.snapshot())
    assert file.exists()


def test_it_can_be_written_read_and_forgotten_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for number in range(3):
        written(lake, f"text {number}", replacing=True)
        lake.forget(["first"])
        lake.forget(["first"])
        assert len(lake.files(LAYOUT, lake.snapshot())) == 1
    written(lake, "more")
    assert len(lake.files(LAYOUT, lake.snapshot())) == 2
    lake.vacuum(0)
    assert len(lake.files(LAYOUT, lake.snapshot())) == 2
