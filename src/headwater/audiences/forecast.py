"""Where the size of an audience is heading: a damped trend over its past sizes, with an interval from its own past errors.

The method is exponential smoothing with a damped additive trend (E. S. Gardner and E. McKenzie, "Forecasting trends in
time series", Management Science 31, 1985, 1237-1246). The weights of level and trend are those of a small grid with the
least squared error one step ahead. The interval is empirical: for each distance ahead, the 80th percentile of the
absolute errors that the same method made when it forecast the known past from less of it; it never narrows with distance.

Reads `audience_sizes` through `versions.read_sizes`, or evaluates a rule as of past moments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import product

import numpy as np
import numpy.typing as npt

from headwater.audiences.versions import Sized
from headwater.core.clock import Clock, back
from headwater.core.errors import UserError

DAMPING = 0.9
COVERAGE = 80
LEAST_POINTS = 8
MOST_PAST = 366
_WEIGHTS = tuple(product((0.1, 0.3, 0.5, 0.7, 0.9), (0.0, 0.1, 0.3, 0.5)))
_Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """The size expected at a moment or on a day, and the interval that such forecasts met in the past."""

    on: date
    size: int
    low: int
    high: int


@dataclass(frozen=True)
class Forecast:
    """Past sizes by day, what is expected, or why nothing can be said; `per_day`: change of the trend at the end."""

    past: tuple[tuple[date, int], ...]
    expected: tuple[Expected, ...] = ()
    per_day: float = 0.0
    lacking: str = ""


def forecast(past: Sequence[tuple[date, int]], n_ahead: int) -> Forecast:
    """The next `n_ahead` sizes, at the distance of the past ones (days or weeks, equally spaced, oldest first)."""
    known = tuple(past)
    if len(known) < LEAST_POINTS:
        lacking = f"{len(known)} past sizes are too few: {LEAST_POINTS} are needed; try --from-events"
        return Forecast(known, lacking=lacking)
    sizes = np.array([size for _, size in known], dtype=np.float64)
    step = known[-1][0] - known[-2][0]
    ahead, trend = _ahead(sizes, n_ahead)
    widths = _widths(sizes, n_ahead)
    expected = tuple(
        Expected(
            known[-1][0] + step * number,
            max(0, round(middle)),
            max(0, round(middle - width)),
            max(0, round(middle + width)),
        )
        for number, (middle, width) in enumerate(zip(ahead, widths, strict=True), start=1)
    )
    return Forecast(known, expected, trend / max(1, step.days))


def daily(sizes: Iterable[Sized], zone: tzinfo, today: date) -> list[tuple[date, int]]:
    """The size at the end of each day of the zone, from the first refresh to today; only under the rule it has now.

    A refresh is noted when it changes something: on days without one the size was that of the day before.
    """
    known = list(sizes)
    newest = known[-1].version if known else 0
    start = max((number for number, each in enumerate(known, 1) if each.version != newest), default=0)
    by_day = {_day(each.refreshed_at, zone): each.size for each in known[start:]}
    days: list[tuple[date, int]] = []
    day = min(by_day, default=today + timedelta(days=1))
    while day <= today:
        days.append((day, by_day.get(day, days[-1][1] if days else 0)))
        day += timedelta(days=1)
    return days


def moments(n: int, unit: str, clock: Clock) -> list[datetime]:
    """The present and the `n` moments before it, a day or week (`days`, `weeks`) apart, oldest first.

    Raises:
        UserError: more than a year of days.
    """
    if not 1 <= n <= MOST_PAST:
        raise UserError(f"{n} past {unit} cannot be worked out", next_step=f"ask for 1 to {MOST_PAST}")
    return [back(clock.now(), number, unit, clock.zone) for number in range(n, -1, -1)]


def from_events(
    when: Sequence[datetime], size_at: Callable[[datetime], int], zone: tzinfo
) -> list[tuple[date, int]]:
    """The sizes at moments, by day of the zone."""
    return [(moment.astimezone(zone).date(), size_at(moment)) for moment in when]


def _day(moment: datetime, zone: tzinfo) -> date:

    return moment.replace(tzinfo=UTC).astimezone(zone).date()


def _ahead(sizes: _Numbers, n: int) -> tuple[_Numbers, float]:
    """The next n values, and the trend's next step."""
    fits = [_smoothed(sizes, *weights) for weights in _WEIGHTS]
    _, level, trend = min(fits, key=lambda fit: fit[0])
    damped = np.cumsum(DAMPING ** np.arange(1, n + 1))
    return level + trend * damped, trend * DAMPING


def _smoothed(sizes: _Numbers, alpha: float, beta: float) -> tuple[float, float, float]:
    """The squared error one step ahead, and the level and trend at the end."""
    level, trend, error = float(sizes[0]), float(sizes[1] - sizes[0]), 0.0
    for size in sizes[1:]:
        expected = level + DAMPING * trend
        error += (size - expected) ** 2
        before, level = level, expected + alpha * (size - expected)
        trend = DAMPING * trend + beta * (level - before - DAMPING * trend)
    return error, level, trend


def _widths(sizes: _Numbers, n: int) -> _Numbers:
    """Half the interval at each distance ahead."""
    errors: list[list[float]] = [[] for _ in range(n)]
    least = max(3, len(sizes) // 2)
    for known in range(max(least, len(sizes) - 60), len(sizes)):
        ahead, _ = _ahead(sizes[:known], min(n, len(sizes) - known))
        for distance, value in enumerate(ahead):
            errors[distance].append(abs(float(sizes[known + distance]) - value))
    widths = [float(np.percentile(each, COVERAGE)) if each else 0.0 for each in errors]
    tried = max((at for at, each in enumerate(errors) if each), default=0)
    # Further ahead than the past can test, errors are taken to grow as those of a random walk: with the square root.
    widths[tried + 1 :] = [
        widths[tried] * float(np.sqrt((at + 1) / (tried + 1))) for at in range(tried + 1, n)
    ]
    return np.maximum.accumulate(np.array(widths))
