"""Commands about time: until when privacy requests must be answered, and how long data is kept."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.cli.persons import ASKED, WAIT_SECONDS, LawOption, ReceivedOption, WhoArgument, instant
from headwater.flow.privacy import Privacy
from headwater.privacy.requests import Asks, Law, PrivacyRequest

_COLUMNS = {
    "request_id": "request",
    "asks": "asks",
    "law": "law",
    "received_at": "received (UTC)",
    "due_at": "due",
    "answered": "answered",
}


@not_audited
def requests(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those that are overdue; fails if there are any.")
    ] = False,
) -> None:
    """List the requests there were: what was asked, until when it must be answered, and whether it was. Overdue ones first.

    Example: `headwater privacy requests`
    """
    found = Privacy(opened(project)).requests()
    shown = [each for each in found if each.is_overdue()] if overdue else found
    if as_json:
        show_json({"requests": [{**asdict(each), "is_overdue": each.is_overdue()} for each in shown]})
    else:
        show_table([_row(each) for each in shown], _COLUMNS)
    if overdue and shown:
        raise typer.Exit(1)


@audited("privacy note", ASKED, "who")
def note(
    asks: Annotated[Asks, typer.Argument(help="What is asked for.")],
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    law: LawOption = Law.GDPR,
    received: ReceivedOption = None,
) -> None:
    """Note a request that is answered later, by the command of the same name about the same identifiers.

    Example: `headwater privacy note export email=ann@example.org --received 2026-03-01`
    """
    _show(Privacy(opened(project)).note(asks, who, law=law, received_at=instant(received)), as_json=as_json)


@audited("privacy extend", ASKED, "request")
def extend(
    request: Annotated[str, typer.Argument(help="The request's id.")],
    reason: Annotated[str, typer.Option(help="Why it takes longer, as whoever asked is told.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Take more time for a request, once: two months (GDPR) or 45 days (CCPA). Tell whoever asked, and why.

    Example: `headwater privacy extend export-20260301T080000-0f3a5b7c9d1e --reason "many accounts"`
    """
    _show(Privacy(opened(project)).extend(request, reason), as_json=as_json)


@audited("privacy retain", lambda given: Action.SEE_COUNTS if given["dry_run"] else ASKED)
def retain(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what would go; nothing is changed.")
    ] = False,
) -> None:
    """Let go of what was kept as long as `retention:` of headwater.yaml says: now, and not only once a day.

    Example: `headwater privacy retain --dry-run`
    """
    privacy = Privacy(opened(project), wait_seconds=WAIT_SECONDS)
    rows = privacy.foresee_retention() if dry_run else privacy.retain()
    if not dry_run:
        count(removed=sum(rows.values()))
    if as_json:
        show_json({"is_dry_run": dry_run, "rows": rows})
        return
    show_table([{"table": name, "rows": n} for name, n in rows.items()], {"table": "table", "rows": "rows"})
    out.print("Nothing was changed." if dry_run else "They are gone, also from the disk.")


def _show(request: PrivacyRequest, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(request))
    else:
        out.print(f"{request.request_id} is due on {request.due_at:%Y-%m-%d}.")


def _row(request: PrivacyRequest) -> dict[str, object]:
    state = "overdue" if request.is_overdue() else "waits"
    return {**asdict(request), "answered": request.ended_at or state}
