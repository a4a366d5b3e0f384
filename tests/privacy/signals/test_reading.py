"""Signals as statements, and what contradictory ones come to."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings, strategies as st
from tests.privacy.signals.strategies import canadian_strings, consent_modes, gpp_strings, tc_strings
from tests.privacy.signals.test_tcf import SAID
from tests.privacy.signals.test_tcf_canada import TEXT as CANADIAN

from headwater.privacy.signals import gpp, reading, us_privacy
from headwater.privacy.signals.consent_mode import ConsentMode, Storage
from headwater.privacy.signals.gpp import GppString
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.statement import Basis, State, Statement
from headwater.privacy.signals.us_fields import GpcSegment, UsSection
from headwater.privacy.signals.us_sections import USIN, USNAT, USVA

CONSENT, INTEREST, OPT_OUT = Basis.CONSENT, Basis.LEGITIMATE_INTEREST, Basis.OPT_OUT
GRANTED, DENIED = State.GRANTED, State.DENIED
SALE = Statement("gpp:usnat:sale_opt_out", OPT_OUT, GRANTED)
Found = dict[tuple[str, Basis], State]


def found(statements: tuple[Statement, ...]) -> Found:
    """Statements by what they are about; each once."""
    by_key = {(each.purpose, each.basis): each.state for each in statements}
    assert len(by_key) == len(statements)
    return by_key


def test_tcf_says_of_each_purpose_whether_it_was_consented_to():
    said = found(reading.of_tcf(SAID))
    consents = {purpose: state for (purpose, basis), state in said.items() if basis is CONSENT}
    assert consents == {
        **{f"tcf:{number}": GRANTED if number in (1, 2, 4) else DENIED for number in range(1, 12)},
        "tcf:special_feature:1": GRANTED,
        "tcf:special_feature:2": DENIED,
    }


def test_tcf_says_nothing_of_legitimate_interest_where_there_is_none():
    said = found(reading.of_tcf(SAID))
    interests = {purpose: state for (purpose, basis), state in said.items() if basis is INTEREST}
    assert interests == {
        "tcf:2": GRANTED,
        "tcf:7": GRANTED,
        **{f"tcf:{number}": DENIED for number in (8, 9, 10, 11)},
    }


def test_tcf_2_0_had_ten_purposes_and_more_legitimate_interests():
    said = found(reading.of_tcf(replace(SAID, policy_version=2)))
    assert ("tcf:11", CONSENT) not in said
    assert said["tcf:4", INTEREST] is GRANTED
    assert ("tcf:1", INTEREST) not in said


@pytest.mark.parametrize("purposes", [IdSet(), IdSet.of([1])])
def test_a_first_purpose_that_was_not_asked_about_is_absent(purposes):
    said = found(reading.of_tcf(replace(SAID, is_purpose_one_left_out=True, purposes=purposes)))
    assert ("tcf:1", CONSENT) not in said
    assert said["tcf:2", CONSENT] is DENIED


def test_canada_tells_express_from_implied_consent():
    said = found(reading.of_gpp(gpp.decode(f"DBABDA~{CANADIAN}")))
    assert said["tcfca:1", CONSENT] is GRANTED
    assert said["tcfca:1", OPT_OUT] is DENIED
    assert said["tcfca:2", CONSENT] is DENIED
    assert said["tcfca:special_feature:12", CONSENT] is DENIED


def _national(gpc: GpcSegment | None = None, **values: int | tuple[int, ...]) -> UsSection:
    nothing = {each.name: (0,) * each.n_values if each.n_values else 0 for each in USNAT.versions[2]}
    return UsSection(USNAT, 2, {**nothing, **values}, gpc)


@pytest.mark.parametrize(
    ("notice", "opt_out", "state"),
    [
        (0, 0, None),
        (1, 0, None),
        (0, 1, DENIED),
        (1, 1, DENIED),
        (2, 1, DENIED),
        (1, 2, GRANTED),
        (0, 2, None),
        (2, 2, None),
    ],
)
def test_an_opt_out_always_counts_and_that_there_is_none_only_after_notice(notice, opt_out, state):
    section = _national(sale_opt_out_notice=notice, sale_opt_out=opt_out)
    assert found(reading.of_us_section(section)).get((SALE.purpose, OPT_OUT)) is state


def test_fields_of_several_numbers_say_each_its_own():
    children = _national(known_child_sensitive_data_consents=(2, 0, 1))
    assert found(reading.of_us_section(children)) == {
        ("gpp:usnat:known_child_sensitive_data_consents:1", CONSENT): GRANTED,
        ("gpp:usnat:known_child_sensitive_data_consents:3", CONSENT): DENIED,
    }


@pytest.mark.parametrize(("kind", "basis"), [(USNAT, OPT_OUT), (USVA, CONSENT)])
def test_sensitive_data_are_opted_out_of_or_consented_to_as_the_law_has_it(kind, basis):
    fields = {each.name: each for each in kind.versions[max(kind.versions)]}
    assert fields["sensitive_data_processing"].basis is basis


def test_a_segment_that_is_absent_says_nothing():
    absent = gpp.decode("DBABUYA~BhmW").sections["usin"]
    assert absent.kind is USIN
    assert not any("sensitive_data_processing" in each.purpose for each in reading.of_us_section(absent))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("1YYN", DENIED),
        ("1NYN", DENIED),
        ("1-Y-", DENIED),
        ("1YNN", GRANTED),
        ("1NNN", None),
        ("1-N-", None),
        ("1---", None),
    ],
)
def test_us_privacy(text, state):
    said = found(reading.of_us_privacy(us_privacy.decode(text)))
    assert said == ({("us_privacy:sale", OPT_OUT): state} if state else {})


def test_control_that_is_not_set_says_nothing():
    assert reading.of_gpc(False) == ()
    assert reading.of_gpc(True) == (Statement("gpc", OPT_OUT, DENIED),)
    assert reading.of_us_section(_national(gpc=GpcSegment(is_set=False))) == ()
    assert reading.of_us_section(_national(gpc=GpcSegment(is_set=True))) == reading.of_gpc(True)


def test_a_default_of_consent_mode_is_nobodys_word():
    said = ConsentMode(
        {Storage.AD_STORAGE: GRANTED, Storage.AD_USER_DATA: DENIED}, {Storage.AD_STORAGE: DENIED}
    )
    assert reading.of_consent_mode(said) == (Statement("consent_mode:ad_storage", CONSENT, DENIED),)


def test_denied_by_one_signal_is_denied_whichever_comes_first():
    signals = [[Statement("tcf:1", CONSENT, state)] for state in (GRANTED, DENIED, GRANTED)]
    for each in permutations(signals):
        assert reading.resolved(each) == (Statement("tcf:1", CONSENT, DENIED),)


def test_one_basis_says_nothing_of_another():
    statements = (Statement("tcf:2", CONSENT, DENIED), Statement("tcf:2", INTEREST, GRANTED))
    assert reading.resolved([statements]) == statements


def test_what_no_signal_states_stays_absent():
    assert reading.resolved([]) == ()
    assert reading.resolved([(), ()]) == ()
    assert reading.resolved([reading.of_gpc(True)]) == reading.of_gpc(True)


@pytest.mark.parametrize(
    ("purpose", "basis", "state"),
    [
        ("gpp:usnat:sale_opt_out", OPT_OUT, DENIED),
        ("gpp:usca:sharing_opt_out", OPT_OUT, DENIED),
        ("gpp:usva:targeted_advertising_opt_out", OPT_OUT, DENIED),
        ("us_privacy:sale", OPT_OUT, DENIED),
        ("gpp:usnat:sensitive_data_processing:1", OPT_OUT, GRANTED),
        ("gpp:usnat:personal_data_consents", CONSENT, GRANTED),
        ("tcf:1", CONSENT, GRANTED),
        ("tcfca:1", OPT_OUT, GRANTED),
        ("consent_mode:ad_storage", CONSENT, GRANTED),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_control_overrules_that_data_may_be_sold_or_shared_and_nothing_else(purpose, basis, state, order):
    signals = [[Statement(purpose, basis, GRANTED)], reading.of_gpc(True)]
    assert found(reading.resolved(signals[::order]))[purpose, basis] is state


def test_control_in_one_section_overrules_another():
    california = gpp.decode("DBABBg~BWhaqmaQ.YA").sections["usca"]
    agreed = _national(sale_opt_out_notice=1, sale_opt_out=2)
    assert found(reading.of_gpp(GppString({"usnat": agreed})))[SALE.purpose, OPT_OUT] is GRANTED
    assert (
        found(reading.of_gpp(GppString({"usnat": agreed, "usca": california})))[SALE.purpose, OPT_OUT]
        is DENIED
    )


statements = st.builds(
    Statement,
    st.sampled_from(["gpc", "us_privacy:sale", "gpp:usnat:sale_opt_out", "tcf:1", "tcf:2"]),
    st.sampled_from(Basis),
    st.sampled_from(State),
)
signals = st.lists(st.lists(statements, max_size=6), max_size=4)


@given(signals, st.lists(statements, max_size=6))
def test_another_signal_never_turns_denied_into_granted_and_takes_nothing_away(first, more):
    before, after = found(reading.resolved(first)), found(reading.resolved([*first, more]))
    assert before.keys() <= after.keys()
    assert all(after[key] is DENIED for key, state in before.items() if state is DENIED)
    assert after.keys() == before.keys() | {(each.purpose, each.basis) for each in more}


@given(signals)
def test_order_and_repetition_change_nothing(given_signals):
    once = found(reading.resolved(given_signals))
    assert found(reading.resolved(reversed(given_signals))) == once
    assert found(reading.resolved([*given_signals, *given_signals])) == once
    assert found(reading.resolved([reading.resolved(given_signals)])) == once


@settings(max_examples=30)
@given(gpp_strings(), tc_strings, canadian_strings, consent_modes)
def test_every_signal_is_read(of_gpp, tc_string, canadian, mode):
    """Each purpose once on each basis, in the words of a standard."""
    found(reading.of_tcf(tc_string))
    found(reading.of_canada(canadian))
    found(reading.of_consent_mode(mode))
    for purpose, _ in found(reading.of_gpp(of_gpp)):
        assert purpose.partition(":")[0] in {"tcf", "tcfca", "gpp", "us_privacy", "gpc"}
