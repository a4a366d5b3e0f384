"""Examples that parts carry: a rule, the same in words, a person, and whether the rule takes them in.

The contract kit runs every example of every part, as SQL and in Python; documentation shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headwater.audiences.history import Happened, History
from headwater.core.clock import Clock

CLOCK = Clock(UTC, datetime(2017, 7, 1, 12, tzinfo=UTC))
"""The present of every example: noon of the first of July 2017, in UTC."""


@dataclass(frozen=True)
class Example:
    """`rule` is what YAML says under `rule:`, `text` its description, `takes_in` whether the person is a member.

    `others`: who else there is, for rules that compare people. The person's profile id is 1, theirs are 2, 3, …
    """

    rule: Mapping[str, object]
    text: str
    person: History
    takes_in: bool
    others: tuple[History, ...] = ()


def bought(days_ago: float = 1, **properties: object) -> Happened:
    """A purchase so many days before the examples' present."""
    return Happened("purchase", CLOCK.now() - timedelta(days=days_ago), properties)


def person(
    *events: Happened,
    audiences: tuple[str, ...] = (),
    lists: tuple[str, ...] = (),
    **traits: str | float | bool | datetime | tuple[str, ...],
) -> History:
    """Someone who did this, has these traits and is in these audiences and on these lists."""
    return History(events, traits, frozenset(audiences), profile_id=1, lists=frozenset(lists))
