"""Commands that ask about several audiences, or what a rule would change: reach, overlap, compare, diff."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action, Role
from headwater.audiences.chosen import Members, as_refreshed, by_rules
from headwater.audiences.compare import LEAST_PEOPLE, Comparison, Difference, compare as compare_audiences
from headwater.audiences.diff import Moved, diff as diff_rules
from headwater.audiences.overlap import overlap_of
from headwater.audiences.parse import parse_rule
from headwater.audiences.reach import reach as reach_of
from headwater.audiences.rule import Rule, fingerprint
from headwater.audiences.versions import read_sizes, read_versions
from headwater.cli.asking import (
    AsOfOption,
    ChosenArgument,
    NameArgument,
    RoleOption,
    asked,
    chosen,
    counted_as,
    find,
    told,
)
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.chart import show_matrix
from headwater.cli.output import JsonOption, ProjectOption, out, show_json, show_table
from headwater.cli.seen import show_as
from headwater.core.errors import UserError
from headwater.flow.definitions import Definitions, read_vocabulary_of
from headwater.flow.sharing.asked import compared_as_told, reached_together
from headwater.flow.sharing.counted import overlaps_of
from headwater.flow.summary import list_audiences
from headwater.privacy.anonymity.counts import Counting
from headwater.tables.workspace import Workspace

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Audiences, or YAML files with rules not saved yet; the largest six if none is named."
    ),
]
NowOption = Annotated[bool, typer.Option("--now", help="By the rules now, not as last refreshed.")]


class Measure(StrEnum):
    """How `overlap` says how much two audiences share."""

    SHARE = "share"
    JACCARD = "jaccard"
    LIFT = "lift"


@not_audited
def reach(
    names: NamesArgument = None,
    project: ProjectOption = Path(),
    now: NowOption = False,
    as_of: AsOfOption = None,
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the people in at least one of several audiences, and what each adds.

    Example: `headwater audiences reach lapsing families`
    """
    with asked(project, as_of) as (workspace, definitions):
        members = _members(names, workspace, definitions, now=now or bool(as_of))
    if as_role is not None:
        show_as(as_role, reached_together(members), workspace.project, as_json=as_json)
        return
    found = reach_of(members)
    if as_json:
        show_json({"n_people": found.n_people, "share": found.share, "audiences": found.audiences})
        return
    columns = {"audience": "audience", "size": "size", "unique": "only here", "incremental": "new here"}
    show_table([vars(each) for each in found.audiences], columns | {"cumulative": "together so far"})
    out.print(f"[bold]{found.n_people:,}[/] people, {found.share:.1%} of all")


