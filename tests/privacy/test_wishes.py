"""What signals and choices that came together mean for our own purposes."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.privacy.signals.test_tcf import SAID

from headwater.collect.outcome import Accepted, packed, unpacked
from headwater.core.config import Purpose, Vendor
from headwater.core.errors import UserError
from headwater.core.project import Project, open_project
from headwater.privacy.meaning import explain_signals
from headwater.privacy.signals import tcf
from headwater.privacy.signals.codes import known_codes
from headwater.privacy.signals.fault import Fault
from headwater.privacy.signals.for_vendor import of_tcf_for
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.incoming import Signal, Signals, parts
from headwater.privacy.signals.statement import Basis, State
from headwater.privacy.signals.tc_string import Restriction, RestrictionType, TcString
from headwater.privacy.wishes import Hearing, Wish, unknown_signals

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
OURS = 755
RESTRICT = {each.name.lower(): each for each in RestrictionType}


def said(**changes: object) -> TcString:
    made = {"created": NOW - timedelta(days=3), "updated": NOW - timedelta(days=3)}
    given = {"purposes": IdSet.of([3]), "purposes_by_interest": IdSet.of([7]), "restrictions": ()}
    shown = {
        "vendors": IdSet.of([OURS]),
        "vendors_by_interest": IdSet.of([OURS]),
        "disclosed_vendors": IdSet.of([OURS]),
    }
    return dataclasses.replace(SAID, **{**made, **given, **shown, **changes})


def heard(
    *codes: str, basis: str = "consent", vendor: Vendor | None = None, at: datetime = NOW, **strings: str
) -> bool | None:
    """What strings mean for a purpose that lists these codes; None: nothing."""
    purpose = Purpose(description="x", lawful_basis=basis, signals=codes)  # type: ignore[arg-type]
    signals = Signals({Signal(name): text for name, text in strings.items()})
    wishes = Hearing({"ads": purpose}, vendor).hear(signals, {}, at).wishes
    return wishes[0].is_granted if wishes else None


class TestLawfulBasis:
    @pytest.mark.parametrize(
        ("code", "basis", "means"),
        [
            ("tcf:3", "consent", True),
            ("tcf:7", "consent", False),
            ("tcf:7", "legitimate_interest", True),
            ("tcf:7", "contract", False),
            ("tcf:3", "legitimate_interest", True),
            ("tcf:8", "legitimate_interest", False),
        ],
    )
    def test_legitimate_interest_counts_where_a_purpose_rests_on_it_alone(
        self, code: str, basis: str, means: bool
    ) -> None:
        assert heard(code, basis=basis, tcf=tcf.encode(said())) is means

    def test_not_to_have_opted_out_is_no_consent(self) -> None:
        assert heard("us_privacy:sale", us_privacy="1YNN") is None
        assert heard("us_privacy:sale", basis="legitimate_interest", us_privacy="1YNN") is True
        assert heard("us_privacy:sale", us_privacy="1YYN") is False

    def test_one_code_that_is_denied_denies(self) -> None:
        assert heard("tcf:3", "tcf:4", tcf=tcf.encode(said())) is False

    def test_a_code_that_nothing_says_says_nothing(self) -> None:
        assert heard("consent_mode:ad_storage", tcf=tcf.encode(said())) is None


class TestVendor:
    @pytest.mark.parametrize(
        ("changes", "vendor", "statements"),
        [
            ({}, {"consent": (3,)}, {("tcf:3", Basis.CONSENT): True}),
            ({"vendors": IdSet.of([1])}, {"consent": (3,)}, {("tcf:3", Basis.CONSENT): False}),
            ({"disclosed_vendors": IdSet.of([1])}, {"consent": (3,)}, {("tcf:3", Basis.CONSENT): False}),
            ({}, {"legitimate_interest": (7,)}, {("tcf:7", Basis.LEGITIMATE_INTEREST): True}),
            ({"restrictions": "not_allowed"}, {"consent": (3,)}, {("tcf:3", Basis.CONSENT): False}),
            (
                {"restrictions": "require_legitimate_interest"},
                {"consent": (3,)},
                {("tcf:3", Basis.CONSENT): False},
            ),
            (
                {"restrictions": "require_consent", "of": 7},
                {"legitimate_interest": (7,)},
                {("tcf:7", Basis.LEGITIMATE_INTEREST): False},
            ),
            (
                {"restrictions": "require_consent", "of": 7, "purposes": IdSet.of([7])},
                {"legitimate_interest": (7,), "flexible": (7,)},
                {("tcf:7", Basis.CONSENT): True},
            ),
        ],
        ids=[
            "consented", "another vendor", "not shown", "interest", "not allowed", "not by its basis",
            "consent is asked for, and it is not flexible", "and it is",
        ],
    )  # fmt: skip
    def test_it_is_told_by_what_it_declared_under_restrictions(
        self, changes: dict, vendor: dict, statements: dict
    ) -> None:
        kind, of = changes.pop("restrictions", None), changes.pop("of", 3)
        if kind:
            changes["restrictions"] = (Restriction(of, RESTRICT[kind], IdSet.of([OURS])),)
        found = of_tcf_for(said(**changes), Vendor(id=OURS, **vendor))
        assert {
            (each.purpose, each.basis): each.state is State.GRANTED
            for each in found
            if "feature" not in each.purpose
        } == statements

    def test_the_same_through_the_hearing(self) -> None:
        text = tcf.encode(said(vendors=IdSet.of([1])))
        assert heard("tcf:3", tcf=text) is True
        assert heard("tcf:3", tcf=text, vendor=Vendor(id=OURS, consent=(3,))) is False

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"consent": (12,)}, "TCF has no purpose 12"),
            ({"consent": (3,), "legitimate_interest": (3,)}, "not by both"),
            ({"flexible": (3,)}, "not declared by either basis"),
        ],
    )
    def test_what_no_vendor_can_have_declared_is_told(self, given: dict, told: str) -> None:
        with pytest.raises(ValueError, match=told):
            Vendor(id=1, **given)


class TestTime:
    def at(self, text: str, coming: datetime = NOW) -> datetime:
        purpose = Purpose(description="x", signals=("tcf:3",))
        [wish] = Hearing({"ads": purpose}).hear(Signals({Signal.TCF: text}), {}, coming).wishes
        return datetime.fromtimestamp(wish.at / 1e6, UTC)

    def test_an_agreement_is_as_old_as_its_string(self) -> None:
        assert self.at(tcf.encode(said())) == NOW - timedelta(days=3)

    def test_one_that_says_a_day_alone_may_be_of_its_end_but_not_later_than_it_came(self) -> None:
        day = datetime(2026, 11, 20, tzinfo=UTC)
        text = tcf.encode(said(created=day, updated=day))
        assert self.at(text) == NOW
        assert self.at(text, NOW + timedelta(days=5)) == day + timedelta(days=1, microseconds=-1)

    def test_a_refusal_is_of_the_moment_at_which_it_comes(self) -> None:
        assert self.at(tcf.encode(said(purposes=IdSet()))) == NOW

    @pytest.mark.parametrize(("ahead", "means"), [(4, True), (6, None)], ids=["clocks differ", "too far"])
    def test_a_string_of_the_future_grants_nothing(self, ahead: int, means: bool | None) -> None:
        updated = NOW + timedelta(minutes=ahead)
        assert heard("tcf:3", tcf=tcf.encode(said(created=updated, updated=updated))) is means

    def test_it_counts_once_its_time_has_come(self) -> None:
        updated = NOW + timedelta(days=1)
        text = tcf.encode(said(created=updated, updated=updated))
        hearing = Hearing({"ads": Purpose(description="x", signals=("tcf:3",))})
        coming = (NOW, updated)
        assert [len(hearing.hear(Signals({Signal.TCF: text}), {}, at).wishes) for at in coming] == [0, 1]


@pytest.mark.parametrize(
    ("signal", "text", "fault"),
    [
        (Signal.TCF, tcf.encode(said())[:40], Fault.TRUNCATED),
        (Signal.TCF, tcf.encode(said()).partition(".")[0] + "=", Fault.PADDED),
        (Signal.TCF, tcf.encode(said()).replace(".", "AAAA.", 1), Fault.PADDED),
        (Signal.TCF, "B" + tcf.encode(said())[1:], Fault.WRONG_VERSION),
        (Signal.TCF, "D" + tcf.encode(said())[1:], Fault.WRONG_VERSION),
        (Signal.TCF, "C!" + tcf.encode(said())[2:], Fault.MALFORMED),
        (Signal.TCF, "C" * 20_000, Fault.TOO_LONG),
        (Signal.TCF, tcf.encode(said(disclosed_vendors=None)), Fault.NO_DISCLOSED_VENDORS),
        (Signal.GPP, "DCAA", Fault.WRONG_VERSION),
        (Signal.GPP, "DBABL", Fault.MALFORMED),
        (Signal.US_PRIVACY, "1YN", Fault.TRUNCATED),
        (Signal.US_PRIVACY, "1YNN=", Fault.PADDED),
        (Signal.US_PRIVACY, "2YNN", Fault.WRONG_VERSION),
        (Signal.US_PRIVACY, "1yyn", Fault.MALFORMED),
        (Signal.CONSENT_MODE, "granted", Fault.MALFORMED),
        (Signal.CONSENT_MODE, '{"ad_storage": true}', Fault.MALFORMED),
        (Signal.CONSENT_MODE, "[" * 5000, Fault.MALFORMED),
    ],
)
def test_a_bad_string_is_refused_for_a_reason_and_grants_nothing(
    signal: Signal, text: str, fault: Fault
) -> None:
    found = parts(signal, text)
    assert [each.fault for each in found] == [fault]
    assert State.GRANTED not in {each.state for part in found for each in part.statements}


@settings(max_examples=60, deadline=None)
@given(
    signal=st.sampled_from(list(Signal)[1:5]),
    text=st.text(max_size=40) | st.text("CABDXY.~=1N-", max_size=60),
)
def test_no_text_at_all_is_more_than_it_says(signal: Signal, text: str) -> None:
    for part in parts(signal, text):
        assert part.fault is None or not any(each.state is State.GRANTED for each in part.statements)
        assert text.strip() == "" or len(text) < 5 or text not in part.detail


def test_what_was_told_of_gpc_counts_for_what_was_agreed_to_in_the_same_call() -> None:
    purposes = {
        "ads": Purpose(description="x", signals=("gpc",)),
        "tags": Purpose(description="x", signals=("gpp:usva:sale_opt_out",)),
        "mail": Purpose(description="x", signals=("tcf:3",)),
    }
    signals = Signals(is_gpc=True, despite_gpc=frozenset({"ads", "mail", "nothing"}))
    found = Hearing(purposes).hear(signals, {"ads": True, "tags": True}, NOW).wishes
    assert {(each.purpose, each.signal, each.is_granted) for each in found} == {
        ("ads", "choice", True),
        ("ads", "gpc", True),
        ("tags", "choice", True),
        ("tags", "gpc", False),
    }


CONFIG = """
project: shop
vendor: {id: 755, consent: [1, 3]}
purposes:
  ads: {description: a, signals: ["tcf:3", "tcf.purpose.3", "us_privacy:sell", "tcf:4", "gpp:usva:sensitive_data_processing:3"]}
