"""Answers as pages show them: words, figures, a chart, a table of its numbers, the sheet to take along, the definition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column
from headwater.console.explore.definition import Definition, funnel_command, trend_command
from headwater.console.explore.pictures import Options, funnel_options, traits_options, trend_options
from headwater.console.explore.questions import Answer, FunnelAnswer, TraitsAnswer
from headwater.console.explore.rules import Rule, rules_of_funnel, rules_of_trend
from headwater.explore import rows
from headwater.explore.top_traits import TopTrait
from headwater.flow.pages.markdown import yaml_of

MOST_CELLS = 1_200  # that a table shows; CSV has all
_FILE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Figure:
    """A number that is read at a glance."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Table:
    """The numbers of a chart."""

    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """One answer.

    Attributes:
        name: of files that are taken along.
        words: the question.
        options: of the chart; None: there is nothing to draw, and `empty` says why.
        sheet: rows and columns of CSV, as the command writes them.
        is_table: whether the tables are as much to be seen as the chart, and open.
        height: of the chart in pixels; 0: as every one is.
        rules: who can be saved as an audience, in words, and by which rule.
    """

    name: str
    words: str
    figures: Sequence[Figure]
    options: Options | None
    tables: Sequence[Table]
    sheet: tuple[Sequence[Mapping[str, object]], Sequence[str]]
    definition: Definition
    least: int | None
    empty: str = ""
    note: str = ""
    is_table: bool = False
    height: int = 0
    rules: Sequence[tuple[str, Rule]] = ()


def trend_shown(answer: Answer) -> Shown:
    """Counts over time."""
    found, question = answer.found, answer.found.question
    is_sum = question.counted == "sum"
    starts = [rows.period(each, question.period, answer.zone) for each in found.starts]
    names = list(rows.names_of(found))
    columns = [Column(question.period.capitalize()), *(Column(name, is_number=True) for name in names)]
    told = [
        [Cell(start), *(Cell(number(each.counts[at], answer.least, is_sum=is_sum)) for each in found.series)]
        for at, start in enumerate(starts)
    ]
    total = [
        Cell("In all"),
        *(Cell(number(each.total, answer.least, is_sum=is_sum)) for each in found.series),
    ]
    most = MOST_CELLS // len(columns)
    note = f"The latest {most} of {len(told):,}; CSV has all." if len(told) > most else ""
    table = Table("Counts over time", columns, [total, *reversed(told[-most:])], note)
    has_any = any(each.total != 0 for each in found.series)
    figures = [
        Figure(
            "People asked about", look.people(found.n_people, answer.least), question.audience or "everybody"
        )
    ]
    if [each.kind for each in found.series] == ["all"]:
        value = number(found.series[0].total, answer.least, is_sum=is_sum)
        what = f"sum of {question.of}" if is_sum else question.counted
        figures.insert(0, Figure("In all", value, what))
    data = question.to_data()
    return Shown(
        _FILE.sub("_", f"trend_{question.happenings.event}")[:60],
        _sentence(question.describe()),
        figures,
        trend_options(found, answer.zone) if has_any else None,
        [table],
        (rows.trend_rows(found, answer.zone), rows.TREND),
        Definition(yaml_of(data), trend_command(data)),
        answer.least,
        "Nothing of that happened in this time." if not has_any else "",
        _partly(answer, question.period),
        rules=rules_of_trend(question),
    )


def funnel_shown(answer: FunnelAnswer) -> Shown:
    """A funnel."""
    found = answer.found
    first = found.ways[0].steps[0]
    figures = [
        Figure(
            way.audience,
            percent(way.steps[-1].share),
            f"of {look.people(way.steps[0].n, answer.least)} come to the end",
        )
        for way in found.ways
    ]
    columns = (
        Column("Step"),
        Column("People", is_number=True),
        Column("Of the first", is_number=True),
        Column("Of the one before", is_number=True),
        Column("Half within", is_number=True),
    )
    tables = [
        Table(
            f"Steps of {way.audience}",
            columns,
            [
                [
                    Cell(f"{number}  {each.step}"),
                    Cell(look.people(each.n, answer.least)),
                    Cell(percent(each.share)),
                    Cell(percent(each.share_of_previous)),
                    Cell(took(each.median_seconds)),
                ]
                for number, each in enumerate(way.steps, start=1)
            ],
        )
        for way in found.ways
    ]
    is_empty = first.n == 0 and len(found.ways) == 1
    return Shown(
        "funnel",
        f"Funnel: {found.question.describe()}",
        figures,
        None if is_empty else funnel_options(found),
        tables,
        (rows.funnel_rows(found), rows.FUNNEL),
        Definition(yaml_of(found.question.to_data()), funnel_command(found.question)),
        answer.least,
        f"Nobody did the first step, {first.step}, in this time." if is_empty else "",
        is_table=True,
        rules=rules_of_funnel(found.question),
    )


