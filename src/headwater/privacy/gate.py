"""The gate: nothing leaves, is exported, trained on or personalised without a `Permitted`, and only the gate makes one.

Reads `purposes:` of `headwater.yaml`; `permit` also the tables `consents`, `nodes` and `identity_map`, who is suppressed
and who is restricted; writes nothing. Of people at
rest `permit` finds out where they stand, of one live person `permit_person` is told; all else is the same for both.

Two things are checked. The request as a whole: its purpose is declared, and every field's labels are accepted where it
goes; otherwise it is refused. Then each person: under consent only who granted, under legitimate interest or contract
everyone who did not object, and nobody who asked to be forgotten or that nothing be used of; the others are left out and
counted by reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from headwater.core.errors import Bug, Refusal
from headwater.core.project import Project
from headwater.engine.bitmaps import Ids
from headwater.privacy.consent import Standing, standings
from headwater.privacy.labels import Label
from headwater.privacy.purposes import find_purpose
from headwater.privacy.restriction import restricted_profiles
from headwater.privacy.suppression import suppressed_profiles
from headwater.tables.workspace import Workspace


class Use(StrEnum):
    """What personal data is wanted for."""

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


@dataclass(frozen=True, eq=False)
class PermitRequest:
    """What somebody asks for.

    Attributes:
        purpose: a purpose's id.
        use: what for, and `name` which one: the destination's, export's or model's id.
        profile_ids: about whom: int64, any order.
        fields: what is wanted of them: each field's labels by its name.
        accepts: the labels that may go there.
    """

    purpose: str
    use: Use
    name: str
    profile_ids: Ids
    fields: Mapping[str, frozenset[Label]]
    accepts: frozenset[Label]


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
        Refusal: the purpose is not declared, or a field's label is not accepted there.
    """
    reasons = _judge(request, workspace.project)
    people = np.unique(np.asarray(request.profile_ids, dtype=np.int64))
    found = standings(workspace, request.purpose, people)
    found[np.isin(people, restricted_profiles(workspace))] = Standing.RESTRICTED
    found[np.isin(people, suppressed_profiles(workspace))] = Standing.SUPPRESSED
    return _permitted(request, people, found, reasons)


def permit_person(request: PermitRequest, standing: Standing, project: Project) -> Permitted:
    """Whether one person, of whom it is known where they stand on the purpose now, may be used for it.

    Args:
        request: its `profile_ids` hold one number; `SOMEBODY` where the person has none (yet).
        standing: as `consent.standing_of` gives it.
        project: whose purposes count.

    Raises:
        Refusal: the purpose is not declared, or a field's label is not accepted there.
        Bug: the request is about no one, or about several.
    """
    if len(request.profile_ids) != 1:
        raise Bug(f"one person has one standing, but {len(request.profile_ids)} were asked about")
    reasons = _judge(request, project)
    people = np.array(request.profile_ids, dtype=np.int64)
    return _permitted(request, people, np.array([standing], dtype=np.int32), reasons)


SOMEBODY: Ids = np.zeros(1, dtype=np.int64)
"""Whom `permit_person` is asked about, where the person is known by another key than a profile's number."""
SOMEBODY.flags.writeable = False

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


def _judge(request: PermitRequest, project: Project) -> Mapping[Standing, Reason]:
    """Who is to be left out; refuses what nobody may be used for."""
    basis = find_purpose(project, request.purpose).lawful_basis
    _check_labels(request)
    return _OPT_IN if basis == "consent" else _OPT_OUT


def _permitted(
    request: PermitRequest, people: Ids, found: npt.NDArray[np.int32], reasons: Mapping[Standing, Reason]
) -> Permitted:
    """The permit for people who were found to stand so."""
    return Permitted(
        request.purpose,
        request.use,
        request.name,
        people[~np.isin(found, list(reasons))],
        _count(found, reasons),
        MappingProxyType(dict(request.fields)),
        seal=_SEAL,
    )


def _check_labels(request: PermitRequest) -> None:
    refused = [
        f"the field '{name}' is labelled {', '.join(sorted(labels - request.accepts))}"
        for name, labels in sorted(request.fields.items())
        if labels - request.accepts
    ]
    if refused:
        accepted = ", ".join(sorted(request.accepts)) or "no labelled data"
        raise Refusal(
            f"{request.use} '{request.name}' was refused: {'; '.join(refused)}, but only {accepted} may go there",
            next_step="leave the field out, or ask for it in a form that is accepted (such as sha256_hex)",
        )


def _count(found: npt.NDArray[np.int32], reasons: Mapping[Standing, Reason]) -> Mapping[Reason, int]:
    counts = {reason: int(np.count_nonzero(found == standing)) for standing, reason in reasons.items()}
    return MappingProxyType({reason: n for reason, n in counts.items() if n})
