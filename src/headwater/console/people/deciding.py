"""Decisions of who is who, as pages ask for them: why two identifiers are one person, what a decision would change, and it.

Pages hand back numbers of identifiers, so that nobody needs to see one to decide about it. Calls what `flow/identities.py` gives
the command line and the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.access.roles import Action
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.console.people.questions import nodes_of
from headwater.core.errors import UserError
from headwater.flow.identities import Identities
from headwater.flow.identity_effects import Effect
from headwater.identity.decide import node_of
from headwater.identity.explain import Explained, explain
from headwater.profiles.show import read_identifier
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

WAIT_SECONDS = 10.0  # for the core to let go of the project


@dataclass(frozen=True)
class Step:
    """A decision that is asked for: of two identifiers by their numbers, `link`, `unmerge` or `withdraw`."""

    profile_id: int
    node_id: int
    other_node_id: int
    verdict: str
    reason: str = ""


def _why(given: Given, profile_id: int, node_id: int, other_node_id: int) -> Explained:
    """Why two identifiers, of which at least one is this profile's, are one person."""
    _expect_own(profile_id, (node_id, other_node_id), given.workspace)
    return masked(explain(node_id, other_node_id, given.workspace), given)


def _foresee(given: Given, step: Step) -> Effect:
    """What a decision would change, of profiles and audiences; nothing is written."""
    pair = _pair(step, given.workspace)
    who = Identities(given.project)
    found = who.simulate(link=pair) if step.verdict == "link" else who.simulate(unmerge=pair)
    return masked(found, given)


def _decide(given: Given, step: Step) -> Explained:
    """Decide of two identifiers, or take a decision back; profiles and audiences follow."""
    one, other = _pair(step, given.workspace)
    who = Identities(given.project, wait_seconds=WAIT_SECONDS)
    by, reason = given.caller.name, step.reason.strip()
    if step.verdict == "withdraw":
        return masked(who.withdraw(one, other, reason=reason, by=by), given)
    expect_reason(reason)
    decide = who.link if step.verdict == "link" else who.unmerge
    return masked(decide(one, other, reason=reason, by=by), given)


def _node(given: Given, identifier: str) -> int:
    """The number of an identifier that somebody typed, to be linked.

    Raises:
        UserError: it is none, or is a profile's number. NobodyError: nobody has it.
    """
    return node_of(read_identifier(identifier), given.workspace)


def expect_reason(reason: str) -> None:
    """Go on only if there is one.

    Raises:
        UserError: there is none.
    """
    if not reason.strip():
        raise UserError("a decision needs a reason", next_step="write why, for whoever asks later")


def _pair(step: Step, workspace: Workspace) -> tuple[str, str]:
    """Both identifiers as kind=value."""
    ends = (step.node_id, step.other_node_id)
    _expect_own(step.profile_id, ends, workspace)
    rows = workspace.engine.table(
        f"SELECT node_id, identifier, {opened()} AS value FROM nodes WHERE node_id IN ({int(ends[0])}, {int(ends[1])})"
    ).to_pylist()
    texts = {row["node_id"]: f"{row['identifier']}={row['value']}" for row in rows if row["value"]}
    if len(texts) < len(set(ends)):
        raise UserError("one of these identifiers is not there any more", next_step="open the profile again")
    return texts[ends[0]], texts[ends[1]]


def _expect_own(profile_id: int, node_ids: tuple[int, int], workspace: Workspace) -> None:
    """Go on only if one of these identifiers is the profile's: the audit log tells of it by the profile."""
    if not set(nodes_of(profile_id, workspace).tolist()) & set(node_ids):
        raise UserError(
            f"neither identifier is of profile {int(profile_id)}", next_step="open the profile again"
        )


def _about_step(step: Step) -> tuple[str, ...]:
    return (str(step.profile_id), step.verdict)


def _changed(found: Explained) -> Mapping[str, int]:
    return {"changed": len(set(found.profiles) - {None})}


WHY = Question(
    "console identity explain",
    Action.SEE_PEOPLE,
    _why,
    seconds=0.0,
    about=lambda number, *_: (str(number),),
    counts=lambda _: {"seen": 1},
)
NODE = Question(
    "console identity find", Action.CHANGE_IDENTITY, _node, seconds=0.0, about=lambda each: (each,)
)
FORESEE = Question("console identity simulate", Action.SEE_PEOPLE, _foresee, seconds=0.0, about=_about_step)
DECIDE = Question(
    "console identity decide",
    Action.CHANGE_IDENTITY,
    _decide,
    seconds=0.0,
    about=_about_step,
    counts=_changed,
)
