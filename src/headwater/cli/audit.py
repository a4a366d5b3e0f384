"""Commands about the audit log: show, verify."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.audit.entry import Entry
from headwater.access.audit.log import Wanted, open_audit
from headwater.access.audit.verify import verify as verify_log
from headwater.access.audit.witness import Mark, read_mark
from headwater.access.roles import Action
from headwater.cli.audited import audited, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.core.clock import read_instant
from headwater.core.errors import AuditError, UserError
from headwater.core.project import Project

app = typer.Typer(help="Who did what.", no_args_is_help=True)


@app.command()
@audited("audit show", Action.SEE_AUDIT)
def show(
    since: Annotated[
        str | None, typer.Option(help="Only from then on: 2026-11-01 or 2026-11-01T12:00.")
    ] = None,
    who: Annotated[
        str | None,
        typer.Option(help="Only of this key, token's subject, or local:NAME, as the log shows it."),
    ] = None,
    action: Annotated[Action | None, typer.Option(help="Only of this action.")] = None,
    limit: Annotated[int, typer.Option(help="At most this many, newest first.", min=1)] = 50,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show who did what, when, about whom (by pseudonym), how it ended, and how many people it was about.

    Example: `headwater audit show --since 2026-11-01 --action see_people`
    """
    opened_project = opened(project)
    wanted = Wanted(_moment(since, opened_project) if since else None, who, action, limit)
    with open_audit(opened_project) as log:
        entries = log.entries(wanted)
    if as_json:
        show_json({"entries": [asdict(each) for each in entries]})
        return
    columns = {
        "number": "no.",
        "at": "when (UTC)",
        "who": "who",
        "role": "role",
        "action": "action",
        "by": "by",
    }
    show_table(
        [_row(each) for each in entries],
        {**columns, "about": "about", "outcome": "ended", "counts": "people"},
    )


@app.command()
@not_audited
def verify(
    noted: Annotated[
        list[str] | None,
        typer.Option(
            "--noted", help="A line of audit/head that was noted elsewhere; may be said several times."
        ),
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Check that no entry was changed, removed or moved since it was written; exit code 4 if one was.

    Example: `headwater audit verify`
    """
    with open_audit(opened(project)) as log:
        found = verify_log(log, [_mark(each) for each in noted or ()])
    if as_json:
        show_json(asdict(found))
    if not found.is_whole:
        told = f"entry {found.first_broken} of the audit log is not as it was written: {found.why}"
        step = f"the {found.n_entries:,} before it are; put the log back from a backup, and ask who could write it"
        raise typer.Exit(AuditError.exit_code) if as_json else AuditError(told, next_step=step)
    if not as_json:
        out.print(f"Whole: {found.n_entries:,} entries. To be noted elsewhere:\n{found.head}", soft_wrap=True)


def _row(entry: Entry) -> dict[str, object]:
    event = entry.event
    counts = ", ".join(f"{n:,} {name}" for name, n in event.counts.items())
    return {
        "number": entry.number,
        "at": entry.at,
        **{name: getattr(event, name) for name in ("who", "role", "action", "by", "outcome")},
        "about": ", ".join(event.about),
        "counts": counts,
    }


def _mark(line: str) -> Mark:
    mark = read_mark(line)
    if mark is None:
        raise UserError(
            "that is no line of audit/head", next_step="write a number and 64 hexadecimal digits, in quotes"
        )
    return mark


def _moment(text: str, project: Project) -> datetime:
    try:
        return read_instant(text, project.clock.zone).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UserError(f"'{text}' is no moment", next_step="write 2026-11-01 or 2026-11-01T12:00") from None
