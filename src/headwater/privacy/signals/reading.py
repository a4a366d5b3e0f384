"""From any signal to statements in the words of its own standard, and what those of one request come to together.

What a signal does not say makes no statement: absent is never "no", nor "yes". The codes:

- `tcf:1` to `tcf:11`, `tcf:special_feature:1` and `:2`: TCF's purposes, by consent and by legitimate interest, and features;
- `tcfca:1` to `tcfca:24`, `tcfca:special_feature:1` to `:12`: Canada's, express consent as consent, implied as an opt-out;
- `gpp:usnat:sale_opt_out`, `gpp:usva:sensitive_data_processing:3`: a field of a section of the United States, and which of
  its numbers, if it has several;
- `us_privacy:sale`: US Privacy;
- `gpc`: Global Privacy Control, denied or not there;
- `consent_mode:ad_storage`: Google Consent Mode, what was chosen and not what a page assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from headwater.privacy.signals.consent_mode import ConsentMode
from headwater.privacy.signals.gpp import GppString, Section
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.statement import Basis, State, Statement
from headwater.privacy.signals.tc_string import TcString
from headwater.privacy.signals.tc_string_canada import CanadianTcString
from headwater.privacy.signals.tcf_parts import N_PURPOSES, N_SPECIAL_FEATURES
from headwater.privacy.signals.us_fields import Field, UsSection
from headwater.privacy.signals.us_privacy import UsPrivacy

GPC = "gpc"
_SOLD_OR_SHARED = ("sale_opt_out", "sharing_opt_out", "targeted_advertising_opt_out")  # what GPC is about
_OVERRULED_BY_GPC = ("us_privacy:sale",)
_SPECIAL_FEATURES = range(1, 3)  # of TCF
_NOTICE_GIVEN = 1
_STATES = {1: State.DENIED, 2: State.GRANTED}  # of a field of the United States


def of_tcf(said: TcString) -> tuple[Statement, ...]:
    """What a consent string says of each purpose, for any vendor: `TcString.allows` answers for one.

    TCF has eleven purposes since 2.2 (policy 4), ten before. Of purpose 1 nothing is said where it was not asked about.
    """
    n_purposes = 11 if said.policy_version >= 4 else 10
    asked = [each for each in range(1, n_purposes + 1) if each > 1 or not said.is_purpose_one_left_out]
    by_interest = [each for each in range(1, n_purposes + 1) if said.knows_interest(each)]
    return (
        *_of_ids("tcf", asked, said.purposes, Basis.CONSENT),
        *_of_ids("tcf", by_interest, said.purposes_by_interest, Basis.LEGITIMATE_INTEREST),
        *_of_ids("tcf:special_feature", _SPECIAL_FEATURES, said.special_features, Basis.CONSENT),
    )


def of_canada(said: CanadianTcString) -> tuple[Statement, ...]:
    """What a Canadian consent string says of each purpose, for any vendor."""
    purposes, features = range(1, N_PURPOSES + 1), range(1, N_SPECIAL_FEATURES + 1)
    return (
        *_of_ids("tcfca", purposes, said.purposes, Basis.CONSENT),
        *_of_ids("tcfca", purposes, said.implied_purposes, Basis.OPT_OUT),
        *_of_ids("tcfca:special_feature", features, said.special_features, Basis.CONSENT),
    )


def of_us_section(said: UsSection) -> tuple[Statement, ...]:
    """What a section of the United States says; an agreement counts only where its notice was given."""
    fields = (*said.kind.versions[said.version], *((said.kind.optional,) if said.kind.optional else ()))
    statements = [each for field in fields for each in _of_field(said, field)]
    if said.gpc is not None:
        statements += of_gpc(said.gpc.is_set)
    return tuple(statements)


def of_us_privacy(said: UsPrivacy) -> tuple[Statement, ...]:
    """Whether somebody opted out of sale; that they did not counts only where notice was given."""
    if said.is_opted_out is None or not (said.is_opted_out or said.is_notice_given):
        return ()
    return (
        Statement("us_privacy:sale", Basis.OPT_OUT, State.DENIED if said.is_opted_out else State.GRANTED),
    )


def of_gpp(said: GppString) -> tuple[Statement, ...]:
    """What all sections say, as `resolved` has them."""
    return resolved(of_section(each) for each in said.sections.values())


def of_gpc(is_set: bool) -> tuple[Statement, ...]:
    """Global Privacy Control is a refusal if it is set; otherwise it says nothing."""
    return (Statement(GPC, Basis.OPT_OUT, State.DENIED),) if is_set else ()


def of_consent_mode(said: ConsentMode) -> tuple[Statement, ...]:
    """What somebody chose; a default is a page's word, not theirs."""
    return tuple(
        Statement(f"consent_mode:{storage}", Basis.CONSENT, state)
        for storage, state in sorted(said.chosen.items())
    )


def resolved(signals: Iterable[Iterable[Statement]]) -> tuple[Statement, ...]:
    """What several signals of one request come to: one statement of each purpose on each basis.

    Denied by one is denied. Where Global Privacy Control is set, nothing says any more that data may be sold, shared or used
    for targeted advertising, however old or new what says so. What no signal states stays absent.
    """
    found: dict[tuple[str, Basis], State] = {}
    for statement in (each for signal in signals for each in signal):
        key = (statement.purpose, statement.basis)
        found[key] = _stricter(found.get(key), statement.state)
    if found.get((GPC, Basis.OPT_OUT)) is State.DENIED:
        found |= {key: State.DENIED for key in found if is_overruled(key[0])}
    return tuple(Statement(purpose, basis, state) for (purpose, basis), state in found.items())


def of_section(said: Section) -> tuple[Statement, ...]:
    """What one section of a GPP string says."""
    match said:
        case TcString():
            return of_tcf(said)
        case CanadianTcString():
            return of_canada(said)
        case UsPrivacy():
            return of_us_privacy(said)
        case UsSection():
            return of_us_section(said)


def _of_ids(code: str, asked: Iterable[int], granted: IdSet, basis: Basis) -> Iterator[Statement]:
    for each in asked:
        yield _numbered(code, each, basis, each in granted)


@cache
def _numbered(code: str, number: int, basis: Basis, is_granted: bool) -> Statement:
    """A statement of a numbered purpose: there are few, said again and again."""
    return Statement(f"{code}:{number}", basis, State.GRANTED if is_granted else State.DENIED)


def _of_field(said: UsSection, field: Field) -> Iterator[Statement]:
    if field.basis is None or field.name not in said.values:
        return
    value = said.values[field.name]
    is_told = field.notice is None or said.values[field.notice] == _NOTICE_GIVEN
    code = f"gpp:{said.kind.name}:{field.name}"
    numbers = enumerate(value, start=1) if isinstance(value, tuple) else ((0, value),)
    for place, number in numbers:
        state = _STATES.get(number)
        if state is State.DENIED or (state is State.GRANTED and is_told):
            yield Statement(f"{code}:{place}" if place else code, field.basis, state)


def _stricter(one: State | None, other: State) -> State:
    return State.DENIED if State.DENIED in (one, other) else other


def is_overruled(purpose: str) -> bool:
    """Whether GPC is about a purpose: what the United States let people opt out of, but for sensitive data."""
    is_us = purpose.startswith("gpp:") and purpose.rpartition(":")[2] in _SOLD_OR_SHARED
    return is_us or purpose in _OVERRULED_BY_GPC
