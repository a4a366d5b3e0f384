"""Commands about who is who: explain, link, unmerge, withdraw, decisions, history, simulate, apply, junk; and match."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.api.endpoints.identity import Decisions, History, Junk
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.matching import match
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.cli.seen import SeenAsOption, show_as
from headwater.flow.identities import Identities
from headwater.flow.identity_effects import Effect
from headwater.identity.explain import Explained, Step

app = typer.Typer(help="Who is who: why, and what to do about it.", no_args_is_help=True)
app.command()(match)

OneArgument = Annotated[str, typer.Argument(help="An identifier as kind=value, like email=ann@example.org.")]
OtherArgument = Annotated[str, typer.Argument(help="Another.")]
ReasonOption = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides; who is logged in if left out.")]


@app.command()
@audited("identity explain", Action.SEE_PEOPLE, "one", "other")
def explain(
    one: OneArgument,
    other: OtherArgument,
    project: ProjectOption = Path(),
    as_role: SeenAsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why two identifiers are one person: the path of evidence between them. Or why not.

    Example: `headwater identity explain email=ann@example.org user_id=17`
    """
    found = _identities(project).explain(one, other)
    count(seen=_n_people(found))
    if as_role is not None:
        show_as(as_role, found, opened(project), as_json=as_json, needs=Action.SEE_PEOPLE)
        return
    _show(found, as_json=as_json)


