"""Whom a request is about, by the number of a profile or by identifiers that somebody typed; and who they are to us.

Reads `nodes`, `identity_map`, `consents`, who is restricted or kept out, and requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from headwater.access.roles import Action
from headwater.api.endpoints.requests import Requested, requested
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.core.errors import UserError
from headwater.flow.privacy import Privacy
from headwater.privacy.consent import Standing, standings
from headwater.privacy.persons import Persons, find_persons
from headwater.privacy.restriction import restricted_indexes
from headwater.privacy.shown import Harmless, identifier_of
from headwater.privacy.suppression import open_suppressions
from headwater.profiles.show import find_profile, read_identifier
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

Who = tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """An identifier of somebody."""

    identifier: Harmless
    value: Annotated[str, identifier_of("identifier")]


@dataclass(frozen=True)
class Stands:
    """Where somebody stands on a purpose."""

    purpose: Harmless
    description: Harmless
    lawful_basis: Harmless
    standing: Harmless


@dataclass(frozen=True)
class About:
    """Persons that something is asked for.

    Attributes:
        profiles: their numbers.
        identifiers: all by which tables know them, and those that were typed.
        requests: those about any of these identifiers, overdue ones first.
        n_suppressed: of the identifiers, how many are kept out since they were erased.
    """

    profiles: tuple[int, ...]
    identifiers: tuple[Known, ...]
    purposes: tuple[Stands, ...]
    requests: tuple[Requested, ...]
    is_restricted: bool
    n_suppressed: int


def identifiers_of(who: Sequence[str], workspace: Workspace) -> list[str]:
    """All identifiers of the persons that are meant, as kind=value; those that were typed also if nobody has them.

    Raises:
        UserError: one is none, there is no such profile, or nobody is named.
    """
    if not who:
        raise UserError("nobody is named", next_step="write kind=value, like email=ann@example.org")
    found: dict[str, None] = {}
    for each in who:
        if each.isdecimal():
            found.update(dict.fromkeys(_of_profile(find_profile(each, workspace), workspace)))
        else:
            read_identifier(each)
            found[each] = None
    return list(found)


def _of_profile(profile_id: int, workspace: Workspace) -> Iterable[str]:
    rows = workspace.engine.table(
        f"SELECT identifier, {opened()} AS value FROM nodes JOIN identity_map USING (node_id) "
        f"WHERE profile_id = {int(profile_id)} ORDER BY node_id"
    ).to_pylist()
    texts = [f"{row['identifier']}={row['value']}" for row in rows if row["value"] is not None]
    if not texts:
        raise UserError(
            f"nothing is left by which profile {profile_id} could be named",
            next_step="the keys of its identifiers were forgotten: `headwater keys list` shows since when",
        )
    return texts


def _about(given: Given, who: Who) -> About:
    """Who they are to us, and what they asked for before.

    Raises:
        UserError: an identifier is none.
    """
    workspace = given.workspace
    persons = find_persons(map(read_identifier, identifiers_of(who, workspace)), workspace)
    with open_suppressions(given.project) as suppressions:
        kept_out = {each.value_index for each in suppressions.all()}
    indexes = set(persons.indexes)
    about = About(
        tuple(map(int, persons.profile_ids)),
        tuple(Known(*node) for node in persons.nodes),
        tuple(_stands(persons, workspace)),
        tuple(requested(each) for each in Privacy(given.project).requests() if indexes & set(each.subjects)),
        bool(indexes & restricted_indexes(given.project)),
        len(indexes & kept_out),
    )
    return masked(about, given)


def _stands(persons: Persons, workspace: Workspace) -> Iterable[Stands]:
    for name, purpose in workspace.project.config.purposes.items():
        found = (
            standings(workspace, name, persons.profile_ids) if persons.are_known else np.zeros(0, np.int32)
        )
        stands = Standing(max(found.tolist(), default=Standing.ABSENT))
        yield Stands(name, purpose.description, purpose.lawful_basis, stands.name.lower())


def expect_written(kind: str, value: str) -> str:
    """An identifier as somebody typed it, as kind=value, or the number of a profile.

    Raises:
        UserError: nothing was typed, or it is not valid. NotFoundError: an unknown kind.
    """
    if not value.strip():
        raise UserError("nothing is written there", next_step="write an identifier, like ann@example.org")
    if kind == "profile":
        if not value.strip().isdecimal():
            raise UserError("that is no number of a profile", next_step="write digits alone, like 17")
        return value.strip()
    return f"{kind}={value.strip()}"


ABOUT = Question(
    "console privacy about",
    Action.PRIVACY_REQUESTS,
    _about,
    seconds=0.0,
    about=lambda who: who,
    counts=lambda found: {"seen": len(found.profiles)},
)
