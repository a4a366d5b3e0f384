"""The durable log: what was acknowledged can be read, in order, whatever happened to the rest."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.core.sealing.ring import SEALS

from headwater.collect.log.frame import MARK, SIZE, framed
from headwater.collect.log.reader import Reader, beginning, read_all, retire
from headwater.collect.log.segments import bases, path_of
from headwater.collect.log.writer import Writer, recover
from headwater.core.errors import StorageError


def texts(folder: Path, position: int = 0) -> list[bytes]:
    return [record.payload for record in read_all(folder, SEALS, position, 1 << 62)]


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    writer = Writer(tmp_path, SEALS)
    first = writer.append([b"a", b"bb"])
    second = writer.append([b"", b"dddd"])
    assert texts(tmp_path) == [b"a", b"bb", b"", b"dddd"]
    assert [record.position for record in read_all(tmp_path, SEALS, 0, 1 << 62)] == [*first, *second]
    assert texts(tmp_path, second[0]) == [b"", b"dddd"]


@given(groups=st.lists(st.lists(st.binary(max_size=300), max_size=5), max_size=8), size=st.integers(1, 600))
def test_files_of_any_size_hold_the_same(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[bytes]], size: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    writer = Writer(folder, SEALS, segment_bytes=size)
    for group in groups:
        writer.append(group)
    writer.close()
    assert texts(folder) == [payload for group in groups for payload in group]


def test_two_writers_take_turns(tmp_path: Path) -> None:
    one, other = Writer(tmp_path, SEALS, segment_bytes=64), Writer(tmp_path, SEALS, segment_bytes=64)
    for number in range(20):
        (one if number % 3 else other).append([b"%d" % number])
    assert texts(tmp_path) == [b"%d" % number for number in range(20)]
    assert len(bases(tmp_path)) > 2


def test_what_a_dead_writer_left_torn_is_taken_away_by_the_next(tmp_path: Path) -> None:
    Writer(tmp_path, SEALS).append([b"whole"])
    with path_of(tmp_path, 0).open("ab") as file:
        file.write(framed([b"torn"], 0)[:-1])
    Writer(tmp_path, SEALS).append([b"next"])
    assert texts(tmp_path) == [b"whole", b"next"]


@given(cut=st.integers(1, SIZE + 4))
def test_a_torn_tail_is_cut_on_start(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("log")
    end = Writer(folder, SEALS).append([b"one", b"two", b"last"])[2]
    path = path_of(folder, 0)
    os.truncate(path, path.stat().st_size - cut)
    (folder / "head").unlink()  # as after a power cut: it never came to the disk
    assert recover(folder) == end
    assert path.stat().st_size == end
    assert texts(folder) == [b"one", b"two"]


@given(cut=st.integers(0, SIZE + 4))
def test_damage_before_a_torn_tail_loses_that_record_alone_on_start(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    positions = Writer(folder, SEALS).append([b"one", b"damaged" + MARK, b"three", b"last"])
    path = path_of(folder, 0)
    with path.open("r+b") as file:
        file.seek(positions[1] + SIZE)
        file.write(b"D")
    os.truncate(path, path.stat().st_size - cut)
    end = recover(folder)
    assert texts(folder) == ([b"one", b"three"] if cut else [b"one", b"three", b"last"])
    assert Writer(folder, SEALS).append([b"next"]) == [end]
    assert texts(folder)[-2:] == [b"three" if cut else b"last", b"next"]


def test_what_is_called_durable_on_start_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Writer(tmp_path, SEALS).append([b"written"])
    synced = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    recover(tmp_path)
    assert synced == [path_of(tmp_path, 0).stat().st_ino]


def test_an_end_that_the_files_do_not_bear_out_is_taken_back(tmp_path: Path) -> None:
    writer = Writer(tmp_path, SEALS)
    position = writer.append([b"kept", b"lost"])[1]
    os.truncate(path_of(tmp_path, 0), position)
    assert recover(tmp_path) == position
    assert Reader(tmp_path, SEALS).end == position


def test_a_full_disk_leaves_nothing_and_is_recovered_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(tmp_path, SEALS)
    writer.append([b"before"])
    real = os.pwrite

    def full(file: int, data: Any, at: int) -> int:
        real(file, data[: len(data) // 2], at)
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="no space"):
        writer.append([b"refused" * 10])
    monkeypatch.setattr(os, "pwrite", real)
    writer.append([b"after"])
    assert texts(tmp_path) == [b"before", b"after"]


def test_damage_in_the_middle_loses_that_record_alone(tmp_path: Path) -> None:
    positions = Writer(tmp_path, SEALS).append([b"first", b"second" + MARK, b"third"])
    with path_of(tmp_path, 0).open("r+b") as file:
        file.seek(positions[1] + SIZE)
        file.write(b"S")
    reader = Reader(tmp_path, SEALS)
    found = [record.payload for _ in range(4) for record in reader.read()]
    assert found == [b"first", b"third"]
    assert reader.n_damaged == 1


def test_a_record_larger_than_a_read_is_read_whole(tmp_path: Path) -> None:
    Writer(tmp_path, SEALS).append([b"x" * 5000, b"y"])
    assert [len(record.payload) for record in Reader(tmp_path, SEALS).read(100)] == [5000]


def test_a_read_of_a_single_byte_gives_a_record(tmp_path: Path) -> None:
    _, second = Writer(tmp_path, SEALS).append([b"a" * 100, b"b" * 100])
    reader = Reader(tmp_path, SEALS, second)
    assert [record.payload for record in reader.read(1)] == [b"b" * 100]
    assert reader.n_damaged == 0


def test_truncating_forgets_all_after_a_position(tmp_path: Path) -> None:
    writer = Writer(tmp_path, SEALS, segment_bytes=10)
    positions = [writer.append([b"%d" % number])[0] for number in range(6)]
    writer.truncate(positions[3])
    writer.append([b"new"])
    assert texts(tmp_path) == [b"0", b"1", b"2", b"new"]


def test_old_files_are_let_go_and_the_newest_stays(tmp_path: Path) -> None:
    writer = Writer(tmp_path, SEALS, segment_bytes=10)
    positions = [writer.append([b"%d" % number])[0] for number in range(4)]
    later = datetime.now(UTC) + timedelta(days=1)
    assert retire(tmp_path, SEALS, positions[2], datetime.now(UTC) - timedelta(days=1)) == 0
    assert retire(tmp_path, SEALS, positions[2], later) == 2
    assert beginning(tmp_path) == positions[2]
    assert texts(tmp_path, positions[2]) == [b"2", b"3"]
    with pytest.raises(StorageError, match="not kept any more"):
        Reader(tmp_path, SEALS, 0).read()
    assert retire(tmp_path, SEALS, 1 << 62, later) == 1
