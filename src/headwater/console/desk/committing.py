"""Committing a file that a page saved, as questions: what Git knows of it, and the commit, by whoever may change such files."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.desk.files import file_of
from headwater.console.desk.question import Given, Question
from headwater.console.desk.repository import State, commit, state_of

Committing = tuple[Question[State | None], Question[str]]
"""The state of a file, by the name of what it defines; and committing it with a message, which gives the commit's short id."""


def committing(kind: str, action: Action) -> Committing:
    """Both questions for the files of a kind, like `audiences`; `action`: the one that changing them is."""

    def state(given: Given, name: str) -> State | None:
        return state_of(given.project.root, file_of(given.project.root, kind, name))

    def done(given: Given, name: str, message: str) -> str:
        return commit(given.project.root, file_of(given.project.root, kind, name), message, given.caller.name)

    return (
        Question(f"console {kind} git", action, state, seconds=0.0, about=lambda name: (name,)),
        Question(f"console {kind} commit", action, done, seconds=0.0, about=lambda name, _: (name,)),
    )
