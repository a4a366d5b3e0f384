"""What YAML files were read as, remembered by their content, for reading a few hundred of them takes half a second.

Only what is sound is remembered: what is wrong is read, and told, again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import __version__

from headwater.core.documents import Document, parse_document
from headwater.core.errors import Problem
from headwater.core.remembered import Remembered

FORM = f"1 {__version__}"


def reread(path: Path, root: Path, readings: Remembered) -> Document | Problem:
    """A YAML file as a document, or what is wrong with it; not parsed if it was before."""
    content, file = path.read_bytes(), path.relative_to(root).as_posix()
    digest = hashlib.sha256(content).hexdigest()
    if (words := readings.get(digest)) is not None:
        return heard(words, file)
    read = parse_document(content, file)
    if isinstance(read, Document) and (words := said(read)) is not None:
        readings.put(digest, words)
    return read


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
