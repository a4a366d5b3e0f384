"""Commands that show one profile: what is held of it, what happened to it, and what happens now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.asking import RoleOption, asked
from headwater.cli.audited import audited, count
from headwater.cli.live import SecondsOption, is_about, outcomes_from_now, show_outcome
from headwater.cli.output import JsonOption, ProjectOption, cell, opened, out, show_json, show_table
from headwater.cli.seen import SeenAsOption, masked, show_as
from headwater.core.sealing.keeping import seals_of
from headwater.explore.timeline import MOST, Cursor, Kind, Wanted, read_cursor, timeline as read_timeline
from headwater.flow.live_log import Folders
from headwater.live.person import Person
from headwater.live.reader import LiveReader
from headwater.profiles.show import HeldConsent, Profile, find_profile, read_identifier, show_profile
from headwater.tables.workspace import read

_CONSENTS = {
    "purpose": "purpose",
    "state": "consent",
    "source": "said in",
    "identifier": "of",
    "stated_at": "when (UTC)",
}
_OF_SIGNALS = {"until_at": "until (UTC)", "signal": "by", "overruled": "overruled", "string": "string"}

app = typer.Typer(help="Look at people.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at people."""


@app.command()
@audited("profile show", Action.SEE_PEOPLE, "identifier")
def show(
    identifier: Annotated[
        str,
        typer.Argument(
            help="A person: the profile's number, or an identifier as kind=value, like email=ann@example.org."
        ),
    ],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    events: Annotated[int, typer.Option(help="How many of the latest events.", min=0, max=1000)] = 10,
    as_role: SeenAsOption = None,
) -> None:
    """Show all that is held about a person: identifiers, traits, audiences, lists, consents, latest events.

    Example: `headwater profile show household_id=1`, or by number: `headwater profile show 17`
    """
    with read(opened(project)) as workspace:
        found = show_profile(find_profile(identifier, workspace), workspace, n_events=events)
    count(seen=1)
    if as_role is not None:
        show_as(as_role, found, workspace.project, as_json=as_json, needs=Action.SEE_PEOPLE)
        return
    if as_json:
        show_json(found)
        return
    out.print(f"[bold]profile {found.profile_id}[/]: {_events_in_words(found)}\n")
    if found.is_restricted:
        out.print("[bold]restricted[/]: nothing of it may be used, for no purpose\n")
    _show_rows(
        found.identifiers, {"identifier": "identifier", "value": "value", "first_source": "first seen in"}
    )
    out.print()
    _show_rows(found.traits, {"trait": "trait", "value": "value", "origin": "from"})
    out.print()
    _show_rows(found.audiences, {"audience": "audience", "entered_at": "since (UTC)"})
    out.print()
    if found.lists:
        _show_rows(found.lists, {"list": "on list", "identifier": "by", "uploaded_at": "since (UTC)"})
        out.print()
    _show_rows(
        found.consents,
        _CONSENTS | {name: title for name, title in _OF_SIGNALS.items() if _is_said(found.consents, name)},
    )
    out.print()
    _show_rows(
        found.events,
        {
            "occurred_at": "when (UTC)",
            "event": "event",
            "product_name": "product",
            "category": "category",
            "quantity": "quantity",
            "revenue": "revenue",
        },
    )


@app.command()
@audited("profile timeline", Action.SEE_PEOPLE, "identifier")
def timeline(
    identifier: Annotated[
        str, typer.Argument(help="A person: the profile's number, or an identifier as kind=value.")
    ],
    project: ProjectOption = Path(),
    only: Annotated[
        list[Kind] | None, typer.Option(help="Only this kind; may be said several times.")
    ] = None,
    before: Annotated[
        str, typer.Option(help="Up to this moment; or what the page before ended with, for the next page.")
    ] = "",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=MOST)] = 50,
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all that happened to a person, newest first: events, audiences, deliveries, consents, decisions, identity.

    Example: `headwater profile timeline user_id=ann --only event --only delivery`
    """
    since = read_cursor(before) if before else Cursor()
    with asked(project) as (workspace, definitions):
        page = read_timeline(
            find_profile(identifier, workspace), workspace, Wanted(frozenset(only or Kind), since, limit)
        )
        shown = masked(page, as_role, workspace, definitions)
    count(seen=1)
    if as_json:
        show_json(shown)
        return
    rows = shown["happenings"] if isinstance(shown, dict) else [vars(each) for each in page.happenings]
    show_table([_happened(row) for row in rows], _HAPPENINGS)
    if page.next:
        out.print(f"More: --before {page.next}")


_HAPPENINGS = {
    "at": "when (UTC)",
    "kind": "kind",
    "what": "what",
    "with": "",
    "source": "from",
    "identifier": "of",
}
_WITH = (
    "audience", "destination", "purpose", "signal", "reason", "product_name", "category", "quantity", "revenue", "campaign_id",
    "channel",
)  # fmt: skip


def _happened(row: Mapping[str, object]) -> dict[str, object]:
    """A happening as a row: what belongs to its kind in one column."""
    told = (f"{name.replace('_', ' ')} {cell(row[name])}" for name in _WITH if row[name] is not None)
    return {**row, "kind": str(row["kind"]), "with": ", ".join(told)}


@app.command()
@audited("profile watch", Action.SEE_PEOPLE, "identifier")
def watch(
    identifier: Annotated[
        str, typer.Argument(help="A person: an identifier as kind=value, like email=ann@example.org.")
    ],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    seconds: SecondsOption = None,
) -> None:
    """Watch a person live: their events as they come, and the audiences they enter and leave.

    Example: `headwater profile watch email=ann@example.org`
    """
    opened_project = opened(project)
    node = read_identifier(identifier)
    folders = Folders.of(opened_project.root)
    reader = LiveReader(folders.store, folders.bases, seals_of(opened_project))
    count(seen=1)
    _show_now(reader.find([node]), as_json=as_json)
    with suppress(KeyboardInterrupt):
        for outcome in outcomes_from_now(opened_project, seconds):
            reader.refresh()
            if is_about(outcome, {node, *reader.find([node]).identifiers}):
                show_outcome(outcome, as_json=as_json)


def _show_now(person: Person, *, as_json: bool) -> None:
    """Where somebody stands before anything more happens."""
    if as_json:
        show_json(
            {"audiences": sorted(person.audiences), "traits": dict(person.traits), "known": bool(person.key)}
        )
        return
    if not person.key:
        out.print("nobody is known by this yet; watching all the same")
        return
    told = ", ".join(sorted(person.audiences)) or "none"
    out.print(f"[bold]audiences:[/] {told}", soft_wrap=True)


def _is_said(held: Iterable[HeldConsent], name: str) -> bool:
    return any(getattr(each, name) is not None for each in held)


def _show_rows(held: Iterable[object], columns: Mapping[str, str]) -> None:
    show_table([vars(each) for each in held], columns)


def _events_in_words(found: Profile) -> str:
    if not found.first_event_at or not found.last_event_at:
        return "no events"
    return f"{found.n_events:,} events from {found.first_event_at:%Y-%m-%d} to {found.last_event_at:%Y-%m-%d}"
