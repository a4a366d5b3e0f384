"""Signing in at an OpenID provider: who was sent there from this browser, and they alone, are let in as whom it knows."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.console.test_guard import COOKIE, OWN, Console

from headwater.access.audit.entry import Outcome
from headwater.access.audit.log import Wanted
from headwater.access.authorization import WAY_SECONDS
from headwater.access.roles import Role
from headwater.access.sign_in import SignIn
from headwater.core.config import Oidc
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of

KEY = RSAKey.generate_key(2048, {"kid": "rsa"})
TICKET = f"{COOKIE}_way"


@dataclass
class Provider:
    """One that knows whoever comes; `claims`: what it says of them besides, `codes`: what they were given, and for what."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"groups": ["marketing"]})
    more: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    def let_in(self, address: str) -> dict[str, str]:
        """What the browser is to say when it comes back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def discovery(self) -> dict[str, Any]:
        places = {"jwks_uri": "keys", "authorization_endpoint": "login?at=here", "token_endpoint": "token"}
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{at}" for name, at in places.items()},
            **self.more,
        }

    def exchanged(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        self.shown.append(authorization)
        asked = self.codes.pop(form["code"], None)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if (
            asked is None
            or hashed.rstrip("=") != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
            or form["grant_type"] != "authorization_code"
        ):
            return 400, {"error": "invalid_grant"}
        told = {
            "iss": self.issuer,
            "aud": form["client_id"],
            "sub": "ann@example.org",
            "nonce": asked["nonce"],
        }
        claims = {**told, "exp": int(time.time()) + 300, **self.claims}
        return 200, {
            "id_token": jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, KEY),
            "token_type": "Bearer",
        }


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys = {"keys": [KEY.as_dict(private=False)]}
            self.say(200, keys if self.path == "/keys" else found.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.say(*found.exchanged(form, self.headers.get("Authorization", "")))

        def say(self, status: int, told: object) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.issuer = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield found
        server.shutdown()
        serving.join()


@pytest.fixture
def console(tmp_path: Path, provider: Provider) -> Iterator[Console]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    made = Console(tmp_path)
    declare(made, tmp_path, provider)
    yield made
    made.engine.dispose()


def declare(console: Console, root: Path, provider: Provider, **more: object) -> None:
    said = Oidc.model_validate(
        {
            "issuer": provider.issuer,
            "audience": "the API",
            "roles": {"marketing": "marketer"},
            "console": {"client_id": "the console", **more},
        }
    )
    seals = seals_of(open_project(root))
    console.guard.entry.sign_in = SignIn(console.keys, lambda: seals, lambda: said)


def sent(console: Console, after: str = "/audiences") -> tuple[str, str]:
    """Where somebody is sent, and their ticket."""
    answer = console.ask("GET", "/sign-in/provider", params={"next": after})
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/sign-in/back"))
    return answer.headers["location"], answer.cookies[TICKET]


def back(console: Console, said: dict[str, str], ticket: str) -> httpx.Response:
    return console.ask("GET", "/sign-in/back", params=said, headers={"cookie": f"{TICKET}={ticket}"})


def test_somebody_is_let_in_as_whom_the_provider_knows(console: Console, provider: Provider) -> None:
    assert "/sign-in/provider?next=%2Faudiences" in console.ask("GET", "/sign-in?next=/audiences").text
    address, ticket = sent(console)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"{provider.issuer}/login?at=here&")
    assert (asked["redirect_uri"], asked["scope"]) == (f"{OWN}/sign-in/back", "openid")
    answer = back(console, provider.let_in(address), ticket)
    assert (answer.status_code, answer.headers["location"]) == (303, "/audiences")
    session = console.sessions.find(answer.cookies[COOKIE])
    assert session is not None
    assert (session.caller.role, "ann@" in session.caller.name) == (Role.MARKETER, False)
    assert provider.shown == [""]
    first = console.audit.entries(Wanted(most=1))[0].event
    assert (first.by, first.outcome) == ("console sign-in", Outcome.DONE)


def test_a_secret_is_shown_to_the_provider_alone(
    console: Console, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(console, tmp_path, provider, client_secret="${CONSOLE_SECRET}")
    address, ticket = sent(console)
    said = provider.let_in(address)
    answer = back(console, said, ticket)
    assert (answer.status_code, "CONSOLE_SECRET is not set" in answer.text) == (502, True)
    monkeypatch.setenv("CONSOLE_SECRET", "very:secret")
    address, ticket = sent(console)
    answer = back(console, provider.let_in(address), ticket)
    assert answer.status_code == 303
    assert base64.b64decode(provider.shown[-1].removeprefix("Basic ")) == b"the+console:very%3Asecret"
    assert "very" not in answer.text + str(answer.headers)


def test_only_who_was_sent_from_this_browser_is_let_in_and_once(console: Console, provider: Provider) -> None:
    address, ticket = sent(console)
    other, _ = sent(console)
    assert back(console, provider.let_in(other), ticket).status_code == 401
    assert back(console, provider.let_in(address), "").status_code == 401  # and the way is used up by it
    assert back(console, provider.let_in(address), ticket).status_code == 401
    address, ticket = sent(console)
    said = provider.let_in(address)
    assert back(console, said, ticket).status_code == 303
    assert back(console, said, ticket).status_code == 401


@pytest.mark.parametrize(
    ("said", "claims", "status"),
    [
        pytest.param({"code": ""}, {}, 401, id="no code"),
        pytest.param({"code": "another"}, {}, 401, id="a code of somebody else"),
        pytest.param({"iss": "https://other.example"}, {}, 401, id="another provider's answer"),
        pytest.param({}, {"nonce": "another"}, 401, id="a token of another sign-in"),
        pytest.param({}, {"aud": "the API"}, 401, id="a token for the API"),
        pytest.param({}, {"exp": 1}, 401, id="a token that has expired"),
        pytest.param({}, {"groups": ["sales"]}, 403, id="no group with a role"),
    ],
)
def test_who_is_not_let_in(
    console: Console, provider: Provider, said: dict[str, str], claims: dict[str, Any], status: int
) -> None:
    provider.claims |= claims
    address, ticket = sent(console)
    come = {**provider.let_in(address), **said}
    answer = back(console, {name: value for name, value in come.items() if value}, ticket)
    assert (answer.status_code, COOKIE in answer.cookies) == (status, False)
    assert console.audit.entries(Wanted(most=1))[0].event.outcome is Outcome.REFUSED


def test_a_way_is_too_old_after_ten_minutes(
    console: Console, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, ticket = sent(console)
    ways = console.guard.entry.ways
    now = ways._clock()
    monkeypatch.setattr(ways, "_clock", lambda: now + WAY_SECONDS + 1)
    assert back(console, provider.let_in(address), ticket).status_code == 401


def test_nobody_is_sent_elsewhere_afterwards(console: Console, provider: Provider) -> None:
    address, ticket = sent(console, "//elsewhere.example/")
    assert back(console, provider.let_in(address), ticket).headers["location"] == "/"


def test_a_provider_that_says_not_where_is_told(console: Console, provider: Provider) -> None:
    provider.more = {"authorization_endpoint": "http://elsewhere.example/login"}
    answer = console.ask("GET", "/sign-in/provider")
    assert (answer.status_code, "https address" in answer.text) == (502, True)


def test_where_none_is_declared_there_is_no_such_way(console: Console) -> None:
    console.guard.entry.sign_in = SignIn(console.keys, lambda: None, lambda: None)  # type: ignore[arg-type, return-value]
    assert "/sign-in/provider" not in console.ask("GET", "/sign-in").text
    assert console.ask("GET", "/sign-in/provider").status_code == 404
    assert console.ask("GET", "/sign-in/back?code=1&state=2").status_code == 404
