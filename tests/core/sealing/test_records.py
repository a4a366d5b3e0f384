"""Records of a log: each opens only in its log, unchanged, by a key of its own; and a key that was destroyed is gone."""

from __future__ import annotations

import multiprocessing
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from headwater.core.errors import KeysError, SealError
from headwater.core.sealing import records as module
from headwater.core.sealing.keys import KeyRing, new_ring
from headwater.core.sealing.record_keys import RecordKeys
from headwater.core.sealing.records import HEAD_BYTES, MOST_SECONDS, OVERHEAD, SALT_BYTES, Records, head_of
from headwater.core.sealing.seals import Seals

NOW = datetime(2026, 5, 4, tzinfo=UTC)
RING = new_ring("shop", NOW)
Opening = Callable[..., Records]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop") / "keys" / "records"


@pytest.fixture
def records(folder: Path) -> Opening:
    """What seals and opens the records of a log, in a process of its own as it were."""

    def opened(log: str = "requests", ring: KeyRing = RING) -> Records:
        return Records(Seals(ring, record_keys=folder), log)

    return opened


def test_what_is_sealed_opens_elsewhere(records: Opening) -> None:
    writer, reader = records(), records()

    @settings(max_examples=20)
    @given(st.lists(st.binary(max_size=300), max_size=20))
    def check(pieces: list[bytes]) -> None:
        sealed = [writer.seal(each) for each in pieces]
        assert [reader.open(each) for each in sealed] == pieces
        assert [len(each) for each in sealed] == [len(each) + OVERHEAD for each in pieces]

    check()


def test_no_two_records_have_the_same_key(records: Opening) -> None:
    writers = [records() for _ in range(3)]
    sealed = [writer.seal(b"the same") for writer in writers for _ in range(300)]
    assert len({head_of(each) for each in sealed}) == len({each[HEAD_BYTES:] for each in sealed}) == 900


def test_a_record_whose_key_is_destroyed_is_gone_and_others_are_not(records: Opening) -> None:
    writer = records()
    sealed = [writer.seal(str(number).encode()) for number in range(600)]
    gone = {3, 255, 256, 257, 512}
    writer.shred([head_of(sealed[each]) for each in gone])
    for reader in (writer, records()):
        for number, each in enumerate(sealed):
            assert reader.open(each) == (None if number in gone else str(number).encode())
    assert records().open(writer.seal(b"later")) == b"later"


def test_what_is_destroyed_is_no_more_in_the_file(records: Opening, folder: Path) -> None:
    writer = records()
    sealed = writer.seal(b"hers")
    keys = RecordKeys(Seals(RING, record_keys=folder), "requests")
    name = sealed[1 : 5 + SALT_BYTES]
    [path] = [each for each in keys.folder.iterdir() if each.name.startswith(name.hex())]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    began, before = path.stat().st_mtime_ns, path.open("rb")
    writer.shred([head_of(sealed)])
    with before:
        assert not any(before.read()), "what was kept before is written over"
    assert keys.load(name).block(0)[0] is None
    assert path.stat().st_mtime_ns == began, "it says when the writer began"
    assert not list(keys.folder.glob("*.draft"))


def _seal_one(records: Records, out: Connection) -> None:
    out.send_bytes(records.seal(b"child"))


def test_a_process_that_was_forked_begins_anew(records: Opening) -> None:
    mine = records()
    mine.seal(b"before")
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_seal_one, args=(mine, there))
    child.start()
    theirs = here.recv_bytes()
    child.join(30)
    assert theirs[5 : 5 + SALT_BYTES] != mine.seal(b"mine")[5 : 5 + SALT_BYTES]
    assert mine.open(theirs) == b"child"


def test_a_writer_begins_anew_after_a_day_and_when_its_keys_are_used_up(
    records: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = records()
    first = writer.seal(b"first")
    monkeypatch.setattr(module, "N_LEAVES", 3)
    second, third, fourth = (writer.seal(each) for each in (b"second", b"third", b"fourth"))
    assert first[5:21] == second[5:21] == third[5:21] != fourth[5:21]
    clock = module.time.time() + MOST_SECONDS + 1
    monkeypatch.setattr(module.time, "time", lambda: clock)
    fifth = writer.seal(b"fifth")
    assert fifth[5:21] != fourth[5:21]
    assert [records().open(each) for each in (first, fourth, fifth)] == [b"first", b"fourth", b"fifth"]


def test_a_record_that_was_changed_does_not_open(records: Opening) -> None:
    opener = records()
    whole = opener.seal(b"what somebody did")

    @given(st.integers(0, len(whole) - 1), st.integers(1, 255))
    def check(at: int, by: int) -> None:
        sealed = bytearray(whole)
        sealed[at] ^= by
        with pytest.raises((SealError, KeysError)):
            opener.open(bytes(sealed))

    check()


@pytest.mark.parametrize("length", [0, 1, OVERHEAD - 1])
def test_what_is_too_short_is_no_record(records: Opening, length: int) -> None:
    with pytest.raises(SealError):
        records().open(b"\x03" * length)


def test_a_record_opens_only_in_its_log_and_project(records: Opening) -> None:
    sealed = records().seal(b"here")
    with pytest.raises(KeysError):
        records("outcomes").open(sealed)
    with pytest.raises(KeysError):
        records(ring=KeyRing("other", RING.index, RING.keys)).open(sealed)


def test_keys_that_are_lost_are_told_from_keys_that_are_destroyed(tmp_path: Path) -> None:
    seals = Seals(RING, record_keys=tmp_path / "keys" / "records")
    sealed = Records(seals, "requests").seal(b"here")
    [path] = (tmp_path / "keys" / "records" / "requests").glob("*.keys")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(KeysError, match="has been changed"):
        Records(seals, "requests").open(sealed)
    path.unlink()
    with pytest.raises(KeysError, match="is missing") as caught:
        Records(seals, "requests").open(sealed)
    assert "keys/records" in str(caught.value.next_step)


def test_when_a_data_key_is_forgotten_what_was_sealed_under_it_is_gone(
    folder: Path, records: Opening
) -> None:
    ring = new_ring("shop", NOW)
    old = records(ring=ring).seal(b"old")
    rotated = ring.rotated(NOW)
    new = records(ring=rotated)
    assert new.open(old) == b"old"
    assert not new.is_by_active(old)
    assert new.is_by_active(new.seal(b"new"))
    assert records(ring=rotated.without(ring.active.key_id)).open(old) is None
    assert Records(Seals(ring, lambda: rotated, folder), "requests").open(new.seal(b"new")) == b"new"


def test_keys_of_what_is_kept_no_more_are_destroyed(tmp_path: Path) -> None:
    ring = new_ring("shop", NOW)
    rotated = ring.rotated(NOW)
    folder = tmp_path / "keys" / "records"
    old, new = (Records(Seals(each, record_keys=folder), "requests") for each in (ring, rotated))
    first, second = old.seal(b"first"), new.seal(b"second")
    new.shred_retired()
    assert new.open(second) == b"second"
    with pytest.raises(KeysError):
        new.open(first)
    began = max(each.stat().st_mtime for each in (folder / "requests").glob("*.keys"))
    new.shred_older(began + MOST_SECONDS)
    assert new.open(second) == b"second"
    new.shred_older(began + MOST_SECONDS + 1)
    with pytest.raises(KeysError):
        new.open(second)
