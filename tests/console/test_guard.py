"""The guard: from where requests may come, whose they must be, and what answers may do in a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from headwater.access.audit.log import Wanted, log_over
from headwater.access.keys import AccessKeys
from headwater.access.roles import Caller, Role
from headwater.access.sessions import Sessions
from headwater.access.sign_in import SignIn
from headwater.console.door.entry import Entry
from headwater.console.door.guard import SESSION, Guard
from headwater.console.door.visits import Visits
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.core.state import connect_state

OWN = "http://127.0.0.1:8703"
COOKIE = "headwater_8703"
ANN = Caller("ann", Role.ANALYST, Role.ANALYST.actions)


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """In place of the pages: says who was let through."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    who = scope[SESSION].caller.name if scope.get(SESSION) else "nobody"
    page = f"<html><script>let a = 1</script><p>hello {who}</p></html>"
    answer: Response = HTMLResponse(page) if scope["path"] != "/static/look.css" else PlainTextResponse("css")
    await answer(scope, receive, send)


class Console:
    """A guard over pages that are none."""

    def __init__(self, root: Path) -> None:
        project = open_project(root)
        self.engine = connect_state(project, "tests")
        seals = seals_of(project)
        self.keys = AccessKeys(self.engine)
        self.sessions, self.visits = Sessions(self.engine, self.keys), Visits()
        self.audit = log_over(self.engine, project)
        entry = Entry("shop", SignIn(self.keys, lambda: seals, lambda: None), self.sessions, self.audit)
        hosts = frozenset({"127.0.0.1:8703", "localhost:8703"})
        self.guard = Guard(inner, entry, self.sessions, self.visits, hosts, COOKIE)

    def ask(self, method: str, path: str, session: str = "", **given: Any) -> httpx.Response:
        """One request."""

        async def asked() -> httpx.Response:
            cookies = {COOKIE: session} if session else {}
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.guard), base_url=given.pop("base", OWN), cookies=cookies
            ) as client:
                return await client.request(method, path, **given)

        return asyncio.run(asked())

    def connect(
        self, session: str, page: str, headers: Mapping[str, str], path: str = "/_nicegui_ws/socket.io/"
    ) -> str:
        """What is answered to a WebSocket that would be opened."""
        sent: list[str] = []
        said = {"cookie": f"{COOKIE}={session}", **headers}
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": f"client_id={page}&EIO=4&transport=websocket".encode(),
            "headers": [(name.encode(), value.encode()) for name, value in said.items()],
        }

        async def send(message: Any) -> None:
            sent.append(message["type"])

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        asyncio.run(self.guard(scope, receive, send))
        return sent[0]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    console = Console(tmp_path)
    yield console
    console.engine.dispose()


HOSTS = {"host": "127.0.0.1:8703", "origin": OWN}


def test_nobody_is_sent_to_sign_in_and_back(console: Console) -> None:
    answer = console.ask("GET", "/audiences?q=tea", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/audiences%3Fq%3Dtea")
    assert console.ask("GET", "/audiences").status_code == 401
    assert "hello" not in console.ask("GET", "/_nicegui/3.18.0/dynamic_resources/x").text
    assert 'value="/audiences?q=tea"' in console.ask("GET", answer.headers["location"]).text


def test_a_key_signs_in_and_is_sent_where_it_wanted_to_go(console: Console) -> None:
    key = console.keys.create("ann", Role.ANALYST)
    said = {"key": key, "next": "/audiences"}
    answer = console.ask("POST", "/sign-in", data=said, headers={"origin": OWN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/audiences")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/"))
    session = answer.cookies[COOKIE]
    assert key not in cookie
    assert "hello ann" in console.ask("GET", "/", session).text
    console.keys.revoke("ann")
    assert console.ask("GET", "/", session).status_code == 401


def test_a_link_signs_in_once(console: Console) -> None:
    token = console.sessions.make_link()
    first, second = (console.ask("GET", f"/sign-in/once?token={token}") for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 401)
    assert "used already" in second.text
    assert token not in second.text
    assert "hello local:" in console.ask("GET", "/", first.cookies[COOKIE]).text


def test_signing_in_and_out_is_recorded(console: Console) -> None:
    key = console.keys.create("ann", Role.ANALYST)
    console.ask("POST", "/sign-in", data={"key": "hw_no"}, headers={"origin": OWN})
    answer = console.ask("POST", "/sign-in", data={"key": key}, headers={"origin": OWN})
    out = console.ask("POST", "/sign-out", answer.cookies[COOKIE], headers={"origin": OWN})
    assert out.status_code == 303
    assert console.ask("GET", "/", answer.cookies[COOKIE]).status_code == 401
    told = [(each.event.who, each.event.by, each.event.outcome) for each in console.audit.entries(Wanted())]
    assert told == [
        ("ann", "console sign-out", "done"),
        ("ann", "console sign-in", "done"),
        ("unknown", "console sign-in", "refused"),
    ]


@pytest.mark.parametrize(
    "after", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "", "/sign-in"]
)
def test_nobody_is_sent_elsewhere(console: Console, after: str) -> None:
    key = console.keys.create("ann", Role.ANALYST)
    answer = console.ask("POST", "/sign-in", data={"key": key, "next": after}, headers={"origin": OWN})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "origin", [None, "null", "http://elsewhere.example", "http://127.0.0.1:8704", "https://127.0.0.1:8703"]
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/"])
def test_what_another_page_posts_is_refused(console: Console, path: str, origin: str | None) -> None:
    session = console.sessions.begin(ANN)
    headers = {} if origin is None else {"origin": origin}
    assert console.ask("POST", path, session, data={"key": "x"}, headers=headers).status_code == 403
    assert console.sessions.find(session)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(console: Console, method: str) -> None:
    assert console.ask(method, "/", console.sessions.begin(ANN), headers={"origin": OWN}).status_code == 403


