"""How many events a minute come in, as `serve` counts them: asked again and again, kept for an hour in memory.

Reads /metrics of the same machine (`health_port`); where nothing is served there is nothing to tell.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from headwater.core.owner import SERVE, is_owned

EVERY_SECONDS = 5.0
MOST = 720  # looks: an hour
_LINE = re.compile(r"^headwater_edge_(events|events_rejected)_total(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)
_MINUTE, _OLD = timedelta(minutes=1), timedelta(seconds=30)


@dataclass(frozen=True)
class _Seen:
    """What was counted until a moment (UTC, without zone), since `serve` began."""

    at: datetime
    n_events: float
    n_rejected: float


class Rates:
    """What was counted lately. `port`: where `serve` tells, of this project if it serves it."""

    def __init__(self, root: Path, port: int) -> None:
        self._root = root
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._seen: deque[_Seen] = deque(maxlen=MOST)
        self._minutes: deque[tuple[datetime, float]] = deque(maxlen=MOST)

    async def watch(self) -> None:
        """Look until told to end."""
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while True:
                if is_owned(self._root, SERVE):
                    with suppress(httpx.HTTPError):
                        answer = await client.get(self._url)
                        self.note(answer.text, datetime.now(UTC).replace(tzinfo=None))
                await asyncio.sleep(EVERY_SECONDS)

    def note(self, told: str, now: datetime) -> None:
        """What was told at a moment."""
        sums = {"events": 0.0, "events_rejected": 0.0}
        for name, value in _LINE.findall(told):
            sums[name] += float(value)
        if self._seen and sums["events"] < self._seen[-1].n_events:  # it was started anew
            self._seen.clear()
        self._seen.append(_Seen(now, sums["events"], sums["events_rejected"]))
        self._minutes.append((now, self.per_minute or 0.0))

    @property
    def per_minute(self) -> float | None:
        """Events acknowledged in the latest minute; None: nothing is served, or it was only just started."""
        return self._rate(lambda seen: seen.n_events)

    @property
    def rejected_per_minute(self) -> float | None:
        """Events kept with a reason instead, in the latest minute."""
        return self._rate(lambda seen: seen.n_rejected)

    @property
    def history(self) -> list[tuple[datetime, float]]:
        """Events a minute over the last hour."""
        return list(self._minutes)

    def _rate(self, which: Callable[[_Seen], float]) -> float | None:
        now = datetime.now(UTC).replace(tzinfo=None)
        if len(self._seen) < 2 or now - self._seen[-1].at > _OLD:
            return None
        last = self._seen[-1]
        first = next(each for each in self._seen if last.at - each.at <= _MINUTE)
        seconds = (last.at - first.at).total_seconds()
        return (which(last) - which(first)) * 60 / seconds if seconds else None
