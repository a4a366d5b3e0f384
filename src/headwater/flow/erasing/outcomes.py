"""One record of the log of outcomes without some persons: their events, what was refused of them, where they moved.

An event is theirs if its strongest identifier is, or any that was not somebody else's when it came. One of somebody else stays
where it is; an erased identifier that stands aside in it goes from it, and so does what names the erased in a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import msgspec
from msgspec.structs import replace

from headwater.collect.outcome import Accepted, Moved, Outcome, Refused, fitted, packed, unpacked
from headwater.flow.erasing.named import Named

_OF_EVENT = ("identifiers", "previous", "traits")
"""What a refused event, kept as JSON, says of whom it is about."""


@dataclass
class Parted:
    """What is left of a record.

    Attributes:
        left: the outcomes that stay, in their order, each with whether it is otherwise than it was.
        n_changed: how many go, or stay otherwise.
        theirs: of accepted events that name somebody, by position, whether they go.
    """

    left: list[tuple[Outcome, bool]] = field(default_factory=list)
    n_changed: int = 0
    theirs: dict[int, bool] = field(default_factory=dict)


def part(payload: bytes, named: Named) -> Parted:
    """Look at a record.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    found = Parted()
    for each in unpacked(payload):
        left = _left(each, named)
        is_changed = left is not each
        found.n_changed += is_changed
        if left is not None:
            found.left.append((left, is_changed))
        if is_changed and isinstance(each, Accepted):
            found.theirs[each.position] = left is None
    return found


def theirs_in(payload: bytes, named: Named) -> list[Outcome]:
    """The outcomes of a record that are theirs.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return [each for each in unpacked(payload) if _left(each, named) is None]


def filled(parted: Parted, length: int) -> bytes:
    """What is left of a record, as many bytes long as it was."""
    left = list(parted.left)
    while (payload := fitted([each for each, _ in left], length)) is None:
        # Too little was taken out to fill the record up again: of what is otherwise than it was the last one goes whole.
        left.pop(max(place for place, (_, is_changed) in enumerate(left) if is_changed))
    return payload


def _left(outcome: Outcome, named: Named) -> Outcome | None:
    """What is left of an outcome; itself: nothing goes from it, None: all does."""
    if not named.may_name(packed([outcome])):
        return outcome
    if isinstance(outcome, Moved):
        is_theirs = any(named.kinds_in({kind: value}) for kind, value in outcome.identifiers)
        return None if is_theirs else outcome
    return _of_refused(outcome, named) if isinstance(outcome, Refused) else _of_accepted(outcome, named)


def _of_accepted(event: Accepted, named: Named) -> Accepted | None:
    kinds = named.kinds_in(event.identifiers)
    strongest = next(iter(event.identifiers), "")
    if any(kind == strongest or kind not in event.aside for kind in kinds) or named.holds(event.event_id):
        return None
    left = replace(
        event,
        event=named.without(event.event, as_long=True),
        identifiers={kind: value for kind, value in event.identifiers.items() if kind not in kinds},
        properties=cast("dict[str, object]", named.value_without(event.properties)),
        traits=cast("dict[str, object]", named.value_without(event.traits)),
        against_plan=[named.without(each, as_long=True) for each in event.against_plan],
        aside=[kind for kind in event.aside if kind not in kinds],
    )
    return event if left == event else left


def _of_refused(refused: Refused, named: Named) -> Refused | None:
    """A refused event of somebody else keeps what stands in it; of what came to no event it is not known whose it was."""
    event = _event_in(refused.raw)
    data = refused.raw.encode("utf-8", "surrogatepass")
    is_theirs = named.holds(refused.message_id) or (
        named.body_without(data) != data
        if event is None
        else any(_names(event.get(each), named) for each in _OF_EVENT)
    )
    if is_theirs:
        return None
    raw = named.json_without(data, as_long=True).decode("utf-8", "surrogatepass")
    left = replace(refused, raw=raw, event=named.without(refused.event, as_long=True))
    return refused if left == refused else left


def _event_in(raw: str) -> Mapping[str, object] | None:
    """A refused event, kept as JSON; None: it came to none, and what is kept of it is what came."""
    try:
        told = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return None
    return told if isinstance(told, dict) and {"kind", "identifiers"} <= told.keys() else None


def _names(told: object, named: Named) -> bool:
    texts = (
        {kind: value for kind, value in told.items() if isinstance(value, str)}
        if isinstance(told, dict)
        else {}
    )
    return bool(named.kinds_in(texts))
