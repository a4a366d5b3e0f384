"""Pieces: each opens only where it was sealed, unchanged; no nonce is used twice, whoever writes."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import pytest
from hypothesis import given, strategies as st
from tests.core.sealing.ring import RING, SEALS

from headwater.core.errors import KeysError, SealError
from headwater.core.sealing.keys import KeyRing, new_ring
from headwater.core.sealing.pieces import NUMBER_BYTES, OVERHEAD, SALT_BYTES, Pieces
from headwater.core.sealing.seals import Place, Seals

PLACE = Place("log", "requests")
NOW = datetime(2026, 5, 4, tzinfo=UTC)
_HEAD = 5 + SALT_BYTES + NUMBER_BYTES


def nonce(sealed: bytes) -> bytes:
    """What the key and the nonce of a piece are made of."""
    return sealed[5:_HEAD]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_what_is_sealed_opens(pieces: list[bytes]) -> None:
    writer, reader = Pieces(SEALS, PLACE), Pieces(Seals(RING), PLACE)
    sealed = [writer.seal(each) for each in pieces]
    assert [reader.open(each) for each in sealed] == pieces
    assert [len(each) for each in sealed] == [len(each) + OVERHEAD for each in pieces]


def test_no_two_pieces_have_the_same_nonce() -> None:
    writers = [Pieces(SEALS, PLACE) for _ in range(3)]
    sealed = [writer.seal(b"the same") for writer in writers for _ in range(100)]
    assert len({nonce(each) for each in sealed}) == len(sealed)


def _seal_one(pieces: Pieces, out: Connection) -> None:
    out.send_bytes(pieces.seal(b"child"))


def test_a_process_that_was_forked_begins_anew() -> None:
    pieces = Pieces(SEALS, PLACE)
    pieces.seal(b"before")
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_seal_one, args=(pieces, there))
    child.start()
    theirs, mine = here.recv_bytes(), pieces.seal(b"mine")
    child.join(30)
    assert nonce(theirs)[:SALT_BYTES] != nonce(mine)[:SALT_BYTES]
    assert pieces.open(theirs) == b"child"


@given(st.integers(0, _HEAD + 20), st.integers(1, 255))
def test_a_piece_that_was_changed_does_not_open(at: int, by: int) -> None:
    pieces = Pieces(SEALS, PLACE)
    sealed = bytearray(pieces.seal(b"what somebody did"))
    sealed[at % len(sealed)] ^= by
    with pytest.raises((SealError, KeysError)):
        pieces.open(bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, OVERHEAD - 1])
def test_what_is_too_short_is_no_piece(length: int) -> None:
    with pytest.raises(SealError):
        Pieces(SEALS, PLACE).open(b"\x02" * length)


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param((RING, Place("log", "outcomes")), id="another place"),
        pytest.param((KeyRing("other", RING.index, RING.keys), PLACE), id="another project"),
    ],
)
def test_a_piece_opens_only_where_it_was_sealed(elsewhere: tuple[KeyRing, Place]) -> None:
    ring, place = elsewhere
    sealed = Pieces(SEALS, PLACE).seal(b"here")
    with pytest.raises(SealError):
        Pieces(Seals(ring), place).open(sealed)


def test_after_rotating_older_pieces_open_and_after_forgetting_they_are_gone() -> None:
    ring = new_ring("shop", NOW)
    sealed = Pieces(Seals(ring), PLACE).seal(b"old")
    rotated = ring.rotated(NOW)
    newer = Pieces(Seals(rotated), PLACE)
    assert newer.open(sealed) == b"old"
    assert newer.seal(b"new")[1:5].hex() == rotated.active.key_id
    gone = Pieces(Seals(rotated.without(ring.active.key_id)), PLACE)
    assert gone.open(sealed) is None
    assert gone.open(newer.seal(b"new")) == b"new"


def test_a_reader_takes_up_keys_that_came_since() -> None:
    ring = new_ring("shop", NOW)
    rotated = ring.rotated(NOW)
    sealed = Pieces(Seals(rotated), PLACE).seal(b"new")
    assert Pieces(Seals(ring, reload=lambda: rotated), PLACE).open(sealed) == b"new"
    with pytest.raises(KeysError, match=rotated.active.key_id):
        Pieces(Seals(ring), PLACE).open(sealed)
