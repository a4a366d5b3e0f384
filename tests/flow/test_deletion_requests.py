"""Deletion requests of partners: what is signed by whom it should be is noted once, everything else is refused with its code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey

from headwater.access.audit.log import Wanted, open_audit
from headwater.access.roles import Action
from headwater.core.config import DeletionRequests
from headwater.core.errors import ProjectError
from headwater.core.project import Project, open_project
from headwater.core.sealing.keeping import seals_of
from headwater.core.sealing.seals import Seals
from headwater.flow.deletion_requests import take_deletion_request
from headwater.flow.privacy import Privacy
from headwater.identity.identifier import sha256_hex
from headwater.privacy.deletion_requests import Result, acknowledgement, resource

KEYS = {name: ECKey.generate_key("P-256", {"kid": name}) for name in ("first", "partner", "stranger")}
HASH = sha256_hex("ann@example.org")
SUBJECT = {"identifierValue": HASH, "identifierType": "email", "identifierFormat": "sha256"}
NOW = int(datetime.now(UTC).timestamp())


def signed(key: str, **claims: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": key}, {"version": "1.0", "iat": NOW, **claims}, KEYS[key])


def request(inner: str | None = None, *, key: str = "partner", name: str = "idJWT", **claims: Any) -> str:
    held = signed("first", iss="publisher.com", jti="o1", sub=SUBJECT) if inner is None else inner
    return signed(key, **{"iss": "vendor.com", "jti": "r1", "sub": SUBJECT, name: held, **claims})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("shop")
    partners = {
        "publisher.com": [KEYS["first"].as_dict(private=False)],
        "vendor.com": [KEYS["partner"].as_dict(private=False)],
    }
    said = {
        "domain": "shop.example",
        "endpoint": "https://collect.shop.example/dsrdelete",
        "partners": partners,
    }
    (folder / "headwater.yaml").write_text(f"project: shop\ndeletion_requests: {json.dumps(said)}\n")
    return open_project(folder)


@pytest.fixture(scope="module")
def seals(project: Project) -> Seals:
    return seals_of(project)


@pytest.fixture(scope="module")
def said(project: Project) -> DeletionRequests:
    assert project.config.deletion_requests is not None
    return project.config.deletion_requests


def answered(token: str, said: DeletionRequests, project: Project, seals: Seals) -> dict[str, Any]:
    """The claims of the answer, checked by what we publish."""
    done = take_deletion_request(token.encode(), said, project, seals)
    ours = KeySet.import_key_set({"keys": resource(said, seals)["publicKey"]})
    claims = jwt.decode(done.token, ours, algorithms=["Ed25519"]).claims
    assert done.is_taken == (claims["raResultCode"] == Result.ACCEPTED)
    return dict(claims)


def test_a_request_is_noted_once_and_acknowledged(
    project: Project, said: DeletionRequests, seals: Seals
) -> None:
    token = request(jti="once")
    first, second = (answered(token, said, project, seals) for _ in range(2))
    assert (first["rqJWT"], first["iss"], first["raResultCode"]) == (token, "shop.example", Result.ACCEPTED)
    assert second["raResultCode"] == Result.ACCEPTED
    [noted] = Privacy(project).requests()
    assert noted.subjects == (seals.index_text(HASH, "hashed_email"),)
    assert noted.law.value == "ccpa"
    with open_audit(project) as log:
        [entry] = log.entries(Wanted(action=Action.PRIVACY_REQUESTS))
    assert (entry.event.who, entry.event.by) == ("vendor.com", "/dsrdelete")
    assert HASH not in repr(entry)
    [receipt] = Privacy(project).resume()
    assert (receipt.request_id, receipt.left) == (noted.request_id, ())


@pytest.mark.parametrize("name", ["idJWT", "orJWT"])
@pytest.mark.parametrize("subject", [SUBJECT, json.dumps(SUBJECT)], ids=["object", "text"])
def test_both_versions_are_taken(
    name: str, subject: object, project: Project, said: DeletionRequests, seals: Seals
) -> None:
    inner = signed("first", iss="publisher.com", jti="o1")  # since 2.0 it names nobody
    token = request(inner, name=name, sub=subject, jti=f"{name} {type(subject)}")
    assert answered(token, said, project, seals)["raResultCode"] == Result.ACCEPTED


def of(**changed: str) -> dict[str, str]:
    return {**SUBJECT, **changed}


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param("", Result.INVALID_TOKEN, id="nothing"),
        pytest.param("a.b.c", Result.INVALID_TOKEN, id="no token"),
        pytest.param(request()[:-4] + "AAAA", Result.BAD_SIGNATURE, id="another signature"),
        pytest.param(request(key="stranger"), Result.BAD_SIGNATURE, id="another key"),
        pytest.param(request(iss="other.com"), Result.BAD_SIGNATURE, id="nobody known"),
        pytest.param(request(iss="publisher.com"), Result.BAD_SIGNATURE, id="somebody else's key"),
        pytest.param(
            request(signed("partner", iss="publisher.com", jti="o")), Result.BAD_SIGNATURE, id="forged origin"
        ),
        pytest.param(
            signed("partner", iss="vendor.com", jti="r", sub=SUBJECT), Result.MALFORMED, id="no origin"
        ),
        pytest.param(request(jti=5), Result.MALFORMED, id="a number of a number"),
        pytest.param(request(sub="nobody"), Result.MALFORMED, id="nobody"),
        pytest.param(request(sub=of(identifierType="passport")), Result.UNSUPPORTED_TYPE, id="type"),
        pytest.param(request(sub=of(identifierFormat="md5")), Result.UNSUPPORTED_TYPE, id="format"),
        pytest.param(request(sub=of(identifierValue="ann")), Result.BAD_FORMAT, id="value"),
        pytest.param(request(iat=NOW - 31 * 86400), Result.BAD_TIME, id="long ago"),
        pytest.param(request(iat=NOW + 3600), Result.BAD_TIME, id="tomorrow"),
        pytest.param(request(iat=1 << 60), Result.BAD_TIME, id="no moment"),
        pytest.param(
            request(signed("first", iss="publisher.com", jti="o", iat=NOW - 31 * 86400)),
            Result.BAD_TIME,
            id="old origin",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_code(
    token: str, code: Result, project: Project, said: DeletionRequests, seals: Seals
) -> None:
    before = len(Privacy(project).requests())
    told = answered(token, said, project, seals)
    assert told["raResultCode"] == code
    assert told["raResultString"]
    assert HASH not in told["raResultString"]
    assert len(Privacy(project).requests()) == before


def test_an_unsigned_token_is_refused(project: Project, said: DeletionRequests, seals: Seals) -> None:
    head, body, _ = request().split(".")
    for signature in ("", "AA"):
        told = answered(f"eyJhbGciOiJub25lIn0.{body}.{signature}", said, project, seals)
        assert told["raResultCode"] in (Result.BAD_SIGNATURE, Result.INVALID_TOKEN)
    assert head


@settings(max_examples=40)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_whatever_comes_is_answered(
    project: Project, said: DeletionRequests, seals: Seals, body: bytes
) -> None:
    assert not take_deletion_request(body, said, project, seals).is_taken


def test_our_key_is_public_alone_and_stays(said: DeletionRequests, seals: Seals, project: Project) -> None:
    [key] = resource(said, seals)["publicKey"]
    assert "d" not in key
    assert resource(said, seals_of(project))["publicKey"] == [key]
    with pytest.raises(Exception, match="signature"):
        token = acknowledgement("x", Result.ACCEPTED, "", said, seals)
        other = KeySet([OKPKey.generate_key("Ed25519", {"kid": key["kid"]})])
        jwt.decode(token, other, algorithms=["Ed25519"])


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (KEYS["first"].as_dict(private=True), "is not public"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "is not public"),
        ({"kty": "EC"}, "is no JSON Web Key"),
    ],
    ids=["private", "shared", "none"],
)
def test_a_key_that_is_none_is_told_when_the_project_is_opened(
    key: dict[str, str], why: str, tmp_path: Path
) -> None:
    said = {"domain": "shop.example", "endpoint": "https://x.example/dsrdelete", "partners": {"a.com": [key]}}
    (tmp_path / "headwater.yaml").write_text(f"project: shop\ndeletion_requests: {json.dumps(said)}\n")
    with pytest.raises(ProjectError, match=why):
        open_project(tmp_path)


def test_a_request_may_be_some_days_old(project: Project, said: DeletionRequests, seals: Seals) -> None:
    at = datetime.now(UTC) - timedelta(days=9)
    token = request(jti="days", iat=int(at.timestamp()))
    assert answered(token, said, project, seals)["raResultCode"] == Result.ACCEPTED
    assert Privacy(project).requests()[0].received_at.date() == at.date()
