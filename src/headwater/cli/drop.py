"""The command that answers California's deletion lists. It shows nobody, only how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.audited import audited, count
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.flow.drop import Answered, Listed, answer_drop, foresee_drop
from headwater.privacy.receipt import written

WAIT_SECONDS = 30.0
_LISTS = {
    "list": "list",
    "requests": "requests",
    "deleted": "deleted",
    "opted_out": "opted out",
    "not_found": "not found",
    "several": "shared by several",
    "unreadable": "unreadable",
}


@audited("privacy drop", lambda given: Action.PRIVACY_REQUESTS if given["answer"] else Action.SEE_PEOPLE)
def drop(
    file: Annotated[
        Path,
        typer.Argument(
            help="The ZIP file of deletion lists, as it was downloaded.", exists=True, dir_okay=False
        ),
    ],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    answer: Annotated[
        Path | None,
        typer.Option(help="A folder for the answers; without it nobody is erased, and only counted."),
    ] = None,
) -> None:
    """Erase whoever California's Delete Request and Opt-out Platform lists, and write the answers to upload.

    Example: `headwater privacy drop lists.zip --answer answers`
    """
    known = opened(project)
    if answer is None:
        done = foresee_drop(known, file)
        count(seen=sum(each.n_deleted for each in done.lists))
    else:
        done = answer_drop(known, file, answer, wait_seconds=WAIT_SECONDS)
        count(erased=sum(each.n_deleted for each in done.lists))
    if as_json:
        show_json({**asdict(done), "receipt": written(done.receipt) if done.receipt else None})
    else:
        _show(done, is_answered=answer is not None)


def _show(done: Answered, *, is_answered: bool) -> None:
    show_table([_row(each) for each in done.lists], _LISTS)
    for each in done.lists:
        if not each.is_answered:
            out.print(
                f"{each.list} is not answered: no identifier is made of what its people are named by.",
                soft_wrap=True,
            )
        for line, why in sorted(each.refused.items())[:5]:
            out.print(f"{each.list}, line {line}: {why}; it is not answered", soft_wrap=True)
    if any(each.n_several for each in done.lists):
        out.print(
            "What several people share is not answered: no purpose is sale or sharing (`ccpa:`).",
            soft_wrap=True,
        )
    if done.n_removed:
        out.print(f"{done.n_removed:,} requests were taken back since; they need no answer.")
    if done.receipt is not None:
        out.print(f"The receipt is {done.receipt.request_id}.")
    for name in done.files:
        out.print(f"Written: {name}", soft_wrap=True)
    if not is_answered:
        out.print("Nothing was changed. With --answer FOLDER they are erased, and the answers are written.")


def _row(each: Listed) -> Mapping[str, object]:
    return {
        "list": each.list,
        "requests": each.n_items,
        "deleted": each.n_deleted,
        "opted_out": each.n_opted_out,
        "not_found": each.n_not_found,
        "several": each.n_several,
        "unreadable": each.n_refused,
    }
