"""Commands that explore: counts over time, funnels, and what is special about an audience."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from headwater.cli.asking import AsOfOption, ChosenArgument, RoleOption, asked, chosen, counted_as
from headwater.cli.audited import not_audited
from headwater.cli.chart import bar
from headwater.cli.output import JsonOption, ProjectOption, out, show_json, show_table
from headwater.cli.seen import TOO_FEW
from headwater.cli.sheets import CsvOption, write_csv
from headwater.core.documents import Document, parse_document, read_document
from headwater.core.errors import Problem, ProjectError, UserError
from headwater.explore import rows
from headwater.explore.funnel import Funnelled, Way, funnel as count_funnel
from headwater.explore.hidden import expect_shown, hidden_traits
from headwater.explore.question import Counted, Period, read_funnel, read_trend
from headwater.explore.top_traits import TopTrait, Wanted, top_traits
from headwater.explore.trend import Trended, trend as count_trend
from headwater.flow.definitions import read_vocabulary_of

T = TypeVar("T")
app = typer.Typer(help="Look at what people do, and who they are, in numbers.", no_args_is_help=True)
BAR = 40
QuestionArgument = Annotated[str, typer.Argument(help="An event, or a YAML file with the whole question.")]
AudienceOption = Annotated[
    str | None, typer.Option("--audience", help="Only people of this audience, by its rule now.")
]
LastOption = Annotated[
    str | None, typer.Option("--last", help="Only the last so long: '90 days', '12 months'.")
]
WhereOption = Annotated[
    str | None, typer.Option("--where", help="What properties must be, in YAML: '{category: COFFEE}'.")
]


@app.callback()
def _group() -> None:
    """Look at what people do, and who they are, in numbers."""


@app.command()
@not_audited
def trend(
    event: QuestionArgument,
    project: ProjectOption = Path(),
    by: Annotated[Period | None, typer.Option(help="How long each period is; a day if left out.")] = None,
    count: Annotated[Counted | None, typer.Option(help="What is counted; events if left out.")] = None,
    split: Annotated[
        str | None, typer.Option(help="A property of the event, to count each value by itself.")
    ] = None,
    split_trait: Annotated[
        str | None, typer.Option(help="A trait of the people, to count each value by itself.")
    ] = None,
    of: Annotated[str | None, typer.Option(help="The property that `--count sum` adds up.")] = None,
    top: Annotated[int | None, typer.Option(help="So many values; the rest are others.", min=1)] = None,
    where: WhereOption = None,
    last: LastOption = None,
    audience: AudienceOption = None,
    as_of: AsOfOption = None,
    as_role: RoleOption = None,
    to_csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count events or the people who did them, or sum a property of them, over time.

    Example: `headwater explore trend purchase --by week --split category --audience coffee_lovers`
    """
    said: dict[str, object] = {"by": by, "count": count, "of": of, "split": split, "split_trait": split_trait}
    said |= {"top": top, "audience": audience}
    document = _document(event, {"did": event}, {**said, **_events(where, last)})
    with asked(project, as_of) as (workspace, definitions), counted_as(as_role, workspace) as counting:
        question = _read(read_trend(document, read_vocabulary_of(definitions, workspace)))
        if as_role is not None:
            expect_shown(question, definitions.lineage, as_role.labels)
        found = count_trend(question, workspace, definitions.audiences, counting)
        zone = workspace.clock.zone
    write_csv(rows.trend_rows(found, zone), rows.TREND, to_csv)
    if as_json:
        show_json(rows.trend_data(found, zone))
        return
    out.print(f"{_plain(question.describe())}", soft_wrap=True)
    starts = [rows.period(each, question.period, zone) for each in found.starts]
    _show_trend(found, starts)


