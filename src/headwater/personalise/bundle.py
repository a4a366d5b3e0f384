"""Public placements as one small JSON object, from which a client decides without asking anybody.

Only what a browser can answer, and may know, goes in: placements without bandit and cap, whose rules ask for no more than
audiences that the placement shows anyway (`shows: {audiences: […]}`). All others must be asked for. A client knows itself:
its key, its consents, its audiences, from the answer to its last question. `evaluate` is the reference that clients follow;
it gives what `decide` gives.

    {"placements": {"hero": {
        "purpose": "personalisation", "opt_in": true,     false: everyone who did not object
        "start": null, "end": 1767222000000,              milliseconds since 1970, both in
        "salt": "hero", "holdout": 100000,                millionths of all people
        "rules": [{"when": {"in_audience": "lapsed"}, "variants": [{"name": "a", "weight": 1.0, "content": …}]}],
        "fallback": …}}}

Shares: `assign.py`. A rule's `when` is null for everyone, or as in the placement's file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from headwater.audiences.rule import conditions, needs_of, to_data
from headwater.core.project import Project
from headwater.live.person import Person
from headwater.personalise.assign import assigned, is_held_out, stable_key
from headwater.personalise.decision import Reason
from headwater.personalise.placement_file import FALLBACK, HOLDOUT
from headwater.personalise.placements import Placement, PlacementRule
from headwater.privacy.purposes import find_purpose

Json = dict[str, Any]


@dataclass(frozen=True)
class Evaluated:
    """What a client decides by itself; as in a `Decision`."""

    variant: str
    content: object
    reason: Reason


def bundle(placements: Iterable[Placement], project: Project) -> Json:
    """The placements that clients can decide by themselves, as JSON."""
    return {"placements": {each.name: _packed(each, project) for each in placements if is_portable(each)}}


def is_portable(placement: Placement) -> bool:
    """Whether a client can, and may, decide it by itself."""
    if not placement.is_public or placement.bandit or placement.cap:
        return False
    return all(_asks_only_for(placement.shows.audiences, rule) for rule in placement.rules)


def evaluate(packed: Mapping[str, Any], person: Person, now: datetime) -> Evaluated:
    """What one placement of a bundle shows a person.

    Args:
        packed: the placement as it stands in the bundle.
        person: of whom key, consents and audiences are looked at.
        now: the present, UTC.
    """
    fallback = packed["fallback"]
    if reason := _refusal(packed, person, now):
        return Evaluated(FALLBACK, fallback, reason)
    if packed["holdout"] and is_held_out(stable_key(person), packed["salt"], packed["holdout"]):
        return Evaluated(HOLDOUT, fallback, Reason.HOLDOUT)
    for rule in packed["rules"]:
        if rule["when"] is None or _fits(rule["when"], person.audiences):
            weights = {each["name"]: each["weight"] for each in rule["variants"]}
            name = assigned(stable_key(person), packed["salt"], weights)
            content = next(each["content"] for each in rule["variants"] if each["name"] == name)
            return Evaluated(name, content, Reason.RULE)
    return Evaluated(FALLBACK, fallback, Reason.NO_RULE_MATCHED)


def _asks_only_for(audiences: Collection[str], rule: PlacementRule) -> bool:
    if rule.when is None:
        return True
    names = [needs_of(condition).audiences for condition in conditions(rule.when)]
    return all(each and each <= set(audiences) for each in names)


def _packed(placement: Placement, project: Project) -> Json:
    return {
        "purpose": placement.purpose,
        "opt_in": find_purpose(project, placement.purpose).lawful_basis == "consent",
        "start": _milliseconds(placement.start),
        "end": _milliseconds(placement.end),
        "salt": placement.salt,
        "holdout": placement.holdout,
        "rules": [_packed_rule(rule) for rule in placement.rules],
        "fallback": placement.fallback,
    }


def _packed_rule(rule: PlacementRule) -> Json:
    return {
        "when": None if rule.when is None else to_data(rule.when),
        "variants": [
            {"name": each.name, "weight": each.weight, "content": each.content} for each in rule.variants
        ],
    }


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _milliseconds(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - _EPOCH).total_seconds() * 1000


def _refusal(packed: Mapping[str, Any], person: Person, now: datetime) -> Reason | None:
    """Why there is nothing to decide; None: there is."""
    if not stable_key(person):
        return Reason.UNKNOWN_PERSON
    said = person.consents.get(packed["purpose"])
    if said is None and packed["opt_in"]:
        return Reason.NO_CONSENT
    if said not in (None, "granted"):
        return Reason.CONSENT_DENIED if packed["opt_in"] else Reason.OBJECTED
    at, start, end = _milliseconds(now), packed["start"], packed["end"]
    assert at is not None  # noqa: S101 - `now` is an instant
    if (start is not None and at < start) or (end is not None and at > end):
        return Reason.NOT_SCHEDULED
    return None


def _fits(when: Mapping[str, Any], audiences: Collection[str]) -> bool:
    (key, inner), *_ = when.items()
    if key == "all":
        return all(_fits(each, audiences) for each in inner)
    if key == "any":
        return any(_fits(each, audiences) for each in inner)
    return not _fits(inner, audiences) if key == "not" else inner in audiences
