"""Commands that answer what persons ask for of their data, other than that it be erased."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.audited import audited, count
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json
from headwater.cli.persons import ASKED, WAIT_SECONDS, LawOption, ReceivedOption, WhoArgument, instant
from headwater.core.errors import UserError
from headwater.flow.answering.pages import write_export
from headwater.flow.privacy import Privacy
from headwater.privacy.requests import Law


@audited("privacy export", ASKED, "who")
def export(
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    to: Annotated[
        Path | None,
        typer.Option(help="The folder to be made for it; one called like the request, if left out."),
    ] = None,
    law: LawOption = Law.GDPR,
    received: ReceivedOption = None,
) -> None:
    """Give out everything that is held of somebody: as a page to read, as JSON, and as a CSV a table.

    Example: `headwater privacy export email=ann@example.org --to ann`
    """
    if to is not None and to.exists():
        raise UserError(f"{to.name} is there already", next_step="name a folder that does not exist yet")
    privacy = Privacy(opened(project), wait_seconds=WAIT_SECONDS)
    exported = privacy.export(who, law=law, received_at=instant(received))
    count(seen=exported.n_profiles)
    if as_json:
        show_json(exported)
    if to is not None or not as_json:
        to = to or Path(exported.request_id)
        write_export(exported, to)
    if as_json:
        return
    n_rows = sum(len(each.rows) for each in exported.tables)
    out.print(
        f"{exported.n_profiles:,} profiles with {len(exported.identifiers):,} identifiers: {n_rows:,} rows of "
        f"{len(exported.tables):,} tables, {len(exported.calls):,} calls, {len(exported.recipients):,} deliveries."
    )
    out.print(f"Open {to}/index.html. Hand it over only to whom you know that it is about.")
