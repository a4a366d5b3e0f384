"""The gate: nothing leaves, is exported or trained on without a `Permitted`, and only `permit` makes one.

Reads `purposes:` of `headwater.yaml`, the tables `consents` and `identity_map`; writes nothing.

Two things are checked. The request as a whole: its purpose is declared, and every field's labels are accepted where it
goes; otherwise it is refused. Then each person: under consent only who granted, under legitimate interest or contract
everyone who did not object; the others are left out and counted by reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from headwater.core.errors import Bug, Refusal
from headwater.engine.bitmaps import Ids
from headwater.privacy.consent import Standing, standings
from headwater.privacy.labels import Label
from headwater.privacy.purposes import find_purpose
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
    """What may leave: proof that the gate was asked. Made by `permit` alone.

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
        """Refuse to be made anywhere but in `permit`.

        Raises:
            Bug: it was tried.
        """
        if seal is not _SEAL:
            raise Bug("only privacy.gate.permit makes a Permitted")
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
    basis = find_purpose(workspace.project, request.purpose).lawful_basis
    _check_labels(request)
    people = np.unique(np.asarray(request.profile_ids, dtype=np.int64))
    found = standings(workspace, request.purpose, people)
    reasons = _OPT_IN if basis == "consent" else _OPT_OUT
    return Permitted(
        request.purpose,
        request.use,
        request.name,
        people[~np.isin(found, list(reasons))],
        _count(found, reasons),
        MappingProxyType(dict(request.fields)),
        seal=_SEAL,
    )


# Who is left out, and why: under consent, and where only an objection counts.
_OPT_IN = {
    Standing.ABSENT: Reason.NO_CONSENT,
    Standing.LAPSED: Reason.CONSENT_LAPSED,
    Standing.DENIED: Reason.CONSENT_DENIED,
}
_OPT_OUT = {Standing.DENIED: Reason.OBJECTED}


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
