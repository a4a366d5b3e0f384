"""What a destination could receive, and why not the rest: each field, each audience, and how many people; nobody is named.

Reads the definitions, and, as of the last run, the tables `memberships`, `consents`, `traits`, `nodes` and `identity_map`,
and who is suppressed. Writes nothing, and asks the gate as a delivery would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from headwater.activate.declare import DeclaredDestination, find_destination
from headwater.activate.errand import permit_request
from headwater.activate.outgoing import Outgoing
from headwater.activate.prepare import holdings_of, members_of
from headwater.core.errors import NotFoundError, Problem, Refusal
from headwater.core.project import is_file_of
from headwater.flow.definitions import Definitions, judge, project_error
from headwater.privacy.gate import PermitRequest, permit
from headwater.privacy.labels import Label
from headwater.privacy.purposes import find_purpose
from headwater.privacy.shown import Harmless, People
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class CheckedField:
    """Something that would be told: an identifier, or that people are in an audience; `because`: what gives it its labels."""

    field: Harmless
    labels: tuple[Harmless, ...]
    is_accepted: bool
    because: tuple[Harmless, ...]


@dataclass(frozen=True)
class CheckedAudience:
    """An audience on its way there.

    Attributes:
        refusal: why none of it may go there; empty: it may.
        n_members: how many are in it.
        n_permitted: how many of them may be sent, and have an identifier by which they are.
        left_out: how many are not, by reason; of an audience that may not go there nobody is asked about.
    """

    audience: Harmless
    refusal: Harmless
    n_members: People
    n_permitted: People
    left_out: Mapping[Harmless, People]


@dataclass(frozen=True)
class DestinationCheck:
    """What a destination could receive."""

    destination: Harmless
    purpose: Harmless
    lawful_basis: Harmless
    accepts: tuple[Harmless, ...]
    fields: tuple[CheckedField, ...]
    audiences: tuple[CheckedAudience, ...]


def check_destination(workspace: Workspace, name: str, audience: str | None = None) -> DestinationCheck:
    """What a destination could receive of one audience, or of all that go there.

    Raises:
        NotFoundError: there is no such destination, or no such audience.
        ProjectError: the destination's file is not sound.
    """
    definitions, problems = judge(workspace)
    to = _destination(name, definitions, problems)
    purpose = find_purpose(workspace.project, to.purpose)
    requests = {
        each: permit_request(to, each, definitions.lineage.of_audience(each))
        for each in _audiences(to, definitions, audience)
    }
    outgoing = definitions.outgoing
    fields = {field.field: field for request in requests.values() for field in _fields(request)}
    return DestinationCheck(
        name,
        to.purpose,
        purpose.lawful_basis,
        _sorted(to.accepts),
        tuple(fields.values()),
        tuple(_audience(each, request, outgoing[each], workspace) for each, request in requests.items()),
    )


def _destination(name: str, definitions: Definitions, problems: Sequence[Problem]) -> DeclaredDestination:
    """The destination, also where it is refused an audience: that is for this to explain."""
    found = [each for each in problems if is_file_of(each.file, "destinations", name)]
    if name not in definitions.destinations and found:
        raise project_error(found)
    return find_destination(name, definitions.destinations)


def _audiences(to: DeclaredDestination, definitions: Definitions, audience: str | None) -> list[str]:
    known = sorted(definitions.audiences)
    if audience is not None and audience not in known:
        raise NotFoundError("audience", audience, known)
    if audience is not None:
        return [audience]
    return known if to.audiences is None else [each for each in to.audiences if each in known]


def _fields(request: PermitRequest) -> Iterator[CheckedField]:
    for name, labels in request.fields.items():
        because = sorted({str(each) for each in request.origins.get(name, ())})
        yield CheckedField(name, _sorted(labels), labels <= request.accepts, tuple(because))


def _audience(
    audience: str, request: PermitRequest, outgoing: Outgoing, workspace: Workspace
) -> CheckedAudience:
    members = members_of(workspace, audience)
    told_of, withheld = outgoing.told_of(members, workspace)
    try:
        permitted = permit(replace(request, profile_ids=told_of), workspace)
    except Refusal as refusal:
        return CheckedAudience(audience, refusal.message, len(members), 0, {})
    left_out = {**withheld, **{reason.value: n for reason, n in permitted.left_out.items()}}
    n_named = holdings_of(workspace, permitted).n_people
    if n_nameless := len(permitted.profile_ids) - n_named:
        left_out["no_identifier"] = n_nameless
    return CheckedAudience(audience, "", len(members), n_named, left_out)


def _sorted(labels: frozenset[Label]) -> tuple[str, ...]:
    return tuple(sorted(label.value for label in labels))
