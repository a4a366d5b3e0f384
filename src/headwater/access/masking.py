"""An answer as somebody may see it: what they may not see in the clear is masked, in this one place.

Reads what the answer's dataclasses say of their texts (`privacy/shown.py`), and the labels of traits and audiences. A masked
identifier becomes a *pseudonym*, `email:0hZ3kQ9xLmA4`: the same value always the same, so that two people can still be told apart
and one recognised; made with the project's index key, so that nobody can try out guesses without it, and by a key of its own, so
that it is not what stands in the tables. All else is hidden altogether: of few possible values, as of an income band, equality
alone would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from headwater.access.roles import Labels
from headwater.collect.enriching.personal_data import without_personal_data
from headwater.core.errors import Bug
from headwater.core.sealing.seals import Seals
from headwater.privacy.anonymity.counts import Counting, Crowd, Exact
from headwater.privacy.labels import Label
from headwater.privacy.shown import (
    BELOW_FLOOR,
    TOLD_BY,
    Counts,
    CountsInWords,
    IdentifierOf,
    OfAudience,
    OfTrait,
    Says,
)

EVERY_LABEL = frozenset(Label)
LENGTH = 12  # characters of a pseudonym: 72 bits
NOT_DECLARED = "(hidden: not declared)"
HIDDEN_COUNTS = "(hidden: counts)"
_SAYS_NOTHING = Says(EVERY_LABEL)


@dataclass(frozen=True)
class Known:
    """The labels of every trait and audience that a project declares; of one that is not here, nothing is known."""

    traits: Mapping[str, Labels] = field(default_factory=dict)
    audiences: Mapping[str, Labels] = field(default_factory=dict)


@dataclass(frozen=True)
class Mask:
    """What hides from somebody what they may not see.

    Attributes:
        sees: the labels that are shown in the clear.
        seals: gives what makes pseudonyms; asked when one is made first.
        known: gives what is known of traits and audiences; asked when one is shown.
        counting: gives what counts of people are shown by; asked when there is one.
    """

    sees: Labels
    seals: Callable[[], Seals]
    known: Callable[[], Known]
    counting: Callable[[], Counting] = Exact

    def shown(self, answer: object, kind: Any, beside: object = None, place: str = "") -> object:
        """An answer as plain data, masked.

        Args:
            answer: what is answered.
            kind: its type: what it says of its texts counts, not what stands in them.
            beside: what the answer is a field of.
            place: the name of that field, with that of what it is in.

        Raises:
            Bug: a type that says nothing of what it holds.
        """
        counts = _counts(kind)
        kind, says = _said(kind, answer)
        if isinstance(answer, Crowd):
            return _told(self.counting().crowd(answer.people))
        if counts and isinstance(answer, int):
            return _told(self.counting().number(answer, place))
        if answer is None or isinstance(answer, (bool, int, float, date, Enum)):
            return answer
        if isinstance(answer, str):
            return (
                answer if get_origin(kind) is Literal else self._text(answer, says or _SAYS_NOTHING, beside)
            )
        if is_dataclass(answer) and is_dataclass(kind):
            hints = _hints(answer.__class__)
            return {
                each.name: self.shown(
                    getattr(answer, each.name),
                    hints[each.name],
                    answer,
                    f"{type(answer).__name__}.{each.name}",
                )
                for each in fields(answer)
            }
        if isinstance(answer, Mapping):
            key, value = get_args(kind)
            return {
                self.shown(name, key, beside): self.shown(each, value, beside, f"{place}.{name}")
                for name, each in answer.items()
            }
        if isinstance(answer, Sequence):
            kinds = _kinds_of(kind, len(answer))
            return [
                self.shown(each, one, beside, place)
                for each, one in zip(answer, kinds, strict=True)
                if self._is_told(each)
            ]
        raise Bug(f"an answer holds a {type(answer).__name__}, of which nothing is said")

    def _is_told(self, answer: object) -> bool:
        """Whether something may be told of at all: that it is there tells that its count is not nothing."""
        name = getattr(type(answer), TOLD_BY, "")
        place = f"{type(answer).__name__}.{name}"
        return not name or self.counting().number(getattr(answer, name), place) is not None

    def _text(self, text: str, says: Says, beside: object) -> str:
        if isinstance(says, CountsInWords) and not isinstance(self.counting(), Exact):
            return HIDDEN_COUNTS
        labels = self._labels(text, says, beside)
        if labels is None:
            return text if self.sees >= EVERY_LABEL else NOT_DECLARED
        hidden = labels - self.sees
        if not hidden:
            return text if Label.IDENTIFIER in self.sees else without_personal_data(text)
        kind = _kind(says, beside)
        if kind and hidden == {Label.IDENTIFIER} and Label.PSEUDONYM in self.sees:
            return pseudonym(kind, text, self.seals())
        return f"(hidden: {', '.join(sorted(hidden))})"

    def _labels(self, text: str, says: Says, beside: object) -> Labels | None:
        """What a text carries; None: nobody knows."""
        if isinstance(says, OfTrait):
            return self.known().traits.get(getattr(beside, says.name_in))
        if isinstance(says, OfAudience):
            return self.known().audiences.get(text)
        return says.labels


def pseudonym(kind: str, value: str, seals: Seals) -> str:
    """What stands for an identifier where it is not shown; `value`: normalised."""
    return f"{kind}:{seals.index_text(value, f'masked {kind}')[:LENGTH]}"


def _kind(says: Says, beside: object) -> str:
    """The kind of identifier that a text is, as far as a field beside it says so."""
    place = (
        says.kind_in if isinstance(says, IdentifierOf) else says.name_in if isinstance(says, OfTrait) else ""
    )
    return str(getattr(beside, place)) if place else ""


def _told(count: int | None) -> object:
    return BELOW_FLOOR if count is None else count


def _counts(kind: Any) -> bool:
    """Whether a type says that it counts people, itself or one of its alternatives."""
    if get_origin(kind) in (Union, UnionType):
        return any(_counts(each) for each in get_args(kind))
    return get_origin(kind) is Annotated and any(isinstance(each, Counts) for each in kind.__metadata__)


def _said(kind: Any, answer: object) -> tuple[Any, Says | None]:
    """The type itself, of alternatives that of the answer; and what is said of it."""
    says: Says | None = None
    while True:
        if get_origin(kind) is Annotated:
            says = next((each for each in kind.__metadata__ if isinstance(each, Says)), says)
            kind = kind.__origin__
        elif get_origin(kind) in (Union, UnionType):
            kind = next(each for each in get_args(kind) if _is_of(answer, each))
        else:
            return kind, says


def _is_of(answer: object, kind: Any) -> bool:
    """Whether an answer is of an alternative."""
    bare = kind.__origin__ if get_origin(kind) is Annotated else kind
    bare = get_origin(bare) or bare
    wanted = (int, float) if bare is float else bare
    return isinstance(answer, NoneType if bare is None else wanted)


def _kinds_of(kind: Any, n: int) -> Sequence[Any]:
    """The type of each of a sequence's members."""
    inner = get_args(kind)
    if not inner:
        raise Bug("an answer holds a sequence, of whose members nothing is said")
    return (inner[0],) * n if len(inner) == 1 or inner[1] is Ellipsis else inner


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)