@app.command()
@not_audited
def funnel(
    steps: Annotated[
        list[str], typer.Argument(help="The events in their order, or a YAML file with the whole question.")
    ],
    project: ProjectOption = Path(),
    lasting: Annotated[
        str | None, typer.Option(help="From the first step to each later one at most so long: '7 days'.")
    ] = None,
    last: LastOption = None,
    audience: Annotated[
        list[str] | None,
        typer.Option("--audience", help="An audience by its rule now; several are compared."),
    ] = None,
    as_of: AsOfOption = None,
    as_role: RoleOption = None,
    to_csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count how many people reach each of several steps, one after the other, and how long that takes.

    Example: `headwater explore funnel page basket purchase --lasting "7 days"`
    """
    said = {"lasting": lasting, "audiences": audience or None, **_events(None, last)}
    given: dict[str, object] = {"funnel": [{"did": each} for each in steps]}
    document = _document(steps[0] if len(steps) == 1 else "", given, said)
    with asked(project, as_of) as (workspace, definitions), counted_as(as_role, workspace) as counting:
        question = _read(read_funnel(document, read_vocabulary_of(definitions, workspace)))
        found = count_funnel(question, workspace, definitions.audiences, counting)
    write_csv(rows.funnel_rows(found), rows.FUNNEL, to_csv)
    if as_json:
        show_json(rows.funnel_data(found))
        return
    out.print(f"{_plain(question.describe())}", soft_wrap=True)
    _show_funnel(found)


@app.command()
@not_audited
def traits(
    name: ChosenArgument,
    project: ProjectOption = Path(),
    top: Annotated[int, typer.Option(help="At most so many values each way.", min=1, max=100)] = 10,
    against: Annotated[
        str, typer.Option(help="An audience to compare with, by its rule now; everybody if left out.")
    ] = "",
    as_of: AsOfOption = None,
    as_role: RoleOption = None,
    to_csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which values of traits people of an audience have more, and less, often than everybody.

    Example: `headwater explore traits coffee_lovers`
    """
    with asked(project, as_of) as (workspace, definitions), counted_as(as_role, workspace) as counting:
        audience = chosen(name, workspace, definitions)
        is_saved = name in definitions.audiences
        wanted = Wanted(
            name if is_saved else "",
            None if is_saved else audience.rule,
            top,
            hidden_traits(definitions.lineage, as_role.labels) if as_role else (),
            against,
        )
        found = top_traits(wanted, workspace, definitions.audiences, counting)
    write_csv(rows.trait_rows(found), rows.TRAITS, to_csv)
    if as_json:
        show_json(rows.traits_data(found))
        return
    out.print(
        f"{name}: {_told(found.n_people)} people, against {_told(found.n_everyone)} of {against or 'everybody'}"
    )
    for heading, values in (("more often", found.over), ("less often", found.under)):
        out.print(f"\n[bold]{heading}[/]")
        show_table([_trait(each) for each in values], _TRAIT_COLUMNS)


_TRAIT_COLUMNS = {
    "trait": "trait", "value": "value", "n": "people", "share": "share", "of_everyone": "of everybody",
    "index": "index", "bar": "", "p": "by chance",
}  # fmt: skip


def _document(file: str, given: dict[str, object], said: dict[str, object]) -> Document:
    """The question in a file, or what is given without one, with what options say besides."""
    more = {key: value for key, value in said.items() if value is not None}
    if not file.endswith((".yaml", ".yml")):
        return Document("the question", "", given | more)
    path = Path(file)
    if not path.is_file():
        raise UserError(f"there is no file {path}")
    document = read_document(path.resolve(), path.resolve().parent)
    if isinstance(document, Problem):
        raise ProjectError([document], next_step=f"mend {path}, then ask again")
    if not isinstance(document.data, dict):
        return document
    return Document(document.file, document.name, document.data | more, document.lines)


def _events(where: str | None, last: str | None) -> dict[str, object]:
    """What options say of the events that are meant."""
    said: dict[str, object] = {"within": {"last": last} if last else None, "where": None}
    if where is not None:
        read = parse_document(where.encode(), "--where")
        if isinstance(read, Problem):
            raise ProjectError([read], next_step="write it like --where '{category: COFFEE}'")
        said["where"] = read.data
    return said


def _read(found: T | list[Problem]) -> T:
    if isinstance(found, list):
        raise ProjectError(found, next_step="mend the question, then ask again")
    return found


def _show_trend(found: Trended, starts: list[str]) -> None:
    """A bar for each period, or a column for each value."""
    if len(found.series) == 1 and found.series[0].kind == "all":
        [series] = found.series
        most = max((each or 0 for each in series.counts), default=0)
        table = [
            {"period": start, "n": _told(n), "bar": bar((n or 0) / most if most else 0.0, BAR)}
            for start, n in zip(starts, series.counts, strict=True)
        ]
        show_table(table, {"period": found.question.period, "n": found.question.counted, "bar": ""})
        out.print(f"[bold]{_told(series.total)}[/] {found.question.counted} in all")
        return
    names = dict(enumerate(rows.names_of(found)))
    table = [
        {"period": start, **{str(place): _told(found.series[place].counts[row]) for place in names}}
        for row, start in enumerate(starts)
    ]
    table.append({"period": "in all", **{str(place): _told(found.series[place].total) for place in names}})
    columns = {str(place): _plain(name) for place, name in names.items()}
    show_table(table, {"period": found.question.period, **columns})


def _show_funnel(found: Funnelled) -> None:
    """Each way as a table with a bar a step."""
    for way in found.ways:
        out.print(f"\n[bold]{way.audience}[/]: {_told(way.n_people)} people")
        show_table(
            [_step(way, place) for place in range(len(way.steps))],
            {
                "step": "step",
                "n": "reached",
                "bar": "",
                "of_first": "of the first",
                "of_previous": "of the one before",
            }
            | {"took": "half within"},
        )


def _step(way: Way, place: int) -> dict[str, object]:
    each = way.steps[place]
    took = "" if each.median_seconds is None else str(timedelta(seconds=round(each.median_seconds)))
    return {
        "step": f"{place + 1} {each.step}",
        "n": _told(each.n),
        "bar": bar(each.share or 0.0),
        "of_first": _percent(each.share),
        "of_previous": _percent(each.share_of_previous),
        "took": took,
    }


def _trait(each: TopTrait) -> dict[str, object]:
    return {
        **vars(each),
        "share": f"{each.share:.1%} ({each.low:.1%} to {each.high:.1%})",
        "of_everyone": _percent(each.share_everyone),
        "index": f"{each.index:.0f}{' *' if each.is_sure else ''}",
        "bar": bar(each.share, 10),
        "p": "under 0.1%" if each.p < 0.001 else f"{each.p:.1%}",
    }


def _told(count: float | None) -> object:
    return TOO_FEW if count is None else round(count, 2)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
