"""Why a profile is in an audience, or is not: each part of the rule, whether it passed, and what was seen.

Reads one profile's events, traits and memberships, and asks the rule's Python side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from headwater.audiences.evaluate import Named, Tables
from headwater.audiences.history import History, read_histories
from headwater.audiences.met import with_met
from headwater.audiences.rule import All, Any, Not, Rule, matches, needs_of
from headwater.core.clock import Clock
from headwater.core.errors import UserError
from headwater.engine.query import column, literal


@dataclass(frozen=True)
class Explanation:
    """One part of a rule: what it asks in words, whether the profile passed, what was seen, and its own parts."""

    text: str
    passed: bool
    seen: str = ""
    parts: tuple[Explanation, ...] = ()


def explain(
    profile_id: int, audience: Named, workspace: Tables, audiences: Mapping[str, Named] | None = None
) -> Explanation:
    """Why a profile is in an audience, or is not.

    Audiences it refers to are judged anew, if they are among `audiences`; of others the stored membership counts.

    Raises:
        UserError: there is no such profile.
    """
    engine = workspace.engine
    wanted = (
        exp.select("profile_id").from_("profiles").where(column("profile_id").eq(literal(int(profile_id))))
    )
    if not engine.table(wanted.sql(engine.dialect)).num_rows:
        raise UserError(
            "there is no such profile", next_step="profiles may have merged: look it up by an identifier"
        )
    known = audiences or {}
    histories = read_histories([profile_id], engine)
    history = with_met(histories, [audience.rule], workspace, known)[profile_id]
    current = _with_current(history, audience.rule, known, workspace.clock)
    return explain_rule(audience.rule, current, workspace.clock)


def explain_rule(rule: Rule, history: History, clock: Clock) -> Explanation:
    """Why a history passes a rule, or does not."""
    match rule:
        case All(rules):
            parts = tuple(explain_rule(inner, history, clock) for inner in rules)
            return Explanation("all of", all(part.passed for part in parts), _n_passed(parts), parts)
        case Any(rules):
            parts = tuple(explain_rule(inner, history, clock) for inner in rules)
            return Explanation("any of", any(part.passed for part in parts), _n_passed(parts), parts)
        case Not(inner):
            part = explain_rule(inner, history, clock)
            return Explanation("not", not part.passed, parts=(part,))
        case _:
            return Explanation(rule.describe(), rule.matches(history, clock), rule.seen(history, clock))


def _n_passed(parts: tuple[Explanation, ...]) -> str:
    return f"{sum(part.passed for part in parts)} of {len(parts)}"


def _with_current(history: History, rule: Rule, audiences: Mapping[str, Named], clock: Clock) -> History:
    """The history with its memberships as the rules of `audiences` have them, as far as `rule` refers to them."""
    for name in sorted(needs_of(rule).audiences & audiences.keys()):
        other = audiences[name].rule
        history = _with_current(history, other, audiences, clock)
        others = history.audiences - {name}
        is_in = matches(other, history, clock)
        history = replace(history, audiences=others | {name} if is_in else others)
    return history
