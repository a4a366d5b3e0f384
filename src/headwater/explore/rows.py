"""Answers as rows for tables and charts, and as data for programs, each with the question behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from headwater.audiences.rule import describe, to_data
from headwater.explore.funnel import Funnelled
from headwater.explore.top_traits import TopTraits
from headwater.explore.trend import Series, Trended
from headwater.privacy.shown import BELOW_FLOOR

Row = dict[str, object]
TREND = ("period", "kind", "value", "count")
FUNNEL = ("audience", "step", "what", "n", "share", "share_of_previous", "median_seconds")
TRAITS = (
    "direction", "trait", "value", "n", "n_everyone", "share", "share_everyone", "low", "high", "index", "z", "p", "is_sure",
)  # fmt: skip


def trend_rows(found: Trended, zone: tzinfo) -> list[Row]:
    """A row for each period and series; periods as they begin in the project's time zone."""
    return [
        {
            "period": period(start, found.question.period, zone),
            "kind": each.kind,
            "value": each.value,
            "count": n,
        }
        for each in found.series
        for start, n in zip(found.starts, each.counts, strict=True)
    ]


def funnel_rows(found: Funnelled) -> list[Row]:
    """A row for each audience and step."""
    return [
        {"audience": way.audience, **vars(each), "step": number, "what": each.step}
        for way in found.ways
        for number, each in enumerate(way.steps, start=1)
    ]


def trait_rows(found: TopTraits) -> list[Row]:
    """A row for each value, those that are more frequent first."""
    both = (("over", found.over), ("under", found.under))
    return [{"direction": word, **vars(each)} for word, values in both for each in values]


def trend_data(found: Trended, zone: tzinfo) -> Row:
    """An answer as JSON has it."""
    return {
        "definition": found.question.to_data(),
        "in_words": found.question.describe(),
        "n_people": shown(found.n_people),
        "periods": [each.astimezone(zone).isoformat() for each in found.starts],
        "ends": found.ends.astimezone(zone).isoformat(),
        "series": [_series(each) for each in found.series],
    }


def funnel_data(found: Funnelled) -> Row:
    """An answer as JSON has it."""
    ways = [
        {
            "audience": way.audience,
            "n_people": shown(way.n_people),
            "steps": [{**vars(each), "n": shown(each.n)} for each in way.steps],
        }
        for way in found.ways
    ]
    return {"definition": found.question.to_data(), "in_words": found.question.describe(), "ways": ways}


def traits_data(found: TopTraits) -> Row:
    """An answer as JSON has it."""
    rule = found.rule
    return {
        "definition": traits_definition(found),
        "in_words": describe(rule) if rule else found.audience,
        "n_people": shown(found.n_people),
        "n_everyone": shown(found.n_everyone),
        "n_tried": found.n_tried,
        "over": [vars(each) for each in found.over],
        "under": [vars(each) for each in found.under],
    }


def traits_definition(found: TopTraits) -> Row:
    """Whom an answer is about, and against whom, as files say it."""
    said: Row = {"audience": found.audience} if found.audience else {}
    if found.rule:
        said["rule"] = to_data(found.rule)
    return said | ({"against": found.against} if found.against else {})


def shown(count: float | None) -> object:
    """A count, or what stands for one that is too small to be told."""
    return BELOW_FLOOR if count is None else count


def period(start: datetime, length: str, zone: tzinfo) -> str:
    """A period by its beginning: 2026-03 for a month, 2026-03-02 for a day or week, and an hour with its offset."""
    local = start.astimezone(zone)
    match length:
        case "month":
            return local.strftime("%Y-%m")
        case "hour":
            return local.isoformat(timespec="minutes")
        case _:
            return local.strftime("%Y-%m-%d")


def _series(each: Series) -> Row:
    return {
        "kind": each.kind,
        "value": each.value,
        "counts": [shown(n) for n in each.counts],
        "total": shown(each.total),
    }


def names_of(found: Trended) -> Iterator[str]:
    """What each series is called in a table."""
    for each in found.series:
        yield str(each.value) if each.kind == "value" else f"({each.kind})" if each.kind != "all" else "all"
