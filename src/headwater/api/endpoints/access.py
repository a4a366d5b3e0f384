"""Endpoints about keys of the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import Field

from headwater.access.keys import NAME, AccessKey
from headwater.access.roles import Action, Role
from headwater.api.bodies.body import Body, Nothing
from headwater.api.endpoints.endpoint import KEYS, Asked, Endpoint
from headwater.api.faults import GIVES_MORE, RefusedError
from headwater.privacy.shown import Harmless


class KeyName(Body):
    """A key of the API."""

    name: str = Field(pattern=rf"^{NAME.pattern}$", description="The key's name.")

    @property
    def about(self) -> list[str]:
        """The key."""
        return [self.name]


class NewKey(KeyName):
    """A key to be made: of a role, limited to some of its actions, for some time."""

    role: Role = Field(description="What it is at most.")
    only: tuple[Action, ...] = Field(
        (), description="The actions of its role that it is limited to; none named: to none."
    )
    expires_on: date | None = Field(None, description="From which day (UTC) it opens nothing any more.")

    @property
    def expires_at(self) -> datetime | None:
        """The beginning of that day, without zone."""
        on = self.expires_on
        return None if on is None else datetime(on.year, on.month, on.day, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Keys:
    """Every key there was, oldest first; none itself."""

    keys: tuple[AccessKey, ...]


@dataclass(frozen=True)
class Made:
    """A key that was made; `key`: what is to be sent with each request, told this once."""

    name: Harmless
    role: Role
    key: Harmless


@dataclass(frozen=True)
class Revoked:
    """A key that opens nothing any more."""

    revoked: Harmless


def _keys(asked: Asked, _body: Nothing) -> Keys:
    """Which keys there are and were, and what they may; none itself."""
    return Keys(tuple(asked.keys.all()))


def _create_key(asked: Asked, body: NewKey) -> Made:
    """Make a key, which may no more than who makes it."""
    actions = body.role.actions & set(body.only or Action)
    if not (actions <= asked.caller.actions and body.role.labels <= asked.caller.labels):
        raise RefusedError(GIVES_MORE)
    secret = asked.keys.create(body.name, body.role, only=body.only, expires_at=body.expires_at)
    return Made(body.name, body.role, secret)


def _revoke_key(asked: Asked, body: KeyName) -> Revoked:
    """Let a key open nothing from now on."""
    asked.keys.revoke(body.name)
    return Revoked(body.name)


ENDPOINTS = (
    Endpoint("GET", "/v1/access/keys", KEYS, Nothing, Keys, _keys),
    Endpoint("POST", "/v1/access/keys/create", KEYS, NewKey, Made, _create_key),
    Endpoint("POST", "/v1/access/keys/revoke", KEYS, KeyName, Revoked, _revoke_key),
)  # fmt: skip
