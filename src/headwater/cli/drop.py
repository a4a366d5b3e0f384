"""The command that answers the lists of California's DROP."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.audited import audited, count
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.cli.persons import ASKED, WAIT_SECONDS
from headwater.core.errors import UserError
from headwater.flow.answering.drop import Answered
from headwater.flow.privacy import Privacy
from headwater.privacy.drop import Status

_WORDS = {each.value: each.name.lower().replace("_", " ") for each in Status}


@audited("privacy drop", ASKED)
def drop(
    file: Annotated[Path, typer.Argument(help="The ZIP of lists, as the DROP gives it.")],
    answer: Annotated[Path, typer.Option(help="The folder to be made for the answers.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without it, what would be answered is shown.")
    ] = False,
    opt_out: Annotated[
        bool, typer.Option("--opt-out", help="Let them opt out of sale and sharing, and erase nobody.")
    ] = False,
    exempt: Annotated[
        Path | None, typer.Option(help="A file of IDs, one a line, that are exempt by law.")
    ] = None,
) -> None:
    """Answer the lists of California's DROP: erase whom they name, as far as they are held, and write the answers.

    Example: `headwater privacy drop lists.zip --answer answers`
    """
    privacy = Privacy(opened(project), wait_seconds=WAIT_SECONDS)
    answered = privacy.drop(file, answer, exempt=_ids(exempt), opts_out=opt_out, doing=yes)
    count(**({"changed": answered.n_found} if yes else {"seen": answered.n_found}))
    if as_json:
        show_json(asdict(answered))
        return
    _show(answered, answer)


def _ids(file: Path | None) -> frozenset[str]:
    if file is None:
        return frozenset()
    try:
        return frozenset(filter(None, map(str.strip, file.read_text(encoding="utf-8").splitlines())))
    except (OSError, UnicodeDecodeError):
        raise UserError(f"{file} cannot be read", next_step="name a text file with one ID a line") from None


def _show(answered: Answered, folder: Path) -> None:
    rows = [{"answer": f"{status} {_WORDS[status]}", "n": n} for status, n in answered.statuses.items()]
    show_table(rows, {"answer": "answer", "n": "IDs"})
    for name, n in answered.not_looked_for.items():
        out.print(f"{name}: {n:,} IDs are not answered: nobody can be found by such hashes.", markup=False)
    if answered.bad:
        out.print(f"{len(answered.bad):,} rows cannot be answered; the first:")
        show_table(
            [asdict(each) for each in answered.bad[:5]], {"file": "file", "line": "line", "reason": "why"}
        )
    out.print(
        f"The answers are in {folder}." if answered.is_done else "Nothing was changed. With --yes it is done."
    )
