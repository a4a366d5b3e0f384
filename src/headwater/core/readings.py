"""What YAML files were read as, remembered by their content, for reading a few hundred of them takes half a second.

Reads and writes `work/documents.json`, which can be deleted at any time. Only what is sound is remembered: what is wrong is
read, and told, again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from ruamel.yaml import version_info

from headwater.core.documents import Document, parse_document
from headwater.core.errors import Problem

FORM = (1, *version_info)  # of what is remembered; what was remembered in another is forgotten


@dataclass
class Readings:
    """What was remembered, by the digest of a file's content, and what was read since; see `readings_in`."""

    path: Path
    before: Mapping[str, Any]
    now: dict[str, Any] = field(default_factory=dict)

    def document(self, path: Path, root: Path) -> Document | Problem:
        """A YAML file as a document, or what is wrong with it."""
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        file = path.relative_to(root).as_posix()
        if digest in self.before:
            self.now[digest] = self.before[digest]
            return heard(self.before[digest], file)
        read = parse_document(content, file)
        if isinstance(read, Document) and (words := said(read)) is not None:
            self.now[digest] = words
        return read

    def keep(self) -> None:
        """Remember what was read, and nothing else; where it cannot be written, it is read again next time."""
        if self.now.keys() == self.before.keys():
            return
        draft = self.path.with_name(f".{uuid4().hex}.json")
        try:
            self.path.parent.mkdir(exist_ok=True)
            draft.write_text(json.dumps({"form": FORM, "read": self.now}), encoding="utf-8")
            draft.replace(self.path)
        except OSError:
            with suppress(OSError):
                draft.unlink()


def readings_in(path: Path) -> Readings:
    """What a file remembers; nothing if it cannot be read."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Readings(path, held["read"] if tuple(held["form"]) == FORM else {})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Readings(path, {})


def said(document: Document) -> list[Any] | None:
    """A document as JSON holds it; None where it cannot."""
    words = [document.data, [[list(place), line] for place, line in document.lines.items()]]
    try:
        return words if repr(json.loads(json.dumps(words))) == repr(words) else None
    except (TypeError, ValueError, RecursionError):
        return None


def heard(words: Any, file: str) -> Document:
    """The document that was said so."""
    data, lines = words
    return Document(file, PurePosixPath(file).stem, data, {tuple(place): line for place, line in lines})
