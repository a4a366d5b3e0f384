"""Where people sign in besides with keys: what the project's files say, while they are changed.

Reads `access:` of headwater.yaml.
"""

from __future__ import annotations

from pathlib import Path

from headwater.core.config import Oidc
from headwater.flow.generation import generation, sound_project


class Declared:
    """What `access.oidc` says in the files that were last found sound; read again when others are."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: tuple[str, Oidc | None] | None = None

    def __call__(self) -> Oidc | None:
        """Which provider's tokens count."""
        now = generation(self._root)
        if self._found is None or self._found[0] != now:
            self._found = (now, sound_project(self._root).config.access.oidc)
        return self._found[1]
