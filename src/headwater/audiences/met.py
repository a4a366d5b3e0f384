"""Conditions that compare people, answered for single profiles: evaluated for all, and noted in the histories.

Reads what `evaluate` reads. `with_met` comes before anything that asks a rule's Python side about such histories.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace

from headwater.audiences.evaluate import Evaluation, Named, Tables, evaluate, referred
from headwater.audiences.history import History
from headwater.audiences.rule import Rule, SetCondition, conditions
from headwater.audiences.values import Value
from headwater.core.errors import RuleError


@dataclass(frozen=True)
class _Asked:
    rule: Rule


def with_met(
    histories: Mapping[int, History],
    rules: Iterable[Rule],
    tables: Tables,
    audiences: Mapping[str, Named] | None = None,
) -> dict[int, History]:
    """The histories, by profile id, with the conditions met of those that compare people, and their bars.

    Of these rules, and of the audiences they refer to, if they are among `audiences`; of others the stored members count.
    """
    known, given = audiences or {}, list(rules)
    asked = [*given, *(known[name].rule for name in referred(given, known))]
    compared = {each for rule in asked for each in conditions(rule) if isinstance(each, SetCondition)}
    if not compared:
        return dict(histories)
    # No file can have a name with a space, so these are free for the conditions themselves.
    named: dict[str, Named] = {f"condition {number}": _Asked(each) for number, each in enumerate(compared)}
    others = {name: known[name] for name in referred(compared, known)}
    found = evaluate({**others, **named}, tables, keeps_going=True)
    _check(found, compared, given, known)
    members = {
        each: set(found.members(f"condition {number}").tolist()) for number, each in enumerate(compared)
    }
    bars: dict[Hashable, Value] = {
        each: each.bar(found.members(f"condition {number}"), tables.engine)
        for number, each in enumerate(compared)
    }
    return {
        profile_id: replace(
            history, met=frozenset(each for each in compared if profile_id in members[each]), bars=bars
        )
        for profile_id, history in histories.items()
    }


def _check(
    found: Evaluation, compared: Iterable[SetCondition], given: Iterable[Rule], known: Mapping[str, Named]
) -> None:
    """See that every query gave an answer.

    Raises:
        RuleError: one did not; it says which audience's it is, if it is none of the given rules'.
    """
    own = {each for rule in given for each in conditions(rule)}
    for number, condition in enumerate(compared):
        error = found.failures.get(f"condition {number}")
        if error is None:
            continue
        whose = [name for name in sorted(known) if condition in set(conditions(known[name].rule))]
        if condition in own or not condition.is_free or not whose:
            raise error
        raise RuleError(f"audience {whose[0]}: {error.message}", next_step=error.next_step) from error
