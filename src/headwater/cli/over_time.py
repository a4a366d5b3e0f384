"""Commands that ask about one audience over time: history, forecast."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from headwater.audiences.as_of import as_of as open_as_of
from headwater.audiences.forecast import daily, forecast as forecast_sizes, from_events, moments
from headwater.audiences.size import size as count_rule
from headwater.audiences.versions import read_sizes, read_versions
from headwater.cli.asking import ChosenArgument, NameArgument, RoleOption, asked, chosen, counted_as
from headwater.cli.audited import not_audited
from headwater.cli.chart import bar
from headwater.cli.output import JsonOption, ProjectOption, out, show_json, show_table
from headwater.cli.seen import show_as
from headwater.core.errors import UserError
from headwater.flow.sharing.asked import forecast_as_told, history_of


class Unit(StrEnum):
    """How far apart past sizes are."""

    DAYS = "days"
    WEEKS = "weeks"


@not_audited
def history(
    name: NameArgument,
    project: ProjectOption = Path(),
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the versions of an audience's rule, and its sizes over time.

    Example: `headwater audiences history coffee_lovers`
    """
    with asked(project) as (workspace, _):
        versions, sizes = read_versions(name, workspace), read_sizes(name, workspace)
    if as_role is not None:
        show_as(as_role, history_of(name, versions, sizes), workspace.project, as_json=as_json)
        return
    if as_json:
        show_json({"audience": name, "versions": versions, "sizes": sizes})
        return
    shown = {"number": "version", "first_refreshed_at": "since (UTC)", "description": "rule"}
    show_table([vars(each) for each in versions], shown)
    columns = {"refreshed_at": "refreshed (UTC)", "size": "size", "n_entered": "entered", "n_left": "left"}
    show_table([vars(each) for each in sizes], columns | {"version": "version"})


@not_audited
def forecast(
    name: ChosenArgument,
    project: ProjectOption = Path(),
    ahead: Annotated[int, typer.Option(help="So many days (or weeks) ahead.", min=1, max=366)] = 14,
    past: Annotated[
        int,
        typer.Option(
            "--from-events", help="Work out so many past sizes from events, by the rule as it is.", min=0
        ),
    ] = 0,
    unit: Annotated[Unit, typer.Option("--by", help="How far apart the past sizes are.")] = Unit.DAYS,
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say where the size of an audience is heading, from its past sizes.

    Example: `headwater audiences forecast coffee_lovers --from-events 12 --by weeks`
    """
    if unit is Unit.WEEKS and not past:
        raise UserError("refreshes are counted by days", next_step="add --from-events 12 for past weeks")
    with asked(project) as (workspace, definitions):
        zone, now = workspace.clock.zone, workspace.clock.now()
        if past:
            rule = chosen(name, workspace, definitions).rule
            when = moments(past, unit.value, workspace.clock)

            def size_at(moment: datetime) -> int:
                with open_as_of(moment, definitions.traits, workspace) as then:
                    return count_rule(rule, then, definitions.audiences)

            known = from_events(when, size_at, zone)
        else:
            known = daily(read_sizes(name, workspace), zone, now.astimezone(zone).date())
    with counted_as(as_role, workspace) as counting:
        found = forecast_sizes(known, ahead) if as_role is None else forecast_as_told(known, ahead, counting)
    if as_json:
        show_json({"audience": name, **vars(found)})
    elif found.lacking:
        out.print(found.lacking)
    else:
        out.print(f"now {found.past[-1][1]:,}; {found.per_day:+,.1f} a day")
        most = max(each.high for each in found.expected)
        rows = [{**vars(each), "bar": bar(each.size / most if most else 0.0)} for each in found.expected]
        show_table(rows, {"on": "day", "size": "expected", "low": "from", "high": "to", "bar": ""})
