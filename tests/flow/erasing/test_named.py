"""Who is named in a text: every spelling that means an identifier is found, by the quick look too, and nobody else is."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from headwater.core.errors import NotFoundError
from headwater.flow.erasing.glance import Glance
from headwater.flow.erasing.named import Named
from headwater.identity.declare import KindRules, Rules, as_said
from headwater.identity.identifier import identifier_kinds

KINDS = as_said(Rules({"phone": KindRules(region="DE")}), identifier_kinds())
EXAMPLES = [
    pytest.param(name, raw, value, id=f"{name} {raw!r}")
    for name, kind in KINDS.items()
    for raw, value in kind.examples
    if value is not None
]
NAMES = {"userId": "user_id", "duid": "anonymous_id"}
ANA = ("email", "ana.b@shop.example")
CALL = ("phone", "+493012345678")
USER = ("user_id", "Customer-17")
SHORT = ("user_id", "7")


def of(*nodes) -> Named:
    return Named(nodes, KINDS, NAMES)


@pytest.mark.parametrize(("kind", "raw", "value"), EXAMPLES)
def test_the_quick_look_sees_every_example_of_every_kind_however_it_is_escaped(kind, raw, value):
    glance = Glance([(kind, value)], KINDS)
    around = {"x": "1", "say": raw, "n": 2}
    written = (
        json.dumps(around).encode(),
        json.dumps(around, ensure_ascii=False).encode(),
        json.dumps(json.dumps(around)).encode(),
        quote(raw, safe="").encode(),
        quote(quote(raw, safe=""), safe="").encode(),
        raw.encode(),
        "".join(f"%{byte:02X}" for byte in raw.encode()).encode(),
        "".join(f"\\u{ord(sign):04x}" for sign in raw if ord(sign) < 0x10000).encode(),
    )
    assert [each for each in written if not glance.may_name(each)] == []
    packed = b'{"a":"' + b64encode(written[0], b"-_").rstrip(b"=") + b'"}'
    assert glance.may_name_packed(packed)


TEXTS = st.text(st.sampled_from("aAbB1290.@+-_ /\\%|\u200b\u0130\u212a\u0661é"), min_size=1, max_size=14)


@settings(max_examples=1_000)
@given(kind=st.sampled_from(sorted(KINDS)), raw=TEXTS, before=TEXTS, after=TEXTS)
def test_the_quick_look_never_denies_what_a_closer_one_sees(kind, raw, before, after):
    value = KINDS[kind].normalise(raw)
    if value is None:
        return
    glance = Glance([(kind, value)], KINDS)
    for ascii_only in (True, False):
        assert glance.may_name(json.dumps([before, raw, after], ensure_ascii=ascii_only).encode())


def test_the_quick_look_denies_most_of_what_is_nobody():
    glance = Glance([ANA, CALL, USER, SHORT], KINDS)
    url = "https://shop.example/p/17?x=%20a"
    plain = f'{{"userId":"Customer-18","url":"{url}","note":"Gr\\u00fc\\u00dfe \U0001f600","n":70,"ip":"1.2.3.47"}}'
    assert not glance.may_name(plain.encode())
    assert glance.may_name(plain.replace("18", "17").encode())
    assert glance.may_name(plain.replace("70", "7").encode())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ana.B@Shop.example", "[email]"),
        ("write to ana.b@shop.example.", "write to [email]."),
        ("https://x/?m=ANA.B%40shop.example&n=1", "https://x/?m=[email]&n=1"),
        ("https://x/?m=ana.b%2540shop%252Eexample", "https://x/?m=[email]"),
        ('{"a": "ana.b\\u0040shop.example"}', '{"a": "[email]"}'),
        ('{"userId": 7, "n": 7, "email": "ana.b@shop.example"}', '{"userId": 0, "n": 7, "email": ""}'),
        ("diana.b@shop.example", "diana.b@shop.example"),
        ("x.ana.b@shop.example", "x.ana.b@shop.example"),
        ("ana.b@shop.example.org", "ana.b@shop.example.org"),
        ("ana.b@shop.example-shop.org", "ana.b@shop.example-shop.org"),
        ("call +49 (0)30 123-456-78 now", f"call +{'*' * 19} now"),
        ("030 12345678", "*" * 12),
        ("order 30123456789", "order 30123456789"),
        ("Customer-17", "*" * 11),
        ("of Customer-17, or Customer-170", "of ***********, or Customer-170"),
        ("7", "7"),
        ("", ""),
    ],
)
def test_what_names_somebody_is_taken_out_of_a_text(text, left):
    found = of(ANA, CALL, USER, SHORT).without(text)
    assert found == left
    assert of(ANA, CALL, USER, SHORT).holds(text) == (text != left)


@pytest.mark.parametrize(
    ("key", "left"),
    [("userId", ""), ("user_id", ""), ("USER-ID", ""), ("size", "7"), ("", "7"), ("duid", "7")],
)
def test_a_short_identifier_is_one_only_where_its_key_says_so(key, left):
    assert of(SHORT).without("7", key) == left


@pytest.mark.parametrize(
    "inner", ["ana.b@shop.example", '{"data":{"mail":"ANA.B\\u0040shop.example","n":1}}']
)
def test_what_is_packed_is_unpacked_and_packed_again(inner):
    for pack in (b64encode(inner.encode()), b64encode(inner.encode(), b"-_").rstrip(b"=")):
        text = pack.decode()
        left = of(ANA).without(text)
        assert left != text
        assert len(left) <= len(text)
        assert not of(ANA).holds(left)


def test_json_keeps_every_other_byte():
    data = b'{"a" : "x\\/y", "batch":[ {"note":"ask ana.b@shop.example", "\xc3\xbc": 1.50e3} ,"\\ud800"]} '
    assert of(ANA).json_without(data) == data.replace(b"ana.b@shop.example", b"[email]")
    assert of(ANA).json_without(data, as_long=True) == data.replace(b"ana.b@shop.example", b"*" * 18)
    assert of(USER).json_without(data) is not None
    assert of(USER).json_without(data) == data


def test_a_text_that_was_cut_off_may_have_been_somebody():
    assert of(ANA).json_without(b'{"a": "ana.b@sho') != b'{"a": "ana.b@sho'
    assert of(USER).json_without(b'{"a": "Customer-1') != b'{"a": "Customer-1'
    for other in (b'{"a": "ana.beate', b'{"a": "ana.b', b'{"a": "custome'):
        assert of(ANA, USER).json_without(other) == other


def test_a_query_keeps_its_other_parameters():
    url, packed = quote(f"https://x/?m={ANA[1]}", safe=""), b64encode(ANA[1].encode()).decode()
    query = f"e=pv&url={url}&uid=Customer-17&page=a+b&cx={packed}"
    left = of(ANA, USER).query_without(query)
    assert left.startswith("e=pv&url=https")
    assert "&page=a+b&" in left
    assert not of(ANA, USER).holds(left)
    assert "Customer" not in left


@settings(max_examples=200)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=6))
def test_a_value_stays_as_many_bytes_long(texts):
    value = {"a": texts, f"k {ANA[1]}": [f"{each} {ANA[1]} {each}" for each in texts], "n": 7}
    left = of(ANA).value_without(value)
    assert len(msgspec.msgpack.encode(left)) == len(msgspec.msgpack.encode(value))


def test_a_kind_that_there_is_not_is_said():
    with pytest.raises(NotFoundError, match="kind of identifier 'e_mail'"):
        of(("e_mail", "x"))


def test_many_are_looked_for_as_quickly_as_one():
    many = [("email", f"ana{number}@shop.example") for number in range(5_000)]
    found = of(*many)
    assert (
        found.without("mail ana4999@shop.example or ana5000@shop.example")
        == "mail [email] or ana5000@shop.example"
    )
