"""Partners find at the edge where deletion requests go, and hand them in there."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode

from joserfc import jwt
from joserfc.jwk import KeySet
from tests.edge.running import PARTNER, RunningEdge

from headwater.core.project import open_project
from headwater.flow.privacy import Privacy

SUBJECT = {"identifierValue": "ann@example.org", "identifierType": "email", "identifierFormat": "plain"}


def signed(**claims: object) -> str:
    said = {"version": "1.0", "iat": int(time.time()), "iss": "vendor.com", "sub": SUBJECT, **claims}
    return jwt.encode({"alg": "ES256", "kid": "partner"}, said, PARTNER)


def test_a_partner_is_told_where_and_its_request_is_noted(edge: RunningEdge) -> None:
    told = edge.ask("GET", "/dsrdelete.json").json()
    assert told["endpoint"] == "https://collect.shop.example/dsrdelete"
    assert {"id": 2, "type": "email", "format": "plain"} in told["identifiers"]
    assert told["vendorScriptRequirement"] is False
    token = signed(jti="r1", idJWT=signed(jti="o1"))
    answer = edge.ask("POST", "/dsrdelete", token.encode())
    assert answer.status == 202
    ours = KeySet.import_key_set({"keys": told["publicKey"]})
    assert jwt.decode(answer.json()["acJWT"], ours, algorithms=["Ed25519"]).claims["raResultCode"] == 0
    again = edge.ask("POST", "/dsrdelete", json.dumps({"rqJWT": token}).encode())
    assert again.status == 202
    [noted] = Privacy(open_project(edge.root)).requests()
    assert noted.asks.value == "erase"


def test_what_nobody_signed_is_answered_with_its_code(edge: RunningEdge) -> None:
    answer = edge.ask("POST", "/dsrdelete", b"hello")
    assert answer.status == 400
    body = answer.json()["acJWT"].split(".")[1]
    assert '"raResultCode":3' in jwt_text(body)
    assert edge.taken() == [], "it is no event"


def jwt_text(part: str) -> str:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
