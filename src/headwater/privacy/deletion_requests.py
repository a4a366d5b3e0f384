"""Deletion requests that partners pass on, as the IAB Tech Lab's Data Deletion Request Framework has it, 1.0 and 2.0.

A partner's request is a signed token (rqJWT) that holds the one of whom the person asked (idJWT; orJWT since 2.0). Both are
checked against the keys that `deletion_requests:` of `headwater.yaml` has of each party: nothing is fetched. The answer is a
signed token, too (acJWT), with a result code.

Reads and writes the table `deletion_tokens` of the project's database of state, by which a request that comes twice is one.

Source: InteractiveAdvertisingBureau/Data-Subject-Rights, "Data Deletion Request Framework".
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet, OKPKey

from headwater.core.config import DeletionRequests
from headwater.core.project import Project
from headwater.core.sealing.seals import Seals
from headwater.core.sealing.text import from_text
from headwater.core.state import connect_state, explained
from headwater.privacy.persons import Node

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
OURS = "Ed25519"
EARLIEST, LATEST = timedelta(days=30), timedelta(minutes=5)
"""How long ago, and how far ahead of our clock, a request may say that it was made."""
MOST_LETTERS = 65_536
KINDS: Mapping[tuple[str, str], str] = {
    ("email", "sha256"): "hashed_email",
    ("email", "plain"): "email",
    ("phone", "e164"): "phone",
    ("idfa", "plain"): "device_id",
    ("gaid", "plain"): "device_id",
    ("uid2", "plain"): "uid2",
    ("cookie", "plain"): "anonymous_id",
    ("customer_id", "plain"): "user_id",
}
"""Which kind of identifier a type in a format is."""


class Result(IntEnum):
    """The framework's result codes."""

    ACCEPTED = 0
    MALFORMED = 1
    BAD_SIGNATURE = 2
    INVALID_TOKEN = 3
    UNSUPPORTED_TYPE = 4
    BAD_FORMAT = 5
    BAD_TIME = 6


class RequestError(Exception):
    """A request that is not accepted: `result`, and why, without anything of the request but names of fields."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result
        self.why = why


class _Subject(msgspec.Struct, frozen=True):
    value: str = msgspec.field(name="identifierValue")
    type: str = msgspec.field(name="identifierType")
    format: str = msgspec.field(name="identifierFormat")


class _Claims(msgspec.Struct, frozen=True):
    version: str
    jti: str
    iss: str
    iat: int
    sub: _Subject | str
    id_jwt: str | None = msgspec.field(default=None, name="idJWT")
    or_jwt: str | None = msgspec.field(default=None, name="orJWT")


class _Origin(msgspec.Struct, frozen=True):
    """What the first party says. Since 2.0 it names nobody."""

    jti: str
    iss: str
    iat: int


T = TypeVar("T", _Claims, _Origin)


@dataclass(frozen=True)
class Asked:
    """A request that was checked: whose, its number, whom it is about (kind, and value as it came), when it was made (UTC)."""

    issuer: str
    number: str
    node: Node
    at: datetime


def check(token: str, said: DeletionRequests, now: datetime) -> Asked:
    """What a request asks for.

    Args:
        token: the rqJWT.
        said: whose requests are taken.
        now: UTC.

    Raises:
        RequestError: it is not to be accepted.
    """
    claims = _read(token, said, _Claims)
    inner = claims.or_jwt or claims.id_jwt
    if not inner:
        raise RequestError(Result.MALFORMED, "idJWT or orJWT is missing")
    origin = _read(inner, said, _Origin)
    for moment in (claims.iat, origin.iat):
        _check_time(moment, now)
    subject = _subject(claims.sub)
    kind = KINDS.get((subject.type.lower(), subject.format.lower()))
    if kind is None:
        raise RequestError(
            Result.UNSUPPORTED_TYPE, "this identifierType is not supported in this identifierFormat"
        )
    return Asked(claims.iss, claims.jti, (kind, subject.value), datetime.fromtimestamp(claims.iat, UTC))


def acknowledgement(token: str, result: Result, why: str, said: DeletionRequests, seals: Seals) -> str:
    """The answer to a request (acJWT)."""
    claims: dict[str, Any] = {
        "version": "1.0",
        "rqJWT": token,
        "jti": secrets.token_hex(16),
        "iss": said.domain,
        "iat": int(datetime.now(UTC).timestamp()),
        "raResultCode": int(result),
        "raResultString": why,
    }
    key = _key(seals)
    return jwt.encode({"typ": "JWT", "alg": OURS, "kid": key.kid}, claims, key, algorithms=[OURS])


def resource(said: DeletionRequests, seals: Seals) -> dict[str, Any]:
    """What `/dsrdelete.json` says: where requests go, who can be named, and our public key."""
    return {
        "endpoint": said.endpoint,
        "identifiers": [
            {"id": number, "type": type_, "format": format_}
            for number, (type_, format_) in enumerate(KINDS, start=1)
        ],
        "publicKey": [_key(seals).as_dict(private=False)],
        "vendorScriptRequirement": False,
    }


class _Seen:
    """Which requests came, by issuer and number."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def request_id(self, asked: Asked) -> str | None:
        """What it was noted as; None: it is new."""
        with explained(_WHAT), self._engine.begin() as connection:
            found = sa.select(_TOKENS.c.request_id).where(
                _TOKENS.c.issuer == asked.issuer, _TOKENS.c.number == asked.number
            )
            return connection.execute(found).scalar()

    def note(self, asked: Asked, request_id: str) -> None:
        """Note it."""
        row = {"issuer": asked.issuer, "number": asked.number, "request_id": request_id}
        with explained(_WHAT), self._engine.begin() as connection:
            connection.execute(_TOKENS.insert(), row)


