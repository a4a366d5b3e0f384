"""Repairing refused events and playing them again, as commands do: first counted, then done.

Calls `flow/repair.py` and `flow/replay.py`, which read both logs and write the log of requests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from headwater.access.roles import Action
from headwater.collect.repairing import RepairFile
from headwater.console.desk.files import edited
from headwater.console.desk.question import Given, Question
from headwater.core.clock import read_instant
from headwater.core.documents import Document, parse_document
from headwater.core.errors import Problem, ProjectError, UserError
from headwater.flow.repair import Repaired, read_repair, repair
from headwater.flow.replay import Replayed, Wanted, replay

FILE = "the repair"
STEPS = {
    "rename": "rename a field",
    "change": "make it another type",
    "set": "set a value",
    "remove": "leave it out",
}
TYPES = {"number": "a number", "text": "a text", "boolean": "yes or no"}


def read(text: str) -> RepairFile:
    """A repair as somebody wrote it.

    Raises:
        ProjectError, UserError: it is none; with every problem in it.
    """
    document = parse_document(text.encode(), FILE)
    if isinstance(document, Problem):
        raise ProjectError([document], next_step="mend what is named above")
    if not isinstance(document.data, dict):
        raise UserError(
            "a repair says which events, and what to do to them", next_step="write `of:` and `repair:`"
        )
    return read_repair(document)


def about(text: str, source: str, reason: str, event: str) -> str:
    """A repair of other events than it says, or a new one: what is done to them stays as it is written."""
    of = {name: value for name, value in (("reason", reason), ("source", source), ("event", event)) if value}
    try:
        return edited(text, {"of": of}, FILE) if text.strip() else edited("", {"of": of, "repair": []})
    except UserError:  # what is written is no YAML: it is begun anew
        return edited("", {"of": of, "repair": []})


def with_step(text: str, kind: str, path: str, value: str) -> str:
    """A repair with one more step.

    Raises:
        UserError: the step lacks something, or the text is not YAML that holds keys and values.
    """
    path, value = path.strip(), value.strip()
    if not path:
        raise UserError("a step says which field", next_step="write properties.total, traits.age or name")
    if kind in ("rename", "change") and not value:
        raise UserError("a step says what becomes of the field", next_step="write its new place, or its type")
    document = parse_document(text.encode(), FILE)
    data = document.data if isinstance(document, Document) and isinstance(document.data, dict) else {}
    before = data.get("repair")
    steps = list(before) if isinstance(before, list) else []
    return edited(text, {"repair": [*steps, _step(kind, path, value)]}, FILE)


def _step(kind: str, path: str, value: str) -> Mapping[str, object]:
    match kind:
        case "remove":
            return {kind: [path]}
        case "set":
            return {kind: {path: _value(value)}}
        case _:
            return {kind: {path: value}}


def _value(said: str) -> object:
    """What was typed as a number or yes or no, if it is one; else the text."""
    try:
        found = json.loads(said)
    except ValueError:
        return said
    return found if isinstance(found, (str, bool, int, float)) else said


def _count_repair(given: Given, text: str) -> Repaired:
    return repair(read(text), given.workspace, given.definitions, only_count=True)


def _repair(given: Given, text: str) -> Repaired:
    return repair(read(text), given.workspace, given.definitions)


def wanted(given: Given, source: str, reason: str, since: str) -> Wanted:
    """Which refused events are to be played again.

    Raises:
        UserError: since when it is no moment.
    """
    try:
        at = read_instant(since, given.workspace.clock.zone) if since.strip() else None
    except ValueError:
        raise UserError(f"'{since}' is no moment", next_step="write 2026-11-01 or 2026-11-01T08:00") from None
    return Wanted(at, source, reason)


def _count_replay(given: Given, source: str, reason: str, since: str) -> Replayed:
    return replay(given.project, wanted(given, source, reason, since), only_count=True)


def _replay(given: Given, source: str, reason: str, since: str) -> Replayed:
    return replay(given.project, wanted(given, source, reason, since))


def _played(found: Repaired) -> Mapping[str, int]:
    return {"changed": found.n_played}


def _replayed(found: Replayed) -> Mapping[str, int]:
    return {"changed": found.n_events}


def _about(source: str, *_: object) -> tuple[str, ...]:
    return (source,) if source else ()


OPERATE = Action.OPERATE
COUNT_REPAIR = Question("console repair preview", OPERATE, _count_repair, seconds=0.0)
REPAIR = Question("console repair", OPERATE, _repair, seconds=0.0, counts=_played)
COUNT_REPLAY = Question("console replay preview", OPERATE, _count_replay, seconds=0.0, about=_about)
REPLAY = Question("console replay", OPERATE, _replay, seconds=0.0, about=_about, counts=_replayed)
