"""What is safe without being asked: where it listens, who may at first, who fails too often, and what is written down."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.api.asking import BODIES, ONE, PAIR, Asking

from headwater.access import oidc
from headwater.access.attempts import MOST_FAILURES
from headwater.access.roles import Action, Role
from headwater.api import run
from headwater.api.endpoints.every import ENDPOINTS
from headwater.api.run import make_api
from headwater.core.settings import Settings
from headwater.flow.signing_in import Declared

KEY = RSAKey.generate_key(2048, {"kid": "rsa"})
ISSUER = "https://login.example.org"


def test_it_listens_on_this_machine_only() -> None:
    assert run.ADDRESS == "127.0.0.1"
    assert not [name for name in Settings.model_fields if name.startswith("api_") and name != "api_port"]


def test_a_project_begins_without_a_key(tmp_path: Path) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    made = make_api(tmp_path)
    assert made.sign_in.keys.all() == []
    assert made.sign_in.declared() is None
    made.sign_in.keys._engine.dispose()


def test_every_endpoint_asks_for_an_action_that_not_everybody_has(api: Asking) -> None:
    assert all(isinstance(each.asks, Action) for each in ENDPOINTS)
    for each in ENDPOINTS:
        assert api.ask(each.method, each.path, BODIES[each.path], None).status_code in (401, 429)


def test_a_key_that_is_limited_may_no_more_than_that(api: Asking) -> None:
    secret = api.keys.create("counting", Role.ADMIN, only=[Action.SEE_COUNTS])
    assert api.ask("POST", "/v1/identity/simulate", {}, secret).status_code == 200
    for each in ENDPOINTS:
        if each.asks is not Action.SEE_COUNTS:
            assert api.ask(each.method, each.path, BODIES[each.path], secret).status_code == 403


def test_nobody_makes_a_key_that_may_more_than_they(api: Asking) -> None:
    keeper = api.keys.create("keeper", Role.ADMIN, only=[Action.MANAGE_KEYS])
    for body in (
        {"name": "a", "role": "admin"},
        {"name": "a", "role": "read_only"},
        {"name": "a", "role": "admin", "only": ["manage_keys", "see_audit"]},
    ):
        answer = api.ask("POST", "/v1/access/keys/create", body, keeper)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "right_missing")
    body = {"name": "second", "role": "admin", "only": ["manage_keys"], "expires_on": "2999-01-01"}
    made = api.ask("POST", "/v1/access/keys/create", body, keeper).json()
    assert api.ask("GET", "/v1/access/keys", None, made["key"]).status_code == 200
    listed = api.ask("GET", "/v1/access/keys").json()["keys"]
    assert [(each["only"], each["expires_at"]) for each in listed if each["name"] == "second"] == [
        (["manage_keys"], "2999-01-01T00:00:00Z")
    ]
    assert api.ask("POST", "/v1/access/keys/revoke", {"name": "second"}, keeper).status_code == 200
    assert api.ask("GET", "/v1/access/keys", None, made["key"]).status_code == 401


def test_whoever_fails_too_often_waits_and_who_was_recognised_does_not(api: Asking) -> None:
    assert api.ask("GET", "/v1/identity/junk", None, Role.ANALYST).status_code == 200
    statuses = [
        api.ask("GET", "/v1/identity/junk", None, f"hw_{n}").status_code for n in range(MOST_FAILURES + 5)
    ]
    assert set(statuses[:MOST_FAILURES]) == {401}
    refused = api.ask("GET", "/v1/identity/junk", None, Role.ENGINEER)  # right, and not looked at
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_often")
    assert int(refused.headers["Retry-After"]) > 0
    assert api.ask("GET", "/v1/identity/junk", None, Role.ANALYST).status_code == 200


@pytest.fixture
def provided(api: Asking, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """With a provider declared whose keys are known."""
    path = api.root / "headwater.yaml"
    before = path.read_text()
    roles = "{data: analyst, dpo: privacy_officer}"
    path.write_text(
        f"{before}\naccess:\n  oidc: {{issuer: '{ISSUER}', audience: headwater, roles: {roles}}}\n"
    )
    monkeypatch.setattr(oidc, "_fetch", lambda _: oidc.Discovered(oidc.KeySet([KEY]), oidc.Endpoints("", "")))
    monkeypatch.setattr(api.api.sign_in, "declared", Declared(api.root))
    yield api
    path.write_text(before)


def token(sub: str = "u-17", **more: object) -> str:
    told = {"iss": ISSUER, "aud": "headwater", "sub": sub, "exp": int(time.time()) + 300, **more}
    return jwt.encode({"alg": "RS256", "kid": "rsa"}, told, KEY, algorithms=["RS256"])


def test_a_token_of_the_provider_opens_what_its_role_may(provided: Asking) -> None:
    assert provided.ask("POST", "/v1/profiles/find", ONE, token(groups=["data"])).status_code == 200
    assert provided.ask("GET", "/v1/audit", None, token(groups=["data"])).status_code == 403
    entries = provided.ask("GET", "/v1/audit?who=oidc:u-17", None, token(groups=["dpo"])).json()["entries"]
    assert [(each["event"]["role"], each["event"]["outcome"]) for each in entries] == [
        ("analyst", "refused"),
        ("analyst", "done"),
    ]
    assert (
        provided.ask("POST", "/v1/profiles/find", ONE, Role.ANALYST).status_code == 200
    )  # keys open as before


def test_a_token_that_does_not_count_is_told_why(provided: Asking) -> None:
    answer = provided.ask("POST", "/v1/profiles/find", ONE, token(groups=["data"], exp=1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token_invalid")
    assert "it has expired" in answer.json()["error"]["message"]
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    answer = provided.ask("POST", "/v1/profiles/find", ONE, token(groups=["others"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role_missing")


def test_tokens_of_a_project_that_declares_no_provider_are_none(api: Asking) -> None:
    answer = api.ask("POST", "/v1/profiles/find", ONE, token(groups=["data"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "key_unknown")


def test_nothing_that_is_secret_or_anybodys_is_written_down(
    provided: Asking, capfd: pytest.CaptureFixture[str]
) -> None:
    api, person = provided, "ann.secret@example.org"
    before = {path: path.read_bytes() for path in _written(api.root)}
    tokens = [token(person, groups=["data"]), token(person, groups=["data"], exp=1), token(person)]
    keys = [
        api.secrets[role] for role in (Role.ADMIN, Role.MARKETER)
    ]  # one that may all, and one that may little
    secrets = [*keys, *tokens, "hw_0123456789ab_" + "S" * 43]
    answers = []
    for each in ENDPOINTS:
        if each.asks is not Action.CHANGE_IDENTITY:
            body = _about(BODIES[each.path], person)
            answers += [api.ask(each.method, each.path, body, secret) for secret in secrets]
    api.ask(
        "POST",
        "/v1/identity/link",
        {**PAIR, "one": {"identifier": "email", "value": person}, "reason": person},
    )
    written = b"".join(
        path.read_bytes() for path in _written(api.root) if before.get(path) != path.read_bytes()
    )
    said = capfd.readouterr()
    aloud = "\n".join(
        [*api.told, said.out, said.err, *(each.text for each in answers if each.status_code != 200)]
    )
    for hidden in (
        person,
        *(secret.split("_", 2)[2] for secret in secrets if secret.startswith("hw_")),
        *tokens,
    ):
        assert hidden not in aloud
        assert hidden.encode() not in written
    assert b"oidc:" in written


def _about(body: object, person: str) -> object:
    if isinstance(body, dict) and "identifier" in body:
        return {**body, "identifier": "email", "value": person}
    return {name: _about(each, person) for name, each in body.items()} if isinstance(body, dict) else body


def _written(root: Path) -> list[Path]:
    """The files of the operational state and the audit log."""
    return [path for name in ("state", "audit") for path in (root / name).rglob("*") if path.is_file()]


def test_the_description_says_which_action_each_endpoint_is(api: Asking) -> None:
    told = json.loads(api.ask("GET", "/v1/openapi.json", key=None).text)
    for each in ENDPOINTS:
        assert f"`{each.asks}`" in told["paths"][each.path][each.method.lower()]["description"]
    names = [each["name"] for each in told["paths"]["/v1/audit"]["get"]["parameters"]]
    assert names == ["since", "who", "action", "most"]
