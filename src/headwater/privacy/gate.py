"""The gate: nothing leaves, is exported, trained on or personalised without a `Permitted`, and only the gate makes one.

Reads `purposes:` and `gate:` of `headwater.yaml`; `permit` also the tables `consents`, `traits`, `nodes` and `identity_map`,
who is suppressed and who is restricted; writes nothing. Of people at rest `permit` finds out what is known of them, of one live
person `permit_person` is told; all else is the same for both.

Two things are checked. The request as a whole (`check_request`, also before there is anybody to ask about): its purpose is
declared, every field's labels are accepted where it goes, and sensitive data rests on consent, or on a ground of its own;
otherwise it is refused. Then each person: under consent only who granted, under legitimate interest or contract everyone who did
not object; nobody who asked to be forgotten or that nothing be used of, who is where the purpose is not allowed, or is too young.
The others are left out and counted, each by the first of these reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from headwater.core.config import Purpose
from headwater.core.errors import Bug, Ground, Refusal
from headwater.core.project import Project
from headwater.engine.bitmaps import Ids
from headwater.engine.ids import ascending
from headwater.privacy.consent import Codes, Standing, standings
from headwater.privacy.eligibility import (
    Facts,
    Ineligible,
    Verdict,
    ineligible_people,
    ineligible_person,
)
from headwater.privacy.labels import Label, Origin
from headwater.privacy.purposes import find_purpose
from headwater.privacy.restriction import restricted_profiles
from headwater.privacy.suppression import suppressed_profiles
from headwater.tables.workspace import Workspace


class Use(StrEnum):
    """What personal data is wanted for."""

    AUDIENCE = "audience"
    DESTINATION = "destination"
    EXPORT = "export"
    TRAINING = "training"
    PERSONALISATION = "personalisation"


class Reason(StrEnum):
    """Why a person is left out."""

    NO_CONSENT = "no_consent"
    CONSENT_DENIED = "consent_denied"
    CONSENT_LAPSED = "consent_lapsed"
    OBJECTED = "objected"
    SUPPRESSED = "suppressed"
    RESTRICTED = "restricted"
    WRONG_JURISDICTION = "wrong_jurisdiction"
    UNKNOWN_JURISDICTION = "unknown_jurisdiction"
    TOO_YOUNG = "too_young"
    UNKNOWN_AGE = "unknown_age"


@dataclass(frozen=True, eq=False)
class PermitRequest:
    """What somebody asks for.

    Attributes:
        purpose: a purpose's id.
        use: what for, and `name` which one: the destination's, export's or model's id.
        profile_ids: about whom: int64, any order.
        fields: what is wanted of them: each field's labels by its name.
        accepts: the labels that may go there.
        origins: of a field, what gives it its labels, where that is something else than itself.
    """

    purpose: str
    use: Use
    name: str
    profile_ids: Ids
    fields: Mapping[str, frozenset[Label]]
    accepts: frozenset[Label]
    origins: Mapping[str, frozenset[Origin]] = field(default_factory=dict)


_SEAL = object()


@dataclass(frozen=True, eq=False)
class Permitted:
    """What may leave: proof that the gate was asked. Made by `permit` and `permit_person` alone.

    Attributes:
        purpose: the purpose it was permitted for.
        use: what for, and `name` which one.
        profile_ids: the people permitted: int64, ascending, without repeats, read-only.
        left_out: how many of those asked about are not permitted, by reason.
        fields: the fields permitted, with their labels.
    """

    purpose: str
    use: Use
    name: str
    profile_ids: Ids
    left_out: Mapping[Reason, int]
    fields: Mapping[str, frozenset[Label]]
    seal: InitVar[object] = field(kw_only=True)

    def __post_init__(self, seal: object) -> None:
        """Refuse to be made anywhere but here.

        Raises:
            Bug: it was tried.
        """
        if seal is not _SEAL:
            raise Bug("only privacy.gate.permit and permit_person make a Permitted")
        self.profile_ids.flags.writeable = False

    @property
    def labels(self) -> frozenset[Label]:
        """All labels of what was permitted."""
        return frozenset[Label]().union(*self.fields.values())


def permit(request: PermitRequest, workspace: Workspace) -> Permitted:
    """Who of those asked about may be used for this purpose.

    Raises:
        Refusal: the purpose is not declared, or what is wanted may not be used for it, or not go there.
    """
    purpose = check_request(request, workspace.project)
    people = ascending(np.array(request.profile_ids, dtype=np.int64))
    found = standings(workspace, request.purpose, people)
    found[np.isin(people, restricted_profiles(workspace))] = Standing.RESTRICTED
    found[np.isin(people, suppressed_profiles(workspace))] = Standing.SUPPRESSED
    why = _by_standing(found, purpose)
    asked = np.flatnonzero(why == PERMITTED)
    why[asked] = _by_eligibility(ineligible_people(workspace, purpose, people[asked]))
    return _permitted(request, people, why)


def permit_person(
    request: PermitRequest, standing: Standing, project: Project, facts: Facts = MappingProxyType({})
) -> Permitted:
    """Whether one person, of whom it is known where they stand on the purpose now, may be used for it.

    Args:
        request: its `profile_ids` hold one number; `SOMEBODY` where the person has none (yet).
        standing: as `consent.standing_of` gives it.
        project: whose purposes count.
        facts: the person's attributes and traits, by name.

    Raises:
        Refusal: the purpose is not declared, or what is wanted may not be used for it, or not go there.
        Bug: the request is about no one, or about several.
    """
    if len(request.profile_ids) != 1:
        raise Bug(f"one person has one standing, but {len(request.profile_ids)} were asked about")
    purpose = check_request(request, project)
    people = np.array(request.profile_ids, dtype=np.int64)
    why = _by_standing(np.array([standing], dtype=np.int8), purpose)
    if why[0] == PERMITTED:
        why = _by_eligibility(ineligible_person(facts, purpose, project))
    return _permitted(request, people, why)


def check_request(request: PermitRequest, project: Project) -> Purpose:
    """The purpose of a request that is refused for nobody in particular; whoever it is about.

    Raises:
        Refusal: the purpose is not declared, or what is wanted may not be used for it, or not go there.
    """
    purpose = find_purpose(project, request.purpose)
    _check_labels(request)
    _check_special_categories(request, purpose)
    return purpose


SOMEBODY: Ids = np.zeros(1, dtype=np.int64)
"""Whom `permit_person` is asked about, where the person is known by another key than a profile's number."""
SOMEBODY.flags.writeable = False

