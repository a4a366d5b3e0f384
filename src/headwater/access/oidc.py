"""Tokens of an OpenID provider: who they say somebody is, once their signature and claims have been checked.

Fetches the provider's discovery document and keys (OpenID Connect Discovery 1.0; RFC 7517), and keeps them for an hour. Only
asymmetric signatures count (RFC 8725, 3.1 and 3.2): with one of a shared secret, or none, anybody who knows the public key
could sign.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from headwater.access.roles import Role
from headwater.core.config import Oidc, is_safe_url
from headwater.core.errors import ProviderError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
KEEP_SECONDS, AGAIN_SECONDS, TIMEOUT_SECONDS = 3600.0, 60.0, 5.0
MOST_BYTES, LONGEST_TOKEN, LEEWAY_SECONDS = 262_144, 16_384, 60


class TokenError(Exception):
    """A token that does not count; `why`, in words, without anything of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Subject:
    """Whom a token is of; `role`: None: none of their groups has one."""

    name: str
    role: Role | None


@dataclass(frozen=True)
class Endpoints:
    """Where people are asked who they are, and where a code becomes tokens; empty: nowhere that is safe."""

    authorization: str
    token: str


@dataclass(frozen=True)
class Discovered:
    """What a provider says of itself."""

    keys: KeySet
    endpoints: Endpoints


class Provider:
    """One provider, as `headwater.yaml` declares it. `clock`: seconds that only go forward."""

    def __init__(self, said: Oidc, clock: Callable[[], float] = time.monotonic) -> None:
        self._said = said
        self._clock = clock
        self._lock = threading.Lock()
        self._found: Discovered | None = None
        self._fetched_at = self._tried_at = -KEEP_SECONDS

    @property
    def issuer(self) -> str:
        """The name it signs under."""
        return self._said.issuer

    def endpoints(self) -> Endpoints:
        """Where people sign in there.

        Raises:
            ProviderError: it cannot be had.
        """
        return self._discovered().endpoints

    def subject(self, token: str, *, audience: str = "", nonce: str = "") -> Subject:
        """Whom a token is of.

        `audience`: whom it must be for, if not the API; `nonce`: what it must repeat, if anything.

        Raises:
            TokenError: it does not count.
            ProviderError: the provider's keys are needed and cannot be had.
        """
        if len(token) > LONGEST_TOKEN:
            raise TokenError("it is too long")
        try:
            claims = self._checked(token, audience or self._said.audience, nonce)
        except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise TokenError(_why(error)) from None
        return Subject(self._named(claims), self._role(claims))

    def _checked(self, token: str, audience: str, nonce: str) -> Mapping[str, Any]:
        """The claims of a token that is signed by the provider, in time, and meant for us."""
        try:
            found = jwt.decode(token, self._discovered().keys, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, LookupError):
            found = jwt.decode(token, self._discovered(again=True).keys, algorithms=list(ALGORITHMS))
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._said.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        registry.validate(found.claims)
        if nonce and found.claims.get("nonce") != nonce:
            raise TokenError("it is not of this sign-in")
        return found.claims

    def _named(self, claims: Mapping[str, Any]) -> str:
        name = claims["sub"]
        if not isinstance(name, str) or not 0 < len(name) <= 255:
            raise TokenError("its subject is none")
        return name

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        """The role of the first group, in the order of `headwater.yaml`, that the subject is in."""
        told: object = claims
        for name in self._said.role_claim.split("."):
            told = told.get(name) if isinstance(told, Mapping) else None
        groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        return next((Role(role) for group, role in self._said.roles.items() if group in groups), None)

    def _discovered(self, *, again: bool = False) -> Discovered:
        """What the provider says of itself; `again`: fetched anew, if that was not tried lately."""
        with self._lock:
            now = self._clock()
            is_old = self._found is None or now - self._fetched_at >= KEEP_SECONDS
            if (is_old or again) and now - self._tried_at >= AGAIN_SECONDS:
                self._tried_at = now
                try:
                    self._found, self._fetched_at = _fetch(self._said.issuer), now
                except ProviderError:
                    if is_old:
                        raise
            if self._found is None or now - self._fetched_at >= KEEP_SECONDS:
                raise _unreachable("it did not answer shortly before")
            return self._found


def _fetch(issuer: str) -> Discovered:
    """The keys that a provider signs with, and where people sign in.

    Raises:
        ProviderError: it does not answer, or not what a provider answers.
    """
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
            found = read_json(client, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found["issuer"] != issuer:
                raise _unreachable("its discovery document is of another issuer")
            if not is_safe_url(found["jwks_uri"]):
                raise _unreachable("its keys are not at an https address")
            keys = [key for key in read_json(client, "GET", found["jwks_uri"])["keys"] if _signs(key)]
        names = ("authorization_endpoint", "token_endpoint")
        endpoints = Endpoints(*(found.get(name) if is_safe_url(found.get(name)) else "" for name in names))
        return Discovered(KeySet.import_key_set({"keys": keys}), endpoints)
    except httpx.HTTPError as error:
        raise _unreachable(type(error).__name__) from None
    except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise _unreachable("it answers something else than keys") from None


def read_json(client: httpx.Client, method: str, url: str, **given: Any) -> Any:
    """What a provider answers, which is not read to its end if it is too much.

    Raises:
        ProviderError: it is too much.
        httpx.HTTPError: it does not answer, or that something is wrong.
        ValueError: it is no JSON.
    """
    body = bytearray()
    with client.stream(method, url, **given) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise _unreachable("it answers too much")
    return json.loads(body)


def _signs(key: Mapping[str, Any]) -> bool:
    """Whether a key can be one that tokens are signed with here; a shared secret never is."""
    return key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig" and "d" not in key


def _why(error: Exception) -> str:
    """What is wrong with a token: the library's word for it, which is one of a few."""
    name = type(error).__name__
    known = {
        "ExpiredTokenError": "it has expired",
        "InvalidClaimError": "it is not meant for this, or not yet in force",
        "MissingClaimError": "it does not say whose, for whom or until when it is",
        "BadSignatureError": "it is not signed by the provider",
        "UnsupportedAlgorithmError": "it is not signed in a way that counts here",
    }
    return known.get(name, "it is none that the provider made")


def _unreachable(why: str) -> ProviderError:
    return ProviderError(
        f"the OpenID provider cannot be asked for its keys: {why}",
        next_step="check `access.oidc.issuer` in headwater.yaml, and that it can be reached from here",
    )
