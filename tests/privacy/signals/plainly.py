"""What our decoders say, in the words and the order in which the answers of IAB's decoders were kept.

Those do not tell what is absent from what is empty or unset, so neither does this.
"""

from __future__ import annotations

from datetime import datetime

from headwater.privacy.signals import gpp, tcf
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string import Restriction, TcString
from headwater.privacy.signals.tc_string_canada import CanadianTcString
from headwater.privacy.signals.us_fields import UsSection
from headwater.privacy.signals.us_privacy import UsPrivacy, encode

_NOTHING = [[], [], 0, [], []]


def plainly(standard: str, text: str) -> object:
    """Everything that a string says, as lists of numbers, texts and flags."""
    if standard == "tcf":
        return of_tcf(tcf.decode(text))
    return [[name, of_section(section)] for name, section in gpp.decode(text).sections.items()]


def of_section(section: gpp.Section) -> list:
    match section:
        case TcString():
            return of_tcf(section)
        case CanadianTcString():
            return _of_canada(section)
        case UsPrivacy():
            return [encode(section)]
        case UsSection():
            return _of_us(section)


def of_tcf(said: TcString) -> list:
    publisher = said.publisher
    return [
        _moment(said.created),
        _moment(said.updated),
        said.cmp_id,
        said.cmp_version,
        said.consent_screen,
        said.language,
        said.vendor_list_version,
        said.policy_version,
        said.is_service_specific,
        said.uses_non_standard_texts,
        list(said.special_features),
        list(said.purposes),
        list(said.purposes_by_interest),
        said.is_purpose_one_left_out,
        said.publisher_country,
        list(said.vendors),
        list(said.vendors_by_interest),
        _restrictions(said.restrictions),
        _ids(said.disclosed_vendors),
        _ids(said.allowed_vendors),
        [
            list(publisher.consents),
            list(publisher.legitimate_interests),
            publisher.n_custom,
            list(publisher.custom_consents),
            list(publisher.custom_legitimate_interests),
        ]
        if publisher
        else _NOTHING,
    ]


def _of_canada(said: CanadianTcString) -> list:
    publisher = said.publisher
    return [
        _moment(said.created),
        _moment(said.updated),
        said.cmp_id,
        said.cmp_version,
        said.consent_screen,
        said.language,
        said.vendor_list_version,
        said.policy_version,
        said.uses_non_standard_texts,
        list(said.special_features),
        list(said.purposes),
        list(said.implied_purposes),
        list(said.vendors),
        list(said.implied_vendors),
        _restrictions(said.restrictions),
        _ids(said.disclosed_vendors),
        [
            list(publisher.express),
            list(publisher.implied),
            publisher.n_custom,
            list(publisher.custom_express),
            list(publisher.custom_implied),
        ]
        if publisher
        else _NOTHING,
    ]


def _of_us(said: UsSection) -> list:
    values = [list(value) if isinstance(value, tuple) else value for value in said.values.values()]
    if said.kind.optional and said.kind.optional.name not in said.values:
        values.append([0] * said.kind.optional.n_values)
    gpc = [said.gpc.kind, said.gpc.is_set] if said.gpc else [1, False]
    return [said.version, *values, *(gpc if said.kind.has_gpc else ())]


def _restrictions(restrictions: tuple[Restriction, ...]) -> list:
    return sorted([each.purpose, int(each.kind), list(each.vendors)] for each in restrictions if each.vendors)


def _ids(ids: IdSet | None) -> list:
    return list(ids or ())


def _moment(moment: datetime) -> int:
    return round(moment.timestamp() * 10)