@app.command()
@audited("identity link", Action.CHANGE_IDENTITY, "one", "other")
def link(
    one: OneArgument,
    other: OtherArgument,
    reason: ReasonOption,
    by: ByOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Decide that two identifiers are one person, whatever evidence and limits say. Profiles and audiences follow at once.

    Example: `headwater identity link email=ann@example.org user_id=17 --reason "called us"`
    """
    found = _identities(project).link(one, other, reason=reason, by=by or getpass.getuser())
    count(changed=_n_people(found))
    _show(found, as_json=as_json)


@app.command()
@audited("identity unmerge", Action.CHANGE_IDENTITY, "one", "other")
def unmerge(
    one: OneArgument,
    other: OtherArgument,
    reason: ReasonOption,
    by: ByOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Decide that two identifiers are two people. No event is touched: each profile is again what its own evidence makes it.

    Example: `headwater identity unmerge user_id=17 user_id=18 --reason "mother and daughter"`
    """
    found = _identities(project).unmerge(one, other, reason=reason, by=by or getpass.getuser())
    count(changed=_n_people(found))
    _show(found, as_json=as_json)


@app.command()
@audited("identity withdraw", Action.CHANGE_IDENTITY, "one", "other")
def withdraw(
    one: OneArgument,
    other: OtherArgument,
    reason: ReasonOption = "",
    by: ByOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Take a decision of two identifiers back: from now on evidence counts again.

    Example: `headwater identity withdraw user_id=17 user_id=18`
    """
    found = _identities(project).withdraw(one, other, reason=reason, by=by or getpass.getuser())
    count(changed=_n_people(found))
    _show(found, as_json=as_json)


@app.command()
@audited("identity decisions", Action.SEE_PEOPLE)
def decisions(
    project: ProjectOption = Path(), as_role: SeenAsOption = None, as_json: JsonOption = False
) -> None:
    """Show what was decided and stands, newest first, and which of it contradicts a newer decision.

    Example: `headwater identity decisions`
    """
    rows = _identities(project).decisions()
    count(seen=len(rows))
    if as_role is not None:
        show_as(as_role, Decisions.of(rows), opened(project), as_json=as_json, needs=Action.SEE_PEOPLE)
        return
    if as_json:
        show_json({"decisions": rows})
        return
    shown = [
        {
            **row,
            "one": f"{row['identifier']}={row['value']}",
            "other": f"{row['other_identifier']}={row['other_value']}",
            "contradicted": "by a newer one" if row["is_contradicted"] else "",
        }
        for row in rows
    ]
    columns = ("one", "verdict", "other", "reason", "decided_by", "decided_at", "contradicted")
    show_table(shown, {name: name.replace("_", " ") for name in columns})


@app.command()
@audited("identity history", Action.SEE_PEOPLE, "identifier")
def history(
    identifier: Annotated[str, typer.Argument(help="A profile's number, or an identifier as kind=value.")],
    project: ProjectOption = Path(),
    as_role: SeenAsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how a profile came to be made of the identifiers that it has: which came when, from which profile, and which left.

    Example: `headwater identity history email=ann@example.org`
    """
    rows = _identities(project).history(identifier)
    count(seen=1)
    if as_role is not None:
        show_as(as_role, History.of(rows), opened(project), as_json=as_json, needs=Action.SEE_PEOPLE)
        return
    if as_json:
        show_json({"history": rows})
    else:
        columns = ("happened_at", "identifier", "value", "happened", "profile")
        show_table(
            rows, {name: name.removesuffix("_at") if name == "happened_at" else name for name in columns}
        )


@app.command()
@not_audited
def simulate(
    link_: Annotated[
        tuple[str, str] | None,
        typer.Option("--link", metavar="A B", help="Suppose that somebody decided that these two are one."),
    ] = None,
    unmerge_: Annotated[
        tuple[str, str] | None,
        typer.Option("--unmerge", metavar="A B", help="Suppose that somebody decided that these are two."),
    ] = None,
    project: ProjectOption = Path(),
    as_role: SeenAsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what the rules in `identifiers/` as they are now would change, profiles and audiences, before anything does.

    Example: `headwater identity simulate`, or of a decision: `headwater identity simulate --link user_id=17 user_id=18`
    """
    found = _identities(project).simulate(link=link_, unmerge=unmerge_)
    if as_role is not None:
        show_as(as_role, found, opened(project), as_json=as_json)
    else:
        _show_effect(found, as_json=as_json, is_done=False)


@app.command()
@audited("identity apply", Action.CHANGE_IDENTITY)
def apply(
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also if it changes more than a run does unasked.")
    ] = False,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Let the rules in `identifiers/` take effect now, profiles and audiences with them, and say what that changed.

    Example: `headwater identity apply`
    """
    found = _identities(project).apply(anyway=anyway)
    count(changed=found.n_changed)
    _show_effect(found, as_json=as_json, is_done=True)


@app.command()
@audited("identity junk", Action.SEE_PEOPLE)
def junk(project: ProjectOption = Path(), as_role: SeenAsOption = None, as_json: JsonOption = False) -> None:
    """Find identifiers that look as if they named nobody, for `blocked` and `most_linked` in `identifiers/`.

    Example: `headwater identity junk`
    """
    suspects = tuple(_identities(project).junk())
    count(seen=len(suspects))
    if as_role is not None:
        show_as(as_role, Junk(suspects), opened(project), as_json=as_json, needs=Action.SEE_PEOPLE)
        return
    found = [asdict(each) for each in suspects]
    if as_json:
        show_json({"junk": found})
    elif found:
        show_table(
            found, {"identifier": "identifier", "value": "value", "n_linked": "seen with", "why": "why"}
        )
    else:
        out.print("Nothing looks like it.")


def _identities(project: Path) -> Identities:
    return Identities(opened(project))


def _n_people(found: Explained) -> int:
    return len(set(found.profiles) - {None})


def _show(found: Explained, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(found))
        return
    one, other = ("nobody" if each is None else f"profile {each}" for each in found.profiles)
    out.print(f"One person: {one}." if found.is_one else f"Two: {one} and {other}.")
    if not found.path:
        out.print("Nothing ties them." if not found.is_one else "")
    for step in found.path:
        out.print(f"  {_told(step)}")
        for each in step.spoken:
            out.print(
                f"    {each.weight:+6.1f}  {each.comparison.replace('_', ' ')}: {each.level}", markup=False
            )


def _told(step: Step) -> str:
    how = f"{step.rule} ({', '.join(step.sources)}"
    when = f", {step.first_seen_at:%Y-%m-%d %H:%M}" if step.first_seen_at else ""
    sure = f", {_sure(step.confidence)} sure" if step.confidence < 1 else ""
    counts = f"; does not count: {step.aside}" if step.aside else ""
    return f"{step.identifier}={step.value} — {step.other_identifier}={step.other_value}: {how}{when}{sure}){counts}"


def _sure(confidence: float) -> str:
    """What is nearly certain is told from what is certain."""
    return f"{confidence:.0%}" if confidence < 0.99 else f"{min(confidence, 0.999999):.4%}"


def _show_effect(found: Effect, *, as_json: bool, is_done: bool) -> None:
    if as_json:
        show_json(asdict(found))
        return
    before, after, would = ("before", "now", "were") if is_done else ("now", "then", "would be")
    name, count = ("name", "do not count") if is_done else ("would name", "would not count")
    out.print(f"{found.n_before:,} profiles {before}, {found.n_after:,} {after}.")
    out.print(f"{found.n_merged:,} {would} merged into others, {found.n_split:,} split.")
    out.print(f"{found.n_nobody:,} identifiers {name} nobody; {found.n_aside:,} links {count}.")
    if found.largest:
        show_table(
            [asdict(each) for each in found.largest],
            {"profile_id": "profile", "n_identifiers": "identifiers", "n_before": "profiles it is made of"},
        )
    if not found.audiences:
        out.print(f"No audience {'moved' if is_done else 'would move'}.")
    else:
        out.print()
        columns = {"size_now": before, "size_then": after, "n_entered": "enter", "n_left": "leave"}
        show_table([asdict(each) for each in found.audiences], {"audience": "audience", **columns})
    if found.not_evaluated:
        out.print(f"[bold]Not known, because a query fails:[/] {', '.join(found.not_evaluated)}")
    if not is_done:
        _warn(found)


def _warn(found: Effect) -> None:
    for each in found.warnings:
        out.print(f"[bold]Much:[/] {each}.", soft_wrap=True)
    if found.warnings:
        out.print("A run stops at that. `headwater identity apply --anyway` does it all the same.")
