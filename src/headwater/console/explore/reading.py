"""What was asked on a page as a question that `explore/` answers: typed texts become values of the types that files know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from headwater.audiences.comparison import comparisons
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.console.explore.asked import BETWEEN, EVER, Events, FunnelAsked, Span, TrendAsked
from headwater.core.documents import Document
from headwater.core.errors import Problem, ProjectError, UserError
from headwater.explore.question import Funnel, Trend, read_funnel, read_trend

TRAIT = "trait:"
T = TypeVar("T")
_LISTS = ("one_of", "between", "contains_any", "contains_all")
_TEXTS = ("contains", "starts_with", "matches", "contains_any", "contains_all")


def read_trend_asked(asked: TrendAsked, vocabulary: Vocabulary) -> Trend:
    """The question.

    Raises:
        UserError: no event is chosen. ProjectError: with all that is wrong with it.
    """
    said = _events(asked.events, vocabulary) | _within(asked.span) | {"by": asked.by, "count": asked.count}
    if asked.count == "sum":
        said["of"] = asked.of
    if asked.split:
        is_trait = asked.split.startswith(TRAIT)
        said |= {"split_trait" if is_trait else "split": asked.split.removeprefix(TRAIT)}
        said["top"] = value_of(asked.top, ValueType.NUMBER, "equals")
    if asked.audience:
        said["audience"] = asked.audience
    return _sound(read_trend(_document(said), vocabulary))


def read_funnel_asked(asked: FunnelAsked, vocabulary: Vocabulary) -> Funnel:
    """The question.

    Raises:
        UserError: an event is not chosen. ProjectError: with all that is wrong with it.
    """
    said: dict[str, object] = {"funnel": [_events(each, vocabulary) for each in asked.steps]}
    said |= _within(asked.span)
    if asked.lasting:
        said["lasting"] = asked.lasting
    if asked.audiences:
        said["audiences"] = list(asked.audiences)
    return _sound(read_funnel(_document(said), vocabulary))


def value_of(typed: str, kind: ValueType | None, comparison: str) -> object:
    """What was typed as a value of a type; of an unknown one as JSON has it, and else as text.

    >>> value_of("007", ValueType.TEXT, "equals"), value_of("7", None, "equals"), value_of("a, b", None, "one_of")
    ('007', 7, ['a', 'b'])
    """
    if comparison in _LISTS:
        return [value_of(each.strip(), kind, "equals") for each in typed.split(",") if each.strip()]
    if comparison not in comparisons() or comparison in _TEXTS:
        return typed
    if kind in (ValueType.TEXT, ValueType.TEXTS) and comparison != "exists":
        return typed
    try:
        value = json.loads(typed)
    except (ValueError, RecursionError):
        return typed
    return value if isinstance(value, (bool, int, float, str)) else typed


def _events(events: Events, vocabulary: Vocabulary) -> dict[str, object]:
    if not events.did:
        raise UserError("choose an event", next_step="what people do comes by sources and collectors")
    where: dict[str, dict[str, object]] = {}
    for each in events.where:
        if each.says_something:
            value = value_of(each.value, vocabulary.property_type(each.name), each.comparison)
            where.setdefault(each.name, {})[each.comparison] = value
    return {"did": events.did} | ({"where": where} if where else {})


def _within(span: Span) -> dict[str, object]:
    match span.last:
        case "" if not (span.since or span.until):
            return {}
        case _ if span.last == EVER:
            return {}
        case _ if span.last == BETWEEN:
            return _between(span)
    return {"within": {"last": span.last}}


def _between(span: Span) -> dict[str, object]:
    if span.since and span.until:
        return {"within": {"between": [span.since, span.until]}}
    if span.since:
        return {"within": {"since": span.since}}
    return {}


def _document(said: Mapping[str, object]) -> Document:
    return Document("the question", "", dict(said))


def _sound(found: T | Sequence[Problem]) -> T:
    if isinstance(found, list):
        raise ProjectError(found, next_step="change what is named above")
    return found  # type: ignore[return-value] # what is no list of problems is the question
