"""Sealing: what is sealed opens where it was sealed and nowhere else, no change goes unnoticed, and indexes find values."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from headwater.core.errors import HeadwaterError, KeysError, SealError
from headwater.core.sealing.keys import Key, KeyRing, derive, joined, new_ring
from headwater.core.sealing.seals import Place, Seals
from headwater.core.sealing.text import from_text, to_text

NOW = datetime(2026, 5, 4, tzinfo=UTC)
NODES, LISTS = Place("nodes", "value"), Place("list_entries", "value")
VALUE = "ann.of.ulm@example.com"
RING = new_ring("shop", NOW)
SEALS = Seals(RING)
VALUES = st.lists(st.none() | st.text())


def fixed_key(first: int) -> Key:
    secret = bytes(range(first, first + 32))
    return Key(derive(secret, "id")[:4].hex(), NOW, secret=secret)


FIXED = Seals(KeyRing("shop", fixed_key(100), (fixed_key(0),)))


def all_said(error: BaseException) -> str:
    """Everything an error and those behind it say."""
    said = ""
    while True:
        said += str(error) + repr(error)
        if isinstance(error, HeadwaterError):
            said += str(error.as_dict())
        behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if behind is None:
            return said
        error = behind


def flipped(data: bytes) -> list[bytes]:
    """The data with one bit flipped, for every bit."""
    return [
        data[: n // 8] + bytes([data[n // 8] ^ (1 << n % 8)]) + data[n // 8 + 1 :]
        for n in range(8 * len(data))
    ]


@given(VALUES)
def test_values_come_back_as_they_were(values: list[str | None]) -> None:
    given_array = pa.array(values, pa.string())
    sealed = SEALS.seal(given_array, NODES)
    assert SEALS.open_sealed(sealed, NODES).equals(given_array)
    assert [SEALS.open_text(each, NODES) for each in sealed.to_pylist() if each is not None] == [
        value for value in values if value is not None
    ]


@given(VALUES, VALUES)
def test_arrays_in_pieces_are_as_whole_ones(first: list[str | None], second: list[str | None]) -> None:
    pieces = pa.chunked_array([pa.array(first, pa.string()), pa.array(second, pa.string())], pa.string())
    whole = pieces.combine_chunks()
    sealed = SEALS.seal(pieces, NODES)
    cut = pa.chunked_array([sealed[: len(first)], sealed[len(first) :]], pa.string())
    assert SEALS.open_sealed(cut, NODES).equals(whole)
    assert SEALS.blind_index(pieces, "email").equals(SEALS.blind_index(whole, "email"))
    assert SEALS.reseal(cut, NODES).equals(sealed)


def test_one_value_opens_as_text() -> None:
    assert SEALS.open_text(SEALS.seal_text(VALUE, NODES), NODES) == VALUE


@given(st.binary())
def test_bytes_open_as_bytes(value: bytes) -> None:
    assert SEALS.open_bytes(SEALS.seal_bytes(value, NODES), NODES) == value


def test_bytes_that_are_no_text_are_not_opened_as_one() -> None:
    sealed = to_text(SEALS.seal_bytes(b"\xffann", NODES))
    with pytest.raises(SealError) as caught:
        SEALS.open_text(sealed, NODES)
    assert "ann" not in all_said(caught.value)


def test_a_sealed_value_is_text_of_the_alphabet_and_shows_nothing() -> None:
    sealed = SEALS.seal_text(VALUE, NODES)
    assert sealed.isascii()
    assert sealed.replace("-", "").replace("_", "").isalnum()
    assert VALUE.encode() not in from_text(sealed)
    assert len(from_text(sealed)) == len(VALUE) + 33


def test_equal_values_are_sealed_differently_also_in_one_array() -> None:
    sealed = SEALS.seal(pa.array([VALUE] * 100), NODES).to_pylist()
    assert len(set(sealed)) == 100
    nonces = {from_text(each)[5:17] for each in sealed}
    assert len(nonces) == 100


def test_every_flipped_bit_is_noticed() -> None:
    data = from_text(SEALS.seal_text(VALUE, NODES))
    for each in flipped(data):
        with pytest.raises((SealError, KeysError)) as caught:
            SEALS.open_text(to_text(each), NODES)
        assert VALUE not in all_said(caught.value)


def test_every_flipped_bit_of_the_text_is_noticed() -> None:
    for value in ("ab", "abc", "abcd"):  # each leaves another number of bits unused at the end
        for each in flipped(SEALS.seal_text(value, NODES).encode()):
            with pytest.raises((SealError, KeysError)):
                SEALS.open_text(each.decode("latin-1"), NODES)


def test_every_part_that_is_cut_off_or_added_is_noticed() -> None:
    sealed = SEALS.seal_text(VALUE, NODES)
    for text in (*(sealed[:n] for n in range(len(sealed))), sealed + "A", sealed + "AAAA", VALUE):
        with pytest.raises(SealError) as caught:
            SEALS.open_text(text, NODES)
        assert VALUE not in all_said(caught.value)
        if text:
            assert text not in all_said(caught.value)


@pytest.mark.parametrize(
    "place", [LISTS, Place("nodes", "valu"), Place("node", "svalue"), Place("value", "nodes")], ids=str
)
def test_a_value_opens_only_where_it_was_sealed(place: Place) -> None:
    with pytest.raises(SealError, match=str(place)) as caught:
        SEALS.open_sealed(pa.array([SEALS.seal_text(VALUE, NODES)]), place)
    assert VALUE not in all_said(caught.value)


def test_a_value_of_another_project_does_not_open_with_the_same_keys() -> None:
    other = Seals(KeyRing("outlet", RING.index, RING.keys))
    with pytest.raises(SealError):
        SEALS.open_text(other.seal_text(VALUE, NODES), NODES)


def test_the_key_id_is_bound_and_not_only_looked_up() -> None:
    key = RING.active
    renamed = Seals(KeyRing("shop", RING.index, (Key("00000000", NOW, key.state, key.secret),)))
    data = from_text(renamed.seal_text(VALUE, NODES))
    with pytest.raises(SealError):
        SEALS.open_text(to_text(data[:1] + bytes.fromhex(key.key_id) + data[5:]), NODES)


def test_an_unknown_key_is_named() -> None:
    other = Seals(new_ring("shop", NOW))
    with pytest.raises(KeysError, match=other.ring.active.key_id) as caught:
        SEALS.open_text(other.seal_text(VALUE, NODES), NODES)
    assert "backup" in (caught.value.next_step or "")
    assert VALUE not in all_said(caught.value)


def test_a_key_that_another_process_added_is_asked_for() -> None:
    rotated = RING.rotated(NOW)
    seals = Seals(RING, reload=lambda: rotated)
    assert seals.open_text(Seals(rotated).seal_text(VALUE, NODES), NODES) == VALUE
    assert seals.ring == rotated


def test_after_rotation_old_values_open_and_new_ones_are_sealed_by_the_new_key() -> None:
    rotated = Seals(RING.rotated(NOW))
    old, new = SEALS.seal_text(VALUE, NODES), rotated.seal_text(VALUE, NODES)
    assert [rotated.open_text(each, NODES) for each in (old, new)] == [VALUE, VALUE]
    assert from_text(new)[1:5].hex() == rotated.ring.active.key_id != RING.active.key_id


def test_resealing_takes_what_retired_keys_sealed_and_leaves_the_rest() -> None:
    rotated = Seals(RING.rotated(NOW))
    mixed = pa.array([SEALS.seal_text(VALUE, NODES), None, rotated.seal_text("bo", NODES)])
    anew = rotated.reseal(mixed, NODES)
    assert rotated.open_sealed(anew, NODES).to_pylist() == [VALUE, None, "bo"]
    assert from_text(anew[0].as_py())[1:5].hex() == rotated.ring.active.key_id
    assert anew[2] == mixed[2]
    without = Seals(rotated.ring.without(RING.active.key_id))
    assert without.open_sealed(anew, NODES).to_pylist() == [VALUE, None, "bo"]


def test_what_a_forgotten_key_sealed_is_null_and_is_left_as_it_is() -> None:
    sealed = SEALS.seal(pa.array([VALUE, None]), NODES)
    without = Seals(RING.rotated(NOW).without(RING.active.key_id))
    assert without.open_sealed(sealed, NODES).to_pylist() == [None, None]
    assert without.reseal(sealed, NODES).equals(sealed)


def test_resealing_opens_what_the_active_key_sealed_too() -> None:
    broken = from_text(SEALS.seal_text(VALUE, NODES))[:-1] + b"\0\0"
    with pytest.raises(SealError):
        SEALS.reseal(pa.array([to_text(broken)]), NODES)


@given(st.lists(st.text(max_size=3)))
def test_indexes_are_equal_exactly_where_values_are(values: list[str]) -> None:
    indexes = SEALS.blind_index(pa.array(values, pa.string()), "email").to_pylist()
    assert len(set(indexes)) == len(set(values))
    assert dict(zip(values, indexes, strict=True)) == {
        value: SEALS.index_text(value, "email") for value in values
    }
    assert {len(index) for index in indexes} <= {22}


def test_indexes_of_other_kinds_and_rings_differ() -> None:
    found = {SEALS.index_text(VALUE, kind) for kind in ("email", "user_id", "emai")}
    found.add(Seals(new_ring("shop", NOW)).index_text(VALUE, "email"))
    assert len(found) == 4


def test_indexes_stay_when_keys_are_rotated_and_forgotten() -> None:
    ring = RING.rotated(NOW)
    for later in (ring, ring.without(RING.active.key_id)):
        assert Seals(later).index_text(VALUE, "email") == SEALS.index_text(VALUE, "email")


def test_null_has_no_index() -> None:
    assert SEALS.blind_index(pa.array([None, "a"]), "email")[0].as_py() is None


def test_the_index_is_hmac_under_a_key_by_hkdf() -> None:
    """Worked out with the standard library alone: RFC 5869 (extract without salt, expand to one block), then RFC 2104."""
    extracted = hmac.digest(bytes(32), FIXED.ring.index.secret, "sha256")
    key = hmac.digest(extracted, joined("headwater", "index", "email") + b"\x01", "sha256")
    expected = hmac.new(key, VALUE.encode(), hashlib.sha256).digest()[:16]
    assert FIXED.index_text(VALUE, "email") == to_text(expected)


def test_what_was_sealed_by_an_earlier_version_opens() -> None:
    sealed = "AVJpXEYcNxobGJCaPzJxkhQnl9XQ4_j_uH8p1WHHt38_lwQTMHyjyN6xIuxVPwFXPtr1ujAtXA"
    assert FIXED.open_text(sealed, NODES) == VALUE
    assert FIXED.index_text(VALUE, "email") == "dDHc3gIakfsRvnN0trkiQQ"


def test_what_seals_shows_no_key() -> None:
    assert RING.active.secret.hex() not in repr(SEALS)
    assert to_text(RING.active.secret) not in repr(vars(SEALS)) + repr(SEALS.ring)


BAD: dict[str, Callable[[str], str]] = {
    "another version": lambda sealed: "Ag" + sealed[2:],
    "plain text": lambda _: VALUE,
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("damage", BAD.values(), ids=BAD)
def test_what_is_no_sealed_value_is_told_by_its_place(damage: Callable[[str], str]) -> None:
    with pytest.raises(SealError, match=r"nodes\.value is no sealed value"):
        SEALS.open_sealed(pa.array([damage(SEALS.seal_text(VALUE, NODES))]), NODES)
