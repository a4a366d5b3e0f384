"""Conditions that compare people, answered for single profiles: evaluated for all, and noted in the histories.

Reads what `evaluate` reads. `with_met` comes before anything that asks a rule's Python side about such histories.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from headwater.audiences.evaluate import Named, Tables, evaluate, referred
from headwater.audiences.history import History
from headwater.audiences.rule import Rule, SetCondition, conditions


@dataclass(frozen=True)
class _Asked:
    rule: Rule


def with_met(
    histories: Mapping[int, History],
    rules: Iterable[Rule],
    tables: Tables,
    audiences: Mapping[str, Named] | None = None,
) -> dict[int, History]:
    """The histories, by profile id, with the conditions met of those that compare people.

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
    found = evaluate({**others, **named}, tables)
    members = {
        each: set(found.members(f"condition {number}").tolist()) for number, each in enumerate(compared)
    }
    return {
        profile_id: replace(history, met=frozenset(each for each in compared if profile_id in members[each]))
        for profile_id, history in histories.items()
    }
