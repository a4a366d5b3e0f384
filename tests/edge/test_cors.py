"""Every page may send, with whatever headers its library adds; who is no page gets none of it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from headwater.edge.cors import cors, preflight

ORIGIN = "https://shop.example"


def test_an_answer_lets_the_page_that_asked_see_it_and_when_to_come_back() -> None:
    assert dict(cors({"origin": ORIGIN})) == {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "Retry-After",
        "vary": "Origin",
    }


def test_where_no_page_asks_nothing_is_said() -> None:
    assert cors({"host": "edge"}) == []


def test_a_preflight_allows_what_is_asked_for() -> None:
    asked = {"origin": ORIGIN, "access-control-request-headers": "anonymousid,authorization,rsa-x"}
    told = dict(preflight(asked))
    assert told["access-control-allow-headers"] == "anonymousid,authorization,rsa-x"
    assert told["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert told["access-control-allow-origin"] == ORIGIN
    assert int(told["access-control-max-age"]) == 86_400


@pytest.mark.parametrize("asked", [{}, {"access-control-request-headers": ""}])
def test_a_preflight_that_asks_for_no_headers_allows_none(asked) -> None:
    assert "access-control-allow-headers" not in dict(preflight({"origin": ORIGIN, **asked}))


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_origin_and_any_headers_are_echoed_as_they_are(origin, headers) -> None:
    """A `*` would not do: with credentials browsers do not take it."""
    told = dict(preflight({"origin": origin, "access-control-request-headers": headers}))
    assert (told["access-control-allow-origin"], told["access-control-allow-headers"]) == (origin, headers)
