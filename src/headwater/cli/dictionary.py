"""The command that tells what data there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.asking import RoleOption, asked, counted_as
from headwater.cli.audited import not_audited
from headwater.cli.output import JsonOption, ProjectOption, cell, out, show_json, show_table
from headwater.cli.sheets import CsvOption, write_csv
from headwater.core.errors import NotFoundError
from headwater.explore.dictionary import Entry, Kind, Seen
from headwater.flow.dictionary import read_dictionary

_CSV = (
    "kind", "of", "name", "type", "description", "n", "n_filled", "fill_rate", "n_people", "n_distinct", "frequent",
    "quantiles", "labels", "first_at", "last_at", "audiences",
)  # fmt: skip


@not_audited
def dictionary(
    name: Annotated[str, typer.Argument(help="Only what is called so, with all that is known of it.")] = "",
    project: ProjectOption = Path(),
    of: Annotated[
        list[Kind] | None, typer.Option("--of", help="Only this kind; may be said several times.")
    ] = None,
    as_role: RoleOption = None,
    to_csv: CsvOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what data there is: events, properties, traits, attributes, columns, and what is in each.

    Example: `headwater dictionary --of trait`, or `headwater dictionary revenue`
    """
    with asked(project) as (workspace, definitions), counted_as(as_role, workspace) as counting:
        labels = None if as_role is None else frozenset(each.value for each in as_role.labels)
        kinds = frozenset(of or Kind)
        entries = read_dictionary(workspace, definitions, kinds, Seen(counting, labels))
    if name:
        known = sorted({each.name for each in entries})
        entries = tuple(each for each in entries if each.name == name)
        if not entries:
            raise NotFoundError("entry of the dictionary", name, known)
    write_csv([_row(each) for each in entries], _CSV, to_csv)
    if as_json:
        show_json({"entries": [vars(each) for each in entries]})
    elif name:
        for entry in entries:
            _show(entry)
    else:
        _list(entries)


def _list(entries: tuple[Entry, ...]) -> None:
    for kind in Kind:
        own = [each for each in entries if each.kind is kind]
        if not own:
            continue
        out.print(f"[bold]{kind}[/]: {len(own):,}")
        columns = {"of": "of"} if kind in (Kind.PROPERTY, Kind.COLUMN) else {}
        columns |= {
            "name": "name",
            "type": "type",
            "n_filled": "how many",
            "fill": "filled",
            "n_distinct": "values",
        }
        columns |= {"most": "most frequent", "labels": "labels", "used": "audiences", "description": ""}
        show_table([_in_words(each) for each in own], columns)
        out.print()


def _in_words(entry: Entry) -> dict[str, object]:
    most = ", ".join(each.value for each in entry.frequent[:3])
    return {
        **vars(entry),
        "fill": "" if entry.fill_rate is None else f"{entry.fill_rate:.0%}",
        "most": most if len(most) <= 40 else most[:39] + "…",
        "labels": ", ".join(entry.labels),
        "used": len(entry.audiences) or "",
    }


def _show(entry: Entry) -> None:
    """All that is known of one."""
    head = f"[bold]{entry.kind} {entry.name}[/]" + (f" of {entry.of}" if entry.of else "")
    out.print(f"{head}: {cell(entry.description)}", soft_wrap=True)
    row = _row(entry)
    for key in (
        "type",
        "n",
        "n_filled",
        "n_people",
        "n_distinct",
        "quantiles",
        "labels",
        "first_at",
        "last_at",
        "audiences",
    ):
        if row[key] not in (None, ""):
            out.print(f"[bold]{key.replace('_', ' ')}:[/] {cell(row[key])}", soft_wrap=True)
    if entry.because:
        out.print(f"[bold]because of:[/] {cell('; '.join(entry.because))}", soft_wrap=True)
    if entry.frequent:
        show_table([vars(each) for each in entry.frequent], {"value": "value", "n": "how often"})
    out.print()


def _row(entry: Entry) -> dict[str, object]:
    return {
        **vars(entry),
        "frequent": "; ".join(f"{each.value}: {each.n}" for each in entry.frequent),
        "quantiles": "; ".join(f"{share}: {value:g}" for share, value in entry.quantiles.items()),
        "labels": ", ".join(entry.labels),
        "audiences": ", ".join(entry.audiences),
    }
