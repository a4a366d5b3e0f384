"""The API of a small shop, asked in this process as a client asks it over HTTP."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from headwater.access.keys import AccessKeys
from headwater.access.rights import Right
from headwater.api.app import Api
from headwater.core.project import open_project
from headwater.core.state import connect_state

ONE = {"identifier": "user_id", "value": "m1"}
OTHER = {"identifier": "user_id", "value": "m3"}
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
}


@dataclass
class Asking:
    """A project's API with two keys.

    Attributes:
        told: what it said on the side.
    """

    root: Path
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = connect_state(open_project(self.root), "keys")
        self.keys = AccessKeys(self.engine)
        self.secrets = {may: self.keys.create(f"{may}er", may) for may in Right}
        self.api = Api(self.root, self.keys, self.told.append)

    def ask(
        self, method: str, path: str, body: object = None, key: str | Right | None = Right.MANAGE
    ) -> httpx.Response:
        """One request; a body that is no bytes is sent as JSON."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        secret = self.secrets[key] if isinstance(key, Right) else key
        return asyncio.run(self._ask(method, path, sent, secret))

    async def _ask(self, method: str, path: str, sent: bytes, secret: str | None) -> httpx.Response:
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        transport = httpx.ASGITransport(self.api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, content=sent, headers=headers)
