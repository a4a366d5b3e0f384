"""Tokens of an OpenID provider on loopback: which count, and what is asked of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from headwater.access import oidc
from headwater.access.oidc import AGAIN_SECONDS, KEEP_SECONDS, Provider, TokenError
from headwater.access.roles import Role
from headwater.core.config import Oidc
from headwater.core.errors import ProviderError

Key = RSAKey | ECKey | OKPKey
KEYS: dict[str, Key] = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
}
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})


@dataclass
class Login:
    """A provider; `asked`: the paths it was asked for; `answers`: by path, instead of what is right."""

    keys: list[dict[str, Any]] = field(
        default_factory=lambda: [key.as_dict(private=False) for key in KEYS.values()]
    )
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    issuer: str = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        discovery = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        right = {"/.well-known/openid-configuration": discovery, "/keys": {"keys": self.keys}}
        return self.answers.get(path) or (200, json.dumps(right[path]).encode())


@pytest.fixture
def login() -> Iterator[Login]:
    provider = Login()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = provider.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", f"{provider.issuer}/keys")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield provider
        server.shutdown()
        serving.join()


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(login: Login, clock: Clock) -> Provider:
    return Provider(said(login), clock)


def said(login: Login, **more: object) -> Oidc:
    roles = {"dpo": "privacy_officer", "data": "engineer"}
    return Oidc.model_validate({"issuer": login.issuer, "audience": "headwater", "roles": roles, **more})


def claims(login: Login, **more: object) -> dict[str, Any]:
    told = {
        "iss": login.issuer,
        "aud": "headwater",
        "sub": "u-17",
        "exp": int(time.time()) + 300,
        "groups": ["data"],
    }
    return {name: value for name, value in {**told, **more}.items() if value is not None}


def token(login: Login, alg: str = "RS256", key: Key | None = None, **more: object) -> str:
    signing = key or KEYS[alg]
    return jwt.encode({"alg": alg, "kid": signing.kid}, claims(login, **more), signing, algorithms=[alg])


def test_a_project_declares_a_provider_only_where_nobody_listens() -> None:
    with pytest.raises(ValueError, match="must be an https address"):
        Oidc.model_validate({"issuer": "http://login.example.org", "audience": "x", "roles": {"a": "admin"}})
    with pytest.raises(ValueError, match="admin"):
        Oidc.model_validate({"issuer": "https://login.example.org", "audience": "x", "roles": {"a": "god"}})


@pytest.mark.parametrize("alg", KEYS)
def test_a_token_of_the_provider_says_who_somebody_is(login: Login, provider: Provider, alg: str) -> None:
    found = provider.subject(token(login, alg))
    assert (found.name, found.role) == ("u-17", Role.ENGINEER)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["data", "dpo"], Role.PRIVACY_OFFICER),  # the first of the file, not of the token
        ("dpo", Role.PRIVACY_OFFICER),
        (["others"], None),
        ([], None),
        (None, None),
        ({"data": 1}, None),
        ([["data"]], None),
        (7, None),
    ],
)
def test_the_first_group_that_has_a_role_gives_it(
    login: Login, provider: Provider, groups: object, role: Role | None
) -> None:
    assert provider.subject(token(login, groups=groups)).role is role


def test_groups_may_be_inside_of_other_claims(login: Login) -> None:
    provider = Provider(said(login, role_claim="realm_access.roles"))
    assert provider.subject(token(login, realm_access={"roles": ["data"]})).role is Role.ENGINEER
    assert provider.subject(token(login, realm_access="data")).role is None


def soon(seconds: int) -> int:
    return int(time.time()) + seconds


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"exp": soon(-120)}, "it has expired"),
        ({"exp": None}, "until when"),
        ({"exp": "never"}, "not meant for this"),
        ({"nbf": soon(86_400)}, "not yet in force"),
        ({"aud": "another"}, "not meant for this"),
        ({"aud": ["another", "more"]}, "not meant for this"),
        ({"aud": None}, "for whom"),
        ({"iss": "https://evil.example"}, "not meant for this"),
        ({"iss": None}, "does not say"),
        ({"sub": None}, "does not say"),
        ({"sub": 7}, "not meant for this"),
        ({"sub": ""}, "not meant for this"),
        ({"sub": "x" * 300}, "its subject is none"),
    ],
)
def test_a_claim_that_is_not_right_is_told(
    login: Login, provider: Provider, more: dict[str, object], why: str
) -> None:
    with pytest.raises(TokenError, match=why):
        provider.subject(token(login, **more))


def test_of_several_audiences_one_is_enough_and_a_minute_is_forgiven(
    login: Login, provider: Provider
) -> None:
    assert provider.subject(token(login, aud=["headwater", "more"], exp=soon(-30), nbf=soon(30)))


def part(held: object) -> str:
    raw = held if isinstance(held, bytes) else json.dumps(held).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(login: Login, alg: str, secret: bytes, **header: object) -> str:
    signed = f"{part({'alg': alg, **header})}.{part(claims(login))}"
    return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest()) if secret else ''}"


def test_a_token_that_nobody_signed_or_anybody_could_does_not_count(login: Login, provider: Provider) -> None:
    public = KEYS["RS256"]
    secrets = [public.as_pem(private=False), json.dumps(public.as_dict(private=False)).encode(), b"rsa"]
    for presented in (
        forged(login, "none", b""),
        forged(login, "None", b"", kid="rsa"),
        *(forged(login, "HS256", secret, kid="rsa") for secret in secrets),
        token(login, key=STRANGER),  # another key under the same id
        forged(login, "RS256", b"x", jwk=STRANGER.as_dict(private=False)),
        forged(login, "RS256", b"x", kid="rsa", crit=["b64"], b64=False),
    ):
        with pytest.raises(TokenError):
            provider.subject(presented)


def test_a_shared_secret_among_the_providers_keys_is_none(login: Login, clock: Clock) -> None:
    login.keys.append({"kty": "oct", "k": part(b"secret" * 8), "kid": "shared"})
    with pytest.raises(TokenError):
        Provider(said(login), clock).subject(forged(login, "HS256", b"secret" * 8, kid="shared"))


@settings(max_examples=100)
@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True)))
def test_whatever_is_shown_is_no_token(presented: str) -> None:
    provider = Provider(
        Oidc.model_validate({"issuer": "http://127.0.0.1:1", "audience": "x", "roles": {"a": "admin"}})
    )
    keys = oidc.KeySet([KEYS["RS256"]])
    provider._found, provider._fetched_at = oidc.Discovered(keys, oidc.Endpoints("", "")), time.monotonic()
    provider._tried_at = time.monotonic()
    with pytest.raises(TokenError):
        provider.subject(presented)


def test_a_long_token_is_not_looked_at(login: Login, provider: Provider) -> None:
    with pytest.raises(TokenError, match="too long"):
        provider.subject(token(login, more="x" * oidc.LONGEST_TOKEN))
    assert login.asked == []


def test_the_providers_keys_are_kept_for_an_hour(login: Login, provider: Provider, clock: Clock) -> None:
    for _ in range(3):
        provider.subject(token(login))
    assert login.asked == ["/.well-known/openid-configuration", "/keys"]
    clock.now += KEEP_SECONDS
    provider.subject(token(login))
    assert len(login.asked) == 4


def test_a_key_that_is_new_is_asked_for_but_not_too_often(
    login: Login, provider: Provider, clock: Clock
) -> None:
    provider.subject(token(login))
    new = RSAKey.generate_key(2048, {"kid": "new"})
    login.keys.append(new.as_dict(private=False))
    with pytest.raises(TokenError):  # just asked
        provider.subject(token(login, key=new))
    clock.now += AGAIN_SECONDS
    assert provider.subject(token(login, key=new)).role is Role.ENGINEER
    for _ in range(20):
        with pytest.raises(TokenError):
            provider.subject(token(login, key=STRANGER))
    assert len(login.asked) == 4


def test_while_the_provider_is_away_what_is_known_counts_until_it_is_old(
    login: Login, provider: Provider, clock: Clock
) -> None:
    provider.subject(token(login))
    login.answers["/keys"] = (503, b"")
    clock.now += AGAIN_SECONDS
    with pytest.raises(TokenError):
        provider.subject(token(login, key=STRANGER))
    assert provider.subject(token(login)).name == "u-17"
    clock.now += KEEP_SECONDS
    for _ in range(2):
        with pytest.raises(ProviderError, match="cannot be asked for its keys"):
            provider.subject(token(login))


DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (DISCOVERY, 404, b""),
        (DISCOVERY, 302, b""),
        (DISCOVERY, 200, b"not JSON"),
        (DISCOVERY, 200, b"[]"),
        (DISCOVERY, 200, b"[" * 100_000),
        ("/keys", 200, b'{"keys": 7}'),
        ("/keys", 200, b'{"keys": []}'),
        ("/keys", 200, b'{"keys": [{"kty": "RSA", "n": "x"}]}'),
        ("/keys", 200, b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'),
    ],
)
def test_a_provider_that_answers_something_else_is_told(
    login: Login, provider: Provider, path: str, status: int, body: bytes
) -> None:
    login.answers[path] = (status, body)
    with pytest.raises(ProviderError):
        provider.subject(token(login))


def test_a_discovery_document_of_another_issuer_is_none(login: Login, provider: Provider) -> None:
    told = {"issuer": "https://another.example", "jwks_uri": f"{login.issuer}/keys"}
    login.answers[DISCOVERY] = (200, json.dumps(told).encode())
    with pytest.raises(ProviderError, match="of another issuer"):
        provider.subject(token(login))


def test_an_answer_is_not_read_to_its_end_if_it_is_too_much(login: Login, provider: Provider) -> None:
    login.answers[DISCOVERY] = (200, b" " * (oidc.MOST_BYTES + 1))
    with pytest.raises(ProviderError, match="answers too much"):
        provider.subject(token(login))


def test_no_way_to_sign_counts_that_needs_a_shared_secret_or_none() -> None:
    assert not [each for each in oidc.ALGORITHMS if each.startswith("HS") or each == "none"]


def test_keys_are_fetched_only_where_nobody_listens(login: Login, provider: Provider) -> None:
    told = {"issuer": login.issuer, "jwks_uri": "http://keys.example.org/keys"}
    login.answers[DISCOVERY] = (200, json.dumps(told).encode())
    with pytest.raises(ProviderError, match="https"):
        provider.subject(token(login))


def test_a_provider_that_is_not_there_is_told() -> None:
    nobody = Oidc.model_validate({"issuer": "http://127.0.0.1:1", "audience": "x", "roles": {"a": "admin"}})
    with pytest.raises(ProviderError, match="ConnectError"):
        Provider(nobody).subject("a.b.c")
