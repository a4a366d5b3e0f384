"""What a consent string of IAB Canada's TCF says. `tcf_canada.py` reads and writes the strings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string import Restriction


@dataclass(frozen=True, slots=True)
class CanadianPublisherPurposes:
    """What the publisher itself is allowed: standard purposes, and custom ones, numbered from 1 to `n_custom`."""

    express: IdSet
    implied: IdSet
    n_custom: int
    custom_express: IdSet
    custom_implied: IdSet


@dataclass(frozen=True, slots=True)
class CanadianTcString:
    """What a Canadian consent string says.

    Attributes:
        created: when it was first made; `updated` when last changed; both UTC, in tenths of a second.
        cmp_id: the consent platform that wrote it, and its `cmp_version`; `consent_screen` the screen it was given on.
        language: of the texts shown, two capital letters.
        vendor_list_version: of the vendor list that was shown; `policy_version` of the policies.
        uses_non_standard_texts: whether purposes were explained otherwise than in TCF's words.
        special_features: those expressly consented to.
        purposes: those expressly consented to; `implied_purposes` those of which it was told, and not opted out.
        vendors: as for purposes, as `implied_vendors`.
        restrictions: the publisher's, in the order of the string.
        disclosed_vendors: those that were shown; None: it does not say.
        publisher: None: it does not say.
    """

    created: datetime
    updated: datetime
    cmp_id: int
    cmp_version: int
    consent_screen: int
    language: str
    vendor_list_version: int
    policy_version: int
    uses_non_standard_texts: bool
    special_features: IdSet
    purposes: IdSet
    implied_purposes: IdSet
    vendors: IdSet
    implied_vendors: IdSet
    restrictions: tuple[Restriction, ...] = ()
    disclosed_vendors: IdSet | None = None
    publisher: CanadianPublisherPurposes | None = None
