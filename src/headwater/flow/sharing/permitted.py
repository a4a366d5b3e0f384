"""Whom something may be shared about: the gate asked for an audience's members, for a purpose that is named or implied.

Reads what the gate reads, and `memberships`. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from headwater.activate.prepare import members_of
from headwater.audiences.lineage import NONE, audience_field
from headwater.audiences.parse import Audience
from headwater.core.config import NAME
from headwater.core.errors import NotFoundError, UserError
from headwater.core.project import Project
from headwater.flow.definitions import Definitions
from headwater.identity.likeness.declare import household_models
from headwater.privacy.gate import PermitRequest, Permitted, Use, permit
from headwater.privacy.labels import Label, labels_of as labels_from
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Sharing:
    """What is to be shared: about whom, for which purpose, with whom; `accepts`: labels that may go there."""

    audience: str
    recipient: str
    purpose: str | None = None
    accepts: frozenset[Label] = NONE


def permitted(
    sharing: Sharing, fields: Mapping[str, frozenset[Label]], workspace: Workspace, definitions: Definitions
) -> Permitted:
    """Whom it may be shared about.

    Raises:
        Refusal: the purpose is not declared, or a label of a field or of the audience itself is not accepted there.
        UserError: no purpose is named, and none is implied; or the recipient's name is none.
        NotFoundError: there is no such audience.
    """
    audience = find_audience(sharing.audience, definitions)
    membership, origins = audience_field(audience.name), definitions.lineage.of_audience(audience.name)
    request = PermitRequest(
        purpose_of(sharing.purpose, audience, workspace.project),
        Use.EXPORT,
        check_recipient(sharing.recipient),
        members_of(workspace, audience.name),
        {**fields, membership: labels_from(origins)},
        sharing.accepts,
        {membership: origins},
    )
    return permit(request, workspace)


def find_audience(name: str, definitions: Definitions) -> Audience:
    """The audience of this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in definitions.audiences:
        raise NotFoundError("audience", name, list(definitions.audiences))
    return definitions.audiences[name]


def purpose_of(named: str | None, audience: Audience, project: Project) -> str:
    """For which purpose: the one named, that of the audience, or the only one that the project declares.

    Raises:
        UserError: none of these.
    """
    declared = list(project.config.purposes)
    found = named or audience.purpose or (declared[0] if len(declared) == 1 else None)
    if found is None:
        raise UserError(
            f"it is not said what '{audience.name}' would be shared for",
            next_step=f"say --purpose, one of: {', '.join(declared) or 'none is declared yet'}",
        )
    return found


def check_recipient(name: str) -> str:
    """The name, if a recipient can be called so.

    Raises:
        UserError: it is not.
    """
    if not re.fullmatch(NAME, name):
        raise UserError(
            "a recipient's name must be lower case letters, digits and `_`, beginning with a letter",
            next_step="write it like acme_media, always the same for the same recipient",
        )
    return name


def labels_of(traits: Sequence[str], definitions: Definitions) -> dict[str, frozenset[Label]]:
    """The labels of these traits.

    Raises:
        NotFoundError: one of them is not declared.
    """
    labelled, known = definitions.lineage.labels_of_traits, declared_traits(definitions)
    for name in traits:
        if name not in known:
            raise NotFoundError("trait", name, sorted(known))
    return {name: labelled.get(name, NONE) for name in traits}


def declared_traits(definitions: Definitions) -> Collection[str]:
    """Every trait that a file of the project declares."""
    stated = [name for each in definitions.sources.values() for name in each.value.attribute_columns()]
    return dict.fromkeys([*stated, *definitions.traits, *household_models(definitions.matching)])
