"""Values that stand where an identifier is missing: told from those that somebody has."""

from __future__ import annotations

import pytest

from headwater.identity.identifier import identifier_kinds, sha256_hex

JUNK = {
    "email": [
        "noreply@shop.example.org",
        "no-reply@x.org",
        "test@test.com",
        "unknown@x.org",
        "ann@x.invalid",
    ],
    "phone": ["+491111111111", "+4312345678", "+3719876543"],
    "device_id": [
        "11111111-1111-1111-1111-111111111111",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "12345678-9abc-4def-8123-456789abcdef",
    ],
    "click_id": ["gclid=test", "fbclid=0", "gclid=1234567890"],
    "hashed_email": [sha256_hex(""), sha256_hex("null"), sha256_hex("test@test.com"), "0" * 64, "f" * 64],
    "uid2": ["A" * 43 + "=", "A" * 44],
    "postal": [
        "max|mustermann|musterstrasse 1|12345|de|",
        "john|doe|1 main st|02139|us|",
        "test|test||1|de|2000-01-01",
    ],
    "user_id": [
        "7777777",
        "1234567890",
        "[object Object]",
        "00000000-0000-0000-0000-000000000000",
        "0",
        "nan",
    ],
}
SOMEBODY = {
    "email": ["test.mayer@x.org", "na@x.org", "nan@x.org", "info@x.org", "ann@invalid.org"],
    "phone": ["+14155552671", "+493012345679", "+18003569377"],
    "device_id": ["11111112-1111-1111-1111-111111111111", "cdda802e-fb9c-47ad-9866-0794d394c912"],
    "click_id": ["gclid=tests", "fbclid=IwAR0", "gclid=testA"],
    "hashed_email": [sha256_hex("ann@example.org")],
    "uid2": ["A" * 42 + "E="],
    "postal": ["na|li||12345|de|1980-02-03", "ann|guest|1 main st|1|us|", "john|dough|1 main st|1|us|"],
    "user_id": ["1111", "111111", "123456", "m0", "null1", "A-17", "Ünal", "日本"],
}


def cases(given: dict[str, list[str]]) -> list[object]:
    return [pytest.param(kind, value, id=f"{kind} {value}") for kind in given for value in given[kind]]


@pytest.mark.parametrize(("kind", "value"), cases(JUNK))
def test_a_placeholder_is_junk(kind: str, value: str) -> None:
    assert identifier_kinds()[kind].is_junk(value)


@pytest.mark.parametrize(("kind", "value"), cases(SOMEBODY))
def test_what_somebody_may_have_is_none(kind: str, value: str) -> None:
    assert not identifier_kinds()[kind].is_junk(value)


@pytest.mark.parametrize("kind", JUNK)
def test_the_cases_are_spelled_as_values_are(kind: str) -> None:
    normalise = identifier_kinds()[kind].normalise
    not_phones = [] if kind == "phone" else JUNK[kind]  # most runs of keys are no valid numbers to begin with
    for value in [*not_phones, *SOMEBODY[kind]]:
        assert normalise(value) == value