PERMITTED = 0
_REASONS = tuple(Reason)
"""Of each person one number is kept: `PERMITTED`, or the place of their reason in this, from 1."""

# Who is left out, and why: under consent, and where only an objection counts.
_OPT_IN = {
    Standing.ABSENT: Reason.NO_CONSENT,
    Standing.LAPSED: Reason.CONSENT_LAPSED,
    Standing.DENIED: Reason.CONSENT_DENIED,
    Standing.SUPPRESSED: Reason.SUPPRESSED,
    Standing.RESTRICTED: Reason.RESTRICTED,
}
_OPT_OUT = {
    Standing.DENIED: Reason.OBJECTED,
    Standing.SUPPRESSED: Reason.SUPPRESSED,
    Standing.RESTRICTED: Reason.RESTRICTED,
}


def _code(reason: Reason | None) -> int:
    return PERMITTED if reason is None else _REASONS.index(reason) + 1


def _by_standing(found: Codes, purpose: Purpose) -> Codes:
    """Who is left out for where they stand, and why."""
    reasons = _OPT_IN if purpose.lawful_basis == "consent" else _OPT_OUT
    return np.array([_code(reasons.get(each)) for each in Standing], dtype=np.int8)[found]


def _by_eligibility(found: Ineligible) -> Codes:
    """Who is left out for where they are, or else for their age, and why."""
    place, age = (
        np.array([_code(known[each]) for each in Verdict], dtype=np.int8)[verdicts]
        for known, verdicts in (
            (
                {
                    Verdict.YES: None,
                    Verdict.UNKNOWN: Reason.UNKNOWN_JURISDICTION,
                    Verdict.NO: Reason.WRONG_JURISDICTION,
                },
                found.place,
            ),
            (
                {Verdict.YES: None, Verdict.UNKNOWN: Reason.UNKNOWN_AGE, Verdict.NO: Reason.TOO_YOUNG},
                found.age,
            ),
        )
    )
    return np.where(place == PERMITTED, age, place)


def _permitted(request: PermitRequest, people: Ids, why: Codes) -> Permitted:
    """The permit for people of whom it was found why they are left out, if they are."""
    counts = np.bincount(why, minlength=len(_REASONS) + 1).tolist()
    return Permitted(
        request.purpose,
        request.use,
        request.name,
        people[why == PERMITTED],
        MappingProxyType({reason: n for reason, n in zip(_REASONS, counts[1:], strict=True) if n}),
        MappingProxyType(dict(request.fields)),
        seal=_SEAL,
    )


def _check_labels(request: PermitRequest) -> None:
    refused = [
        (name, label)
        for name, labels in sorted(request.fields.items())
        for label in sorted(labels - request.accepts)
    ]
    if not refused:
        return
    accepted = ", ".join(sorted(request.accepts)) or "no labelled data"
    told = "; ".join(_told(name, request) for name in dict.fromkeys(name for name, _ in refused))
    raise Refusal(
        f"{request.use} '{request.name}' was refused: {told}, but only {accepted} may go there",
        next_step="leave the field out, or ask for it in a form that is accepted (such as sha256_hex)",
        grounds=[_ground("label_not_accepted", request, name, label) for name, label in refused],
    )


def _check_special_categories(request: PermitRequest, purpose: Purpose) -> None:
    """Sensitive data (GDPR art. 9) rests on consent or on a ground of its own, whatever else a purpose rests on."""
    if purpose.lawful_basis == "consent" or any(each.startswith("9.") for each in purpose.gdpr):
        return
    refused = [name for name, labels in sorted(request.fields.items()) if Label.SENSITIVE in labels]
    if refused:
        told = "; ".join(_carried(name, request, {Label.SENSITIVE}) for name in refused)
        raise Refusal(
            f"{request.use} '{request.name}' was refused: {told}, but the purpose '{request.purpose}' rests on "
            f"{purpose.lawful_basis}, which does not allow that (GDPR art. 9)",
            next_step="use it for a purpose that rests on consent, or name its ground under the purpose's `gdpr:` (like 9.2.h)",
            grounds=[_ground("special_category", request, name, Label.SENSITIVE) for name in refused],
        )


def _told(name: str, request: PermitRequest) -> str:
    return _carried(name, request, request.fields[name] - request.accepts)


def _carried(name: str, request: PermitRequest, labels: Set[Label]) -> str:
    """That a field has labels, and because of what."""
    origins = [str(each) for each in sorted(request.origins.get(name, ())) if each.label in labels]
    listed, because = ", ".join(sorted(labels)), " and ".join(dict.fromkeys(origins))
    if because:
        return f"'{name}' carries {listed}, because of {because}"
    return f"the field '{name}' is labelled {listed}"


def _ground(rule: str, request: PermitRequest, name: str, label: Label) -> Ground:
    because = (str(each) for each in sorted(request.origins.get(name, ())) if each.label is label)
    return Ground(rule, request.purpose, request.use, request.name, name, label, tuple(because))
