"""Commands about the keys that identifiers are sealed with: list, rotate, reseal, forget, check. No command shows a key."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.audited import audited, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.core.errors import Bug, UserError
from headwater.core.sealing.keeping import Keeping, keeping_of
from headwater.core.sealing.keys import KeyRing, State
from headwater.core.sealing.seals import Place, Seals
from headwater.flow.reseal import reseal_all

app = typer.Typer(help="Keep the keys that personal identifiers are sealed with.", no_args_is_help=True)

NONE_YET = "There are no keys yet: they are made when something is sealed first."


@app.command(name="list")
@not_audited
def show(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show which keys there are, and where; never the keys themselves.

    Example: `headwater keys list`
    """
    keeping = keeping_of(opened(project))
    _show(keeping, keeping.load(), as_json=as_json)


@app.command()
@audited("keys rotate", Action.MANAGE_KEYS)
def rotate(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Make a new key that seals from now on. Those before still open what they sealed; blind indexes stay as they are.

    Example: `headwater keys rotate`
    """
    keeping = keeping_of(opened(project))
    _show(keeping, keeping.rotate(), as_json=as_json)


@app.command()
@audited("keys reseal", Action.MANAGE_KEYS)
def reseal(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Seal everything anew that retired keys sealed: tables, log, live profiles. Then a retired key can be forgotten.

    Example: `headwater keys reseal`
    """
    done = reseal_all(opened(project))
    if as_json:
        show_json(asdict(done))
    else:
        out.print(
            f"Sealed anew: {done.n_tables:,} tables, {done.n_records:,} records of the log, {done.n_people:,} live profiles."
        )


@app.command()
@audited("keys forget", Action.MANAGE_KEYS)
def forget(
    key: Annotated[str, typer.Argument(help="The id of a retired key.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="What it sealed shall be gone, in every copy and backup.")
    ] = False,
) -> None:
    """Destroy a retired key: what it sealed, and has not been sealed anew, nobody can read any more.

    Example: `headwater keys forget 0a1b2c3d --for-good`
    """
    if not for_good:
        raise UserError(
            f"what the key {key} sealed would be gone, and nothing brings it back",
            next_step="run `headwater keys reseal`, so that nothing is; then say --for-good, and destroy copies of the keys, too",
        )
    keeping = keeping_of(opened(project))
    _show(keeping, keeping.forget(key), as_json=as_json)


@app.command()
@not_audited
def check(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Check that the keys are there, sound, closed to others, and all that the tables may need. Changes nothing.

    Example: `headwater keys check`
    """
    keeping = keeping_of(opened(project))
    ring = keeping.load()
    if ring is not None:
        _try(ring)
    if as_json:
        show_json(
            {"place": keeping.store.name, "sound": ring is not None, "keys": len(ring.keys) if ring else 0}
        )
    elif ring is None:
        out.print(NONE_YET)
    else:
        n = len(ring.keys)
        out.print(
            f"Sound: {n:,} data key{'s' if n > 1 else ''} and the index key, in {keeping.store.name}. "
            "Keep a copy of them, apart from copies of the data: without them what they sealed cannot be read.",
            soft_wrap=True,
        )


def _try(ring: KeyRing) -> None:
    """Seal and open once."""
    seals, place = Seals(ring), Place("check", "value")
    if seals.open_text(seals.seal_text("sealed and opened", place), place) != "sealed and opened":
        raise Bug("what was sealed does not open as it was")


def _show(keeping: Keeping, ring: KeyRing | None, *, as_json: bool) -> None:
    keys = ring.keys if ring else ()
    rows: list[dict[str, object]] = [
        {"id": key.key_id, "state": key.state.value, "created_at": key.created_at} for key in keys
    ]
    if ring is not None:
        rows.append({"id": ring.index.key_id, "state": "index", "created_at": ring.index.created_at})
    if as_json:
        show_json({"place": keeping.store.name, "keys": rows})
        return
    if not rows:
        out.print(NONE_YET)
        return
    meanings = {
        State.ACTIVE.value: "seals and opens",
        State.RETIRED.value: "opens what it sealed",
        State.FORGOTTEN.value: "is destroyed, with what it sealed",
        "index": "finds equal values; stays",
    }
    show_table(
        [{**row, "meaning": meanings[str(row["state"])]} for row in rows],
        {"id": "key", "state": "state", "created_at": "made (UTC)", "meaning": ""},
    )
    out.print(f"\nin {keeping.store.name}", soft_wrap=True)