@not_audited
def overlap(
    names: NamesArgument = None,
    project: ProjectOption = Path(),
    measure: Annotated[Measure, typer.Option(help="What to show beside the count.")] = Measure.SHARE,
    now: NowOption = False,
    as_of: AsOfOption = None,
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count how audiences overlap, as last refreshed or by their rules now.

    Example: `headwater audiences overlap lapsing families --measure lift`
    """
    with asked(project, as_of) as (workspace, definitions):
        members = _members(names, workspace, definitions, now=now or bool(as_of))
        found = overlap_of(members)
        if as_role is not None:
            with counted_as(as_role, workspace) as counting:
                _show_overlaps(members, counting, as_json=as_json)
            return
    if as_json:
        matrices = {name: getattr(found, name) for name in ("counts", "shares", "jaccard", "lift")}
        show_json({"audiences": found.names, **matrices})
    else:
        show_matrix(found, "shares" if measure is Measure.SHARE else measure.value)


@not_audited
def compare(
    name: ChosenArgument,
    reference: Annotated[
        str, typer.Argument(help="Another audience, or a YAML file; everyone if left out.")
    ] = "",
    project: ProjectOption = Path(),
    limit: Annotated[int, typer.Option(help="At most this many differences.", min=1)] = 20,
    everything: Annotated[bool, typer.Option("--all", help="Also what may be chance.")] = False,
    as_of: AsOfOption = None,
    as_role: RoleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what people of an audience have and do more or less often than everyone, or than another audience.

    Example: `headwater audiences compare coffee_lovers`
    """
    with asked(project, as_of) as (workspace, definitions):
        audiences = {each: chosen(each, workspace, definitions) for each in (name, reference) if each}
        members = by_rules(audiences, workspace, definitions.audiences)
        found = compare_audiences(name, members, workspace, reference)
    if as_role is not None:
        _show_compared(found, members, as_role, workspace, is_all=everything, limit=limit, as_json=as_json)
        return
    rows = [_difference(each) for each in found.differences if everything or each.is_marked][:limit]
    if as_json:
        head = {key: value for key, value in vars(found).items() if key != "differences"}
        show_json(head | {"least_people": LEAST_PEOPLE, "differences": rows})
        return
    out.print(f"{found.audience}: {found.size:,} people, against {found.reference}: {found.reference_size:,}")
    columns = {
        "what": "",
        "value": "value",
        "n": "people",
        "share": "share",
        "reference_share": "of the others",
    }
    show_table([_in_words(row) for row in rows], columns | {"index": "index", "interval": "95 % interval"})


@audited("audiences diff", Action.SEE_PEOPLE, "name")
def diff(
    name: NameArgument,
    new: Annotated[
        str,
        typer.Argument(
            help="A YAML file with the new rule; if left out, the rule last refreshed is the old one."
        ),
    ] = "",
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who would enter and leave if an audience had a new rule, and why.

    Example: `headwater audiences diff coffee_lovers new.yaml`
    """
    with asked(project, as_of) as (workspace, definitions):
        old_rule, new_rule = find(name, definitions).rule, find(name, definitions).rule
        if new:
            new_rule = chosen(new, workspace, definitions).rule
        else:
            old_rule = _last_refreshed(name, workspace, definitions)
        found = diff_rules(old_rule, new_rule, workspace, definitions.audiences)
    count(seen=len(found.enter.sample) + len(found.leave.sample))
    if as_json:
        show_json({"audience": name, **vars(found)})
        return
    out.print(f"[bold]old:[/] {_plain(found.old)}\n[bold]new:[/] {_plain(found.new)}", soft_wrap=True)
    out.print(f"[bold]size:[/] {found.old_size:,} → {found.new_size:,}; {found.n_stay:,} stay")
    _show_moved("enter", found.enter)
    _show_moved("leave", found.leave)


def _show_compared(
    found: Comparison,
    members: Members,
    role: Role,
    workspace: Workspace,
    *,
    is_all: bool,
    limit: int,
    as_json: bool,
) -> None:
    """A comparison as a role sees it."""
    with counted_as(role, workspace) as counting:
        told = compared_as_told(found, members, counting)
    shown = tuple(each for each in told.differences if is_all or each.is_marked)[:limit]
    show_as(role, replace(told, differences=shown), workspace.project, as_json=as_json)


def _show_overlaps(members: Members, counting: Counting, *, as_json: bool) -> None:
    """Each two audiences and what they share, as somebody may see it."""
    found = overlaps_of(members)
    rows = [
        {
            "audience": each.audience,
            "other": each.other,
            "both": told(counting.crowd(each.both.people), as_json=as_json),
        }
        for each in found.overlaps
    ]
    if as_json:
        show_json({"overlaps": rows})
    else:
        show_table(rows, {"audience": "audience", "other": "and", "both": "share"})


def _members(
    names: list[str] | None, workspace: Workspace, definitions: Definitions, *, now: bool
) -> Members:
    """The members of the named audiences; a file's rule is evaluated now, and then so are the others."""
    wanted = list(dict.fromkeys(names or _largest(workspace, definitions)))
    if not now and not any(name.endswith((".yaml", ".yml")) for name in wanted):
        return as_refreshed(wanted, workspace)
    audiences = {name: chosen(name, workspace, definitions) for name in wanted}
    return by_rules(audiences, workspace, definitions.audiences)


def _largest(workspace: Workspace, definitions: Definitions) -> list[str]:
    return [str(row["audience"]) for row in list_audiences(workspace, definitions) if row["size"]][:6]


def _last_refreshed(name: str, workspace: Workspace, definitions: Definitions) -> Rule:
    """The rule of the newest version that differs from the file's, or that of the file."""
    current = fingerprint(find(name, definitions).rule)
    sizes, versions = read_sizes(name, workspace), read_versions(name, workspace)
    last = next((each for each in versions if sizes and each.number == sizes[-1].version), None)
    if last is None:
        raise UserError(
            f"the rule that {name} was last refreshed with was not kept",
            next_step="run `headwater run`, or name a YAML file with the new rule",
        )
    if last.rule_fingerprint == current:
        return find(name, definitions).rule
    rule = parse_rule(last.rule, read_vocabulary_of(definitions, workspace))
    if isinstance(rule, list):
        raise UserError(f"the rule that {name} was last refreshed with cannot be read any more: {rule[0]}")
    return rule


def _difference(found: Difference) -> dict[str, object]:
    """As JSON has it: without infinity."""
    high = None if found.high == float("inf") else found.high
    return {**vars(found), "high": high, "is_marked": found.is_marked}


def _in_words(row: dict[str, object]) -> dict[str, object]:
    index, high = row["index"], row["high"]
    mark = " *" if row["is_marked"] else ""
    return {
        **row,
        "what": row["name"],
        "share": f"{row['share']:.1%}",
        "reference_share": f"{row['reference_share']:.1%}",
        "index": "only here" + mark if index is None else f"{index:.0f}{mark}",
        "interval": f"{row['low']:.0f} to {'…' if high is None else f'{high:.0f}'}",
    }


def _show_moved(word: str, moved: Moved) -> None:
    sample = ", ".join(map(str, moved.sample.tolist()))
    out.print(f"[bold]{word}:[/] {moved.n:,}" + (f", among them {sample}" if sample else ""))
    for reason in moved.reasons:
        out.print(f"  {reason.n:,} by the {reason.rule} rule: {_plain(reason.condition)}", soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
