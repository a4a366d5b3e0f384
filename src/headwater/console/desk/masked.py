"""An answer as whoever asks may see it, in its own dataclasses: what `access.masking` gives as plain data, put back together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

from headwater.access.masking import Mask
from headwater.api.masks import labels_declared
from headwater.console.desk.question import Given
from headwater.privacy.shown import BELOW_FLOOR

T = TypeVar("T")


def masked(answer: T, given: Given, kind: Any = None) -> T:
    """The same with everything hidden that the caller may not see; a count that may not be shown is None.

    `kind`: the type of the answer, where its class does not say of what it holds, as of a tuple.
    """
    with given.counting() as counting:
        mask = Mask(
            given.caller.labels,
            lambda: given.workspace.seals,
            lambda: labels_declared(given.definitions),
            lambda: counting,
        )
        return cast("T", _again(mask.shown(answer, kind or type(answer)), answer))


def _again(told: object, like: Any) -> object:
    """Plain data as what it was made of."""
    if told == BELOW_FLOOR:
        return None
    if isinstance(told, Mapping) and is_dataclass(like):
        made: Any = type(like)
        return made(
            **{
                each.name: _again(told[each.name], getattr(like, each.name))
                for each in fields(like)
                if each.init
            }
        )
    if isinstance(told, Mapping):
        return {
            name: _again(each, one) for (name, each), one in zip(told.items(), like.values(), strict=True)
        }
    if isinstance(told, Sequence) and not isinstance(told, str):
        # What may not be told of at all is left out: then one is as good as another to say what they are.
        patterns = like if len(told) == len(like) else [like[0]] * len(told)
        return tuple(_again(each, one) for each, one in zip(told, patterns, strict=True))
    return told
