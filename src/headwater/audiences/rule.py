"""What a rule is: a tree whose leaves are conditions and whose branches are all, any and not.

Trees are frozen and compare by content, so that equal conditions of many audiences are evaluated once. Each condition
has one meaning in two forms, `to_sql` over all profiles and `matches` over one, which must agree.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.happenings import Happenings
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.scope import Scope
from headwater.audiences.turning import first_turn
from headwater.audiences.values import Value
from headwater.core.clock import Clock
from headwater.engine.bitmaps import Bits, Ids
from headwater.engine.engine import Engine

MOST_LEVELS = 20


class Condition(ABC):
    """One question about a profile, answered yes or no, never unknown. Subclasses are frozen dataclasses."""

    @abstractmethod
    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""

    @abstractmethod
    def describe(self) -> str:
        """In words, from which it could be written again."""

    @abstractmethod
    def needs(self) -> Needs:
        """What it looks at: the scope it is given holds that and no more."""

    @abstractmethod
    def to_sql(self, scope: Scope) -> exp.Select:
        """The column `profile_id` of those who meet it; repeats do no harm."""

    def to_bits(self, columns: Columns) -> Bits | None:
        """The set of those who meet it, from coded columns; None where only SQL tells."""
        return None

    @abstractmethod
    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it."""

    @abstractmethod
    def seen(self, history: History, clock: Clock) -> str:
        """What it found in one profile, in words."""

    def refusal(self, dialect: str) -> str:
        """Why an engine that speaks a dialect cannot be asked; empty: it can be."""
        return ""

    def lacks(self, history: History, clock: Clock) -> str:
        """The nearest change that would turn the answer for one profile, in words; empty: none, or none known."""
        return ""

    def edges(self, history: History, clock: Clock) -> Iterable[datetime] | None:
        """All instants after now at which the answer for one profile may turn if nothing more happens; None: not known.

        There may be others among them, and repeats. Traits, memberships and lists are taken to stay as they are; of the
        history, nothing is after now.
        """
        return None

    def turned_by(self) -> tuple[Happenings, ...] | None:
        """The happenings of which nothing but their windows can turn the answer as time passes; None: other things can, too."""
        return None

    def turns_at(self, history: History, clock: Clock) -> datetime | None:
        """The first instant at which it does turn; None: never, or not known."""
        past = history.until(clock.now())
        edges = self.edges(past, clock)
        return None if edges is None else first_turn(self.matches, edges, past, clock)


class SetCondition(Condition):
    """A condition that depends on other profiles: the history of one says which of these it meets (see `met`).

    Attributes:
        is_free: a person wrote its SQL, so it may fail, and may take no longer than the engine allows.
    """

    is_free: ClassVar[bool] = False

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it, as its history was told."""
        return self in history.met

    def seen(self, history: History, clock: Clock) -> str:
        """Whether it does."""
        return "is among them" if self in history.met else "is not among them"

    def bar(self, members: Ids, engine: Engine) -> Value:
        """The value from which on profiles meet it, of those who do; None: it asks for no value."""
        return None


@dataclass(frozen=True)
class All:
    """Those who meet every one of these."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Any:
    """Those who meet at least one of these."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    """Those who do not meet this."""

    rule: Rule


Rule = All | Any | Not | Condition


def conditions(rule: Rule) -> Iterator[Condition]:
    """The leaves of a rule, from left to right, with repeats."""
    match rule:
        case All(rules) | Any(rules):
            for inner in rules:
                yield from conditions(inner)
        case Not(inner):
            yield from conditions(inner)
        case _:
            yield rule


def needs_of(rule: Rule) -> Needs:
    """What a rule looks at."""
    found = Needs()
    for condition in conditions(rule):
        found |= condition.needs()
    return found


def to_data(rule: Rule) -> dict[str, object]:
    """The YAML that says a rule: parsing it gives an equal one."""
    match rule:
        case All(rules):
            return {"all": [to_data(inner) for inner in rules]}
        case Any(rules):
            return {"any": [to_data(inner) for inner in rules]}
        case Not(inner):
            return {"not": to_data(inner)}
        case _:
            return rule.to_data()


def describe(rule: Rule) -> str:
    """A rule in plain English, from which it could be written again."""
    match rule:
        case All(rules):
            return _joined(rules, "and")
        case Any(rules):
            return _joined(rules, "or")
        case Not(inner):
            return f"not ({describe(inner)})"
        case _:
            return rule.describe()


def matches(rule: Rule, history: History, clock: Clock) -> bool:
    """Whether one profile is taken in by a rule."""
    match rule:
        case All(rules):
            return all(matches(inner, history, clock) for inner in rules)
        case Any(rules):
            return any(matches(inner, history, clock) for inner in rules)
        case Not(inner):
            return not matches(inner, history, clock)
        case _:
            return rule.matches(history, clock)


def fingerprint(rule: Rule) -> str:
    """32 hexadecimal digits that change when the rule's meaning does; the same in every process and release."""
    canonical = json.dumps(to_data(rule), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _joined(rules: tuple[Rule, ...], word: str) -> str:
    parts = [f"({describe(inner)})" if isinstance(inner, (All, Any)) else describe(inner) for inner in rules]
    return (
        f" {word} ".join(parts) if len(parts) > 1 else f"{'all' if word == 'and' else 'any'} of ({parts[0]})"
    )
