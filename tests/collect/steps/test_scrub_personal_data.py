"""No e-mail address and no card number stays in URLs and properties; what only looks like one does."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, strategies as st
from tests.collect.told import told

from headwater.collect.enriching.personal_data import is_card, without_personal_data
from headwater.collect.step import Surroundings
from headwater.collect.steps.scrub_personal_data import scrub_personal_data

AROUND = Surroundings()
VISA, AMEX = "4111111111111111", "378282246310005"
WORDS = st.text(st.sampled_from("abcxyz 0123456789%&=?/#@.,:;'()-+_é\n"), max_size=30)
LOCALS = st.from_regex(r"[a-z0-9]+([._+-][a-z0-9]+)?", fullmatch=True)
EMAILS = st.builds("{}@{}".format, LOCALS, st.from_regex(r"[a-z]{2,8}(\.[a-z]{2,6}){1,2}", fullmatch=True))


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A number that an issuer could have given out, in one piece or in groups."""
    start, length = draw(
        st.sampled_from(
            [("4", 16), ("4", 19), ("51", 16), ("2221", 16), ("34", 15), ("36", 14), ("6011", 16), ("62", 18)]
        )
    )
    digits = start + "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=length - 5, max_size=length - 5))
    )
    digits = digits.ljust(length - 1, "0")[: length - 1]
    digits += next(last for last in "0123456789" if luhn(digits + last))
    between = draw(st.sampled_from(["", " ", "-"]))
    return between.join(digits[at : at + 4] for at in range(0, length, 4))


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("joe@example.com", "[email]"),
        ("write to joe.o'hara+news@mail.example.co.uk!", "write to [email]!"),
        ("<joe@example.com>,jane@example.com", "<[email]>,[email]"),
        ("jürgen@müller.de", "[email]"),
        ("mailto:joe@example.com", "mailto:[email]"),
        ("https://shop.example/?email=joe%40example.com&x=1", "https://shop.example/?email=[email]&x=1"),
        ("/login?next=%2Fa%3Fe%3Djoe%2540example.com%26b%3D1", "/login?next=%2Fa%3Fe%3D[email]%26b%3D1"),
        ("e=joe%2Bnews%40example%2Ecom", "e=[email]"),
        ("joe%40m%C3%BCller.de", "[email]"),
        ("4111 1111 1111 1111", "[card]"),
        ("card 4111-1111-1111-1111, thanks", "card [card], thanks"),
        (f"?cc={VISA}&x=1", "?cc=[card]&x=1"),
        ("?cc=4111%201111+1111%201111", "?cc=[card]"),
        ("3782 822463 10005", "[card]"),
        ("call 123 4111 1111 1111 1111 9 now", "call 123 [card] 9 now"),
        ("4222 2222 2222 2", "[card]"),
        (f"{VISA} {AMEX}", "[card] [card]"),
    ],
)
def test_personal_data_is_taken_out_of_a_text(text: str, left: str) -> None:
    assert without_personal_data(text) == left


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("logo@2x.png", id="an image for fine screens"),
        pytest.param("https://medium.example/@joe/a.post", id="a name in a path"),
        pytest.param("https://maps.example/@52.5200,13.4050", id="a place in a path"),
        pytest.param("lib@1.2.3", id="a version"),
        pytest.param("a @ b.de", id="an at of its own"),
        pytest.param("4111 1111 1111 1112", id="wrong check digit"),
        pytest.param("4006381333931", id="an article number that has a card's check digit, or not"),
        pytest.param("4000000000006", id="an article number with a card's check digit"),
        pytest.param("1795458408196", id="milliseconds"),
        pytest.param("0.4111111111111111", id="a fraction"),
        pytest.param("94111111111111111111119", id="more digits than a card has"),
        pytest.param("9999999999999995", id="no issuer's"),
    ],
)
def test_what_only_looks_like_personal_data_stays(text: str) -> None:
    assert without_personal_data(text) is text


def test_the_article_number_above_would_be_a_card_in_groups() -> None:
    assert is_card("4000000000006")
    assert not is_card("4000000000006", in_groups=False)


def test_an_event_is_scrubbed_wherever_people_write() -> None:
    event = told(
        name="asked joe@example.com",
        identifiers={"email": "joe@example.com"},
        traits={"card": VISA},
        url="https://joe:secret@shop.example/a?e=joe%40example.com",
        referrer=f"https://pay.example/{VISA}",
        properties={
            "search": "?e=joe@example.com",
            "deep": {"notes": ["fine", {"joe@example.com": "card 4111 1111 1111 1111"}]},
            "number": int(VISA),
            "order_id": VISA,
            "products": [{"sku": VISA, "name": "tea"}],
            "joe@example.com": 1,
            "price": 4.5,
        },
    )
    kept = event.properties["products"]
    scrub_personal_data(event, AROUND)
    assert (event.name, event.url) == ("asked [email]", "https://shop.example/a?e=[email]")
    assert event.referrer == "https://pay.example/[card]"
    assert (event.identifiers, event.traits) == ({"email": "joe@example.com"}, {"card": VISA})
    assert event.properties == {
        "search": "?e=[email]",
        "deep": {"notes": ["fine", {"[email]": "card [card]"}]},
        "number": "[card]",
        "order_id": VISA,
        "products": [{"sku": VISA, "name": "tea"}],
        "price": 4.5,
        "[email]": 1,
    }
    assert event.properties["products"] is kept


def test_a_name_that_only_looks_like_an_address_keeps_its_place() -> None:
    event = told(properties={"@": 1, "b": 2})
    scrub_personal_data(event, AROUND)
    assert list(event.properties) == ["@", "b"]


def test_an_email_address_does_not_stay_as_an_id() -> None:
    event = told(properties={"customer_id": "joe@example.com"})
    scrub_personal_data(event, AROUND)
    assert event.properties == {"customer_id": "[email]"}


@given(before=WORDS, email=EMAILS, after=WORDS, rounds=st.integers(0, 2))
def test_no_email_address_stays(before: str, email: str, after: str, rounds: int) -> None:
    text = f"{before} {email} {after}"
    for _ in range(rounds):
        text = quote(text)
    left = without_personal_data(text)
    assert email not in left
    for _ in range(rounds):
        left = unquote(left)
    assert not re.search(rf"{re.escape(email)}\b", left)


@given(before=st.text("abc ,;", max_size=9), card=cards(), after=st.text("abc ,;", max_size=9))
def test_no_card_number_stays(before: str, card: str, after: str) -> None:
    assert without_personal_data(f"{before}{card}{after}") == f"{before}[card]{after}"


@given(text=st.one_of(WORDS, st.text()))
def test_scrubbed_once_is_scrubbed(text: str) -> None:
    once = without_personal_data(text)
    assert without_personal_data(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "a@" * 8000,
        "@x.de" * 6000,
        " @x.de" * 5000,
        "4 " * 16_000,
        "4111 " * 6000,
        "a%" * 16_000,
        "a" * 32_000 + "@",
    ],
    ids=["ats", "domains", "domains apart", "digits", "groups", "percents", "a long word"],
)
def test_a_hostile_text_is_read_in_time(text: str) -> None:
    """Fails by taking minutes: the work must not grow with the square of the length."""
    without_personal_data(text)
