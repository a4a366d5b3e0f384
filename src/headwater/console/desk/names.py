"""The names of what a project defines, for the command palette."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.desk.question import Given, Question


def _names(given: Given) -> tuple[str, ...]:
    """Every audience by name."""
    return tuple(sorted(document.name for document in given.project.documents["audiences"]))


NAMES = Question("console names", Action.SEE_COUNTS, _names)
