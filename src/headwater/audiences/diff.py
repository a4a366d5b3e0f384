"""What a new rule would change before it is published: who would enter and leave, and by which condition.

Reads what `evaluate` reads. Writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headwater.audiences.chosen import Unsaved, referred
from headwater.audiences.evaluate import Evaluation, Named, Tables, evaluate
from headwater.audiences.rule import All, Any, Condition, Not, Rule, conditions, describe
from headwater.core.errors import RuleError
from headwater.engine.bitmaps import Bits, Ids, count


@dataclass(frozen=True)
class Reason:
    """A condition that decides for `n` of those who move; `rule`: old or new."""

    rule: str
    condition: str
    n: int


@dataclass(frozen=True, eq=False)
class Moved:
    """Those who would enter, or leave: some of their profile ids, ascending, and what decides, the most frequent first."""

    n: int
    sample: Ids
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, eq=False)
class Diff:
    """Two rules in words, how many people meet each and both, and who would move from the old to the new one."""

    old: str
    new: str
    old_size: int
    new_size: int
    n_stay: int
    enter: Moved
    leave: Moved


def diff(
    old: Rule, new: Rule, tables: Tables, known: Mapping[str, Named] | None = None, *, n_sample: int = 5
) -> Diff:
    """What would change if `new` took the place of `old`; audiences they refer to are taken from `known`.

    Someone enters because the first condition of the old rule that kept them out is gone, or, where it was all of its
    conditions together, because of the first condition of the new rule that lets them in; and the reverse for who
    leaves. A branch that decides only as a whole is named as a whole.

    Raises:
        RuleError: a query of `sql` in one of them fails.
    """
    found = _evaluated(old, new, tables, known or {})
    before, after = _bits(old, found), _bits(new, found)
    entering, leaving = after & ~before, before & ~after
    n_sample = max(0, n_sample)
    return Diff(
        describe(old),
        describe(new),
        count(before),
        count(after),
        count(before & after),
        Moved(
            count(entering),
            found.universe.members(entering)[:n_sample],
            _reasons(("old", old, False), ("new", new, True), entering, found),
        ),
        Moved(
            count(leaving),
            found.universe.members(leaving)[:n_sample],
            _reasons(("new", new, False), ("old", old, True), leaving, found),
        ),
    )


def _evaluated(old: Rule, new: Rule, tables: Tables, known: Mapping[str, Named]) -> Evaluation:
    """Every condition of both rules as a set of its own, under what it says.

    Raises:
        RuleError: the query of one fails; it says of which rule.
    """
    leaves: dict[str, Named] = {_key(each): Unsaved(each) for rule in (old, new) for each in conditions(rule)}
    found = evaluate({**referred(leaves, known), **leaves}, tables, keeps_going=True)
    for word, rule in (("new", new), ("old", old)):
        failed = [_key(each) for each in conditions(rule) if _key(each) in found.failures]
        if failed:
            error = found.failures[failed[0]]
            raise RuleError(f"the {word} rule: {error.message}", next_step=error.next_step) from error
    return found


def _key(condition: Condition) -> str:
    return f"condition {condition.to_data()!r}"  # no audience has a name with a space


def _bits(rule: Rule, found: Evaluation) -> Bits:
    match rule:
        case All(rules):
            bits = found.universe.all()
            for inner in rules:
                bits = bits & _bits(inner, found)
            return bits
        case Any(rules):
            bits = found.universe.none()
            for inner in rules:
                bits = bits | _bits(inner, found)
            return bits
        case Not(inner):
            return ~_bits(inner, found)
        case _:
            return found.sets[_key(rule)]


def _reasons(
    first: tuple[str, Rule, bool], second: tuple[str, Rule, bool], moving: Bits, found: Evaluation
) -> tuple[Reason, ...]:
    """What decides in the first rule; for those for whom only its whole does, in the second."""
    counted: Counter[tuple[str, str]] = Counter()
    for part, who in _deciding(first[1], first[2], moving, found):
        inner = [(first[0], part, who)]
        if not isinstance(part, Condition):
            inner = [(second[0], each, those) for each, those in _deciding(second[1], second[2], who, found)]
        for word, decided_by, those in inner:
            counted[word, describe(decided_by)] += count(those)
    return tuple(Reason(*key, n) for key, n in counted.most_common() if n)


def _deciding(rule: Rule, outcome: bool, who: Bits, found: Evaluation) -> Iterator[tuple[Rule, Bits]]:
    """Parts of a rule with those of `who` for whom each is the first that makes the outcome what it is."""
    match rule:
        case All(rules) | Any(rules) if len(rules) == 1:
            yield from _deciding(rules[0], outcome, who, found)
        case All(rules) | Any(rules) if outcome == isinstance(rule, Any):
            for inner in rules:
                bits = _bits(inner, found)
                decided = who & (bits if outcome else ~bits)
                yield from _deciding(inner, outcome, decided, found)
                who = who & ~decided
        case Not(inner):
            yield from _deciding(inner, not outcome, who, found)
        case _:
            yield rule, who
