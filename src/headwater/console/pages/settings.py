"""Settings: people and roles, keys of the API, sessions that are open, and the project."""

from __future__ import annotations

from functools import partial

from nicegui.element import Element

from headwater.access.keys import AccessKey
from headwater.access.roles import Action, Role
from headwater.access.sessions import OpenSession
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, place, say, told_in
from headwater.console.drawn.fields import chosen, ticked, typed
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.project.settings import (
    CREATE,
    END,
    KEYS,
    PROJECT,
    REVOKE,
    SESSIONS,
    ProjectFacts,
    RoleFacts,
    Wanted,
    roles,
)

GIVES_MORE = "No key can be made that may more than whoever makes it: choose another role, or limit it."
_PEOPLE = (
    "Nobody has a role by default: a key gives one. Whoever comes with a token of an OpenID provider has the role that "
    "`access.oidc.roles` in headwater.yaml gives their group."
)
_EDITED = "Edited in headwater.yaml, which Git can show; what is running takes changes up by itself."


async def show(view: View) -> None:
    """Draw it."""
    facts = await view.ask(PROJECT)
    manages = view.may(Action.MANAGE_KEYS)
    keys = await view.ask(KEYS) if manages else ()
    sessions = await view.ask(SESSIONS) if manages else ()
    with look.page("Settings", "Who may do what here, and what this project is."):
        _project(facts)
        _roles(view)
        if manages:
            _keys(view, keys)
            _sessions(view, sessions)
        _installation(facts)
        _tables(facts)


def _project(facts: ProjectFacts) -> None:
    clock = "stands still, as `now` in headwater.yaml says" if facts.stands_still else "runs"
    with box("figures-row"):
        look.figure("Project", facts.name, facts.folder)
        look.figure("Today (UTC)", look.day(facts.now), f"{facts.now:%H:%M}; its clock {clock}")
        look.figure("Purposes", f"{len(facts.purposes):,}", "what people agree to")
        defined = sum(n for _, n in facts.files)
        look.figure("Files", f"{defined:,}", ", ".join(f"{n} {kind}" for kind, n in facts.files if n))
    text("p", f"Days and windows in rules are those of {facts.time_zone}.", "quiet small")
    with look.panel("Purposes", "what people agree to"):
        if facts.purposes:
            rows = [(Cell(name), Cell(said or look.DASH)) for name, said in facts.purposes]
            look.table("Purposes", (Column("Purpose"), Column("What for")), rows)
        else:
            look.empty("No purpose yet", "Declare what data is used for under `purposes:` in headwater.yaml.")
        text("p", _EDITED, "quiet small")


def _roles(view: View) -> None:
    with look.panel("People and roles", f"you are {view.session.caller.role.replace('_', ' ')}"):
        rows = [
            (
                Cell(each.role.replace("_", " "), tone="strong", below=_seen(each)),
                Cell(tags=[action.replace("_", " ") for action in Action if action in each.actions]),
            )
            for each in roles()
        ]
        look.table("Roles", (Column("Role"), Column("May", is_under=True)), rows)
        with box("figures", "details"):
            text("summary", "What each of these means", "quiet small")
            meanings = [(Cell(each.replace("_", " ")), Cell(each.meaning)) for each in Action]
            look.table("What each action means", (Column("May"), Column("Meaning")), meanings)
        text("p", _PEOPLE, "quiet small")


def _seen(role: RoleFacts) -> str:
    clear = ", ".join(role.labels) or "nothing that calls for care"
    return f"{role.meaning} Sees in the clear: {clear}."


def _keys(view: View, keys: tuple[AccessKey, ...]) -> None:
    with look.panel("Keys", "with a key somebody signs in here, or a program asks the API"):
        told = place()
        listed = box()
        with listed:
            _listed_keys(view, keys, told, listed)
        _new_key(view, told, listed)


async def _list_keys_again(view: View, told: Element, listed: Element) -> None:
    with told_in(told):
        keys = await view.ask(KEYS)
        listed.clear()
        with listed:
            _listed_keys(view, keys, told, listed)


def _listed_keys(view: View, keys: tuple[AccessKey, ...], told: Element, listed: Element) -> None:
    if not keys:
        look.empty(
            "No key yet",
            "Make one for each person or program: what was done with it is noted under its name.",
        )
        return
    rows = [
        (
            Cell(key.name, tone="strong", below=_limits(key)),
            _state(key),
            Cell(
                "Revoke",
                does=partial(_ask_to_revoke, view, key.name, told, listed),
                called=f"Revoke {key.name}",
            )
            if key.is_in_force
            else Cell(),
        )
        for key in keys
    ]
    look.table("Keys", (Column("Key"), Column("State"), Column("")), rows)


def _limits(key: AccessKey) -> str:
    only = f", only {', '.join(each.replace('_', ' ') for each in key.only)}" if key.only else ""
    until = f", until {look.moment(key.expires_at)}" if key.expires_at else ""
    return f"{key.role.replace('_', ' ')}{only}, made {look.moment(key.created_at)}{until} (UTC)"


