"""A decision: what one placement shows one person, and why; and the two events that tell of it.

`Placement Decided` is what the server chose, `Placement Shown` that a client really showed it: only the second counts for
caps and bandits. Both name the decision and hold nothing about the person, so that nothing personal is told of someone who
did not agree; whom an event is about, its identifiers say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from headwater.personalise.access import NOTHING, Shown
from headwater.personalise.placement_file import FALLBACK, HOLDOUT

DECIDED, SHOWN = "Placement Decided", "Placement Shown"
"""The names of the events."""


class Reason(StrEnum):
    """Why this and nothing else is shown."""

    RULE = "rule"
    BANDIT = "bandit"
    HOLDOUT = "holdout"
    CAPPED = "capped"
    NO_RULE_MATCHED = "no_rule_matched"
    NOT_SCHEDULED = "not_scheduled"
    NO_CONSENT = "no_consent"
    CONSENT_DENIED = "consent_denied"
    CONSENT_LAPSED = "consent_lapsed"
    OBJECTED = "objected"
    RESTRICTED = "restricted"
    WRONG_JURISDICTION = "wrong_jurisdiction"
    UNKNOWN_JURISDICTION = "unknown_jurisdiction"
    TOO_YOUNG = "too_young"
    UNKNOWN_AGE = "unknown_age"
    UNKNOWN_PERSON = "unknown_person"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Decision:
    """What one placement shows one person.

    Attributes:
        placement: which.
        variant: the variant's name; `holdout` or `fallback` where there is none.
        content: what to show, as the placement's file says it.
        reason: why.
        decision_id: unique; later ones come later in the alphabet.
        propensity: the probability that the draw came out so, from 0 to 1: 1 where nothing was drawn.
        rule: the index of the rule that fits, from 0; for those held out, too, so that they can be compared with the people
            whom the same rule showed something; None: none was looked for, or none fits.
        segment: the audience whose bandit decided; empty: that of the rest, or no bandit.
        shown: what is told of the person.
    """

    placement: str
    variant: str
    content: object
    reason: Reason
    decision_id: str
    propensity: float = 1.0
    rule: int | None = None
    segment: str = ""
    shown: Shown = NOTHING

    @property
    def is_fallback(self) -> bool:
        """Whether no variant is shown."""
        return self.reason not in (Reason.RULE, Reason.BANDIT)


@dataclass(frozen=True)
class Decisions:
    """The decisions of one request, one a placement asked for, in that order."""

    all: tuple[Decision, ...]

    def __iter__(self) -> Iterator[Decision]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, placement: str) -> Decision:
        return next(each for each in self.all if each.placement == placement)

    @property
    def totals(self) -> Mapping[Reason, int]:
        """How many of each reason: together, all."""
        return Counter(each.reason for each in self.all)


def decided_event(decision: Decision) -> dict[str, object]:
    """The properties of the event `Placement Decided`."""
    return {
        **shown_event(decision),
        "reason": decision.reason.value,
        "is_fallback": decision.is_fallback,
        "propensity": decision.propensity,
        "rule": decision.rule,
        "segment": decision.segment,
    }


def shown_event(decision: Decision) -> dict[str, object]:
    """The properties of the event `Placement Shown`."""
    return {
        "placement": decision.placement,
        "variant": decision.variant,
        "decision_id": decision.decision_id,
    }


def exposure(event: str, properties: Mapping[str, object]) -> tuple[str, str] | None:
    """The (placement, variant) that an event says was shown; None: it says nothing of the kind, or no variant was."""
    placement, variant = properties.get("placement"), properties.get("variant")
    if event != SHOWN or not isinstance(placement, str) or not isinstance(variant, str):
        return None
    return None if not placement or variant in ("", FALLBACK, HOLDOUT) else (placement, variant)
