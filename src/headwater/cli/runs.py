"""The command that runs every stage."""

from __future__ import annotations

from pathlib import Path

from headwater.access.roles import Action
from headwater.activate.send import Delivered, Ending
from headwater.audiences.refresh import Refreshed
from headwater.cli.audited import audited
from headwater.cli.deliveries import show_audiences
from headwater.cli.output import JsonOption, ProjectOption, opened, out, progress, show_json, show_table
from headwater.core.errors import together
from headwater.core.progress import Progress
from headwater.core.project import Project
from headwater.flow.batch import Run, run_batch
from headwater.flow.definitions import Definitions, read_definitions
from headwater.tables.workspace import Workspace, work


@audited("run", Action.OPERATE)
def run(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Take in what is new, recompute what that changes, deliver who entered and left.

    Run again, it changes nothing; killed anywhere and run again, it ends in the same state.

    Example: `headwater run --project shop`
    """
    opened_project = opened(project)
    with progress(opened_project) as watching:
        done, _ = run_project(opened_project, watching)
    if as_json:
        show_json(report(done))
    else:
        show_run(done)
    if done.failures:
        raise together(done.failures)


def run_project(project: Project, watching: Progress) -> tuple[Run, Definitions]:
    """Run every stage of a project once."""
    with work(project, watching) as workspace:
        return run_workspace(workspace)


def run_workspace(workspace: Workspace) -> tuple[Run, Definitions]:
    """Run every stage in an opened workspace once."""
    definitions = read_definitions(workspace)
    return run_batch(workspace, definitions), definitions


def report(done: Run) -> dict[str, object]:
    """A run as JSON shows it."""
    return {
        "loads": [
            {
                "source": each.source,
                "object": each.object,
                "received": each.n_received,
                "accepted": each.n_accepted,
                "rejected": {str(reason): n for reason, n in each.rejected.items()},
                "notes": list(each.notes),
            }
            for each in done.taken
        ],
        "skipped": done.skipped,
        "audiences": [_refreshed_row(each) for each in done.refreshed],
        "deliveries": [delivered_row(each) for each in done.delivered],
        "failures": [failure.as_dict() for failure in done.failures],
    }


def _refreshed_row(refreshed: Refreshed) -> dict[str, object]:
    error = refreshed.error.as_dict() if refreshed.error else None
    return {**vars(refreshed), "error": error}


def show_run(done: Run) -> None:
    """A run in a few lines."""
    if done.taken:
        rows = [
            {
                "source": each.source,
                "object": each.object,
                "received": each.n_received,
                "accepted": each.n_accepted,
                "rejected": sum(each.rejected.values()),
                "why": ", ".join(f"{n:,} {reason}" for reason, n in each.rejected.items()),
            }
            for each in done.taken
        ]
        names = ("source", "object", "received", "accepted", "rejected", "why")
        show_table(rows, {name: name for name in names})
        for each in done.taken:
            for note in each.notes:
                out.print(f"  {each.source}: {note}", markup=False)
    else:
        out.print("No source has anything new.")
    moved = [each for each in done.refreshed if each.n_entered or each.n_left]
    if moved:
        out.print()
        show_table(
            [vars(each) for each in moved],
            {"name": "audience", "size": "size", "n_entered": "entered", "n_left": "left"},
        )
    elif done.refreshed or "audiences" in done.skipped:
        out.print("No audience changed.")
    kept = [each.name for each in done.refreshed if each.error]
    if kept:
        out.print(f"[bold]Not refreshed:[/] {', '.join(kept)}", soft_wrap=True)
    _show_deliveries(done.delivered)


def _show_deliveries(delivered: list[Delivered]) -> None:
    if all(each.ending is Ending.NOTHING for each in delivered):
        out.print("Nothing to deliver.")
    rows = [delivered_row(each) for each in delivered if each.n_left_out or each.ending is not Ending.NOTHING]
    if rows:
        out.print()
        show_audiences(rows)


def delivered_row(delivered: Delivered) -> dict[str, object]:
    """What came of an audience at a destination in a run, as JSON shows it."""
    return {
        "delivery_id": delivered.delivery_id or None,
        "destination": delivered.destination,
        "audience": delivered.audience,
        "status": str(delivered.ending),
        "n_added": delivered.n_added,
        "n_removed": delivered.n_removed,
        "n_refused": sum(delivered.refused.values()),
        "refused": dict(delivered.refused),
        "left_out": dict(delivered.n_left_out),
        "detail": delivered.detail,
        "error": delivered.error.as_dict() if delivered.error else None,
    }
