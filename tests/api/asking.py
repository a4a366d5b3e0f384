"""The API of a small shop, asked in this process as a client asks it over HTTP."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from headwater.access.roles import Role
from headwater.api.run import make_api
from headwater.core.project import open_project
from headwater.flow.privacy import Privacy
from headwater.privacy.requests import Asks

ONE = {"identifier": "user_id", "value": "m1"}
OTHER = {"identifier": "user_id", "value": "m3"}
STRANGER = {"identifier": "email", "value": "stranger@example.org"}
PAIR = {"one": ONE, "other": OTHER}
BODIES: dict[str, Any] = {  # one that each endpoint takes
    "/v1/identity/explain": PAIR,
    "/v1/identity/history": ONE,
    "/v1/identity/decisions": None,
    "/v1/identity/link": {**PAIR, "reason": "called us"},
    "/v1/identity/unmerge": {**PAIR, "reason": "mother and daughter"},
    "/v1/identity/withdraw": PAIR,
    "/v1/identity/simulate": {"link": PAIR},
    "/v1/identity/apply": {"anyway": True},
    "/v1/identity/match": {"models": ["people"]},
    "/v1/identity/match/apply": {},
    "/v1/identity/junk": None,
    "/v1/profiles/find": {**ONE, "n_events": 2},
    "/v1/audiences": None,
    "/v1/audiences/overlap": {"audiences": ["coffee_lovers", "big_spenders"]},
    "/v1/privacy/release": {"audience": "coffee_lovers", "epsilon": 0.5},
    "/v1/privacy/budget": None,
    "/v1/privacy/foresee": {"identifiers": [ONE]},
    "/v1/privacy/erase": {"identifiers": [STRANGER], "law": "ccpa", "received_on": "2026-03-01"},
    "/v1/privacy/export": {"identifiers": [ONE]},
    "/v1/privacy/restrict": {"identifiers": [STRANGER]},
    "/v1/privacy/unrestrict": {"identifiers": [STRANGER]},
    "/v1/privacy/correct": {"person": ONE, "values": {"city": "Bern"}},
    "/v1/privacy/opt-out": {"identifiers": [ONE], "law": "ccpa"},
    "/v1/privacy/verify": {"identifiers": [ONE]},
    "/v1/privacy/object": {"identifiers": [STRANGER], "purposes": ["newsletter"]},
    "/v1/privacy/check": {"destination": "mailing", "audience": "coffee_lovers"},
    "/v1/privacy/requests": None,
    "/v1/privacy/extend": {"request_id": "export-1", "reason": "many accounts"},
    "/v1/privacy/retention": None,
    "/v1/privacy/retain": {},
    "/v1/privacy/signal": {"strings": ["1YNN"], "gpc": True},
    "/v1/access/keys": None,
    "/v1/access/keys/create": {"name": "made", "role": "analyst"},
    "/v1/access/keys/revoke": {"name": "made"},
    "/v1/audit": None,
    "/v1/audit/verify": None,
}


@dataclass
class Asking:
    """A project's API, with a key of each role.

    Attributes:
        told: what it said on the side.
    """

    root: Path
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.api = replace(make_api(self.root), tell=self.told.append)
        self.keys = self.api.sign_in.keys
        waiting = Privacy(open_project(self.root)).note(Asks.RESTRICT, ["email=waiting@example.org"])
        BODIES["/v1/privacy/extend"]["request_id"] = waiting.request_id
        self.secrets = {role: self.keys.create(f"the_{role}", role) for role in Role}

    def close(self) -> None:
        self.keys._engine.dispose()

    def ask(
        self, method: str, path: str, body: object = None, key: str | Role | None = Role.ADMIN
    ) -> httpx.Response:
        """One request; a body that is no bytes is sent as JSON."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        secret = self.secrets[key] if isinstance(key, Role) else key
        return asyncio.run(self._ask(method, path, sent, secret))

    async def _ask(self, method: str, path: str, sent: bytes, secret: str | None) -> httpx.Response:
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        transport = httpx.ASGITransport(self.api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, content=sent, headers=headers)
