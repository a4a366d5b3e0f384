"""Requests of unmodified clients, browsers' among them, byte for byte against the real edge: answered as their clients expect,
and every event taken in once. A few stand in tests/data; all are played where a folder `shared` stands beside the repository."""

from __future__ import annotations

import base64
import gzip
import json
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.collect.formats.captures import OWN, SHARED, names
from tests.edge.running import RunningEdge, Told, answer_of

from headwater.collect.outcome import Accepted, Refused

pytestmark = [pytest.mark.server, pytest.mark.slow]

CAPTURES = [
    *(pytest.param(OWN, name, id=name) for name in names(OWN)),
    *(pytest.param(SHARED, name, id=f"shared-{name}") for name in names(SHARED)),
]
NAMELESS = ("snowplow_node_retry", "snowplow_py_retry")  # told neither who it is about nor an app id


@pytest.fixture(scope="module")
def ever() -> set[str]:
    """The ids of all events that the tests of this module saw taken in."""
    return set()


def captured(folder: Path, name: str) -> list[dict]:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["requests"]


def replayed(edge: RunningEdge, request: dict) -> Told:
    """Sent as it stood on the wire."""
    connection = HTTPConnection("127.0.0.1", edge.port, timeout=30)
    try:
        path = request["path"] + (f"?{request['query']}" if request["query"] else "")
        connection.putrequest(request["method"], path, skip_host=True, skip_accept_encoding=True)
        for header, value in request["headers"]:
            connection.putheader(header, value)
        body, named = base64.b64decode(request["raw_body_b64"]), headers_of(request)
        is_chunked = named.get("transfer-encoding") == "chunked"
        if body and not is_chunked and "content-length" not in named:  # not every capture kept it
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None, encode_chunked=is_chunked)
        return answer_of(connection)
    finally:
        connection.close()


def headers_of(request: dict) -> dict[str, str]:
    return {header.lower(): value for header, value in request["headers"]}


def ids_of(request: dict) -> list[str]:
    """The ids of the events that a request tells of, read naively."""
    if request["method"] == "GET":
        found = [part for part in request["query"].split("&") if part.startswith("eid=")]
        return [found[0].removeprefix("eid=")] if found else []
    if request["method"] != "POST":
        return []
    body = base64.b64decode(request["raw_body_b64"])
    told = json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    events = told.get("batch") or told.get("data") or [told]
    return [each.get("messageId") or each["eid"] for each in events]


def check_cross_origin(request: dict, answer: Told) -> None:
    asked = headers_of(request)
    if "origin" not in asked:
        assert "access-control-allow-origin" not in answer.headers
        return
    assert answer.headers["access-control-allow-origin"] == asked["origin"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-expose-headers"] == "Retry-After"
    assert "Origin" in answer.headers["vary"]
    if request["method"] == "OPTIONS":
        assert answer.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
        assert asked["access-control-request-method"] in answer.headers["access-control-allow-methods"]


def check_answer(request: dict, answer: Told) -> None:
    if request["method"] == "OPTIONS":
        assert (answer.status, answer.body) == (204, b"")
        return
    assert answer.status == 200
    path = request["path"]
    if path == "/i":
        assert answer.headers["content-type"] == "image/gif"
        assert answer.body.startswith(b"GIF89a")
    elif path.startswith("/v1/projects/"):
        own = answer.json()["integrations"]["Segment.io"]
        assert (own["apiKey"], own["apiHost"]) == ("WK_test", f"{headers_of(request)['host']}/v1")
    elif path.startswith("/sourceConfig"):
        assert answer.json()["source"]["enabled"] is True
    elif not path.startswith("/com.snowplowanalytics"):
        assert answer.json() == {"success": True}


@pytest.mark.parametrize(("folder", "name"), CAPTURES)
def test_a_real_request_is_answered_and_its_events_are_taken_in_once(
    edge: RunningEdge, ever, folder, name
) -> None:
    requests = captured(folder, name)
    for request in requests:
        answer = replayed(edge, request)
        check_cross_origin(request, answer)
        if name.startswith(NAMELESS):
            assert answer.status in (200, 401)
        else:
            check_answer(request, answer)
    outcomes = [each for each in edge.taken() if isinstance(each, Accepted | Refused)]
    if name.startswith(NAMELESS):
        assert not [each for each in outcomes if isinstance(each, Accepted)]
        return
    told = [one for request in requests for one in ids_of(request)]
    taken = [each.event_id for each in outcomes if isinstance(each, Accepted)]
    repeats = [each.message_id for each in outcomes if isinstance(each, Refused)]
    assert [each.reason for each in outcomes if isinstance(each, Refused)] == ["duplicate"] * len(repeats)
    assert sorted([*taken, *repeats]) == sorted(told)
    assert set(taken) == set(told) - ever
    assert len(taken) == len(set(taken))
    ever |= set(taken)


def test_a_browsers_events_are_its_persons(edge: RunningEdge) -> None:
    for request in captured(OWN, "segment_browser_standard"):
        replayed(edge, {**request, "raw_body_b64": renamed(request)})
    page, *others = edge.accepted()
    assert (page.kind, page.event) == ("page", "page")
    assert page.properties["utm_source"] == "news"
    assert page.properties["browser"] == "HeadlessChrome"
    assert page.properties["ip"] == "127.0.0.0"  # cut, as the collector says
    anonymous = page.identifiers["anonymous_id"]
    assert all(each.identifiers["anonymous_id"] == anonymous for each in others if each.kind != "alias")


def renamed(request: dict) -> str:
    """The body with other ids of the same length, as if it had not been sent before."""
    body = base64.b64decode(request["raw_body_b64"])
    return base64.b64encode(body.replace(b"ajs-next-", b"ajs-prev-")).decode()
