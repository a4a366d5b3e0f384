"""What a signal says of one purpose, whatever standard it is of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What was said. What was not said has no state: there is no statement of it."""

    GRANTED = "granted"
    DENIED = "denied"


class Basis(StrEnum):
    """What the state is about: a consent, a legitimate interest told and not objected to, or a right to opt out."""

    CONSENT = "consent"
    LEGITIMATE_INTEREST = "legitimate_interest"
    OPT_OUT = "opt_out"


@dataclass(frozen=True, order=True, slots=True)
class Statement:
    """One thing said.

    Attributes:
        purpose: what of, in the words of the signal's own standard: `tcf:1`, `gpp:usnat:sale_opt_out`, `gpc`.
        basis: on which basis.
        state: what was said.
    """

    purpose: str
    basis: Basis
    state: State
