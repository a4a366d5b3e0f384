"""Reject what crawlers did: programs that say in their user agent that they are no person.

The patterns are those of the package crawler-user-agents, as one automaton that reads a user agent once. Its HTTP libraries
(curl, python-requests, okhttp, …) are left out: servers and apps tell of people through them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]

from headwater.collect.event import Event, Rejected
from headwater.collect.step import Surroundings, put
from headwater.tables.rejection import Reason

LIBRARY = "http-library"
MOST_CHARACTERS = 1000
_REJECTED = Rejected(Reason.BOT, "user_agent: is that of a crawler")


def drop_bots(event: Event, around: Surroundings) -> Rejected | None:
    """Reject events of crawlers; where their source keeps them, say `is_bot`."""
    if not event.user_agent or not is_bot(event.user_agent[:MOST_CHARACTERS]):
        return None
    if event.source not in around.keep_bots:
        return _REJECTED
    put(event, {"is_bot": True})
    return None


@lru_cache(maxsize=8192)
def is_bot(user_agent: str) -> bool:
    """Whether a user agent is that of a crawler."""
    return _crawlers().search(user_agent.encode(errors="replace")) is not None


@cache
def _crawlers() -> Any:
    options = re2.Options()
    options.never_capture = True
    options.max_mem = 64 << 20  # so many patterns need more states than the usual 8 MB hold
    patterns = [each["pattern"] for each in CRAWLER_USER_AGENTS_DATA if LIBRARY not in each["tags"]]
    return re2.compile("|".join(f"(?:{pattern})" for pattern in patterns), options)
