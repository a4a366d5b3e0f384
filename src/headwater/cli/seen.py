"""What commands share that show an answer as a role sees it (`--as`): masked as the management API masks it.

Whoever runs commands has everything; `--as` is for looking at what a role would be told, before somebody is given it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from headwater.access.audit.about import local_user
from headwater.access.masking import Mask
from headwater.access.roles import Action, Role
from headwater.api.masks import known_of, labels_declared
from headwater.cli.output import cell, out, show_json, show_table
from headwater.core.errors import Refusal
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.core.sealing.seals import Seals
from headwater.flow.definitions import Definitions
from headwater.privacy.anonymity.counts import Counting, Exact, counting
from headwater.privacy.shown import BELOW_FLOOR
from headwater.tables.workspace import Workspace

TOO_FEW = "too few"
MOST_COLUMNS = 10
SeenAsOption = Annotated[
    Role | None, typer.Option("--as", help="Show it as this role sees it: masked, and without small counts.")
]


@contextmanager
def counting_for(role: Role | None, project: Project, seals: Seals) -> Iterator[Counting]:
    """What counts of people are shown by; at the machine itself exactly, unless another role is wanted."""
    if role is None or Action.SEE_SMALL_COUNTS in role.actions:
        yield Exact()
        return
    with counting(project, seals, local_user()) as found:
        yield found


def show_as(
    role: Role, answer: object, project: Project, *, as_json: bool, needs: Action = Action.SEE_COUNTS
) -> None:
    """Show an answer, whose dataclass says what its texts and numbers are, as a role sees it.

    Raises:
        Refusal: it does not see such answers at all.
    """
    if needs not in role.actions:
        raise Refusal(
            f"the role {role} does not see this: it may not {needs}",
            next_step="`headwater access roles` shows which role may",
        )
    seals = seals_of(project)
    with counting_for(role, project, seals) as found:
        mask = Mask(role.labels, lambda: seals, lambda: known_of(project), lambda: found)
        seen = mask.shown(answer, type(answer))
    if as_json:
        show_json(seen)
    elif isinstance(seen, Mapping):
        _show(seen)


def _show(seen: Mapping[str, object]) -> None:
    """Each value on a line, and what there are several of as a table."""
    for name, value in seen.items():
        heading = name.replace("_", " ")
        if rows := _rows(value):
            out.print(f"[bold]{heading}[/]")
            _show_rows(rows)
        else:
            out.print(f"[bold]{heading}:[/] {cell(_word(value))}", soft_wrap=True)


def _show_rows(rows: Sequence[Mapping[str, object]]) -> None:
    """Rows as a table; of many columns each as a paragraph."""
    columns = {key: key.replace("_", " ") for key in rows[0]}
    if len(columns) <= MOST_COLUMNS:
        show_table(rows, columns)
        return
    for row in rows:
        told = (f"{columns[key]} {cell(value)}" for key, value in row.items() if cell(value))
        out.print("  " + "; ".join(told), soft_wrap=True)


def _rows(value: object) -> list[dict[str, object]]:
    """The rows of a table, if a value is any."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [{key: _word(each) for key, each in row.items()} for row in value if isinstance(row, Mapping)]


def _word(value: object) -> object:
    """A value as a table shows it."""
    if value == BELOW_FLOOR:
        return TOO_FEW
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {cell(_word(each))}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_word(each)) for each in value) or "none"
    return value


def masked(answer: Any, role: Role | None, workspace: Workspace, definitions: Definitions) -> Any:
    """An answer as plain data, masked for a role; for whoever sits at the machine itself (None) as it is."""
    if role is None:
        return answer
    with counting_for(role, workspace.project, workspace.seals) as found:
        mask = Mask(role.labels, lambda: workspace.seals, lambda: labels_declared(definitions), lambda: found)
        return mask.shown(answer, type(answer))