def _state(key: AccessKey) -> Cell:
    if key.is_in_force:
        return Cell("in force", tone="tag good")
    return Cell("revoked" if key.revoked_at else "expired", tone="tag")


def _ask_to_revoke(view: View, name: str, told: Element, listed: Element) -> None:
    async def revoke() -> None:
        with told_in(told):
            await view.ask(REVOKE, name)
            say(told, f"The key {name} opens nothing any more.")
            await _list_keys_again(view, told, listed)

    said = f"Revoke {name}? It opens nothing any more, at once, and whoever signed in with it is signed out. It cannot be undone."
    confirm(told, said, f"Revoke {name}", revoke)


def _new_key(view: View, told: Element, listed: Element) -> None:
    with box("form", "details"):
        text("summary", "Make a key", "strong")
        with box("row"):
            name = typed("Name", hint="who will use it, like crm_sync")
            role = chosen("Role", {each.value: each.replace("_", " ") for each in Role}, Role.READ_ONLY)
            expires = typed("Until (may stay empty)", example="2027-01-01")
        options = {each.value: each.replace("_", " ") for each in Action}
        only = ticked("Limit it to some of what its role may (none ticked: all)", options)

        async def create() -> None:
            limits = tuple(each for each in Action if each.value in only.chosen)
            with told_in(told, GIVES_MORE):
                wanted = Wanted(name.value, Role(role.value), limits, expires.value)
                _show_once(told, wanted.name.strip(), await view.ask(CREATE, wanted))
                await _list_keys_again(view, told, listed)

        look.button("Make the key", create, "primary")


def _show_once(told: Element, name: str, secret: str) -> None:
    """The key, which nobody can show again."""
    told.clear()
    with told, with_attributes(box("once"), role="status"):
        text("p", f"This is the key {name}. It is shown this once: keep it now.", "strong")
        text("code", secret, "command")
        look.button("I have kept it", told.clear)


def _sessions(view: View, sessions: tuple[OpenSession, ...]) -> None:
    with look.panel("Sessions that are open", "they end by themselves after 30 minutes without use"):
        told = place()
        listed = box()
        with listed:
            _listed_sessions(view, sessions, told, listed)


def _listed_sessions(view: View, sessions: tuple[OpenSession, ...], told: Element, listed: Element) -> None:
    rows = [
        (
            Cell(each.name, tone="strong", below=_begun(each)),
            Cell(look.ago(each.seen_at)),
            Cell("this one", tone="tag good")
            if each.hash == view.session.hash
            else Cell(
                "End",
                does=partial(_ask_to_end, view, each, told, listed),
                called=f"End the session of {each.name}",
            ),
        )
        for each in sessions
    ]
    look.table("Sessions that are open", (Column("Who"), Column("Last used"), Column("")), rows)


def _begun(session: OpenSession) -> str:
    by = "by a key" if session.key_id else "by a link at this machine"
    return f"{session.role.replace('_', ' ')}, signed in {by} {look.ago(session.begun_at)}"


def _ask_to_end(view: View, session: OpenSession, told: Element, listed: Element) -> None:
    async def end() -> None:
        with told_in(told):
            await view.ask(END, session.name, session.hash)
            say(told, f"{session.name} is signed out there.")
            sessions = await view.ask(SESSIONS)
            listed.clear()
            with listed:
                _listed_sessions(view, sessions, told, listed)

    said = f"End this session of {session.name}? What is typed there and not saved is lost."
    confirm(told, said, "End the session", end)


def _installation(facts: ProjectFacts) -> None:
    with box("grid"):
        with look.panel("Where it listens"):
            rows = [(Cell(where, tone="word"), Cell(what)) for where, what in facts.ports]
            look.table("Where it listens", (Column("Address"), Column("What")), rows)
            text(
                "p",
                "Settings: HEADWATER_… in the environment, or `settings:` in headwater.yaml.",
                "quiet small",
            )
        with look.panel("What it is made of"):
            rows = [
                *((Cell(name), Cell(said)) for name, said in facts.versions),
                (Cell("operational state"), Cell(facts.state)),
                (Cell("keys that seal identifiers"), Cell(f"in: {facts.sealed_by}")),
            ]
            look.table("What it is made of", (Column(""), Column("")), rows)


def _tables(facts: ProjectFacts) -> None:
    made = [each for each in facts.tables if each.version is not None]
    with look.panel("Tables", "rows, and the version of each that is read now"):
        if not made:
            look.empty("No table yet", "The first run makes them.", "headwater run")
            return
        columns = (Column("Table"), Column("Rows", is_number=True), Column("Version", is_number=True))
        rows = [
            (
                Cell(each.table, below=each.meaning),
                Cell(look.people(each.n_rows, facts.least)),
                Cell(f"{each.version:,}"),
            )
            for each in made
        ]
        look.table("Tables", columns, rows)
        if len(made) < len(facts.tables):
            text("p", f"{len(facts.tables) - len(made):,} more hold nothing yet.", "quiet small")


PAGE = Page("/settings", "Settings", "Settings", Action.SEE_COUNTS, show)
