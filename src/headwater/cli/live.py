"""The commands about live events: watching them arrive, playing refused ones again, rebuilding, drift."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from headwater.access.roles import Action
from headwater.cli.audited import audited, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json
from headwater.collect.log.reader import Reader
from headwater.collect.outcome import Accepted, Moved, Node, Outcome, Refused, unpacked
from headwater.collect.tracking_plan.drift import from_json, report
from headwater.collect.tracking_plan.plan import TrackingPlan, read_plans
from headwater.core.clock import read_instant
from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.flow.live_log import Folders
from headwater.flow.rebuild import NOTHING, Rebuilt, rebuild as rebuild_project
from headwater.flow.replay import Wanted, replay as replay_refused
from headwater.live.state import moment

PAUSE = 0.1
SecondsOption = Annotated[
    float | None, typer.Option(help="End after so many seconds; without it, on Ctrl-C.", min=0)
]


@audited("listen", Action.SEE_PEOPLE)
def listen(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    source: Annotated[str, typer.Option(help="Only what comes from this collector.")] = "",
    bad: Annotated[
        bool, typer.Option("--bad", help="Only what was refused or does not follow the plan.")
    ] = False,
    seconds: SecondsOption = None,
) -> None:
    """Show events as they arrive, the good and the bad ones, for whoever works on a tag.

    Example: `headwater listen --bad`
    """
    if not as_json:
        out.print("[dim]listening; Ctrl-C ends it[/]")
    with suppress(KeyboardInterrupt):
        for outcome in outcomes_from_now(opened(project), seconds):
            if _is_wanted(outcome, source, is_bad=bad):
                show_outcome(outcome, as_json=as_json)


@audited("replay", Action.OPERATE)
def replay(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    since: Annotated[str, typer.Option(help="Only what came since then: an ISO 8601 date or time.")] = "",
    source: Annotated[str, typer.Option(help="Only of this collector.")] = "",
    reason: Annotated[
        str, typer.Option(help="Only what was refused for this reason, like against_plan.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
) -> None:
    """Play refused events again, once what refused them is mended; nothing is taken in twice.

    Example: `headwater replay --reason against_plan --since 2026-11-01`
    """
    opened_project = opened(project)
    wanted = Wanted(_instant(since, opened_project) if since else None, source, reason)
    done = replay_refused(opened_project, wanted, only_count=dry_run)
    if as_json:
        show_json({"n_events": done.n_events, "n_gone": done.n_gone, "dry_run": dry_run})
        return
    out.print(f"{done.n_events:,} events {'would be' if dry_run else 'are'} played again.")
    if done.n_gone:
        out.print(f"{done.n_gone:,} more are not in the log any more (see the setting log_days).")


@audited("rebuild", Action.OPERATE)
def rebuild(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Let what was rebuilt take the place of the tables and live profiles."
        ),
    ] = False,
) -> None:
    """Work everything out anew from the log and the sources, and compare it with the live state. `serve` must not run.

    Example: `headwater rebuild`
    """
    done = rebuild_project(opened(project), replacing=replace)
    if as_json:
        show_json(
            {
                "equal": done.is_equal,
                "n_events": done.n_events,
                "live": {"n_persons": done.live.n_persons, "checksum": done.live.total},
                "rebuilt": {"n_persons": done.rebuilt.n_persons, "checksum": done.rebuilt.total},
                "n_differing": done.differing,
                "replaced": replace,
            }
        )
    else:
        if done.live is not NOTHING:
            out.print(f"live     {done.live.total}  {done.live.n_persons:,} people")
        out.print(
            f"rebuilt  {done.rebuilt.total}  {done.rebuilt.n_persons:,} people, {done.n_events:,} events of the log"
        )
        out.print(_compared(done))
    if not done.is_equal and not replace:
        raise typer.Exit(1)


def _compared(done: Rebuilt) -> str:
    if done.live is NOTHING:
        return "There was no live state to compare it with."
    return "They are equal." if done.is_equal else f"[bold]They differ[/] in {done.differing:,} people."


@not_audited
def drift(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show how events have come to look otherwise than the tracking plan says, or than they used to.

    Example: `headwater drift`
    """
    opened_project = opened(project)
    path = opened_project.path("live", "drift.json")
    account = from_json(path.read_bytes() if path.exists() else b"{}")
    plans, _ = read_plans(opened_project)
    lines = report(account, TrackingPlan.of(plans))
    if as_json:
        show_json({"drift": lines})
    elif lines:
        for line in lines:
            out.print(line, markup=False, soft_wrap=True)
    else:
        out.print("Nothing has drifted.")