"""


def project(root: Path, config: str) -> Project:
    (root / "headwater.yaml").write_text(config)
    return open_project(root)


def test_a_code_that_no_signal_has_is_told_with_its_place_and_the_nearest(tmp_path: Path) -> None:
    told = [(each.path, each.value, each.expected) for each in unknown_signals(project(tmp_path, CONFIG))]
    assert [path for path, _, _ in told] == [f"purposes.ads.signals[{place}]" for place in (1, 2, 3)]
    assert told[1][2] == "did you mean 'us_privacy:sale'?"
    assert "declare it under `vendor:`" in told[2][2]


def test_every_code_that_signals_have_is_known() -> None:
    assert {"tcf:11", "tcf:special_feature:2", "tcfca:24", "gpp:usnat:sale_opt_out", "gpc"} <= known_codes()
    assert not {"tcf:0", "tcf:12", "gpp:usnat:version", "gpp:usva:sensitive_data_processing"} & known_codes()


def test_what_signals_mean_is_explained_purpose_by_purpose(tmp_path: Path) -> None:
    config = CONFIG.replace('"tcf.purpose.3", "us_privacy:sell", "tcf:4"', '"us_privacy:sale"')
    opened = project(tmp_path, config)
    found = explain_signals([tcf.encode(said()), "1YN"], opened, is_gpc=True, at=NOW)
    assert [(each.signal, each.reason) for each in found.refused] == [("us_privacy", "truncated")]
    assert ("tcf", "tcf:3", "consent", "granted") in {
        (each.signal, each.code, each.basis, each.state) for each in found.states
    }
    [means] = found.means
    assert (means.state, means.by, means.overruled) == ("denied", "gpc", ("tcf",))
    with pytest.raises(UserError, match="two strings of one standard"):
        explain_signals(["1YNN", "1YYN"], opened)
    with pytest.raises(UserError, match="no signal"):
        explain_signals([], opened)


def test_what_older_versions_wrote_into_the_log_is_read() -> None:
    accepted = Accepted(1, "web", "track", "Looked", "e", 1, 1, {"user_id": "a"}, {}, {}, {"ads": True})
    n_fields = len(Accepted.__struct_fields__) - 2
    older = msgspec.msgpack.encode(
        [msgspec.to_builtins(accepted)[: n_fields + 1]]
    )  # the first says what it is
    assert unpacked(older) == [accepted]


def test_a_wish_is_of_the_strongest_identifier_and_by_gpc_of_the_browser_too() -> None:
    accepted = Accepted(1, "web", "track", "x", "e", 1, 1, {"user_id": "a", "anonymous_id": "b"}, {})
    by_gpc, by_choice = (Wish("ads", False, each, 1) for each in ("gpc", "choice"))
    assert accepted.said_of(by_gpc) == ["user_id", "anonymous_id"]
    assert accepted.said_of(by_choice) == ["user_id"]
    aside = msgspec.structs.replace(accepted, aside=["anonymous_id"])
    assert aside.said_of(by_gpc) == ["user_id"]
    assert unpacked(packed([accepted])) == [accepted]
