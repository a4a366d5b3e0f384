"""What a consent string of IAB Europe's Transparency and Consent Framework says, and what it lets a vendor do.

`tcf.py` reads and writes the strings.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.statement import Basis

_BY_CONSENT = frozenset({Basis.CONSENT})


class RestrictionType(IntEnum):
    """What a publisher asks of vendors for a purpose."""

    NOT_ALLOWED = 0
    REQUIRE_CONSENT = 1
    REQUIRE_LEGITIMATE_INTEREST = 2


@dataclass(frozen=True, slots=True)
class Restriction:
    """A publisher's restriction of some vendors for one purpose."""

    purpose: int
    kind: RestrictionType
    vendors: IdSet


@dataclass(frozen=True, slots=True)
class PublisherPurposes:
    """What the publisher itself is allowed: standard purposes, and custom ones, numbered from 1 to `n_custom`."""

    consents: IdSet
    legitimate_interests: IdSet
    n_custom: int
    custom_consents: IdSet
    custom_legitimate_interests: IdSet


@dataclass(frozen=True, slots=True)
class TcString:
    """What a consent string says.

    Attributes:
        created: when it was first made; `updated` when last changed; both UTC, in tenths of a second.
        cmp_id: the consent platform that wrote it, and its `cmp_version`; `consent_screen` the screen it was given on.
        language: of the texts shown, two capital letters.
        vendor_list_version: of the vendor list that was shown.
        policy_version: of TCF's policies: 2 and 3 for TCF 2.0 and 2.1, 4 for 2.2, 5 for 2.3.
        is_service_specific: whether it speaks of one service only.
        uses_non_standard_texts: whether purposes were explained otherwise than in TCF's words.
        special_features: those opted in to.
        purposes: those consented to; `purposes_by_interest` those of which a legitimate interest was told and not objected to.
        is_purpose_one_left_out: purpose 1 was not asked about, as the law of `publisher_country` wants no consent to it.
        vendors: those consented to; `vendors_by_interest` as for purposes.
        restrictions: the publisher's, in the order of the string.
        disclosed_vendors: those that were shown; None: it does not say.
        allowed_vendors: those the publisher let use other means; None: it does not say. Of no effect since TCF 2.2.
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
    is_service_specific: bool
    uses_non_standard_texts: bool
    special_features: IdSet
    purposes: IdSet
    purposes_by_interest: IdSet
    is_purpose_one_left_out: bool
    publisher_country: str
    vendors: IdSet
    vendors_by_interest: IdSet
    restrictions: tuple[Restriction, ...] = ()
    disclosed_vendors: IdSet | None = None
    allowed_vendors: IdSet | None = None
    publisher: PublisherPurposes | None = None

    @property
    def lacks_disclosed_vendors(self) -> bool:
        """Whether the segment is missing that TCF 2.3 asks for: such a string, made since March 2026, is no valid signal."""
        return self.disclosed_vendors is None

    def knows_interest(self, purpose: int) -> bool:
        """Whether TCF knows a legitimate interest in a purpose: never in 1, nor in 3 to 6 since TCF 2.2 (policy 4)."""
        return purpose != 1 and not (3 <= purpose <= 6 and self.policy_version >= 4)

    def bases(self, purpose: int, vendor: int) -> frozenset[Basis]:
        """The bases on which the string lets a vendor process data for a purpose, the publisher's restrictions applied.

        A vendor that is not among the disclosed, where they are told, has none. Where restrictions contradict each other the
        stricter counts: not allowed before consent before legitimate interest.
        """
        if self.disclosed_vendors is not None and vendor not in self.disclosed_vendors:
            return frozenset()
        found = set()
        if purpose in self.purposes and vendor in self.vendors:
            found.add(Basis.CONSENT)
        if (
            purpose in self.purposes_by_interest
            and vendor in self.vendors_by_interest
            and self.knows_interest(purpose)
        ):
            found.add(Basis.LEGITIMATE_INTEREST)
        return frozenset(found) & _LEFT[self.restriction(purpose, vendor)]

    def allows(self, purpose: int, vendor: int, declared: Collection[Basis] = _BY_CONSENT) -> bool:
        """Whether a vendor may process data for a purpose.

        Args:
            purpose: from 1 on, as `vendor`.
            vendor: its id in the Global Vendor List.
            declared: the bases that the vendor has declared there for the purpose (two if it is flexible). Without it only
                consent counts.
        """
        return not self.bases(purpose, vendor).isdisjoint(declared)

    def restriction(self, purpose: int, vendor: int) -> RestrictionType | None:
        """The strictest of the publisher's restrictions of a vendor for a purpose, if there is one."""
        found = (
            each.kind for each in self.restrictions if each.purpose == purpose and vendor in each.vendors
        )
        return min(found, default=None)


_LEFT: dict[RestrictionType | None, frozenset[Basis]] = {
    None: frozenset({Basis.CONSENT, Basis.LEGITIMATE_INTEREST}),
    RestrictionType.NOT_ALLOWED: frozenset(),
    RestrictionType.REQUIRE_CONSENT: frozenset({Basis.CONSENT}),
    RestrictionType.REQUIRE_LEGITIMATE_INTEREST: frozenset({Basis.LEGITIMATE_INTEREST}),
}
