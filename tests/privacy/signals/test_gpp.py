"""GPP strings: header, sections by their tables, and what is none."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from tests.privacy.signals.strategies import gpp_strings, us_sections
from tests.privacy.signals.vectors import vectors

from headwater.core.errors import SignalError
from headwater.privacy.signals import gpp, us_states
from headwater.privacy.signals.us_fields import GpcSegment, UsSection
from headwater.privacy.signals.us_privacy import UsPrivacy
from headwater.privacy.signals.us_sections import SECTIONS, USVA

TEXTS = {each["id"]: each["text"] for each in vectors("gpp")}


@given(gpp_strings())
def test_what_is_written_is_read_again(said):
    assert gpp.decode(gpp.encode(said)) == said


@pytest.mark.parametrize("kind", SECTIONS, ids=lambda kind: kind.name)
@given(data=st.data())
def test_a_section_is_read_as_it_was_written_in_each_version(kind, data):
    said = data.draw(us_sections(kind))
    assert us_states.decode(us_states.encode(said), kind) == said


@given(st.text())
def test_any_text_is_a_string_or_a_signal_error(text):
    with pytest.raises(SignalError):
        gpp.decode(text)


def test_there_are_all_sections_of_the_reference():
    assert sorted(gpp.NAMES) == [2, *range(5, 28)]
    assert gpp.NAMES[7] == "usnat"
    assert gpp.NAMES[27] == "usri"


def test_control_that_is_absent_is_not_control_that_is_unset():
    absent, unset, is_set = (
        gpp.decode(f"DBABBg~BWhaqmaQ{end}").sections["usca"] for end in ("", ".QA", ".YA")
    )
    assert absent.gpc is None
    assert unset.gpc == GpcSegment(is_set=False)
    assert is_set.gpc == GpcSegment(is_set=True)


def test_sensitive_data_that_are_absent_are_not_those_that_do_not_apply():
    with_it, without = (gpp.decode(TEXTS[name]).sections["usin"] for name in ("usin-1", "usin-3"))
    assert with_it.values["sensitive_data_processing"] == (2, 1, 0, 2, 0, 1, 2, 2)
    assert "sensitive_data_processing" not in without.values


def test_the_national_section_is_read_in_its_first_version_too():
    said = gpp.decode("DBABLA~BVVqAAAAAAA.YA").sections["usnat"]
    assert said.version == 1
    assert len(said.values["sensitive_data_processing"]) == 12
    assert len(said.values["known_child_sensitive_data_consents"]) == 2
    assert said.gpc == GpcSegment(is_set=True)


def test_a_section_filled_up_to_its_last_sign_alone_is_read():
    assert gpp.decode("DBABLA~BVVqAAAAAA") == gpp.decode("DBABLA~BVVqAAAAAAA")


def test_a_section_that_is_not_known_is_kept_and_told():
    said = gpp.GppString({"uspv1": UsPrivacy(None, True, None)}, {28: "BAAA.QA"})
    text = gpp.encode(said)
    assert gpp.decode(text) == said
    assert text.endswith("~1-Y-~BAAA.QA")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "GPP header: is empty"),
        ("CBABTA~1YNN", "GPP header, at bit 6: is of kind 2; a GPP string begins with kind 3"),
        ("DCABTA~1YNN", "GPP header, at bit 12: says it is of GPP version 2, which is not known"),
        ("DBABTA", "its header names 1 sections, but 0 follow"),
        ("DBABTA~1YNN~1YNN", "its header names 1 sections, but 2 follow"),
        ("DBABTA~", "US Privacy string: has 0 characters"),
        ("DBABTA~1YNN.A", "US Privacy string: has 6 characters"),
        ("DBABTAAAAA~1YNN", "GPP header, at bit 30: has 10 characters"),
        ("DBABTB~1YNN", "GPP header, at bit 30: bits are set"),
        ("DBABTA.AA~1YNN", "GPP header: the character at 7 is not of base64url"),
        ("DBABLA~BVVqAAAAAAA.YA.YA", "GPP section usnat: has 2 segments after the core; one is the most"),
        (
            "DBABLA~DVVqAAAAAAA",
            "GPP section usnat, at bit 6: says it is of version 3, .*; version 1 and 2 is read",
        ),
        ("DBABLA~CVVqAAAAAAA", "GPP section usnat, at bit .*: ends after 66 bits"),
        (
            "DBABLA~BXVqAAAAAAA",
            "GPP section usnat, at bit 12: sharing_opt_out_notice is 3; it must be 0, 1 or 2",
        ),
        ("DBABRg~BqFkaWY.YA", "GPP section usva, second segment, at bit 0: there is no such segment"),
        ("DBABBg~BWhaqmaQ.YAAAAA", "GPP section usca, second segment, at bit 3: has 6 characters"),
        ("DBABBg~BWhaqmaQ.", "GPP section usca, second segment: is empty"),
        ("DBABMA~BVVq", "is of TCF version 1"),
    ],
)
def test_what_is_none_is_refused_and_it_is_told_where(text, message):
    with pytest.raises(SignalError, match=message):
        gpp.decode(text)


def test_a_header_that_names_itself_is_refused():
    with pytest.raises(SignalError, match="names a section 3, which is the header itself"):
        gpp.decode("DBABGA~BAAA")


@pytest.mark.parametrize("sign", "AQq_")
def test_the_longest_strings_are_answered_at_once(sign):
    began = time.process_time()
    for text in (
        "DB" + sign * 16_382,
        "DB" + sign * 1_000_000,
        "DBABTA" + "~A" * 500_000,
        "DBABLA~B" + sign * 16_383,
    ):
        with pytest.raises(SignalError):
            gpp.decode(text)
    assert time.process_time() - began < 2


SAID = gpp.decode(TEXTS["usca-1"]).sections["usca"]
NOTHING = {each.name: (0,) * each.n_values if each.n_values else 0 for each in USVA.versions[1]}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (gpp.GppString({"usxx": SAID}), "there is no section 'usxx'"),
        (gpp.GppString({"usva": SAID}), "what is given as section 'usva' is of another kind"),
        (gpp.GppString({"uspv1": SAID}), "what is given as section 'uspv1' is of another kind"),
        (gpp.GppString({}, {7: "BA"}), "a section 7 cannot stand among those that are not known"),
        (gpp.GppString({}, {3: "BA"}), "a section 3 cannot"),
        (gpp.GppString({}, {0: "BA"}), "a section 0 cannot"),
        (gpp.GppString({}, {65_536: "BA"}), "a section 65536 cannot"),
        (gpp.GppString({}, {28: "B~A"}), "GPP section 28: the character at 2 is not of base64url"),
        (gpp.GppString({"usca": replace(SAID, version=2)}), "GPP section usca: there is no version 2"),
        (
            gpp.GppString({"usca": replace(SAID, values={})}),
            "GPP section usca: sale_opt_out_notice is missing",
        ),
        (
            gpp.GppString({"usca": replace(SAID, values={**SAID.values, "more": 1})}),
            "GPP section usca: has no field more",
        ),
        (
            gpp.GppString({"usca": replace(SAID, values={**SAID.values, "sale_opt_out": 3})}),
            "GPP section usca: sale_opt_out must be 0, 1 or 2",
        ),
        (
            gpp.GppString({"usca": replace(SAID, values={**SAID.values, "sale_opt_out": (1,)})}),
            "GPP section usca: sale_opt_out must be a number",
        ),
        (
            gpp.GppString({"usca": replace(SAID, values={**SAID.values, "sensitive_data_processing": (1,)})}),
            "GPP section usca: sensitive_data_processing must be 9 numbers",
        ),
        (
            gpp.GppString({"usva": UsSection(USVA, 1, NOTHING, GpcSegment(is_set=True))}),
            "GPP section usva: has no segment for Global Privacy Control",
        ),
        (
            gpp.GppString({"usca": replace(SAID, gpc=GpcSegment(is_set=True, kind=4))}),
            "GPP section usca: the kind of segment is 4",
        ),
    ],
)
def test_what_is_no_section_is_not_written(said, message):
    with pytest.raises(SignalError, match=message):
        gpp.encode(said)


@pytest.mark.parametrize("kind", SECTIONS, ids=lambda kind: kind.name)
def test_the_notice_of_a_field_is_a_field_of_the_same_section(kind):
    for fields in kind.versions.values():
        names = [each.name for each in fields]
        assert len(set(names)) == len(names)
        assert {each.notice for each in fields if each.notice} <= set(names)