def outcomes_from_now(project: Project, seconds: float | None = None) -> Iterator[Outcome]:
    """What the stream writes from now on, as it does; for so many seconds, or for ever."""
    reader = Reader(Folders.of(project.root).outcomes, seals_of(project))
    reader.position = reader.end
    until = None if seconds is None else time.monotonic() + seconds
    try:
        is_over = False
        while not is_over:
            is_over = until is not None and time.monotonic() >= until  # what came until then is still shown
            records = reader.read()
            for record in records:
                yield from unpacked(record.payload)
            if not records and not is_over:
                time.sleep(PAUSE)
    finally:
        reader.close()


def is_about(outcome: Outcome, nodes: set[Node]) -> bool:
    """Whether an outcome is about somebody who has these identifiers."""
    if isinstance(outcome, Accepted):
        return not nodes.isdisjoint(outcome.theirs)
    return isinstance(outcome, Moved) and not nodes.isdisjoint(map(tuple, outcome.identifiers))


def in_words(outcome: Outcome) -> str:
    """An outcome in one line."""
    match outcome:
        case Accepted():
            mark = "[yellow]! [/]" if outcome.against_plan else "[green]✓ [/]"
            told = "; ".join([*_brief(outcome.properties), *_brief(outcome.traits)])
            against = f"  [yellow]{_safe('; '.join(outcome.against_plan))}[/]" if outcome.against_plan else ""
            name = _safe(outcome.event or outcome.kind)
            return f"{_time(outcome.received_at)} {mark}{outcome.source}  [bold]{name}[/]  {_safe(told)}{against}"
        case Refused():
            what = _safe(outcome.event or outcome.format)
            return (
                f"{_time(outcome.received_at)} [red]✗ [/]{outcome.source}  [bold]{what}[/]  "
                f"[red]{outcome.reason}[/] {_safe(outcome.detail)}"
            )
        case Moved():
            arrow = "→ into" if outcome.entered else "← out of"
            return f"{_time(outcome.at)} [cyan]{arrow} {outcome.audience}[/]  ({_safe(outcome.reason)})"


def show_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """An outcome on standard output: a line for people, or a line of JSON."""
    if as_json:
        typer.echo(_json_line(outcome))
    else:
        out.print(in_words(outcome), soft_wrap=True)


def _json_line(outcome: Outcome) -> str:
    told = {"outcome": type(outcome).__name__.lower(), **msgspec.structs.asdict(outcome)}
    return msgspec.json.encode(told).decode()


def _is_wanted(outcome: Outcome, source: str, *, is_bad: bool) -> bool:
    if isinstance(outcome, Moved):
        return not source and not is_bad
    if source and outcome.source != source:
        return False
    return not is_bad or isinstance(outcome, Refused) or bool(outcome.against_plan)


def _brief(told: Mapping[str, object], most: int = 6) -> list[str]:
    return [f"{name}: {str(value)[:40]}" for name, value in list(told.items())[:most]]


def _time(microseconds: int) -> str:
    return f"[dim]{moment(microseconds):%H:%M:%S}[/]"


def _safe(text: str) -> str:
    return text.replace("[", r"\[")


def _instant(text: str, project: Project) -> datetime:
    try:
        return read_instant(text, project.clock.zone)
    except ValueError:
        raise UserError(
            f"'{text}' is no date or time", next_step="write one like 2026-11-01 or 2026-11-01T12:00"
        ) from None
