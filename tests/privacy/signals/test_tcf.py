"""TCF strings: what is written is read again, what is none is refused, and what a vendor may do."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, strategies as st
from tests.privacy.signals.strategies import tc_strings
from tests.privacy.signals.vectors import SIGNS

from headwater.core.errors import SignalError
from headwater.privacy.signals import tcf
from headwater.privacy.signals.bit_reader import MOST_SIGNS
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.statement import Basis
from headwater.privacy.signals.tc_string import Restriction, RestrictionType, TcString
from headwater.privacy.signals.vendor_lists import write_vendors_in_gpp

SAID = TcString(
    created=datetime(2026, 3, 4, 5, 6, 7, 800_000, tzinfo=UTC),
    updated=datetime(2026, 3, 5, tzinfo=UTC),
    cmp_id=31,
    cmp_version=2,
    consent_screen=1,
    language="DE",
    vendor_list_version=126,
    policy_version=5,
    is_service_specific=True,
    uses_non_standard_texts=False,
    special_features=IdSet.of([1]),
    purposes=IdSet.of([1, 2, 4]),
    purposes_by_interest=IdSet.of([2, 4, 7]),
    is_purpose_one_left_out=False,
    publisher_country="AT",
    vendors=IdSet.of([10, 20]),
    vendors_by_interest=IdSet.of([20, 30]),
)
CONSENT, INTEREST = Basis.CONSENT, Basis.LEGITIMATE_INTEREST
CORE = tcf.encode(SAID)


@given(tc_strings)
def test_what_is_written_is_read_again(said):
    assert tcf.decode(tcf.encode(said)) == said


@given(tc_strings)
def test_either_way_to_write_vendors_says_the_same(said):
    assert tcf.decode(tcf.encode(said, write_vendors_in_gpp)) == said


@given(tc_strings, st.data())
def test_a_string_cut_anywhere_is_refused_or_says_the_same_of_fewer_segments(said, data):
    text = tcf.encode(said)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        left = tcf.decode(cut)
    except SignalError:
        return
    absent = {"disclosed_vendors": None, "allowed_vendors": None, "publisher": None}
    assert replace(left, **absent) == replace(said, **absent)
    for name in absent:
        assert getattr(left, name) in (None, getattr(said, name))


@given(st.text())
def test_any_text_is_a_string_or_a_signal_error(text):
    with pytest.raises(SignalError):
        tcf.decode(text)


def test_segments_that_are_absent_are_not_empty_ones():
    assert tcf.decode(CORE).disclosed_vendors is None
    assert tcf.decode(CORE).publisher is None
    nobody = tcf.decode(f"{CORE}.IAAA")
    assert nobody.disclosed_vendors == IdSet()
    assert nobody.disclosed_vendors is not None


def test_it_is_told_that_the_disclosed_vendors_are_missing():
    assert tcf.decode(CORE).lacks_disclosed_vendors
    assert not tcf.decode(f"{CORE}.IAAA").lacks_disclosed_vendors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "TCF core segment: is empty"),
        (f"B{CORE[1:]}", "is of TCF version 1, which ended in 2020"),
        ("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", "is of TCF version 1, which ended in 2020"),
        (f"D{CORE[1:]}", "says it is of TCF version 3, which is not known"),
        (f"{CORE}.", "TCF segment 2: is empty"),
        (f".{CORE}", "TCF core segment: is empty"),
        (f"{CORE}..IAAA", "TCF segment 2: is empty"),
        (f"{CORE}.IAAA.IAAA", "TCF disclosed vendors segment, at bit 3: is there twice"),
        (f"{CORE}.{CORE}", "TCF segment 2, at bit 3: is of kind 0; there are 1, 2, 3"),
        (f"{CORE}.gAAA", "TCF segment 2, at bit 3: is of kind 4"),
        (f"IAAA.{CORE}", "TCF core segment, at bit 6: says it is of TCF version 8"),
        (f"{CORE}.IAAAAAAA", "TCF disclosed vendors segment, at bit 20: has 8 characters"),
        (f"{CORE}.IAAB", "TCF disclosed vendors segment, at bit 20: bits are set"),
        (f"{CORE}AAAA", "TCF core segment, at bit .*: has .* characters"),
        (f"{CORE}=", "is not of base64url"),
        (CORE[:-4], "ends after|characters"),
        (
            f"{CORE}.IAEA",
            "TCF disclosed vendors segment, at bit 20: ends after 24 bits, in the middle of a field of 8",
        ),
    ],
)
def test_what_is_none_is_refused_and_it_is_told_where(text, message):
    with pytest.raises(SignalError, match=message):
        tcf.decode(text)


def _with(at: int, width: int, value: int) -> str:
    """The core with other bits in one place."""
    writer = Writer("core")
    total = 6 * len(CORE)
    bits = int("".join(f"{SIGNS.index(sign):06b}" for sign in CORE), 2)
    shift = total - at - width
    writer.number(bits & ~(((1 << width) - 1) << shift) | value << shift, total, "all of it")
    return writer.text(to_bytes=False)


@pytest.mark.parametrize(
    ("at", "width", "value", "message"),
    [
        (78, 12, 0, "cmpId. is 0; they begin at 2"),
        (78, 12, 1, "cmpId. is 1; they begin at 2"),
        (108, 6, 26, "the language is not two letters"),
        (114, 6, 63, "the language is not two letters"),
        (201, 6, 26, "the publisher's country is not two letters"),
    ],
)
def test_a_value_that_cannot_be_is_refused(at, width, value, message):
    with pytest.raises(SignalError, match=message):
        tcf.decode(_with(at, width, value))


def _entries(largest: int, *entries: tuple[int, int]) -> str:
    """A segment of disclosed vendors as entries."""
    writer = Writer("segment")
    for value, width in ((1, 3), (largest, 16), (1, 1), (len(entries), 12)):
        writer.number(value, width, "head")
    for first, last in entries:
        writer.flag(last != first)
        writer.number(first, 16, "first")
        if last != first:
            writer.number(last, 16, "last")
    return f"{CORE}.{writer.text(to_bytes=False)}"


@pytest.mark.parametrize(
    ("largest", "entries"),
    [(10, [(0, 0)]), (10, [(0, 3)]), (10, [(5, 3)]), (10, [(11, 11)]), (10, [(3, 11)]), (0, [(1, 1)])],
    ids=["zero", "from zero", "backwards", "beyond", "to beyond", "none"],
)
def test_entries_that_hold_no_vendors_are_refused(largest, entries):
    with pytest.raises(SignalError, match=f"they must be from 1 to {largest}, ascending"):
        tcf.decode(_entries(largest, *entries))


def test_entries_in_any_order_are_read():
    assert tcf.decode(_entries(50, (40, 50), (3, 3), (2, 4))).disclosed_vendors == {2, 3, 4, *range(40, 51)}


@example([(9 * number, number % 3) for number in range(1, 100)])
@given(st.lists(st.tuples(st.integers(1, 900), st.integers(0, 99)), max_size=150))
def test_many_entries_are_read_to_the_last(entries):
    pairs = [(first, first + more) for first, more in entries]
    found = tcf.decode(_entries(1_000, *pairs)).disclosed_vendors
    assert found == {each for first, last in pairs for each in range(first, last + 1)}


def test_entries_that_end_too_early_are_refused():
    text = _entries(60_000, *[(1, 60_000)] * 40)
    with pytest.raises(SignalError, match="TCF disclosed vendors segment, at bit .*: ends after"):
        tcf.decode(text[:-8])


@pytest.mark.parametrize("sign", "A_")
def test_the_longest_strings_are_answered_at_once(sign):
    began = time.process_time()
    for text in (
        sign * MOST_SIGNS,
        f"C{sign * (MOST_SIGNS - 1)}",
        CORE[:40] + sign * (MOST_SIGNS - 40),
        f"{CORE}." + ("J" + sign * (MOST_SIGNS - 1)),
        ".".join([CORE, *["IAAA"] * 100_000]),
        "." * 1_000_000,
        _entries(65_535, *[(1, 65_535)] * 2_900),
    ):
        try:
            tcf.decode(text)
        except SignalError:
            continue
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cmp_id": 1}, "consent platform is 1; they begin at 2"),
        ({"cmp_id": 4_096}, "must be from 0 to 4095"),
        ({"language": "de"}, "the language must be two letters"),
        ({"purposes": IdSet.of([25])}, "purposes has 25; the largest that fits is 24"),
        ({"vendors": IdSet.of([65_536])}, "the largest vendor is 65536"),
        ({"vendors": IdSet.of(range(1, 65_536, 2))}, None),
        ({"restrictions": (Restriction(0, RestrictionType.NOT_ALLOWED, IdSet()),)}, "for a purpose 0"),
        ({"restrictions": (Restriction(25, RestrictionType.NOT_ALLOWED, IdSet()),)}, "for a purpose 25"),
        (
            {"restrictions": (Restriction(1, RestrictionType.NOT_ALLOWED, IdSet.of(range(1, 9_999, 2))),)},
            "the number of entries is 4999",
        ),
    ],
)
def test_what_fits_no_string_is_not_written(change, message):
    said = replace(SAID, **change)
    if message is None:
        assert tcf.decode(tcf.encode(said)) == said
        return
    with pytest.raises(SignalError, match=message):
        tcf.encode(said)


def test_the_same_restriction_twice_is_one_of_all_its_vendors():
    twice = (
        Restriction(2, RestrictionType.NOT_ALLOWED, IdSet.of([3])),
        Restriction(2, RestrictionType.NOT_ALLOWED, IdSet.of([1])),
    )
    (one,) = tcf.decode(tcf.encode(replace(SAID, restrictions=twice))).restrictions
    assert one.vendors == {1, 3}


@pytest.mark.parametrize(
    ("purpose", "vendor", "bases"),
    [
        (2, 10, {CONSENT}),
        (2, 20, {CONSENT, INTEREST}),
        (2, 30, {INTEREST}),
        (7, 30, {INTEREST}),
        (3, 20, set()),  # nobody granted it
        (2, 40, set()),  # nobody knows the vendor
        (4, 30, set()),  # no legitimate interest in purposes 3 to 6 since TCF 2.2
        (99, 20, set()),
        (2, 0, set()),
    ],
)
def test_a_vendor_has_the_bases_that_purpose_and_vendor_both_have(purpose, vendor, bases):
    assert SAID.bases(purpose, vendor) == bases


@pytest.mark.parametrize(
    ("policy", "bases"), [(2, {INTEREST}), (3, {INTEREST}), (4, set()), (5, set()), (6, set())]
)
def test_legitimate_interest_in_purposes_3_to_6_ended_with_policy_4(policy, bases):
    assert replace(SAID, policy_version=policy).bases(4, 30) == bases


def test_before_tcf_2_2_there_was_legitimate_interest_in_more_purposes_but_never_in_the_first():
    before = replace(SAID, policy_version=2, purposes_by_interest=IdSet.of([1, 4]))
    assert before.bases(4, 30) == {INTEREST}
    assert before.bases(1, 30) == set()


@pytest.mark.parametrize(
    ("kinds", "bases"),
    [
        ([RestrictionType.NOT_ALLOWED], set()),
        ([RestrictionType.REQUIRE_CONSENT], {CONSENT}),
        ([RestrictionType.REQUIRE_LEGITIMATE_INTEREST], {INTEREST}),
        ([RestrictionType.REQUIRE_LEGITIMATE_INTEREST, RestrictionType.NOT_ALLOWED], set()),
        ([RestrictionType.REQUIRE_LEGITIMATE_INTEREST, RestrictionType.REQUIRE_CONSENT], {CONSENT}),
    ],
)
def test_a_publishers_restriction_takes_bases_away_and_the_stricter_counts(kinds, bases):
    restricted = replace(SAID, restrictions=tuple(Restriction(2, kind, IdSet.of([20])) for kind in kinds))
    assert restricted.bases(2, 20) == bases
    assert restricted.bases(2, 10) == {CONSENT}  # another vendor
    assert restricted.bases(7, 20) == {INTEREST}  # another purpose


def test_a_vendor_that_was_not_disclosed_may_nothing():
    disclosed = replace(SAID, disclosed_vendors=IdSet.of([10]))
    assert disclosed.bases(2, 10) == {CONSENT}
    assert disclosed.bases(2, 20) == set()
    assert replace(SAID, disclosed_vendors=IdSet()).bases(2, 10) == set()


def test_only_what_a_vendor_has_declared_counts_and_by_default_that_is_consent():
    assert SAID.allows(2, 10)
    assert not SAID.allows(2, 30)
    assert SAID.allows(2, 30, {INTEREST})
    assert not SAID.allows(2, 10, {INTEREST})
    assert SAID.allows(2, 10, {CONSENT, INTEREST})


@given(tc_strings, st.integers(0, 25), st.integers(0, 130))
def test_a_restriction_never_gives_what_was_not_there(said, purpose, vendor):
    assert said.bases(purpose, vendor) <= replace(said, restrictions=()).bases(purpose, vendor)
    assert said.bases(purpose, vendor) <= replace(said, disclosed_vendors=None).bases(purpose, vendor)
