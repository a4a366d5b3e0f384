"""A test call: whether a destination answers, and takes what it would be sent. Nobody is in it, and no ledger knows of it.

Sends a batch without members, once; where files are written, a hidden one that is taken away again.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from headwater.activate.attempt import text_of
from headwater.activate.declare import DeclaredDestination
from headwater.activate.destination import Accepted, Batch, Change, File, Response
from headwater.activate.prepare import field_names
from headwater.activate.secrets import secrets_in, with_secrets
from headwater.activate.transport import Transport
from headwater.activate.words import LONGEST_ANSWER, harmless
from headwater.core.project import Project

AUDIENCE = "headwater_test"
"""What the batch says it is of: whoever reads it there can tell."""


@dataclass(frozen=True)
class Tried:
    """What came of a test call. `said`: in words, without secrets; `seconds`: until it was answered."""

    is_taken: bool
    said: str
    seconds: float


def try_out(to: DeclaredDestination, project: Project) -> Tried:
    """Ask a destination to take a batch of nobody.

    Raises:
        SettingsError: a secret that it names is not there, or makes its settings impossible.
    """
    settings = with_secrets(to.settings, f"destination '{to.name}' ({to.document.file})")
    fields = field_names(to.kind, to.identifiers)
    key = f"test-{uuid4().hex}"
    request = to.kind.request(
        settings, Batch(key, to.name, AUDIENCE, Change.ADDED, fields, (), datetime.now(UTC))
    )
    begun = time.perf_counter()
    with Transport(project.root, project.settings.http_timeout_seconds) as transport:
        if isinstance(request, File):
            hidden = replace(request, name=f".{key}", content=b"")
            answer = transport.carry(hidden)
            with suppress(OSError):  # it could not be written: that is told
                project.path(hidden.folder, hidden.name).unlink()
            said = f"files can be written to {hidden.folder}/"
        else:
            answer = transport.carry(request)
            said = "it took a batch of nobody"
    seconds = time.perf_counter() - begun
    outcome = to.kind.read(settings, answer) if isinstance(answer, Response) else answer
    if isinstance(outcome, Accepted):
        return Tried(True, said, seconds)
    own = harmless(text_of(answer), secrets_in(to.settings, settings), (), LONGEST_ANSWER)
    return Tried(False, f"{outcome.reason}: {own}" if own else outcome.reason, seconds)
