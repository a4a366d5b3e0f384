"""Answers as charts: what ECharts is told. Colours are the names of the page's own, so that light and dark follow by themselves.

What data says is a value in these options and never a key: NiceGUI would run what stands under a key that begins with a colon.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import tzinfo

from headwater.explore.funnel import Funnelled
from headwater.explore.rows import names_of, period
from headwater.explore.splits import ALL, VALUE
from headwater.explore.trend import Trended

Options = dict[str, object]
N_COLOURS = 8
MOST_MARKED = 60  # points that have a mark each
_FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_QUIET = {"color": "var(--ink-quiet)", "fontFamily": _FONT, "fontSize": 12}
_EDGE = {"lineStyle": {"color": "var(--edge)"}}


def trend_options(found: Trended, zone: tzinfo) -> Options:
    """A line for each series; bars, where there is but one period."""
    starts = [period(each, found.question.period, zone) for each in found.starts]
    is_line = len(starts) > 1
    series = [
        _line(name, each.kind, place, each.counts) if is_line else _bars(name, each.kind, place, each.counts)
        for place, (name, each) in enumerate(zip(names_of(found), found.series, strict=True))
    ]
    return _base() | {
        "xAxis": {**_category(starts), "boundaryGap": not is_line},
        "yAxis": _numbers(),
        "series": series,
    }


def funnel_options(found: Funnelled) -> Options:
    """Bars for each step, one for each audience: of all who reached the first, so many per cent."""
    steps = [f"{number}  {each.step}" for number, each in enumerate(found.ways[0].steps, start=1)]
    series = [
        {
            **_bars(
                way.audience,
                VALUE,
                place,
                [None if each.share is None else round(100 * each.share, 1) for each in way.steps],
            ),
            "label": {"show": len(found.ways) <= 3, "position": "top", "formatter": "{c} %", **_QUIET},
        }
        for place, way in enumerate(found.ways)
    ]
    return _base() | {
        "xAxis": {
            **_category(steps),
            "axisLabel": {**_QUIET, "width": 150, "overflow": "break", "interval": 0},
        },
        "yAxis": {**_numbers(), "max": 100, "axisLabel": {**_QUIET, "formatter": "{value} %"}},
        "series": series,
    }


def without(options: Options, hidden: Collection[int]) -> Options:
    """The same chart with some of its series empty, so that the others have its room."""
    series = options["series"]
    kept = [
        {**each, "data": []} if place in hidden else each
        for place, each in enumerate(series if isinstance(series, list) else [])
    ]
    return {**options, "series": kept}


def legend_of(options: Options) -> list[tuple[str, str]]:
    """Each series by its name, with its colour."""
    series = options["series"]
    return [(each["name"], each["color"]) for each in (series if isinstance(series, list) else [])]


def _base() -> Options:
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": _FONT},
        "grid": {"left": 8, "right": 20, "top": 20, "bottom": 8, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "transitionDuration": 0,
            "backgroundColor": "var(--raised)",
            "borderColor": "var(--edge)",
            "textStyle": {"color": "var(--ink)", "fontFamily": _FONT, "fontSize": 12.5},
            "axisPointer": {
                "lineStyle": {"color": "var(--edge-strong)"},
                "shadowStyle": {"color": "var(--sunken)"},
            },
        },
    }


def _line(name: str, kind: str, place: int, counts: Sequence[float | None]) -> Options:
    colour = _colour(kind, place)
    return {
        "type": "line",
        "name": name,
        "data": list(counts),
        "color": colour,
        "showSymbol": len(counts) <= MOST_MARKED,
        "symbol": "circle",
        "symbolSize": 5,
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 2, "type": "solid" if place < N_COLOURS else "dashed"},
        "areaStyle": {"color": colour, "opacity": 0.1 if kind == ALL else 0},
        "emphasis": {"disabled": True},
    }


def _bars(name: str, kind: str, place: int, counts: Sequence[float | None]) -> Options:
    return {
        "type": "bar",
        "name": name,
        "data": list(counts),
        "color": _colour(kind, place),
        "itemStyle": {"color": _colour(kind, place), "borderRadius": [4, 4, 0, 0]},
        "barMaxWidth": 72,
        "emphasis": {"disabled": True},
    }


def _colour(kind: str, place: int) -> str:
    """Others and missing are quiet; of more values than there are colours some have the same, with dashes."""
    if kind == ALL:
        return "var(--chart-1)"
    return f"var(--chart-{place % N_COLOURS + 1})" if kind == VALUE else f"var(--chart-{kind})"


def _category(words: Sequence[str]) -> Options:
    return {
        "type": "category",
        "data": list(words),
        "axisLabel": {**_QUIET, "hideOverlap": True, "alignMinLabel": "left", "alignMaxLabel": "right"},
        "axisLine": _EDGE,
        "axisTick": {"show": False},
    }


def _numbers() -> Options:
    return {
        "type": "value",
        "axisLabel": _QUIET,
        "splitLine": _EDGE,
        "axisLine": {"show": False},
        "splitNumber": 4,
    }
