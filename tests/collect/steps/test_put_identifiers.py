"""What is stated of a person and names them is an identifier, and no trait."""

from __future__ import annotations

from tests.collect.told import told

from headwater.collect.step import Surroundings
from headwater.collect.steps.put_identifiers import put_identifiers
from headwater.identity.identifier import identifier_kinds

AROUND = Surroundings(
    identifier_of={name: kind.normalise for name, kind in identifier_kinds().items() if kind.is_direct}
)


def test_an_address_and_a_number_are_moved_and_the_rest_stays() -> None:
    event = told(
        identifiers={"user_id": "u1"},
        traits={"email": "Ann@Example.org", "phone": "+49 30 901820", "plan": "gold", "user_id": "u2"},
    )
    put_identifiers(event, AROUND)
    assert event.identifiers == {"user_id": "u1", "email": "Ann@Example.org", "phone": "+49 30 901820"}
    assert event.traits == {"plan": "gold", "user_id": "u2"}


def test_one_that_was_told_stays_and_the_trait_goes_all_the_same() -> None:
    event = told(identifiers={"email": "ann@example.org"}, traits={"email": "other@example.org"})
    put_identifiers(event, AROUND)
    assert event.identifiers == {"email": "ann@example.org"}
    assert event.traits == {}


def test_what_is_none_stays_a_trait() -> None:
    stated = {"email": "not given", "phone": 4930901820}
    event = told(identifiers={"user_id": "u1"}, traits=dict(stated))
    put_identifiers(event, AROUND)
    assert event.identifiers == {"user_id": "u1"}
    assert event.traits == stated
