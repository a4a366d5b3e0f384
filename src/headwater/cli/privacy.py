"""Commands about what persons ask for of their data: erase, and its proof. None shows an identifier that it was not given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli import sharing
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.core.clock import read_instant
from headwater.core.errors import UserError
from headwater.flow.privacy import Privacy
from headwater.privacy.receipt import Left, Receipt, written
from headwater.privacy.requests import Law, PrivacyRequest

ASKED = Action.PRIVACY_REQUESTS

app = typer.Typer(
    help="What persons ask for of their data, and the proof of what was done.", no_args_is_help=True
)
for _sharing in (sharing.release, sharing.budget, sharing.pseudonymise, sharing.exports):
    app.command()(_sharing)

WAIT_SECONDS = 30.0  # for whoever works on the project to let go of it
_WHERE = {"where": "where", "n": "rows"}
_REQUESTS = {
    "request_id": "request",
    "asks": "asks",
    "law": "law",
    "received_at": "received (UTC)",
    "due_at": "due",
    "answered": "answered",
}
_SUPPRESSED = {
    "identifier": "identifier",
    "value_index": "blind index",
    "request_id": "request",
    "since": "since (UTC)",
}

WhoArgument = Annotated[
    list[str],
    typer.Argument(
        help="Identifiers as kind=value, like email=ann@example.org; several, or several persons'."
    ),
]


@app.command()
@audited("privacy erase", lambda given: ASKED if given["yes"] else Action.SEE_PEOPLE, "who")
def erase(
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase; without it, what would be erased is shown.")
    ] = False,
    law: Annotated[
        Law, typer.Option(help="Under which law: it says by when a request must be answered.")
    ] = Law.GDPR,
    received: Annotated[
        str | None, typer.Option(help="When the request was received; now, if left out.")
    ] = None,
) -> None:
    """Erase everyone who has any of these identifiers from everything, keep them out from now on, and prove it.

    Example: `headwater privacy erase email=ann@example.org --yes`
    """
    privacy = Privacy(opened(project), wait_seconds=WAIT_SECONDS)
    if yes:
        _show_receipt(privacy.erase(who, law=law, received_at=_instant(received)), as_json=as_json)
        return
    foreseen = privacy.foresee(who)
    count(seen=foreseen.n_profiles)
    if as_json:
        show_json(
            {
                "n_profiles": foreseen.n_profiles,
                "n_identifiers": len(foreseen.identifiers),
                "rows": foreseen.rows,
            }
        )
        return
    out.print(
        f"{foreseen.n_profiles:,} profiles with {len(foreseen.identifiers):,} identifiers would be erased:"
    )
    show_table([{"where": where, "n": n} for where, n in foreseen.rows.items()], _WHERE)
    out.print("Nothing was changed. With --yes they are erased, for good, and kept out.")


@app.command()
@audited("privacy resume", ASKED)
def resume(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Carry out requests that are noted and were not, or not to their end.

    Example: `headwater privacy resume`
    """
    receipts = Privacy(opened(project), wait_seconds=WAIT_SECONDS).resume()
    if as_json:
        show_json({"receipts": [written(each) for each in receipts]})
        return
    for receipt in receipts:
        _show_receipt(receipt, as_json=False)
    if not receipts:
        out.print("Nothing waits to be carried out.")


