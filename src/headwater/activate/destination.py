"""What a destination is: a declaration and two pure functions, so that it can be tested without any platform.

A module in `activate/destinations/` holds one `Destination` under the name DESTINATION. It turns a batch into a request
and an answer into an outcome; it opens no connection and no file, and sees no table, no SQL and no profile: only what it
must send. `activate.transport` carries requests, `activate.send` decides what to do with outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import JsonValue

from headwater.core.documents import Declaration

ANY = "*"
SECRET: dict[str, JsonValue] = {"writeOnly": True}
"""Of a field of settings (`json_schema_extra`): it is secret, so forms take the name of a variable, `${NAME}`."""


class Change(StrEnum):
    """What happened to a member of the audience."""

    ADDED = "added"
    REMOVED = "removed"


class Form(StrEnum):
    """How an identifier is written when it leaves."""

    PLAIN = "plain"
    SHA256_HEX = "sha256_hex"
    SHA256_BASE64 = "sha256_base64"


def _as_it_is(value: str) -> str:
    return value


@dataclass(frozen=True)
class IdentifierField:
    """A field in which a destination takes identifiers.

    Attributes:
        name: the field's name in requests; ANY: the identifier's own kind.
        kinds: kinds of identifier it takes; (ANY,): every kind.
        forms: how they may be written, the preferred first.
        is_required: a declaration must ask for it.
        canonical: brings the stored value into this platform's own normal form, before hashing; pure.
    """

    name: str = ANY
    kinds: tuple[str, ...] = (ANY,)
    forms: tuple[Form, ...] = (Form.SHA256_HEX, Form.SHA256_BASE64, Form.PLAIN)
    is_required: bool = False
    canonical: Callable[[str], str] = _as_it_is

    def takes(self, kind: str) -> bool:
        """Whether identifiers of this kind go into this field."""
        return ANY in self.kinds or kind in self.kinds

    def named(self, kind: str) -> str:
        """The field's name in requests for this kind."""
        return kind if self.name == ANY else self.name


@dataclass(frozen=True)
class Limits:
    """What one request may hold: members, and bytes of its body (None: any number)."""

    max_rows: int
    max_bytes: int | None = None


@dataclass(frozen=True)
class Member:
    """One person in a batch: all values of each field, in a stable order; a person may have several of a kind."""

    identifiers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Batch:
    """What one request says: these members were added to, or removed from, this audience.

    Attributes:
        key: the idempotency key: the same for every attempt at this batch, also after a crash.
        destination: the destination's id.
        audience: the audience's id.
        change: what happened to all members of the batch.
        fields: the fields members may have, in order.
        members: who.
        sent_at: when this attempt is made, UTC; all else is the same in every attempt.
    """

    key: str
    destination: str
    audience: str
    change: Change
    fields: tuple[str, ...]
    members: tuple[Member, ...]
    sent_at: datetime


@dataclass(frozen=True)
class Http:
    """A request over HTTP."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body)


@dataclass(frozen=True)
class File:
    """A file to be written in a folder of the project."""

    folder: str
    name: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.content)


Request = Http | File


@dataclass(frozen=True)
class Response:
    """The answer: header names in lower case. A file that was written answers 201 with nothing."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Accepted:
    """Taken, except the members at these places (from 0), each with its reason."""

    rejected: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Later:
    """Not taken now: try again, after so many seconds if it says so."""

    reason: str
    after_seconds: float | None = None


@dataclass(frozen=True)
class Refused:
    """Not taken, and trying the same again would not help."""

    reason: str


Outcome = Accepted | Later | Refused

S = TypeVar("S", bound=Declaration)


@dataclass(frozen=True)
class Example:
    """A worked example: with these settings, this batch is this request, and these answers mean this."""

    settings: Mapping[str, object]
    batch: Batch
    request: Request
    answers: tuple[tuple[Response, Outcome], ...]


@dataclass(frozen=True)
class Files(Generic[S]):
    """The files of a destination that writes some.

    Attributes:
        folder: where they are, inside the project.
        without: a file's bytes without those who have one of these texts as an identifier, in the form in which it left. What
            tells whoever reads the folder that somebody is to be removed stays.
        names: whether a file's bytes have one of these texts as an identifier, in whatever row.
    """

    folder: Callable[[S], str]
    without: Callable[[S, bytes, frozenset[str]], bytes]
    names: Callable[[S, bytes, frozenset[str]], bool]


@dataclass(frozen=True)
class Destination(Generic[S]):
    """A kind of destination.

    Attributes:
        description: what it is, in a sentence.
        fields: its settings; every field has a description. `${NAME}` in a text is read from the environment.
        identifiers: where it takes identifiers, and in which forms.
        accepts: the data-use labels (`privacy.labels`) that may go there.
        may_accept: other labels that a project may let go there, by its `accepts:`; an audience carries such.
        limits: what one request may hold.
        is_idempotent: whether the same key sent twice counts once there.
        request: a batch as a request; pure.
        read: an answer as an outcome; pure.
        examples: worked examples, run by the contract kit and shown in the docs.
        files: of one that writes files into the project, how somebody is taken out of them; None: it writes none.
    """

    description: str
    fields: type[S]
    identifiers: tuple[IdentifierField, ...]
    accepts: frozenset[str]
    limits: Limits
    is_idempotent: bool
    request: Callable[[S, Batch], Request]
    read: Callable[[S, Response], Outcome]
    examples: tuple[Example, ...]
    files: Files[S] | None = None
    may_accept: frozenset[str] = frozenset()

    def field_of(self, kind: str) -> IdentifierField | None:
        """The field that takes identifiers of this kind, if any does."""
        return next((one for one in self.identifiers if one.takes(kind)), None)
