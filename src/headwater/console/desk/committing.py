"""Committing files that a page saved, as questions: what Git knows of them, and the commit, by whoever may change such files."""

from __future__ import annotations

from pathlib import PurePosixPath

from headwater.access.roles import Action
from headwater.console.desk.question import Given, Question
from headwater.console.desk.repository import State, commit, state_of
from headwater.core.errors import UserError

Files = tuple[str, ...]
"""Of the project, as paths in it; also where one was that is gone."""
Committing = tuple[Question[State | None], Question[str]]
"""The state of files, and committing them with a message, which gives the commit's short id."""


def committing(kind: str, action: Action) -> Committing:
    """Both questions for the files of a kind, like `audiences`; `action`: the one that changing them is."""

    def state(given: Given, files: Files) -> State | None:
        _expect_of(kind, files)
        return state_of(given.project.root, files)

    def done(given: Given, files: Files, message: str) -> str:
        _expect_of(kind, files)
        return commit(given.project.root, files, message, given.caller.name)

    return (
        Question(f"console {kind} git", action, state, seconds=0.0, about=_names),
        Question(f"console {kind} commit", action, done, seconds=0.0, about=lambda files, _: _names(files)),
    )


def _expect_of(kind: str, files: Files) -> None:
    """Go on only if these are files of a kind.

    Raises:
        UserError: one is not.
    """
    for file in files:
        path = PurePosixPath(file)
        is_hidden = any(part.startswith(".") for part in path.parts)
        if path.parts[:1] != (kind,) or path.suffix != ".yaml" or is_hidden:
            raise UserError(f"{file} is no file of {kind}/", next_step=f"commit files of {kind}/ here")


def _names(files: Files) -> tuple[str, ...]:
    return tuple(dict.fromkeys(PurePosixPath(file).stem for file in files))
