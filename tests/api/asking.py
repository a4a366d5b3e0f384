"""The API of a small shop, asked in this process as a client asks it over HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import httpx

from headwater.access.roles import Role
from headwater.api.run import make_api
from headwater.core.project import open_project
from headwater.flow.cleanroom.exchange import CleanRooms
from headwater.flow.exchange import exchange_folder
from headwater.flow.privacy import Privacy
from headwater.privacy.receipt import public_key
from headwater.privacy.requests import Asks
from headwater.privacy.suppression import open_suppressions

ONE = {"identifier": "user_id", "value": "m1"}
OTHER = {"identifier": "user_id", "value": "m3"}
STRANGER = {"identifier": "email", "value": "stranger@example.org"}
GONE = {"identifier": "email", "value": "gone@example.org"}
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
    "/v1/privacy/pseudonymise": {"audience": "buyers", "recipient": "acme"},
    "/v1/privacy/exports": None,
    "/v1/cleanroom/agreements": None,
    "/v1/cleanroom/runs": None,
    "/v1/cleanroom/request": {"agreement": "acme", "to": "request.json"},
    "/v1/cleanroom/answer": {"agreement": "mirror", "request": "asked.json", "to": "answer.json"},
    "/v1/cleanroom/result": {"agreement": "acme", "answer": "answered.json"},
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
    "/v1/privacy/receipt": {"request_id": "export-1"},
    "/v1/privacy/note": {"asks": "export", "identifiers": [STRANGER], "received_on": "2026-03-01"},
    "/v1/privacy/resume": {},
    "/v1/privacy/key": None,
    "/v1/privacy/check-receipt": {"receipt": {"n_profiles": 1, "signature": "none"}},
    "/v1/privacy/suppressed": None,
    "/v1/privacy/lift": GONE,
    "/v1/privacy/drop/foresee": {"file": "lists.zip"},
    "/v1/privacy/drop": {"file": "lists.zip"},
    "/v1/privacy/extend": {"request_id": "export-1", "reason": "many accounts"},
    "/v1/privacy/retention": None,
    "/v1/privacy/retain": {},
    "/v1/privacy/signal": {"strings": ["1YNN"], "gpc": True},
    "/v1/privacy/refused-signals": None,
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
        for path in ("/v1/privacy/extend", "/v1/privacy/receipt"):
            BODIES[path]["request_id"] = waiting.request_id
        self.secrets = {role: self.keys.create(f"the_{role}", role) for role in Role}

    def close(self) -> None:
        self.keys._engine.dispose()

    def ask(
        self, method: str, path: str, body: object = None, key: str | Role | None = Role.ADMIN
    ) -> httpx.Response:
        """One request; a body that is no bytes is sent as JSON, and after the question mark of a GET."""
        if method == "GET" and isinstance(body, dict):
            path, body = f"{path}?{urlencode(body)}", None
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        secret = self.secrets[key] if isinstance(key, Role) else key
        return asyncio.run(self._ask(method, path, sent, secret))

    async def _ask(self, method: str, path: str, sent: bytes, secret: str | None) -> httpx.Response:
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        transport = httpx.ASGITransport(self.api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, content=sent, headers=headers)


@contextmanager
def ready_for(path: str, api: Asking) -> Iterator[None]:
    """What an endpoint needs before it can do what its body says; each time anew."""
    with NEEDS[path](api) if path in NEEDS else nullcontext():
        yield


@contextmanager
def _linked(api: Asking) -> Iterator[None]:
    api.ask("POST", "/v1/identity/link", BODIES["/v1/identity/link"])
    yield


@contextmanager
def _kept_out(api: Asking) -> Iterator[None]:
    index = api.api.seals.index_text(GONE["value"], GONE["identifier"])
    with open_suppressions(open_project(api.root)) as suppressions:
        suppressions.add([(GONE["identifier"], index)], "erase-1")
    yield


@contextmanager
def _without_floor(api: Asking) -> Iterator[None]:
    config = api.root / "headwater.yaml"
    text = config.read_text()
    config.write_text(text.replace("{epsilon: 20", "{epsilon: 20, floor: off"))
    try:
        yield
    finally:
        config.write_text(text)


@contextmanager
def _downloaded(api: Asking) -> Iterator[None]:
    """A deletion list that names nobody who is held."""
    folder = exchange_folder(open_project(api.root))
    with ZipFile(folder / "lists.zip", "w") as packed:
        packed.writestr("20260801_0042_Email.csv", f"ID,Hash\nA1,{'A' * 43}=\nA2,none\n")
    try:
        yield
    finally:
        _empty(folder)


@contextmanager
def _agreed(api: Asking) -> Iterator[None]:
    """Two agreements of the project with itself: it asks by one, and answers by the other."""
    for name in ("acme", "mirror"):
        text = AGREEMENT.format(key=public_key(api.api.seals))
        path = api.root / "cleanrooms" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    try:
        yield
    finally:
        shutil.rmtree(api.root / "cleanrooms")
        _empty(exchange_folder(open_project(api.root)))


@contextmanager
def _asked(api: Asking) -> Iterator[None]:
    """The same, asked."""
    with _agreed(api):
        project = open_project(api.root)
        CleanRooms(project).request("acme", exchange_folder(project) / "asked.json")
        yield


@contextmanager
def _answered(api: Asking) -> Iterator[None]:
    """The same, asked and answered."""
    with _asked(api):
        project = open_project(api.root)
        folder = exchange_folder(project)
        CleanRooms(project).answer("mirror", folder / "asked.json", folder / "answered.json")
        yield


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


AGREEMENT = """
partner: Acme Media
partner_key: {key}
agreement: shop-acme
audience: buyers
purpose: newsletter
floor: 2
until: 2999-01-01
runs: 1000
"""
NEEDS: dict[str, Callable[[Asking], AbstractContextManager[None]]] = {
    "/v1/identity/withdraw": _linked,
    "/v1/privacy/lift": _kept_out,
    "/v1/privacy/pseudonymise": _without_floor,
    **dict.fromkeys(("/v1/privacy/drop", "/v1/privacy/drop/foresee"), _downloaded),
    "/v1/cleanroom/request": _agreed,
    "/v1/cleanroom/answer": _asked,
    "/v1/cleanroom/result": _answered,
}
