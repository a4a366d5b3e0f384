"""Commands about what persons ask for of their data: erase, and its proof. None shows an identifier that it was not given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli import answering, deadlines, sharing
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.drop import drop
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.cli.persons import ASKED, WAIT_SECONDS, LawOption, ReceivedOption, WhoArgument, instant
from headwater.core.errors import UserError
from headwater.flow.destination_check import CheckedAudience, CheckedField
from headwater.flow.privacy import Privacy
from headwater.privacy.receipt import Left, Receipt, written
from headwater.privacy.requests import Law

app = typer.Typer(
    help="What persons ask for of their data, and the proof of what was done.", no_args_is_help=True
)
for _sharing in (sharing.release, sharing.budget, sharing.pseudonymise, sharing.exports):
    app.command()(_sharing)

_WHERE = {"where": "where", "n": "rows"}
_FIELDS = {"field": "field", "labels": "labels", "accepted": "accepted", "because": "because of"}
_COUNTED = {"audience": "audience", "members": "members", "permitted": "permitted", "left out": "left out"}
_SUPPRESSED = {
    "identifier": "identifier",
    "value_index": "blind index",
    "request_id": "request",
    "since": "since (UTC)",
}

_STATES = {"signal": "signal", "code": "says of", "basis": "on basis of", "state": "says"}
_MEANINGS = {
    "purpose": "purpose",
    "lawful_basis": "lawful basis",
    "state": "means",
    "by": "by",
    "overruled": "overruled",
}
_REFUSED_SIGNALS = {
    "source": "source",
    "signal": "signal",
    "reason": "refused as",
    "detail": "such as",
    "n_signals": "signals",
    "last_at": "last (UTC)",
}


@app.command()
@audited("privacy erase", lambda given: ASKED if given["yes"] else Action.SEE_PEOPLE, "who")
def erase(
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase; without it, what would be erased is shown.")
    ] = False,
    law: LawOption = Law.GDPR,
    received: ReceivedOption = None,
) -> None:
    """Erase everyone who has any of these identifiers from everything, keep them out from now on, and prove it.

    Example: `headwater privacy erase email=ann@example.org --yes`
    """
    privacy = Privacy(opened(project), wait_seconds=WAIT_SECONDS)
    if yes:
        _show_receipt(privacy.erase(who, law=law, received_at=instant(received)), as_json=as_json)
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


@app.command(name="object")
@audited("privacy object", ASKED, "who")
def object_(
    who: WhoArgument,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    purpose: Annotated[
        list[str] | None, typer.Option(help="A purpose they object to; say it several times for several.")
    ] = None,
    from_all: Annotated[
        bool, typer.Option("--all", help="All purposes that do not ask for consent.")
    ] = False,
) -> None:
    """Let whoever has any of these identifiers not be used for a purpose any more, at once: they objected, or take consent back.

    Example: `headwater privacy object email=ben@example.org --purpose profiling`
    """
    privacy = Privacy(opened(project), wait_seconds=WAIT_SECONDS)
    found = privacy.take_objection(who, purpose or (), from_all=from_all)
    count(changed=found.n_identifiers)
    if as_json:
        show_json(found)
        return
    out.print(f"{found.n_identifiers:,} identifiers are used for {', '.join(found.purposes)} no more.")
    if found.n_kept_out:
        out.print(f"{found.n_kept_out:,} are kept out of everything already; nothing was written of them.")
    if not found.is_at_rest:
        out.print("It counts live now, and in the tables once what was collected is taken in.")


@app.command()
@not_audited
def check(
    destination: Annotated[str, typer.Argument(help="The destination's name.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    audience: Annotated[
        str | None, typer.Option(help="Only of this audience, also if it does not go there yet.")
    ] = None,
) -> None:
    """Say what a destination could receive, and why not the rest: fields, audiences and, as of the last run, how many people.

    Example: `headwater privacy check mailing --audience coffee_lovers`
    """
    found = Privacy(opened(project)).check(destination, audience)
    if as_json:
        show_json(found)
        return
    accepts = ", ".join(found.accepts) or "no labelled data"
    out.print(
        f"{found.destination} receives for {found.purpose}, by {found.lawful_basis}. It accepts {accepts}."
    )
    show_table([_checked(each) for each in found.fields], _FIELDS)
    show_table([_counted(each) for each in found.audiences], _COUNTED)
    for each in found.audiences:
        if each.refusal:
            out.print(f"[bold]{each.audience} may not go there:[/] {each.refusal}", soft_wrap=True)


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
@not_audited
def signal(
    string: Annotated[
        list[str] | None, typer.Argument(help="Consent strings: TCF, GPP, US Privacy, Consent Mode as JSON.")
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    gpc: Annotated[bool, typer.Option("--gpc", help="Global Privacy Control is set.")] = False,
) -> None:
    """Explain what consent strings say, and what they mean for each purpose of the project. Nothing is kept.

    Example: `headwater privacy signal 1YNN --gpc`
    """
    found = Privacy(opened(project)).signal_meaning(string or [], is_gpc=gpc)
    if as_json:
        show_json(found)
        return
    for each in found.refused:
        out.print(f"[bold]{each.signal} is refused[/]: {each.detail}. {each.meaning}")
    show_table([asdict(each) for each in found.states], _STATES)
    out.print()
    show_table([{**asdict(each), "overruled": ", ".join(each.overruled)} for each in found.means], _MEANINGS)


@app.command(name="refused-signals")
@not_audited
def refused_signals(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Count the consent signals that were refused, by source and reason. What came with them was taken in.

    Example: `headwater privacy refused-signals`
    """
    found = Privacy(opened(project)).refused_signals()
    if as_json:
        show_json({"refused_signals": [asdict(each) for each in found]})
        return
    show_table([asdict(each) for each in found], _REFUSED_SIGNALS)


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


def _checked(field: CheckedField) -> dict[str, object]:
    return {
        "field": field.field,
        "labels": ", ".join(field.labels) or "none",
        "accepted": "yes" if field.is_accepted else "no",
        "because": "; ".join(field.because),
    }


def _counted(audience: CheckedAudience) -> dict[str, object]:
    left_out = ", ".join(f"{n:,} {reason.replace('_', ' ')}" for reason, n in audience.left_out.items())
    return {
        "audience": audience.audience,
        "members": audience.n_members,
        "permitted": audience.n_permitted,
        "left out": left_out or ("refused" if audience.refusal else ""),
    }


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


app.command()(answering.export)
app.command()(answering.restrict)
app.command()(answering.unrestrict)
app.command()(answering.correct)
app.command(name="opt-out")(answering.opt_out)
app.command()(deadlines.requests)
app.command()(deadlines.note)
app.command()(deadlines.extend)
app.command()(deadlines.retain)
app.command()(drop)