@pytest.mark.parametrize(
    "host", ["elsewhere.example:8703", "127.0.0.1", "127.0.0.1:8703.elsewhere.example", ""]
)
def test_another_name_for_this_machine_is_not_answered(console: Console, host: str) -> None:
    answer = console.ask("GET", "/", console.sessions.begin(ANN), headers={"host": host})
    assert (answer.status_code, "hello" in answer.text) == (421, False)


def test_a_link_from_elsewhere_leads_here_by_a_page_of_ours(console: Console) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "accept": "text/html"}
    answer = console.ask("GET", "/audiences", headers=headers)
    assert (answer.status_code, 'http-equiv="refresh"' in answer.text) == (200, True)


def test_no_page_is_drawn_for_a_browser_that_wants_a_picture(console: Console) -> None:
    session = console.sessions.begin(ANN)
    picture = console.ask("GET", "/favicon.ico", session, headers={"sec-fetch-dest": "image"})
    assert (picture.status_code, picture.text) == (404, "There is no such file.\n")
    page = console.ask("GET", "/audiences", session, headers={"sec-fetch-dest": "document"})
    assert page.status_code == 200


def test_only_a_pages_own_scripts_run(console: Console) -> None:
    session = console.sessions.begin(ANN)
    first, second = console.ask("GET", "/", session), console.ask("GET", "/", session)
    (nonce,) = re.findall(r"'nonce-([^']+)'", first.headers["content-security-policy"])
    assert f'<script nonce="{nonce}">let a = 1</script>' in first.text
    assert int(first.headers["content-length"]) == len(first.content)
    assert nonce not in second.text
    policy = first.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/static/look.css", "/nothing"])
def test_every_answer_has_the_headers(console: Console, path: str) -> None:
    headers = console.ask("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_websocket_is_only_for_the_page_of_its_session(console: Console) -> None:
    session, other = console.sessions.begin(ANN), console.sessions.begin(ANN)
    found = console.sessions.find(session)
    assert found is not None
    console.visits.note("page-1", found.hash)
    assert console.connect(session, "page-1", HOSTS) == "websocket.accept"
    refused = [
        console.connect(other, "page-1", HOSTS),
        console.connect(session, "page-2", HOSTS),
        console.connect("", "page-1", HOSTS),
        console.connect(session, "page-1", {**HOSTS, "origin": "http://elsewhere.example"}),
        console.connect(session, "page-1", {"host": HOSTS["host"]}),
        console.connect(
            session, "page-1", {"host": "elsewhere.example", "origin": "http://elsewhere.example"}
        ),
        console.connect(session, "page-1", HOSTS, path="/elsewhere"),
    ]
    assert set(refused) == {"websocket.close"}
    console.sessions.end(found.hash)
    assert console.connect(session, "page-1", HOSTS) == "websocket.close"
    assert console.ask("GET", "/_nicegui_ws/socket.io/?transport=polling", session).status_code == 400


def test_who_fails_too_often_has_to_wait(console: Console) -> None:
    tries = [
        console.ask("POST", "/sign-in", data={"key": f"hw_{n}"}, headers={"origin": OWN}) for n in range(25)
    ]
    assert [each.status_code for each in tries][-1] == 429
    assert "Come again in" in tries[-1].text
    links = [console.ask("GET", f"/sign-in/once?token={n}") for n in range(25)]
    assert links[-1].status_code == 429


@pytest.mark.parametrize(
    "body", [b"", b"key=" + b"x" * 20_000, b"\xff\xfe=1", b"key=%00", b"&".join([b"a=1"] * 50)]
)
def test_odd_forms_are_no_key(console: Console, body: bytes) -> None:
    headers = {"origin": OWN, "content-type": "application/x-www-form-urlencoded"}
    assert console.ask("POST", "/sign-in", content=body, headers=headers).status_code == 401
