"""Signing in at the project's OpenID provider with a browser: the authorization code flow, with PKCE.

RFC 6749, 4.1; RFC 7636; RFC 9207 (a code is only taken to the provider that it is of); OpenID Connect Core 1.0, 3.1. Asks the
provider for tokens. Who is on the way there is kept in this process, for ten minutes, and known again by the browser's ticket: so
nobody is signed in by a code that somebody else sends them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

import httpx

from headwater.access.oidc import TIMEOUT_SECONDS, Provider, Subject, TokenError, read_json
from headwater.core.config import OidcClient
from headwater.core.errors import ProviderError

WAY_SECONDS, MOST_WAYS = 600.0, 1000
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class _Way:
    """Somebody who was sent to the provider. `ticket`: hash of what their browser shows when it comes back."""

    ticket: bytes
    nonce: str
    verifier: str
    redirect: str
    after: str
    until: float


@dataclass(frozen=True)
class Sent:
    """Where to send a browser, and the ticket that it is to show when it comes back."""

    address: str
    ticket: str


class Ways:
    """Those who are on the way to a provider. `clock`: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ways: dict[str, _Way] = {}

    def begin(self, provider: Provider, client: OidcClient, redirect: str, after: str) -> Sent:
        """Send somebody there; `redirect`: where they come back to, `after`: where they wanted to go.

        Raises:
            ProviderError: the provider cannot be asked where people sign in.
        """
        address = provider.endpoints().authorization
        if not address:
            raise _cannot("it does not say, or not at an https address, where people sign in")
        state, ticket, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        way = _Way(_hash(ticket), nonce, verifier, redirect, after, self._clock() + WAY_SECONDS)
        with self._lock:
            self._forget_old()
            self._ways[state] = way
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(client.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(_hash(verifier)).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return Sent(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", ticket)

    def finish(
        self, provider: Provider, client: OidcClient, said: Mapping[str, str], ticket: str
    ) -> tuple[Subject, str]:
        """Who comes back, and where they wanted to go; `said`: what the provider had their browser say.

        Raises:
            TokenError: they were not sent from here, or not lately, or the provider does not say who they are.
            ProviderError: the provider cannot be asked.
        """
        with self._lock:
            way = self._ways.pop(said.get("state", ""), None)
        if way is None or self._clock() > way.until or not hmac.compare_digest(way.ticket, _hash(ticket)):
            raise TokenError("they were not sent there from this browser, or too long ago")
        if "code" not in said or said.get("iss", provider.issuer) != provider.issuer:
            raise TokenError("the provider did not let them in")
        token = _exchange(provider.endpoints().token, client, said["code"], way)
        return provider.subject(token, audience=client.client_id, nonce=way.nonce), way.after

    def _forget_old(self) -> None:
        now = self._clock()
        self._ways = {state: way for state, way in self._ways.items() if way.until >= now}
        while len(self._ways) >= MOST_WAYS:
            del self._ways[next(iter(self._ways))]


def _exchange(address: str, client: OidcClient, code: str, way: _Way) -> str:
    """The identity token for a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": way.redirect,
        "client_id": client.client_id,
        "code_verifier": way.verifier,
    }
    if not address:
        raise _cannot("it does not say, or not at an https address, where codes become tokens")
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as asking:
            told = read_json(asking, "POST", address, data=form, auth=_basic(client))
        token = told["id_token"]
    except httpx.HTTPStatusError:
        raise TokenError("the provider does not take the code") from None
    except httpx.HTTPError as error:
        raise _cannot(type(error).__name__) from None
    except (ValueError, TypeError, LookupError, RecursionError):
        raise _cannot("it answers something else than tokens") from None
    if not isinstance(token, str):
        raise _cannot("it answers something else than tokens")
    return token


def _basic(client: OidcClient) -> tuple[str, str] | None:
    """What the console shows of itself: encoded first, as RFC 6749, 2.3.1 says; None: it has no secret."""
    if client.client_secret is None:
        return None
    name = client.client_secret[2:-1]
    secret = os.environ.get(name)
    if not secret:
        raise ProviderError(
            f"the environment variable {name} is not set, which holds the console's secret at the OpenID provider",
            next_step="set it in the environment of `headwater serve`, then start that again",
        )
    return quote_plus(client.client_id), quote_plus(secret)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _cannot(why: str) -> ProviderError:
    return ProviderError(
        f"nobody can sign in at the OpenID provider: {why}",
        next_step="check `access.oidc` in headwater.yaml, and that the provider can be reached from here",
    )
