"""Forms of identifiers, against hashes computed by official client libraries."""

from __future__ import annotations

import pytest

from headwater.activate.destination import Form
from headwater.activate.forms import labels_of, write
from headwater.privacy.labels import Label


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        ("a b", Form.PLAIN, "a b"),
        (
            "ünïcode@exämple.de",
            Form.SHA256_HEX,
            "4c2e9e595eaa911989638d59e8ea1c79d9a7d940edbf4229c810b0bbfefe1020",
        ),
        ("ünïcode@exämple.de", Form.SHA256_BASE64, "TC6eWV6qkRmJY41Z6Oocedmn2UDtv0IpyBCwu/7+ECA="),
    ],
)
def test_an_identifier_in_a_form(value, form, expected):
    assert write(value, form) == expected


HASH = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"


def test_a_hash_that_was_given_is_not_hashed_again():
    assert write(HASH, Form.SHA256_HEX, "hashed_email") == HASH
    assert write(HASH, Form.SHA256_BASE64, "hashed_email") == "lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs="
    assert write(HASH, Form.SHA256_HEX, "user_id") != HASH


def test_only_plain_text_is_labelled_an_identifier():
    assert labels_of(Form.PLAIN) == {Label.IDENTIFIER}
    assert labels_of(Form.SHA256_HEX) == labels_of(Form.SHA256_BASE64) == {Label.PSEUDONYM}
