"""Answers as charts: what ECharts is told. Colours are the names of the page's own, so that light and dark follow by themselves.

What data says is a value in these options and never a key: NiceGUI would run what stands under a key that begins with a colon.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import tzinfo

from headwater.explore.funnel import Funnelled
from headwater.explore.rows import names_of, period
from headwater.explore.splits import ALL, VALUE
from headwater.explore.top_traits import TopTraits
from headwater.explore.trend import Trended

Options = dict[str, object]
N_COLOURS = 8
NARROW = 480  # pixels
MOST_LABELLED = 3  # audiences whose bars have their number above them
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
    label = {"show": len(found.ways) <= MOST_LABELLED, "position": "top", "formatter": "{c} %", **_QUIET}
    series = [
        {
            **_bars(way.audience, VALUE, place, [_percent_of(each.share, 1) for each in way.steps]),
            "label": label,
        }
        for place, way in enumerate(found.ways)
    ]
    narrow = {
        "xAxis": {"axisLabel": {"width": 64, "fontSize": 11}},
        "series": [{"label": {"show": len(found.ways) == 1}} for _ in found.ways],
    }
    words = {**_QUIET, "width": 150, "lineHeight": 15, "overflow": "break", "interval": 0}
    return {
        **_base(),
        "xAxis": {**_category(steps), "axisLabel": words},
        "yAxis": _shares(),
        "series": series,
        "media": [
            *_media(
                narrow,
                {
                    "xAxis": {"axisLabel": {"width": 150, "fontSize": 12}},
                    "series": [{"label": label} for _ in series],
                },
            )
        ],
    }


def traits_options(found: TopTraits) -> Options:
    """The share inside with its 95 % interval for each value, beside that of the others; the most different first."""
    values = [*found.over, *found.under]
    low = [_percent_of(each.low, 2) for each in values]
    width = [_percent_of(each.high - each.low, 2) for each in values]
    words = {**_QUIET, "overflow": "truncate", "interval": 0}
    return {
        **_base(),
        "xAxis": {**_shares(), "position": "top"},
        "yAxis": {
            **_category([f"{each.trait}: {each.value}" for each in values]),
            "inverse": True,
            "axisLabel": words,
        },
        "series": [
            _interval("below", "transparent", low),
            _interval("95 % interval", "color-mix(in srgb, var(--chart-1) 35%, var(--raised))", width),
            _dots(
                found.audience or "these people", "var(--chart-1)", [_percent_of(e.share, 2) for e in values]
            ),
            _dots(
                found.against or "everybody",
                "var(--chart-2)",
                [_percent_of(e.share_everyone, 2) for e in values],
            ),
        ],
        "media": [
            *_media({"yAxis": {"axisLabel": {"width": 110}}}, {"yAxis": {"axisLabel": {"width": 240}}})
        ],
    }


def _media(narrow: Mapping[str, object], wide: Mapping[str, object]) -> list[Options]:
    """What is otherwise where there is little room."""
    return [
        {"query": {"maxWidth": NARROW}, "option": narrow},
        {"query": {"minWidth": NARROW + 1}, "option": wide},
    ]


def _percent_of(share: float | None, digits: int) -> float | None:
    return None if share is None else round(100 * share, digits)


def _interval(name: str, colour: str, lengths: Sequence[float | None]) -> Options:
    return {
        "type": "bar",
        "stack": "interval",
        "name": name,
        "data": list(lengths),
        "color": colour,
        "itemStyle": {"color": colour},
        "barWidth": 5,
        "silent": True,
        "tooltip": {"show": False},
    }


def _dots(name: str, colour: str, shares: Sequence[float | None]) -> Options:
    return {
        "type": "scatter",
        "name": name,
        "data": list(shares),
        "color": colour,
        "symbolSize": 10,
        "itemStyle": {"color": colour, "opacity": 1},
        "emphasis": {"disabled": True},
    }


def without(options: Options, hidden: Collection[int]) -> Options:
    """The same chart with some of its series empty, so that the others have its room."""
    series = options["series"]
    kept = [
        {**each, "data": []} if place in hidden else each
        for place, each in enumerate(series if isinstance(series, list) else [])
    ]
    return {**options, "series": kept}


def legend_of(options: Options) -> dict[int, tuple[str, str]]:
    """Each series by its name, with its colour; those that only make room for others are none."""
    series = options["series"]
    told = {
        at: (each["name"], each["color"])
        for at, each in enumerate(series if isinstance(series, list) else [])
    }
    return {at: (name, colour) for at, (name, colour) in told.items() if colour != "transparent"}


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
        "lineStyle": {
            "color": colour,
            "width": 2,
            "type": "dashed" if kind == VALUE and place >= N_COLOURS else "solid",
        },
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


def _shares() -> Options:
    return {**_numbers(), "max": 100, "interval": 25, "axisLabel": {**_QUIET, "formatter": "{value} %"}}


def _numbers() -> Options:
    return {
        "type": "value",
        "axisLabel": _QUIET,
        "splitLine": _EDGE,
        "axisLine": {"show": False},
        "splitNumber": 4,
    }