_WHAT = "the deletion requests of partners"
_METADATA = sa.MetaData()
_TOKENS = sa.Table(
    "deletion_tokens",
    _METADATA,
    sa.Column("issuer", sa.String(255), primary_key=True),
    sa.Column("number", sa.String(255), primary_key=True),
    sa.Column("request_id", sa.String(64), nullable=False),
)


@contextmanager
def open_seen(project: Project) -> Iterator[_Seen]:
    """Which requests of partners came.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield _Seen(engine)
    finally:
        engine.dispose()


def _read(token: str, said: DeletionRequests, into: type[T]) -> T:
    """The claims of a token whose signature is right."""
    claims = _unverified(token, into)
    keys = said.partners.get(claims.iss)
    if keys is None:
        raise RequestError(
            Result.BAD_SIGNATURE, "requests of this issuer are not taken: none of its keys is known"
        )
    try:
        jwt.decode(
            token, KeySet.import_key_set({"keys": [dict(each) for each in keys]}), algorithms=list(ALGORITHMS)
        )
    except (BadSignatureError, InvalidKeyIdError, UnsupportedAlgorithmError):
        raise RequestError(Result.BAD_SIGNATURE, "it was signed by none of the issuer's keys") from None
    except (JoseError, ValueError, TypeError, KeyError):
        raise RequestError(Result.INVALID_TOKEN, "it is no signed token") from None
    return claims


def _unverified(token: str, into: type[T]) -> T:
    """What a token says, before anybody knows whether it is so: for whose keys to take."""
    parts = token.split(".")
    if len(token) > MOST_LETTERS or len(parts) != 3 or not all(parts):
        raise RequestError(Result.INVALID_TOKEN, "it is no signed token")
    try:
        return msgspec.json.decode(from_text(parts[1]), type=into)
    except msgspec.ValidationError as error:
        raise RequestError(Result.MALFORMED, _where(error)) from None
    except (ValueError, RecursionError):
        raise RequestError(Result.INVALID_TOKEN, "it is no signed token") from None


def _where(error: msgspec.ValidationError) -> str:
    """What is wrong, by the names of fields alone."""
    text = str(error)
    return (
        text
        if text.startswith("Object missing required field")
        else "a field is of another type than it should be"
    )


def _subject(said: _Subject | str) -> _Subject:
    """Whom a request is about; some write it as JSON in a text, for RFC 7519 wants `sub` to be one."""
    if isinstance(said, _Subject):
        return said
    try:
        return msgspec.json.decode(said, type=_Subject)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise RequestError(Result.MALFORMED, "sub names nobody") from None


def _key(seals: Seals) -> OKPKey:
    """The key that our answers are signed with: made from the index key, which stays when others are rotated."""
    private = Ed25519PrivateKey.from_private_bytes(seals.ring.index.derived("deletion requests"))
    name = sha256(private.public_key().public_bytes_raw()).hexdigest()[:16]
    return OKPKey.import_key(private, {"kid": name, "alg": OURS, "use": "sig"})


def _check_time(seconds: int, now: datetime) -> None:
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise RequestError(Result.BAD_TIME, "iat is no moment") from None
    if not now - EARLIEST <= at <= now + LATEST:
        raise RequestError(Result.BAD_TIME, "iat is too long ago, or has not come yet")
