"""Changing records where they stand: the others, and all positions, stay what they are, whoever writes, whatever is damaged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.core.sealing.ring import RING, SEALS

from headwater.collect.log.head import Head
from headwater.collect.log.reader import Reader, Record, read_all, retire
from headwater.collect.log.rewrite import Rewritten, read_whole, rewrite_log
from headwater.collect.log.segments import bases, path_of, records_of
from headwater.collect.log.writer import Writer, begin_segment, recover
from headwater.core.errors import Bug, KeysError, StorageError
from headwater.core.sealing.records import Records
from headwater.core.sealing.seals import Seals


def changing(folder: Path, payloads: dict[bytes, bytes]):
    """A change of those records that hold these payloads."""
    pieces = records_of(folder, SEALS)

    def change(records: Sequence[Record]) -> dict[int, bytes]:
        opened = {each.position: pieces.open(each.payload) for each in records}
        return {
            position: pieces.seal(payloads[each]) for position, each in opened.items() if each in payloads
        }

    return change


def written(folder: Path, payloads: Sequence[bytes], segment_bytes: int = 300) -> list[int]:
    writer = Writer(folder, SEALS, segment_bytes)
    try:
        return [position for each in payloads for position in writer.append([each])]
    finally:
        writer.close()


def read(folder: Path) -> list[tuple[int, bytes]]:
    return [(each.position, each.payload) for each in read_all(folder, SEALS, 0, 1 << 62)]


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 200), min_size=1, max_size=20),
    chosen=st.sets(st.integers(0, 19)),
    damaged=st.none() | st.integers(0, 2_000),
    segment_bytes=st.sampled_from([200, 600, 1 << 20]),
)
def test_only_what_is_changed_is_changed(tmp_path_factory, sizes, chosen, damaged, segment_bytes):
    folder = tmp_path_factory.mktemp("log") / "requests"
    payloads = [f"{number}:".encode() + b"." * size for number, size in enumerate(sizes)]
    written(folder, payloads, segment_bytes)
    if damaged is not None:
        base = bases(folder)[0]
        data = bytearray(path_of(folder, base).read_bytes())
        data[damaged % len(data)] ^= 0xFF
        path_of(folder, base).write_bytes(data)
    before = read(folder)
    swaps = {
        payloads[place]: payloads[place].swapcase().replace(b".", b"#")
        for place in chosen
        if place < len(payloads)
    }
    there = {payload for _, payload in before}
    done = rewrite_log(folder, SEALS, changing(folder, swaps))
    assert read(folder) == [(position, swaps.get(payload, payload)) for position, payload in before]
    assert done.n_records == len(there & swaps.keys())
    last = written(folder, [b"after"], segment_bytes)
    assert read(folder)[-1] == (last[0], b"after")


def test_a_writer_that_is_writing_goes_on_in_a_new_file(tmp_path):
    writer = Writer(tmp_path, SEALS)
    first = writer.append([b"theirs", b"mine"])
    assert rewrite_log(tmp_path, SEALS, changing(tmp_path, {b"mine": b"gone"})) == Rewritten(1, 1, 0)
    second = writer.append([b"later"])
    assert read(tmp_path) == [(first[0], b"theirs"), (first[1], b"gone"), (second[0], b"later")]
    assert bases(tmp_path) == [0, second[0]]
    assert rewrite_log(tmp_path, SEALS, changing(tmp_path, {b"gone": b"GONE"})).n_segments == 1
    writer.append([b"last"])
    assert len(bases(tmp_path)) == 2, "a file that is not to be changed is written on"


def test_a_reader_that_has_read_half_reads_on(tmp_path):
    positions = written(tmp_path, [b"one", b"two", b"three"], 1 << 20)
    reader = Reader(tmp_path, SEALS)
    assert [each.payload for each in reader.read(1)] == [b"one"]
    rewrite_log(tmp_path, SEALS, changing(tmp_path, {b"one": b"ONE", b"three": b"THREE"}))
    assert [(each.position, each.payload) for each in reader.read()] == [
        (positions[1], b"two"),
        (positions[2], b"THREE"),
    ]
    assert reader.read() == []


def test_nothing_to_change_changes_no_file(tmp_path):
    written(tmp_path, [b"one", b"two"])
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.glob("*.log")}
    assert rewrite_log(tmp_path, SEALS, changing(tmp_path, {})) == Rewritten()
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.glob("*.log")} == before
    assert rewrite_log(tmp_path / "none", SEALS, changing(tmp_path, {})) == Rewritten()


def test_a_changed_file_keeps_the_time_by_which_it_is_let_go_of(tmp_path):
    written(tmp_path, [b"one"])
    (path,) = tmp_path.glob("*.log")
    before = path.stat().st_mtime_ns
    rewrite_log(tmp_path, SEALS, changing(tmp_path, {b"one": b"ONE"}))
    assert path.stat().st_mtime_ns == before


def test_only_the_files_asked_for_are_looked_at(tmp_path):
    positions = written(tmp_path, [b"x" * 400, b"x" * 400], 300)
    rewrite_log(tmp_path, SEALS, changing(tmp_path, {b"x" * 400: b"y" * 400}), within=[positions[1]])
    assert [payload[:1] for _, payload in read(tmp_path)] == [b"x", b"y"]


def test_a_record_of_another_length_is_never_written(tmp_path):
    written(tmp_path, [b"one", b"two"])
    with pytest.raises(Bug, match="would move"):
        rewrite_log(tmp_path, SEALS, changing(tmp_path, {b"one": b"longer"}))
    assert [payload for _, payload in read(tmp_path)] == [b"one", b"two"]


def test_the_draft_of_one_that_was_killed_goes(tmp_path):
    written(tmp_path, [b"one"])
    (tmp_path / f"{0:020d}.draft").write_bytes(b"half")
    rewrite_log(tmp_path, SEALS, changing(tmp_path, {}))
    assert list(tmp_path.glob("*.draft")) == []


class TestOlderCopies:
    """A copy of the log from before: what was changed since nobody can read in it."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "requests"

    @pytest.fixture
    def copy(self, folder: Path, tmp_path: Path) -> Path:
        written(folder, [b"mine", b"hers", b"ours"], 1 << 20)
        copied = tmp_path / "backup" / "requests"
        shutil.copytree(folder, copied)
        return copied

    def payloads(self, folder: Path) -> list[bytes]:
        return [payload for _, payload in read(folder)]

    def test_what_was_changed_is_gone_in_it(self, folder: Path, copy: Path) -> None:
        assert self.payloads(copy) == [b"mine", b"hers", b"ours"]
        rewrite_log(folder, SEALS, changing(folder, {b"hers": b"    "}))
        assert self.payloads(copy) == [b"mine", b"ours"]
        assert self.payloads(folder) == [b"mine", b"    ", b"ours"]

    def test_also_if_that_was_broken_off(
        self, folder: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(Records, "shred", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                rewrite_log(folder, SEALS, changing(folder, {b"hers": b"    "}))
        assert self.payloads(folder) == [b"mine", b"    ", b"ours"]
        assert self.payloads(copy) == [b"mine", b"hers", b"ours"], "not yet"
        rewrite_log(folder, SEALS, changing(folder, {}))
        assert self.payloads(copy) == [b"mine", b"ours"]
        assert not list(folder.glob("*.shred"))

    def test_nothing_is_lost_if_it_was_broken_off_before(
        self, folder: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(
                "headwater.collect.log.rewrite._replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
            )
            with pytest.raises(KeyboardInterrupt):
                rewrite_log(folder, SEALS, changing(folder, {b"hers": b"    "}))
        rewrite_log(folder, SEALS, changing(folder, {}))
        assert self.payloads(folder) == [b"mine", b"hers", b"ours"]
        assert not list(folder.glob("*.shred"))

    def test_what_is_let_go_of_is_gone_in_it(self, tmp_path: Path) -> None:
        seals = Seals(RING, record_keys=tmp_path / "keys" / "records")
        folder, copy = tmp_path / "requests", tmp_path / "backup" / "requests"
        writer = Writer(folder, seals, segment_bytes=1)
        writer.append([b"old"])
        for path in [*folder.glob("*.log"), *seals.record_keys.rglob("*.keys")]:
            os.utime(path, (1_000_000, 1_000_000))
        writer.close()
        shutil.copytree(folder, copy)
        other = Writer(folder, seals, segment_bytes=1)
        second = other.append([b"also old"])
        os.utime(path_of(folder, second[0]), (1_200_000, 1_200_000))
        [third] = other.append([b"new"])
        other.close()
        assert retire(folder, seals, 1 << 62, datetime.fromtimestamp(1_300_000, UTC)) == 2
        assert [each.payload for each in read_all(folder, seals, third, 1 << 62)] == [b"new"]
        with pytest.raises(KeysError):
            list(read_all(copy, seals, 0, 1 << 62))


def test_a_file_that_cannot_be_written_is_an_error_with_a_next_step(tmp_path, monkeypatch):
    written(tmp_path, [b"one"])
    monkeypatch.setattr(
        "headwater.collect.log.rewrite._replace", lambda *_: (_ for _ in ()).throw(OSError("disk full"))
    )
    with pytest.raises(StorageError, match="disk full") as raised:
        rewrite_log(tmp_path, SEALS, changing(tmp_path, {b"one": b"ONE"}))
    assert raised.value.next_step


def test_what_a_killed_writer_left_is_kept_if_it_is_whole_and_cut_off_if_it_is_torn(tmp_path):
    written(tmp_path, [b"one"], 1 << 20)
    head = Head(tmp_path)
    told = head.end
    written(tmp_path, [b"whole"], 1 << 20)
    end = head.end
    head.move(0, told)  # it had written, and died before it said so
    head.close()
    with path_of(tmp_path, 0).open("ab") as file:
        file.write(b"\x89HWr torn")
    begin_segment(tmp_path)
    assert path_of(tmp_path, 0).stat().st_size == end
    (position,) = written(tmp_path, [b"next"], 1 << 20)
    assert position == end
    assert [payload for _, payload in read(tmp_path)] == [b"one", b"whole", b"next"]


def test_a_log_whose_head_was_lost_is_not_cut(tmp_path):
    written(tmp_path, [b"x" * 400, b"two", b"three"], 300)
    (tmp_path / "head").unlink()
    begin_segment(tmp_path)
    assert len(read(tmp_path)) == 3


def test_one_that_dies_after_it_ended_a_file_leaves_all_as_it_was(tmp_path):
    written(tmp_path, [b"one"], 1 << 20)
    begin_segment(tmp_path)
    begin_segment(tmp_path)
    assert recover(tmp_path) == read_end(tmp_path)
    written(tmp_path, [b"two"], 1 << 20)
    assert [payload for _, payload in read(tmp_path)] == [b"one", b"two"]


def read_end(folder: Path) -> int:
    return max(each.next_position for records in read_whole(folder) for each in records)