@app.command()
@audited("privacy verify", Action.SEE_PEOPLE, "who")
def verify(who: WhoArgument, project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Look for these identifiers everywhere: tables, logs, live profiles, what was sent, files. Fails if there is anything.

    Example: `headwater privacy verify email=ann@example.org`
    """
    left = Privacy(opened(project)).verify(who)
    if as_json:
        show_json({"left": [asdict(each) for each in left]})
    elif left:
        _show_left(left)
    else:
        out.print("Nothing of them is anywhere.")
    if left:
        raise typer.Exit(1)


@app.command()
@not_audited
def requests(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """List the requests there were: what was asked, until when it must be answered, and whether it was.

    Example: `headwater privacy requests`
    """
    found = Privacy(opened(project)).requests()
    if as_json:
        show_json({"requests": [asdict(each) for each in found]})
        return
    show_table([_row(each) for each in found], _REQUESTS)


@app.command()
@not_audited
def receipt(
    request: Annotated[str, typer.Argument(help="The request's id.")], project: ProjectOption = Path()
) -> None:
    """Show the signed receipt of a request, as JSON: for whoever asked, or an authority.

    Example: `headwater privacy receipt erase-20260301T080000-0f3a5b7c9d1e`
    """
    found = Privacy(opened(project)).request(request)
    if found.receipt is None:
        raise UserError(
            f"the request {request} is under way", next_step="`headwater privacy resume` finishes it"
        )
    show_json(found.receipt)


@app.command(name="check-receipt")
@not_audited
def check_receipt(
    file: Annotated[Path, typer.Argument(help="A receipt as JSON.")],
    project: ProjectOption = Path(),
    key: Annotated[str | None, typer.Option(help="The public key; this project's, if left out.")] = None,
) -> None:
    """Say whether a receipt stands as it was signed. Fails if it does not.

    Example: `headwater privacy check-receipt receipt.json`
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError(f"{file} is no receipt: it cannot be read as JSON") from None
    if not isinstance(content, dict) or not Privacy(opened(project)).is_genuine(content, key):
        out.print("It was changed, or signed by another key.")
        raise typer.Exit(1)
    out.print("It stands as it was signed.")


@app.command()
@not_audited
def key(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show the public key by which this project's receipts are checked.

    Example: `headwater privacy key`
    """
    found = Privacy(opened(project)).public_key()
    if as_json:
        show_json({"public_key": found})
    else:
        out.print(found)


@app.command()
@not_audited
def suppressed(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """List who is kept out: kinds of identifier and blind indexes, since nothing else is kept of them.

    Example: `headwater privacy suppressed`
    """
    found = Privacy(opened(project)).suppressed()
    if as_json:
        show_json({"suppressed": [asdict(each) for each in found]})
        return
    show_table([asdict(each) for each in found], _SUPPRESSED)


@app.command()
@audited("privacy lift", ASKED, "who")
def lift(
    who: Annotated[str, typer.Argument(help="An identifier as kind=value.")], project: ProjectOption = Path()
) -> None:
    """Let somebody in again who was erased: because they came back, and want to be known.

    Example: `headwater privacy lift email=ann@example.org`
    """
    n_lifted = Privacy(opened(project)).lift(who)
    out.print(f"{n_lifted:,} identifiers are let in again. What was erased stays so.")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return read_instant(text, UTC)
    except ValueError:
        raise UserError(
            f"'{text}' is no moment", next_step="write it like 2026-03-01 or 2026-03-01T08:00Z"
        ) from None


def _show_receipt(receipt: Receipt, *, as_json: bool) -> None:
    count(erased=receipt.n_profiles)
    if as_json:
        show_json(written(receipt))
    else:
        out.print(
            f"{receipt.n_profiles:,} profiles with {receipt.n_identifiers:,} identifiers were erased; "
            f"{receipt.n_kept_out:,} identifiers are kept out from now on."
        )
        show_table(_places(receipt), _WHERE)
        _show_recipients(receipt)
        out.print(f"Receipt: headwater privacy receipt {receipt.request_id}")
    if receipt.left:
        if not as_json:
            _show_left(receipt.left)
        raise typer.Exit(1)


def _places(receipt: Receipt) -> list[dict[str, object]]:
    rows = [{"where": f"table {name}", "n": n} for name, n in receipt.rows.items()]
    beside = {
        "live profiles": receipt.n_live,
        "log of requests": receipt.logs["n_requests"],
        "log of outcomes": receipt.logs["n_outcomes"],
    }
    return [*rows, *({"where": where, "n": n} for where, n in beside.items())]


def _show_recipients(receipt: Receipt) -> None:
    for each in receipt.recipients:
        said = "was told to remove them" if each.is_told else f"[bold]was not told[/]: {each.detail}"
        out.print(f"{each.destination} {said}.")
    for name in receipt.files_rewritten:
        out.print(f"{name} does not name them any more; whoever read it before does.")
    for name in receipt.files_that_tell:
        out.print(f"{name} says that they are to be removed: delete it once it was read.")


def _show_left(left: Sequence[Left]) -> None:
    out.print("[bold]Something of them is left:[/]")
    show_table([asdict(each) for each in left], _WHERE)


def _row(request: PrivacyRequest) -> dict[str, object]:
    return {**asdict(request), "answered": request.ended_at or "under way"}
