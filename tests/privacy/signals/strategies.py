"""Anything that a consent string can say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from headwater.privacy.signals.consent_mode import ConsentMode, Storage
from headwater.privacy.signals.gpp import GppString
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.statement import State
from headwater.privacy.signals.tc_string import PublisherPurposes, Restriction, RestrictionType, TcString
from headwater.privacy.signals.tc_string_canada import CanadianPublisherPurposes, CanadianTcString
from headwater.privacy.signals.us_fields import Field, GpcSegment, SectionKind, UsSection
from headwater.privacy.signals.us_privacy import UsPrivacy
from headwater.privacy.signals.us_sections import SECTIONS

numbers_of_12 = st.integers(0, 4_095)
numbers_of_6 = st.integers(0, 63)
moments = st.integers(0, 2**36 - 1).map(
    lambda n: datetime(1970, 1, 1, tzinfo=UTC) + n * timedelta(milliseconds=100)
)
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
cmps = st.integers(2, 4_095)


def ids(largest: int) -> st.SearchStrategy[IdSet]:
    """Ids from 1 to `largest`."""
    return st.integers(0, 2**largest - 1).map(lambda bits: IdSet(bits << 1))


few = st.frozensets(st.integers(1, 65_535), max_size=12).map(IdSet.of)
runs = st.lists(st.tuples(st.integers(1, 2_000), st.integers(0, 60)), max_size=8).map(
    lambda pairs: IdSet.of(each for first, more in pairs for each in range(first, first + more + 1))
)
vendors = st.one_of(st.just(IdSet()), few, runs, ids(70))
maybe_vendors = st.none() | vendors
restrictions = st.dictionaries(
    st.tuples(st.integers(1, 24), st.sampled_from(RestrictionType)), vendors, max_size=4
).map(lambda found: tuple(Restriction(purpose, kind, each) for (purpose, kind), each in found.items()))


@st.composite
def publishers(draw: st.DrawFn) -> PublisherPurposes:
    n_custom = draw(numbers_of_6)
    return PublisherPurposes(draw(ids(24)), draw(ids(24)), n_custom, draw(ids(n_custom)), draw(ids(n_custom)))


tc_strings = st.builds(
    TcString,
    created=moments,
    updated=moments,
    cmp_id=cmps,
    cmp_version=numbers_of_12,
    consent_screen=numbers_of_6,
    language=letters,
    vendor_list_version=numbers_of_12,
    policy_version=numbers_of_6,
    is_service_specific=st.booleans(),
    uses_non_standard_texts=st.booleans(),
    special_features=ids(12),
    purposes=ids(24),
    purposes_by_interest=ids(24),
    is_purpose_one_left_out=st.booleans(),
    publisher_country=letters,
    vendors=vendors,
    vendors_by_interest=vendors,
    restrictions=restrictions,
    disclosed_vendors=maybe_vendors,
    allowed_vendors=maybe_vendors,
    publisher=st.none() | publishers(),
)

canadian_strings = st.builds(
    CanadianTcString,
    created=moments,
    updated=moments,
    cmp_id=cmps,
    cmp_version=numbers_of_12,
    consent_screen=numbers_of_6,
    language=letters,
    vendor_list_version=numbers_of_12,
    policy_version=numbers_of_6,
    uses_non_standard_texts=st.booleans(),
    special_features=ids(12),
    purposes=ids(24),
    implied_purposes=ids(24),
    vendors=vendors,
    implied_vendors=vendors,
    restrictions=restrictions,
    disclosed_vendors=maybe_vendors,
    publisher=st.none()
    | publishers().map(
        lambda each: CanadianPublisherPurposes(
            each.consents,
            each.legitimate_interests,
            each.n_custom,
            each.custom_consents,
            each.custom_legitimate_interests,
        )
    ),
)

us_privacy_strings = st.builds(UsPrivacy, *[st.sampled_from([True, False, None])] * 3)


def values(field: Field) -> st.SearchStrategy[int | tuple[int, ...]]:
    one = st.integers(0, 2)
    return st.tuples(*[one] * field.n_values) if field.n_values else one


@st.composite
def us_sections(draw: st.DrawFn, kind: SectionKind) -> UsSection:
    version = draw(st.sampled_from(sorted(kind.versions)))
    fields = list(kind.versions[version])
    if kind.optional and draw(st.booleans()):
        fields.append(kind.optional)
    gpc = draw(st.none() | st.builds(GpcSegment, st.booleans(), st.integers(0, 3))) if kind.has_gpc else None
    return UsSection(kind, version, {each.name: draw(values(each)) for each in fields}, gpc)


@st.composite
def gpp_strings(draw: st.DrawFn) -> GppString:
    sections = {kind.name: us_sections(kind) for kind in SECTIONS} | {
        "tcfeuv2": tc_strings,
        "tcfcav1": canadian_strings,
        "uspv1": us_privacy_strings,
    }
    names = draw(st.lists(st.sampled_from(sorted(sections)), unique=True, max_size=4))
    unread = draw(
        st.dictionaries(st.sampled_from([1, 4, 28, 40, 65_535]), st.sampled_from(["BA", "BA.A"]), max_size=2)
    )
    return GppString({name: draw(sections[name]) for name in names}, unread)


states = st.dictionaries(st.sampled_from(Storage), st.sampled_from(State))
consent_modes = st.builds(ConsentMode, states, states)