def traits_shown(answer: TraitsAnswer) -> Shown:
    """What is special about an audience."""
    found = answer.found
    figures = [
        Figure(found.audience, look.people(found.n_people, answer.least), "people"),
        Figure("Compared with", look.people(found.n_everyone, answer.least), found.against or "everybody"),
        Figure("Values tried", f"{found.n_tried:,}", "* marks what is hardly chance"),
    ]
    columns = (
        Column("Value"),
        Column("Index", is_number=True),
        Column("Share (95 % interval)", is_number=True),
        Column(f"Of {found.against or 'everybody'}", is_number=True, is_minor=True),
        Column("People", is_number=True, is_minor=True),
        Column("By chance", is_number=True, is_minor=True),
    )
    tables = [
        Table(f"{word} often", columns, [_trait(each) for each in values])
        for word, values in (("More", found.over), ("Less", found.under))
    ]
    against = f" --against {found.against}" if found.against else ""
    is_empty = not found.over and not found.under
    return Shown(
        _FILE.sub("_", f"traits_{found.audience}")[:60],
        f"Traits of {found.audience}, against {found.against or 'everybody'}",
        figures,
        None if is_empty else traits_options(found),
        tables,
        (rows.trait_rows(found), rows.TRAITS),
        Definition(
            yaml_of(rows.traits_definition(found)), f"headwater explore traits {found.audience}{against}"
        ),
        answer.least,
        "No value of a trait can be told that these people have more, or less, often." if is_empty else "",
        is_table=True,
        height=60 + 26 * (len(found.over) + len(found.under)),
    )


def _partly(answer: Answer, period: str) -> str:
    """Which periods are only in part in the time that is asked about."""
    ends = [
        name for name, is_partly in (("first", answer.begins_before), ("last", answer.goes_on)) if is_partly
    ]
    return (
        f"The {' and the '.join(ends)} {period} {'is' if len(ends) == 1 else 'are'} only in part in that time."
        if ends
        else ""
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def number(n: float | None, least: int | None, *, is_sum: bool) -> str:
    """A count or a sum.

    >>> number(1234.5, None, is_sum=True), number(3, None, is_sum=False), number(None, 25, is_sum=False)
    ('1,234.50', '3', 'fewer than 25')
    """
    return f"{n:,.2f}" if n is not None and is_sum else look.people(None if n is None else int(n), least)


def percent(share: float | None) -> str:
    """A share, if it may be told."""
    return look.DASH if share is None else f"{share:.1%}"


def took(seconds: float | None) -> str:
    """A length of time, in its two largest units.

    >>> took(200_000), took(75)
    ('2 d 7 h', '1 min 15 s')
    """
    if seconds is None:
        return look.DASH
    rest, told = round(timedelta(seconds=seconds).total_seconds()), []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        n, rest = divmod(rest, size)
        if n:
            told.append(f"{n:,} {unit}")
    return " ".join(told[:2]) or "at once"


def _trait(each: TopTrait) -> tuple[Cell, ...]:
    chance = "under 0.1 %" if each.p < 0.001 else f"{each.p:.1%}"
    return (
        Cell(each.value, below=each.trait),
        Cell(f"{each.index:,.0f}{' *' if each.is_sure else ''}", tone="strong"),
        Cell(f"{each.share:.1%}", below=f"{each.low:.1%} to {each.high:.1%}"),
        Cell(f"{each.share_everyone:.1%}"),
        Cell(f"{each.n:,}"),
        Cell(chance),
    )
