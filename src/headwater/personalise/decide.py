"""What to show a person, placement by placement. Nothing is read or written; an answer takes a fraction of a millisecond.

In this order, until something decides; what is left gets the fallback:

    not_found                   there is no such placement, or whoever asks may not know of it
    unknown_person              nobody is known by the identifiers that were told
    no_consent, consent_denied, objected, restricted, wrong_jurisdiction, unknown_jurisdiction, too_young, unknown_age
                                the gate says no to the placement's purpose: nothing personal is looked at any more
    not_scheduled               it has not begun, or has ended
    holdout                     the person belongs to those who never see a variant
    no_rule_matched             no rule is for them
    capped                      they have seen it as often as they should
    rule, bandit                a variant

Only with a `Permitted` are traits, audiences and exposures looked at. What comes of it is told as plain properties of two
events: what was decided, and what was really shown (`decision.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from headwater.audiences.history import History
from headwater.audiences.percent import WHOLE
from headwater.audiences.rule import matches
from headwater.core.clock import Clock
from headwater.core.project import Project
from headwater.live.person import Person
from headwater.personalise.access import is_permitted, may_ask, shown
from headwater.personalise.assign import assigned, is_held_out, share, stable_key
from headwater.personalise.bandit import Arm, Drawn, draw
from headwater.personalise.decision import Decision, Decisions, Reason
from headwater.personalise.ids import new_id
from headwater.personalise.placement_file import FALLBACK, HOLDOUT
from headwater.personalise.placements import Placement, PlacementRule
from headwater.privacy.consent import Standing, standing_of
from headwater.privacy.gate import Permitted, permit_person

Known = Mapping[tuple[str, str], Mapping[str, Arm]]
"""Of (placement, segment), what is known of its variants; the segment of those in none is the empty text."""


@dataclass(frozen=True)
class Context:
    """What decisions depend on besides the person.

    Attributes:
        project: whose purposes count.
        clock: what "now" is.
        is_public: whoever asks has no more than the key of a browser.
        known: what bandits know, as of a moment ago.
        new_id: gives the id of a decision at an instant.
    """

    project: Project
    clock: Clock
    is_public: bool = True
    known: Known = field(default_factory=dict)
    new_id: Callable[[datetime], str] = new_id


def decide(
    person: Person, wanted: Iterable[str], placements: Mapping[str, Placement], context: Context
) -> Decisions:
    """What to show a person in the placements wanted, each named once.

    Args:
        person: as the live store shows them.
        wanted: names of placements; there need not be such.
        placements: all there are, by name.
        context: all else.
    """
    now = replace(context, clock=context.clock.frozen())
    return Decisions(
        tuple(_decided(person, name, placements.get(name), now) for name in dict.fromkeys(wanted))
    )


def _decided(person: Person, name: str, placement: Placement | None, context: Context) -> Decision:
    decision_id = context.new_id(context.clock.now())
    if placement is None or not may_ask(placement, is_public=context.is_public):
        return Decision(name, FALLBACK, None, Reason.NOT_FOUND, decision_id)
    fallback = Decision(name, FALLBACK, placement.fallback, Reason.UNKNOWN_PERSON, decision_id)
    if not stable_key(person):
        return fallback
    permitted = permit_person(placement.request, _standing(person, placement), context.project, person.traits)
    if not is_permitted(permitted, placement):
        return replace(fallback, reason=Reason(next(iter(permitted.left_out))))
    if not _is_scheduled(placement, context.clock.now()):
        return replace(fallback, reason=Reason.NOT_SCHEDULED)
    return _chosen(person, placement, permitted, context, fallback)


def _standing(person: Person, placement: Placement) -> Standing:
    """Where somebody stands on a placement's purpose."""
    return Standing.RESTRICTED if person.is_restricted else standing_of(person.consents, placement.purpose)


def _is_scheduled(placement: Placement, now: datetime) -> bool:
    has_begun = placement.start is None or placement.start <= now
    return has_begun and (placement.end is None or now <= placement.end)


def _chosen(
    person: Person, placement: Placement, permitted: Permitted, context: Context, fallback: Decision
) -> Decision:
    """The decision about someone who may be used for it: a permit says so."""
    fallback = replace(fallback, shown=shown(person, placement, permitted))
    index = _matching(person, placement, context.clock)
    held_out = placement.holdout / WHOLE
    if placement.holdout and is_held_out(stable_key(person), placement.salt, placement.holdout):
        return replace(fallback, variant=HOLDOUT, reason=Reason.HOLDOUT, rule=index, propensity=held_out)
    if index is None:
        return replace(fallback, reason=Reason.NO_RULE_MATCHED, propensity=1 - held_out)
    segment = _segment(person, placement)
    drawn = _drawn(person, placement, placement.rules[index], context, fallback.decision_id)
    given = next((each for each in placement.rules[index].variants if each.name == drawn.variant), None)
    return replace(
        fallback,
        variant=drawn.variant,
        content=given.content if given else placement.fallback,
        reason=Reason.CAPPED if given is None else Reason.BANDIT if placement.bandit else Reason.RULE,
        propensity=(1 - held_out) * drawn.propensity,
        rule=index,
        segment=segment,
    )


def _matching(person: Person, placement: Placement, clock: Clock) -> int | None:
    """The index of the first rule that fits."""
    known = History(traits=person.traits, audiences=frozenset(person.audiences))
    fitting = (
        index
        for index, rule in enumerate(placement.rules)
        if rule.when is None or matches(rule.when, known, clock)
    )
    return next(fitting, None)


def _segment(person: Person, placement: Placement) -> str:
    """The audience whose bandit decides; empty: that of the rest, or none."""
    segments = placement.bandit.segments if placement.bandit else ()
    return next((name for name in segments if name in person.audiences), "")


def _drawn(
    person: Person, placement: Placement, rule: PlacementRule, context: Context, decision_id: str
) -> Drawn:
    """The variant for a person, or the fallback if a cap forbids it."""
    capped = _capped(person, placement, rule, context.clock)
    if placement.bandit:
        free = [each.name for each in rule.variants if each.name not in capped]
        known = context.known.get((placement.name, _segment(person, placement)), {})
        seed = f"{placement.salt}:{decision_id}"
        return draw(free, known, seed) if free else Drawn(FALLBACK, 1.0)
    weights = {each.name: each.weight for each in rule.variants}
    variant = assigned(stable_key(person), placement.salt, weights)
    if variant in capped:
        return Drawn(FALLBACK, sum(share(name, weights) for name in capped))
    return Drawn(variant, share(variant, weights))


def _capped(person: Person, placement: Placement, rule: PlacementRule, clock: Clock) -> frozenset[str]:
    """The variants of a rule that a person has seen often enough."""
    names = frozenset(each.name for each in rule.variants)
    if placement.cap is None:
        return frozenset()
    since = placement.cap.since(clock)
    # Clocks of clients run fast, too: what is told as shown in a moment counts as well.
    seen = {
        variant: sum(moment > since for moment in moments)
        for (where, variant), moments in person.exposures.items()
        if where == placement.name and variant not in (FALLBACK, HOLDOUT)
    }
    if placement.cap.is_each:
        return frozenset(name for name in names if seen.get(name, 0) >= placement.cap.most)
    return names if sum(seen.values()) >= placement.cap.most else frozenset()
