"""Previews of placements: what one would show a person now, or somebody made up.

Reads the project's placements and the live store; decides as the edge does, with the gate, and writes nothing: a preview is no
event and counts for nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from headwater.access.roles import Action
from headwater.audiences.values import Value, ValueType
from headwater.console.audiences.known import vocabulary_of
from headwater.console.desk.question import Given, Question
from headwater.core.clock import Clock
from headwater.core.errors import NobodyError, NotFoundError, UserError
from headwater.core.sealing.seals import Seals
from headwater.flow.live_log import Folders
from headwater.live.person import Person
from headwater.live.reader import LiveReader
from headwater.personalise.bandit import Arm
from headwater.personalise.decide import Context, Known, decide
from headwater.personalise.decision import Decision
from headwater.personalise.placements import Placement
from headwater.privacy.labels import Label
from headwater.profiles.show import read_identifier

EXAMPLES: Mapping[ValueType | None, str] = {
    ValueType.NUMBER: "a number, like 3",
    ValueType.BOOLEAN: "true or false",
    ValueType.INSTANT: "a day or moment, like 2026-03-01",
    ValueType.TEXTS: "texts with commas between them",
}
_READERS: dict[Path, LiveReader] = {}
_READING = threading.Lock()


@dataclass(frozen=True)
class Previewed:
    """What would be shown; `rule`: from 1, the one that fits. `hides`: it would tell what the role does not see."""

    variant: str
    content: str
    reason: str
    rule: int | None
    chance: float
    hides: bool = False


def found(name: str, given: Given) -> Placement:
    """The placement of this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in given.definitions.placements:
        raise NotFoundError("placement", name, list(given.definitions.placements))
    return given.definitions.placements[name]


def _for_a_person(given: Given, name: str, identifier: str) -> Previewed:
    """What a placement would show a person now, with what the live store knows of them.

    Raises:
        NotFoundError: there is no such placement. NobodyError: nobody has that identifier. UserError: it is none, or nobody is
            known live yet.
    """
    placement = found(name, given)
    node = read_identifier(identifier.strip())
    with _READING:
        reader = _reader(given)
        person = reader.find([node])
        known = _known(reader)
    if not person.key:
        folders = Folders.of(given.project.root)
        if not (folders.bases.exists() or folders.store.exists()):
            raise UserError(
                "nobody is known live yet", next_step="live profiles come to be with `headwater serve`"
            )
        raise NobodyError(node[0])
    return _previewed(person, placement, known, given)


def _for_a_stranger(
    given: Given,
    name: str,
    number: int,
    audiences: tuple[str, ...],
    consent: str,
    traits: tuple[tuple[str, str], ...] = (),
) -> Previewed:
    """What it would show somebody made up: who stands so on its purpose, is in these audiences, and has these traits.

    Args:
        given: by what it is decided.
        name: of the placement.
        number: who they are: another number is somebody else, for whom a draw may come out otherwise.
        audiences: that they are in.
        consent: `granted`, `denied`, or empty: they said nothing.
        traits: by name, as they are written.

    Raises:
        NotFoundError: there is no such placement. UserError: a trait cannot be so.
    """
    placement = found(name, given)
    now = datetime.now(UTC)
    consents = {placement.purpose: consent} if consent else {}
    types = vocabulary_of(given).traits
    person = Person(
        f"stranger {number}",
        traits={trait: _value(trait, said.strip(), types.get(trait)) for trait, said in traits},
        audiences=dict.fromkeys(audiences, now),
        consents=consents,
    )
    known = known_live(given)
    return _previewed(person, placement, known, given, is_made_up=True)


def _value(trait: str, said: str, kind: ValueType | None) -> Value:
    """A trait's value as it is written.

    Raises:
        UserError: it can be no value of this type.
    """
    try:
        match kind:
            case ValueType.NUMBER:
                return float(said)
            case ValueType.BOOLEAN:
                return {"true": True, "false": False}[said.casefold()]
            case ValueType.INSTANT:
                at = datetime.fromisoformat(said)
                return at if at.tzinfo else at.replace(tzinfo=UTC)
            case ValueType.TEXTS:
                return tuple(each.strip() for each in said.split(","))
            case _:
                return said
    except (ValueError, KeyError):
        raise UserError(f"{trait} cannot be “{said}”", next_step=f"write {EXAMPLES[kind]}") from None


def _previewed(
    person: Person, placement: Placement, known: Known, given: Given, *, is_made_up: bool = False
) -> Previewed:
    context = Context(given.project, Clock(given.project.clock.zone), is_public=False, known=known)
    (decision,) = decide(person, [placement.name], given.definitions.placements, context)
    labels = frozenset[Label]().union(*placement.request.fields.values())
    if not is_made_up and not labels <= given.caller.labels:
        return Previewed("", "", "", None, 0.0, hides=True)
    return _shown(decision)


def _shown(decision: Decision) -> Previewed:
    rule = None if decision.rule is None else decision.rule + 1
    return Previewed(
        decision.variant, as_json(decision.content), decision.reason.value, rule, decision.propensity
    )


def known_live(given: Given) -> Known:
    """What bandits know now."""
    with _READING:
        return _known(_reader(given))


def _reader(given: Given) -> LiveReader:
    """The live profiles of a project, which a process opens once; whoever asks holds `_READING`."""
    root, seals = given.project.root, given.workspace.seals
    if root not in _READERS:
        _READERS[root] = _opened(root, seals)
    _READERS[root].refresh()
    return _READERS[root]


def _opened(root: Path, seals: Seals) -> LiveReader:
    folders = Folders.of(root)
    return LiveReader(folders.store, folders.bases, seals)


def _known(reader: LiveReader) -> Known:
    known: dict[tuple[str, str], dict[str, Arm]] = {}
    for (placement, variant), (n_shown, n_rewarded) in reader.counts().items():
        name, _, segment = placement.partition("\n")
        known.setdefault((name, segment), {})[variant] = Arm(n_shown, n_rewarded)
    return known


def as_json(content: object) -> str:
    """Content as its file says it, as text."""
    return json.dumps(content, ensure_ascii=False, indent=2)


PREVIEW = Question(
    "console placement preview",
    Action.SEE_PEOPLE,
    _for_a_person,
    seconds=0.0,
    about=lambda name, identifier: (name, identifier.strip()),
    counts=lambda _: {"seen": 1},
)
SUPPOSED = Question("console placement supposed", Action.SEE_COUNTS, _for_a_stranger, seconds=0.0)
