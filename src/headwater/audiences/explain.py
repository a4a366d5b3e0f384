"""Why a profile is in an audience, or is not: each part of the rule, whether it passed, what was seen, which events are
behind it, and what would turn the answer.

Reads one profile's events, traits and memberships, and asks the rule's Python side. Audiences that the rule refers to are
explained by their own rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce

from sqlglot import exp

from headwater.audiences.evaluate import Named, Tables, referred
from headwater.audiences.happenings import happenings_in
from headwater.audiences.history import Happened, History, read_histories
from headwater.audiences.met import with_met
from headwater.audiences.needs import Needs
from headwater.audiences.rule import All, Any, Condition, Not, Rule, conditions, matches, needs_of
from headwater.audiences.turning import first_turn
from headwater.audiences.values import Value
from headwater.core.clock import Clock
from headwater.core.errors import UserError
from headwater.engine.query import column, literal

MOST_BEHIND = 3
Audiences = Mapping[str, Named]


@dataclass(frozen=True)
class Behind:
    """An event that counted, with the properties that the condition reads."""

    event: str
    occurred_at: datetime
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """One part of a rule.

    Attributes:
        text: what it asks, in words.
        passed: whether the profile meets it.
        seen: what was found.
        parts: its own parts, or the rule of the audience it names.
        behind: the newest events that counted.
        lacks: the nearest change that would turn the answer; empty: none known.
        turns_at: of the whole rule: when the answer turns if nothing more happens; None: never, or not known.
    """

    text: str
    passed: bool
    seen: str = ""
    parts: tuple[Explanation, ...] = ()
    behind: tuple[Behind, ...] = ()
    lacks: str = ""
    turns_at: datetime | None = None


def explain(
    profile_id: int, audience: Named, workspace: Tables, audiences: Audiences | None = None
) -> Explanation:
    """Why a profile is in an audience, or is not.

    Audiences it refers to are judged anew, if they are among `audiences`; of others the stored membership counts.
    Computed traits stay as they are when `turns_at` is worked out.

    Raises:
        UserError: there is no such profile.
    """
    engine, clock, known = workspace.engine, workspace.clock, audiences or {}
    wanted = (
        exp.select("profile_id").from_("profiles").where(column("profile_id").eq(literal(int(profile_id))))
    )
    if not engine.table(wanted.sql(engine.dialect)).num_rows:
        raise UserError(
            "there is no such profile", next_step="profiles may have merged: look it up by an identifier"
        )
    rules = [audience.rule, *(known[name].rule for name in referred([audience.rule], known))]
    histories = read_histories([profile_id], engine, reduce(Needs.__or__, map(needs_of, rules)))
    history = with_met(histories, [audience.rule], workspace, known)[profile_id]
    found = explain_rule(audience.rule, _with_current(history, audience.rule, known, clock), clock, known)
    return replace(found, turns_at=turns_at(audience.rule, history, clock, known))


def explain_rule(
    rule: Rule, history: History, clock: Clock, audiences: Audiences | None = None
) -> Explanation:
    """Why a history passes a rule, or does not."""
    known = audiences or {}
    match rule:
        case All(rules):
            parts = tuple(explain_rule(inner, history, clock, known) for inner in rules)
            return Explanation("all of", all(part.passed for part in parts), _n_passed(parts), parts)
        case Any(rules):
            parts = tuple(explain_rule(inner, history, clock, known) for inner in rules)
            return Explanation("any of", any(part.passed for part in parts), _n_passed(parts), parts)
        case Not(inner):
            part = explain_rule(inner, history, clock, known)
            return Explanation("not", not part.passed, parts=(part,))
        case _:
            return _condition(rule, history, clock, known)


def turns_at(rule: Rule, history: History, clock: Clock, audiences: Audiences) -> datetime | None:
    """When the answer of a whole rule turns if nothing more happens; None: never, or not known.

    It is not known where a condition of it does not know when it turns itself.
    """
    past = history.until(clock.now())
    edges: set[datetime] = set()
    for leaf in _leaves(rule, audiences):
        own = leaf.edges(past, clock)
        if own is None:
            return None
        edges.update(own)
    return first_turn(
        lambda held, present: matches(rule, _with_current(held, rule, audiences, present), present),
        edges,
        past,
        clock,
    )


def _condition(rule: Condition, history: History, clock: Clock, known: Audiences) -> Explanation:
    named = sorted(rule.needs().audiences & known.keys())
    return Explanation(
        rule.describe(),
        rule.matches(history, clock),
        rule.seen(history, clock),
        tuple(explain_rule(known[name].rule, history, clock, known) for name in named),
        tuple(_behind(rule, history, clock)),
        rule.lacks(history, clock),
    )


def _behind(rule: Condition, history: History, clock: Clock) -> Iterator[Behind]:
    """The newest events that a condition counts, with what it reads of them."""
    counted = {event.occurred_at: event for each in happenings_in(rule) for event in each.of(history, clock)}
    reads = rule.needs().events
    for moment in sorted(counted, reverse=True)[:MOST_BEHIND]:
        event: Happened = counted[moment]
        values = {read.name: event.value(read) for read in sorted(reads.get(event.event, ()))}
        yield Behind(event.event, moment, values)


def _leaves(rule: Rule, audiences: Audiences) -> Iterator[Condition]:
    """The conditions of a rule and of the audiences it refers to, to the end."""
    for condition in conditions(rule):
        yield condition
        for name in condition.needs().audiences & audiences.keys():
            yield from _leaves(audiences[name].rule, audiences)


def _n_passed(parts: tuple[Explanation, ...]) -> str:
    return f"{sum(part.passed for part in parts)} of {len(parts)}"


def _with_current(history: History, rule: Rule, audiences: Audiences, clock: Clock) -> History:
    """The history with its memberships as the rules of `audiences` have them, as far as `rule` refers to them."""
    for name in sorted(needs_of(rule).audiences & audiences.keys()):
        other = audiences[name].rule
        history = _with_current(history, other, audiences, clock)
        others = history.audiences - {name}
        is_in = matches(other, history, clock)
        history = replace(history, audiences=others | {name} if is_in else others)
    return history
