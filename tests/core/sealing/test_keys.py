"""The ring: one active key, ids that betray damage, and secrets that nothing shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headwater.core.errors import KeysError, UserError
from headwater.core.sealing.keys import KeyRing, State, joined, new_ring, read_ring, write_ring
from headwater.core.sealing.text import to_text

NOW = datetime(2026, 5, 4, 3, 2, 1, 999, tzinfo=UTC)


def a_ring() -> KeyRing:
    """A ring with a key of each state."""
    ring = new_ring("shop", NOW).rotated(NOW + timedelta(days=1))
    return ring.without(ring.keys[0].key_id).rotated(NOW + timedelta(days=2))


def secrets_of(ring: KeyRing) -> list[bytes]:
    return [key.secret for key in (ring.index, *ring.keys) if key.secret]


def test_a_new_ring_has_one_active_key_and_another_for_indexes() -> None:
    ring = new_ring("shop", NOW)
    assert [key.state for key in ring.keys] == [State.ACTIVE]
    assert ring.active.created_at == datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert len(set(secrets_of(ring))) == 2
    assert {len(secret) for secret in secrets_of(ring)} == {32}


def test_two_rings_share_no_key() -> None:
    assert not new_ring("shop", NOW).key_ids & new_ring("shop", NOW).key_ids


def test_rotating_retires_the_active_key_and_leaves_the_index_key() -> None:
    ring = new_ring("shop", NOW)
    rotated = ring.rotated(NOW)
    assert [key.state for key in rotated.keys] == [State.RETIRED, State.ACTIVE]
    assert rotated.keys[0].secret == ring.active.secret
    assert rotated.index == ring.index


def test_a_forgotten_key_leaves_its_id_and_no_secret() -> None:
    ring = new_ring("shop", NOW).rotated(NOW)
    retired = ring.keys[0]
    gone = ring.without(retired.key_id)
    found = gone.find(retired.key_id)
    assert found is not None
    assert found.state is State.FORGOTTEN
    assert found.secret == b""
    assert to_text(retired.secret) not in write_ring(gone)


def test_the_active_key_and_an_unknown_one_cannot_be_forgotten() -> None:
    ring = new_ring("shop", NOW)
    with pytest.raises(UserError, match="is active"):
        ring.without(ring.active.key_id)
    with pytest.raises(UserError, match="no data key"):
        ring.without(ring.index.key_id)


def test_a_ring_comes_back_from_its_text() -> None:
    ring = a_ring()
    assert read_ring(write_ring(ring), "here") == ring


def test_no_repr_shows_a_secret() -> None:
    ring = a_ring()
    for secret in secrets_of(ring):
        for form in (repr(secret), secret.hex(), to_text(secret)):
            assert form[2:-1] not in repr(ring) + str(ring)


def test_each_purpose_has_its_own_key() -> None:
    key = new_ring("shop", NOW).active
    derived = {key.derived(*purpose) for purpose in (("seal", "a", "b"), ("seal", "ab", ""), ("index", "a"))}
    assert len(derived) == 3
    assert key.secret not in derived


def test_texts_are_joined_so_that_none_can_pass_for_another() -> None:
    assert joined("ab", "c") != joined("a", "bc") != joined("a", "b", "c")


def change(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def changed(held: dict[str, Any]) -> None:
        for step in path[:-1]:
            held = held[step]
        held[path[-1]] = to  # type: ignore[index]

    return changed


DAMAGES = {
    "another format": (change("headwater_keys", to=2), "another format"),
    "no project": (change("project", to=""), "whose keys"),
    "a secret of another key": (
        change("keys", 0, "secret", to=to_text(bytes(32))),
        "data key 1 .* has been changed",
    ),
    "a secret cut short": (
        change("keys", 0, "secret", to=to_text(bytes(31))),
        "data key 1 .* has been changed",
    ),
    "a changed index key": (
        change("index", "secret", to=to_text(bytes(32))),
        "the index key .* has been changed",
    ),
    "an id that is none": (change("keys", 0, "id", to="0a"), "the id of data key 1"),
    "an unknown state": (change("keys", 0, "state", to="lively"), "not what Headwater writes"),
    "two active keys": (change("keys", 0, "state", to="active"), "not exactly one"),
    "no keys": (change("keys", to=[]), "not exactly one"),
    "keys that are no list": (change("keys", to=3), "not what Headwater writes"),
    "a secret that is no text": (change("keys", 0, "secret", to=[1]), "not what Headwater writes"),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_ring_is_told_and_nothing_of_it_shown(
    damage: Callable[[dict[str, Any]], None], told: str
) -> None:
    ring = new_ring("shop", NOW).rotated(NOW)
    held = json.loads(write_ring(ring))
    damage(held)
    with pytest.raises(KeysError, match=told) as caught:
        read_ring(json.dumps(held), "keys/keys.json")
    assert "keys/keys.json" in caught.value.message
    assert caught.value.next_step
    for secret in secrets_of(ring):
        assert to_text(secret) not in str(caught.value.as_dict())


def test_a_key_that_is_there_twice_is_told() -> None:
    held = json.loads(write_ring(new_ring("shop", NOW).rotated(NOW)))
    held["keys"].append(held["keys"][0])
    with pytest.raises(KeysError, match="twice"):
        read_ring(json.dumps(held), "here")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '"keys"', "[" * 100_000], ids=lambda text: text[:6]
)
def test_what_is_no_ring_is_told(text: str) -> None:
    with pytest.raises(KeysError, match="here cannot be read"):
        read_ring(text, "here")


def test_every_part_of_the_text_that_is_cut_off_is_missed() -> None:
    text = write_ring(new_ring("shop", NOW))
    for length in range(len(text) - 2):
        with pytest.raises(KeysError):
            read_ring(text[:length], "here")
