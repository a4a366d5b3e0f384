"""What took time to find out, remembered in a file of a project's `work/` folder, which can be deleted at any time.

Values of JSON by key. What is not used between opening and keeping is forgotten, so that a memory stays as small as what it
is of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4


@dataclass
class Remembered:
    """What a file remembered, and what is to be remembered next; see `remembered_in`.

    Attributes:
        form: of the values; those of another form are forgotten.
    """

    path: Path
    form: str
    before: Mapping[str, Any]
    now: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any | None:
        """A value, if it is remembered; it will be further on."""
        if key not in self.now and key in self.before:
            self.now[key] = self.before[key]
        return self.now.get(key)

    def put(self, key: str, value: Any) -> None:
        """Remember a value of JSON."""
        self.now[key] = value

    def keep(self) -> None:
        """Write what was used, if it differs; where there is no such folder (yet), it is found out again next time."""
        if self.now.keys() == self.before.keys() or not self.path.parent.is_dir():
            return
        draft = self.path.with_name(f".{uuid4().hex}.json")
        try:
            draft.write_text(json.dumps({"form": self.form, "held": self.now}), encoding="utf-8")
            draft.replace(self.path)
        except OSError:
            with suppress(OSError):
                draft.unlink()


def remembered_in(path: Path, form: str) -> Remembered:
    """What a file remembers; nothing if it cannot be read, or is of another form."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Remembered(path, form, dict(held["held"]) if held["form"] == form else {})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Remembered(path, form, {})
