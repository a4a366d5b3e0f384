"""What commands about audiences share: the project opened, as it is or as of a past moment, and audiences found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Role
from headwater.audiences.as_of import NOTE, as_of as open_as_of
from headwater.audiences.parse import Audience, parse
from headwater.cli.output import err, opened
from headwater.cli.seen import TOO_FEW, counting_for
from headwater.core.clock import read_instant
from headwater.core.documents import read_document
from headwater.core.errors import NotFoundError, Problem, ProjectError, UserError
from headwater.flow.definitions import Definitions, read_definitions, read_vocabulary_of
from headwater.privacy.anonymity.counts import Counting
from headwater.privacy.shown import BELOW_FLOOR
from headwater.tables.workspace import Workspace, read

NameArgument = Annotated[str, typer.Argument(help="The audience's name.")]
ChosenArgument = Annotated[
    str, typer.Argument(help="An audience's name, or a YAML file with a rule that is not saved yet.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(help="As of a past moment: 2017-06-01 (its beginning) or 2017-06-01T12:00."),
]

RoleOption = Annotated[
    Role | None, typer.Option("--as", help="Show counts as this role sees them: small ones are not told.")
]


@contextmanager
def counted_as(role: Role | None, workspace: Workspace) -> Iterator[Counting]:
    """What counts of people are shown by; at the machine itself exactly, unless another role is wanted."""
    with counting_for(role, workspace.project, workspace.seals) as found:
        yield found


def told(count: int | None, *, as_json: bool) -> object:
    """A count as it may be seen."""
    if count is None:
        return BELOW_FLOOR if as_json else TOO_FEW
    return count


@contextmanager
def asked(folder: Path, as_of: str | None = None) -> Iterator[tuple[Workspace, Definitions]]:
    """The project and what it defines, as it is now, or as it was."""
    with read(opened(folder)) as workspace:
        definitions = read_definitions(workspace)
        if as_of is None:
            yield workspace, definitions
            return
        try:
            moment = read_instant(as_of, workspace.clock.zone)
        except (ValueError, OverflowError):
            raise UserError(
                f"'{as_of}' is no moment", next_step="write 2017-06-01 or 2017-06-01T12:00"
            ) from None
        with open_as_of(moment, definitions.traits, workspace) as past:
            err.print(f"{moment:%Y-%m-%d %H:%M} UTC; {NOTE}", soft_wrap=True)
            yield past, definitions


def find(name: str, definitions: Definitions) -> Audience:
    """The audience of this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in definitions.audiences:
        raise NotFoundError("audience", name, list(definitions.audiences))
    return definitions.audiences[name]


def chosen(name: str, workspace: Workspace, definitions: Definitions) -> Audience:
    """The audience of this name, or the rule in a file that is not saved in the project."""
    is_file = name.endswith((".yaml", ".yml"))
    return _unsaved(Path(name), workspace, definitions) if is_file else find(name, definitions)


def _unsaved(path: Path, workspace: Workspace, definitions: Definitions) -> Audience:
    """The rule in a file outside the project, judged as if it were saved."""
    if not path.is_file():
        raise UserError(f"there is no file {path}")
    document = read_document(path.resolve(), path.resolve().parent)
    mend = f"mend {path}, then ask again"
    if isinstance(document, Problem):
        raise ProjectError([document], next_step=mend)
    rule = parse(document, read_vocabulary_of(definitions, workspace))
    if isinstance(rule, list):
        raise ProjectError(rule, next_step=mend)
    return Audience(document.name, "", None, rule, document)
