"""What a TCF string says to one vendor: by the bases it has declared, under the publisher's restrictions."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.core.config import Vendor
from headwater.privacy.signals.statement import Basis, State, Statement
from headwater.privacy.signals.tc_string import RestrictionType, TcString

_ASKED_FOR = {
    RestrictionType.REQUIRE_CONSENT: Basis.CONSENT,
    RestrictionType.REQUIRE_LEGITIMATE_INTEREST: Basis.LEGITIMATE_INTEREST,
}
_SPECIAL_FEATURES = range(1, 3)


def of_tcf_for(said: TcString, vendor: Vendor) -> tuple[Statement, ...]:
    """One statement of each purpose that the vendor has declared, and of special features.

    Of purpose 1 nothing is said where it was not asked about. To a vendor that was not shown, where the string says who
    was, nothing is granted.
    """
    return (*_of_purposes(said, vendor), *_of_features(said, vendor.id))


def _of_purposes(said: TcString, vendor: Vendor) -> Iterator[Statement]:
    for purpose in sorted({*vendor.consent, *vendor.legitimate_interest}):
        if purpose == 1 and said.is_purpose_one_left_out:
            continue
        basis = _basis(said, vendor, purpose)
        yield _stated(f"tcf:{purpose}", basis, is_granted=basis in said.bases(purpose, vendor.id))


def _basis(said: TcString, vendor: Vendor, purpose: int) -> Basis:
    """The basis that counts: the declared one, or the one that a restriction asks a flexible vendor for."""
    declared = Basis.CONSENT if purpose in vendor.consent else Basis.LEGITIMATE_INTEREST
    restriction = said.restriction(purpose, vendor.id)
    if purpose not in vendor.flexible or restriction is None:
        return declared
    return _ASKED_FOR.get(restriction, declared)


def _of_features(said: TcString, vendor: int) -> Iterator[Statement]:
    is_shown = said.disclosed_vendors is None or vendor in said.disclosed_vendors
    for feature in _SPECIAL_FEATURES:
        is_granted = is_shown and feature in said.special_features
        yield _stated(f"tcf:special_feature:{feature}", Basis.CONSENT, is_granted=is_granted)


def _stated(code: str, basis: Basis, *, is_granted: bool) -> Statement:
    return Statement(code, basis, State.GRANTED if is_granted else State.DENIED)
