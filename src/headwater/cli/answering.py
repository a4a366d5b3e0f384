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
from headwater.privacy.receipt import Answer, written
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
    exported = _privacy(project).export(who, law=law, received_at=instant(received))
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


@audited("privacy restrict", ASKED, "who")
def restrict(
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    law: LawOption = Law.GDPR,
    received: ReceivedOption = None,
) -> None:
    """Keep everything of somebody, and use nothing of it, for no purpose, until they are let be used again.

    Example: `headwater privacy restrict email=ann@example.org`
    """
    _show(_privacy(project).restrict(who, law=law, received_at=instant(received)), as_json=as_json)


@audited("privacy unrestrict", ASKED, "who")
def unrestrict(
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    law: LawOption = Law.GDPR,
    received: ReceivedOption = None,
) -> None:
    """Let somebody be used again of whom nothing might be; what they agreed to or refused counts as before.

    Example: `headwater privacy unrestrict email=ann@example.org`
    """
    _show(_privacy(project).unrestrict(who, law=law, received_at=instant(received)), as_json=as_json)


@audited("privacy correct", ASKED, "who")
def correct(
    who: Annotated[str, typer.Argument(help="An identifier as kind=value, like email=ann@example.org.")],
    values: Annotated[
        list[str], typer.Argument(help="What is right, as name=value; with --withdraw the names alone.")
    ],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Let what sources say count again.")] = False,
    law: LawOption = Law.GDPR,
    received: ReceivedOption = None,
) -> None:
    """Correct what is stated of somebody: it wins over what sources say, until it is withdrawn.

    Example: `headwater privacy correct email=ann@example.org city=Bern`
    """
    read = dict.fromkeys(values) if withdraw else dict(map(_pair, values))
    answer = _privacy(project).correct(who, read, law=law, received_at=instant(received))
    _show(answer, as_json=as_json)


@audited("privacy opt-out", ASKED, "who")
def opt_out(
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    law: LawOption = Law.CCPA,
    received: ReceivedOption = None,
) -> None:
    """Let somebody opt out of the sale and sharing of their data: all purposes that are either are denied.

    Example: `headwater privacy opt-out email=ann@example.org`
    """
    _show(_privacy(project).opt_out(who, law=law, received_at=instant(received)), as_json=as_json)


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise UserError(f"'{name}' says no value", next_step="write name=value, like city=Bern")
    return name, value


def _privacy(project: Path) -> Privacy:
    return Privacy(opened(project), wait_seconds=WAIT_SECONDS)


def _show(answer: Answer, *, as_json: bool) -> None:
    count(changed=answer.n_profiles)
    if as_json:
        show_json(written(answer))
        return
    told = "; ".join(f"{what.replace('_', ' ')}: {value}" for what, value in answer.done.items())
    out.print(f"{answer.n_profiles:,} profiles with {answer.n_identifiers:,} identifiers. {told}")
    out.print(f"Receipt: headwater privacy receipt {answer.request_id}")
