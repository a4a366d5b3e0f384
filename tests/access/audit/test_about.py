"""What an entry says of whom and what it is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from headwater.access.audit.about import NOT_NAMED, subject, told
from headwater.access.masking import pseudonym
from headwater.core.sealing.keys import new_ring
from headwater.core.sealing.seals import Seals
from headwater.identity.identifier import lookup_kinds

SEALS = Seals(new_ring("shop", datetime(2026, 3, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("given_", "tells"),
    [
        ("email= Ann@Example.org", pseudonym("email", "ann@example.org", SEALS)),
        ("email=ann", "email:(not valid)"),
        ("17", "profile 17"),
        ("coffee_lovers", "coffee_lovers"),
        ("new.yaml", "new.yaml"),
        ("/home/ann/new.yaml", NOT_NAMED),
        ("ann@example.org", NOT_NAMED),
        ("Ann Smith", NOT_NAMED),
        ("no_kind=ann", NOT_NAMED),
        ("+49 170 1234567", NOT_NAMED),
        ("", NOT_NAMED),
    ],
    ids=range(11),
)
def test_people_are_told_by_pseudonym_and_what_is_declared_by_name(given_: str, tells: str) -> None:
    assert told([given_], SEALS) == (tells,)


@given(st.sampled_from(sorted(lookup_kinds())), st.text(min_size=4, max_size=40))
def test_no_value_of_an_identifier_is_told(kind: str, value: str) -> None:
    [tells] = told([f"{kind}={value}"], SEALS)
    assert value not in tells or value in f"{kind}:(not valid)"


def test_of_many_the_first_are_told() -> None:
    assert len(told(map(str, range(1000)), SEALS)) == 20


def test_a_subject_that_may_be_an_address_is_told_by_pseudonym() -> None:
    assert subject("auth0|5f7c", SEALS) == "oidc:auth0|5f7c"
    assert "ann" not in subject("ann@example.org", SEALS)
    assert (
        subject("ann@example.org", SEALS)
        == subject("ann@example.org", SEALS)
        != subject("bob@example.org", SEALS)
    )
    assert "\n" not in subject("x\nlocal:root", SEALS)
