"""What is asked on a page, as its address says it: each field as it was chosen or typed; an address is the whole question.

/explore?did=purchase&by=week&split=category&where.revenue.at_least=20&last=90+days&audience=coffee_lovers
/explore/funnel?step1=page&step2=purchase&step2.where.category.equals=COFFEE&lasting=7+days
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from headwater.audiences.comparison import comparisons
from headwater.collect.enriching.personal_data import without_personal_data
from headwater.core.errors import UserError
from headwater.explore.question import FEWEST_STEPS, MOST_STEPS, TOP

MOST_FILTERS = 8
EVER, BETWEEN = "ever", "between"
_WHERE = re.compile(r"where\.(.+)\.([a-z_]+)")
_STEP = re.compile(r"step(\d{1,2})(?:\.(.+))?")


@dataclass(frozen=True)
class Filter:
    """A property, a comparison, and with what, as it was typed. Without a name or a value it says nothing yet."""

    name: str = ""
    comparison: str = "equals"
    value: str = ""

    @property
    def says_something(self) -> bool:
        """Whether it is whole."""
        return bool(self.name and self.value)


@dataclass(frozen=True)
class Events:
    """Events of one name that pass filters."""

    did: str = ""
    where: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Span:
    """When: `last` so long, like "90 days"; "ever"; or "between" two days, of which each may be left out."""

    last: str = "90 days"
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class TrendAsked:
    """Counts over time. `split`: a property, or a trait as `trait:city`."""

    events: Events = Events()
    span: Span = Span()
    by: str = "week"
    count: str = "events"
    of: str = ""
    split: str = ""
    top: str = str(TOP)
    audience: str = ""

    def address(self) -> str:
        """Where it is asked."""
        said = {"did": self.events.did, **_where("", self.events), **_span(self.span), "by": self.by}
        said |= {"count": self.count, "of": self.of if self.count == "sum" else "", "split": self.split}
        said |= {"top": self.top if self.split else "", "audience": self.audience}
        return _address("/explore", said)


@dataclass(frozen=True)
class FunnelAsked:
    """How many reach each step. `audiences`: each by itself; none: everybody."""

    steps: tuple[Events, ...] = (Events(), Events())
    span: Span = Span()
    lasting: str = "7 days"
    audiences: tuple[str, ...] = ()

    def address(self) -> str:
        """Where it is asked."""
        said: dict[str, str] = {}
        for number, step in enumerate(self.steps, start=1):
            said |= {f"step{number}": step.did, **_where(f"step{number}.", step)}
        said |= {"lasting": self.lasting or EVER, **_span(self.span), "audiences": " ".join(self.audiences)}
        return _address("/explore/funnel", said)


@dataclass(frozen=True)
class TraitsAsked:
    """What is special about an audience, against everybody or (`against`) another one."""

    audience: str = ""
    against: str = ""
    top: str = "10"

    def address(self) -> str:
        """Where it is asked."""
        said = {"audience": self.audience, "against": self.against, "top": self.top}
        return _address("/explore/traits", said)


Asked = TrendAsked | FunnelAsked | TraitsAsked


def trend_of(query: Mapping[str, str], event: str) -> TrendAsked:
    """What an address asks; `event`: that is meant where it names none."""
    begin = TrendAsked()
    return TrendAsked(
        Events(query.get("did", event), _filters(query, "")),
        _span_of(query),
        query.get("by", begin.by),
        query.get("count", begin.count),
        query.get("of", ""),
        query.get("split", ""),
        query.get("top", begin.top),
        query.get("audience", ""),
    )


def funnel_of(query: Mapping[str, str], events: tuple[str, ...]) -> FunnelAsked:
    """What an address asks; `events`: the steps that are meant where it names none."""
    numbers = {int(found[1]) for key in query if (found := _STEP.fullmatch(key))}
    steps = tuple(
        Events(query.get(f"step{number}", ""), _filters(query, f"step{number}."))
        for number in sorted(numbers)[:MOST_STEPS]
    )
    steps = steps or tuple(Events(each) for each in events)
    steps += (Events(),) * (FEWEST_STEPS - len(steps))
    lasting = query.get("lasting", FunnelAsked().lasting)
    audiences = tuple(query.get("audiences", "").split())
    return FunnelAsked(steps, _span_of(query), "" if lasting == EVER else lasting, audiences)


def traits_of(query: Mapping[str, str], audience: str) -> TraitsAsked:
    """What an address asks; `audience`: that is meant where it names none."""
    begin = TraitsAsked()
    return TraitsAsked(query.get("audience", audience), query.get("against", ""), query.get("top", begin.top))


def expect_nobody(asked: Asked) -> None:
    """Go on only if nothing that was typed names a person: an address goes round, and stands in logs.

    Raises:
        UserError: there is an e-mail address or the number of a card in it.
    """
    for each in _filters_in(asked):
        if without_personal_data(each.value) != each.value:
            raise UserError(
                f"what '{each.name}' is compared with names a person, and would be part of the address",
                next_step="look for somebody on the page Profiles",
            )


def _filters_in(asked: Asked) -> Iterator[Filter]:
    match asked:
        case TrendAsked(events=events):
            yield from events.where
        case FunnelAsked(steps=steps):
            for each in steps:
                yield from each.where


def with_filter(events: Events, at: int, to: Filter | None) -> Events:
    """The same events with another filter at a place; None: without it; at the end: with one more."""
    where = (*events.where[:at], *((to,) if to else ()), *events.where[at + 1 :])
    return replace(events, where=where)


def _address(path: str, said: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{path}?{query}" if query else path


def _where(before: str, events: Events) -> dict[str, str]:
    return {
        f"{before}where.{each.name}.{each.comparison}": each.value
        for each in events.where
        if each.says_something
    }


def _filters(query: Mapping[str, str], before: str) -> tuple[Filter, ...]:
    named = [(key.removeprefix(before), value) for key, value in query.items() if key.startswith(before)]
    found = [(_WHERE.fullmatch(key), value) for key, value in named]
    return tuple(Filter(key[1], key[2], value) for key, value in found if key and key[2] in comparisons())[
        :MOST_FILTERS
    ]


def _span(span: Span) -> dict[str, str]:
    return {"last": span.last} | ({"since": span.since, "until": span.until} if span.last == BETWEEN else {})


def _span_of(query: Mapping[str, str]) -> Span:
    return Span(query.get("last", Span().last), query.get("since", ""), query.get("until", ""))
