"""Whatever comes, in whatever manner: an answer that says what is wrong, nothing lost beside it, and an edge that goes on."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import resource
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from urllib.parse import quote

import pytest
from tests.edge.running import (
    HOOK,
    HOOK_SECRET,
    ONE_FORMAT,
    PACED,
    PUBLIC,
    STRICT,
    RunningEdge,
    answer_of,
    until_end,
)

from headwater.collect.log.segments import bases, path_of
from headwater.collect.outcome import Accepted, Refused
from headwater.flow.live_log import Folders

pytestmark = [pytest.mark.server, pytest.mark.slow]

BATCH = "/v1/batch"
SNOWPLOW = "/com.snowplowanalytics.snowplow/tp2"
PAGE_VIEW = {"e": "pv", "duid": "d1", "aid": PUBLIC}
AUTHORISED = {"Authorization": "Basic V0tfdGVzdDo="}
_numbers = count()


def call(**said: object) -> dict[str, object]:
    """A call that is right, and like no other."""
    return {
        "type": "track",
        "event": "Seen",
        "userId": "u1",
        "messageId": f"bad-input-{next(_numbers)}",
        **said,
    }


def batch(*calls: object) -> bytes:
    return json.dumps({"batch": calls}).encode()


def wire(path: str, body: bytes = b"", *headers: str, method: str = "POST", version: str = "1.1") -> bytes:
    """A request as it stands on the wire, told to be the last."""
    lines = [f"{method} {path} HTTP/{version}", "Host: edge", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def still_serves(edge: RunningEdge) -> bool:
    edge.taken()
    said = call()
    assert edge.send(said).status == 200
    return [each.event_id for each in edge.accepted()] == [said["messageId"]]


# Bodies


BODIES = {
    "nothing": b"",
    "not JSON": b"<xml/>",
    "half of it": b'{"batch":[{"type":"tr',
    "a list": b"[]",
    "null": b"null",
    "a text": b'"batch"',
    "no batch": b'{"writeKey":"WK_test"}',
    "a batch that is none": b'{"batch":{"type":"track"}}',
    "not UTF-8": b'{"batch":[{"event":"\xff\xfe"}]',
    "deep nesting": b"[" * 200_000,
    "deep objects": b'{"batch":' * 20_000,
    "damaged gzip": b"\x1f\x8b" + b"\x00\xff" * 40,
    "gzip cut off": gzip.compress(batch(call()))[:-12],
    "gzip within gzip": gzip.compress(gzip.compress(batch(call()))),
    "a number out of range": b'{"batch":[],"sentAt":1e9999}',
}


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BODIES.items()])
@pytest.mark.parametrize("path", [BATCH, SNOWPLOW, "/beacon/v1/batch"])
def test_a_body_that_is_none_is_refused_with_a_reason_and_kept_with_it(edge: RunningEdge, path, body) -> None:
    answer = edge.ask("POST", path, body, AUTHORISED)
    assert answer.status == 400
    assert answer.json()["message"]
    kept = edge.taken()
    assert len(kept) <= 1  # what cannot even be unpacked is of no known source
    if kept:
        assert isinstance(kept[0], Refused)
        assert kept[0].detail == answer.json()["message"]


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BODIES.items()])
def test_a_single_call_that_is_none_is_named_or_refused(edge: RunningEdge, body) -> None:
    answer = edge.ask("POST", "/v1/track", body, AUTHORISED)
    assert answer.status == 400 or (answer.status == 200 and len(answer.json()["rejected"]) == 1)
    assert all(isinstance(each, Refused) for each in edge.taken())


def test_without_a_key_in_header_or_body_nothing_is_kept(edge: RunningEdge) -> None:
    for body in BODIES.values():
        assert edge.ask("POST", BATCH, body).status in (400, 401)
        assert "rejected" not in edge.ask("POST", BATCH, body).json()
    keyed = json.dumps({"writeKey": PUBLIC}).encode()
    assert edge.ask("POST", BATCH, keyed).status == 400
    assert len(edge.refused()) == 2 + 1  # two of the bodies above name the key, and this one


KEYS = {
    "none": ("", {}),
    "unknown": ("", {"Authorization": "Basic eDo="}),
    "no base64": ("", {"Authorization": "Basic ***"}),
    "not UTF-8": ("", {"Authorization": "Basic /////w=="}),
    "empty Basic": ("", {"Authorization": "Basic"}),
    "another scheme": ("", {"Authorization": "Digest username=x"}),
    "unknown Bearer": ("", {"Authorization": "Bearer x"}),
    "unknown in the query": ("?writeKey=x", {}),
    "of a format it does not speak": (f"?writeKey={ONE_FORMAT}", {}),
    "longer than anything": ("?writeKey=" + "x" * 8_000, {}),
}


@pytest.mark.parametrize(("query", "headers"), [pytest.param(*each, id=name) for name, each in KEYS.items()])
def test_a_key_that_is_none_is_401_and_nothing_is_kept(edge: RunningEdge, query, headers) -> None:
    assert edge.ask("POST", BATCH + query, batch(call()), headers).status == 401
    assert edge.ask("POST", "/v1/pixel/track" + query, b"", headers).status in (404, 401)
    assert edge.taken() == []


# One bad call among good ones


BAD_CALLS = {
    "no object": (7, "invalid_value"),
    "userId a list": (call(userId=["u1"]), "invalid_value"),
    "properties a text": (call(properties="x"), "invalid_value"),
    "no type": ({"userId": "u1", "event": "Seen"}, "missing_value"),
    "unknown type": (call(type="trick"), "unknown_value"),
    "nobody": ({"type": "track", "event": "Seen"}, "no_identifier"),
    "no event": (call(event=None), "missing_value"),
    "an id of 10 KB": (call(userId="u" * 10_240), "invalid_value"),
    "a message id of 10 KB": (call(messageId="m" * 10_240), "invalid_value"),
    "an event name of 10 KB": (call(event="e" * 10_240), "invalid_value"),
    "40 KB": (call(properties={"text": "x" * 40_960}), "too_large"),
    "NUL": (call(properties={"text": "a\0b"}), "invalid_value"),
    "NUL in an id": (call(userId="u\0001"), "invalid_value"),
    "deep": (call(properties=json.loads('{"a":' * 100 + "1" + "}" * 100)), "too_deep"),
    "no time": (call(timestamp="yesterday"), "invalid_time"),
}


@pytest.mark.parametrize(
    ("bad", "reason"), [pytest.param(*each, id=name) for name, each in BAD_CALLS.items()]
)
def test_one_bad_call_is_named_and_kept_whole_and_the_others_are_taken(
    edge: RunningEdge, bad, reason
) -> None:
    first, last = call(), call()
    answer = edge.ask("POST", BATCH, batch(first, bad, last), AUTHORISED)
    assert answer.status == 200
    (named,) = answer.json()["rejected"]
    assert (named["index"], named["reason"]) == (1, reason)
    outcomes = edge.taken()
    taken = [each.event_id for each in outcomes if isinstance(each, Accepted)]
    assert taken == [first["messageId"], last["messageId"]]
    (kept,) = [each for each in outcomes if isinstance(each, Refused)]
    assert (kept.reason, kept.detail) == (reason, named["detail"])
    assert json.loads(kept.raw) == bad


def test_a_batch_of_too_many_calls_is_refused_whole(edge: RunningEdge) -> None:
    calls = [{"type": "track", "event": "S", "userId": "u"}] * 2_501
    answer = edge.ask("POST", BATCH, batch(*calls), AUTHORISED)
    assert (answer.status, answer.json()["code"]) == (400, "too_large")
    assert [each.detail for each in edge.refused()] == [answer.json()["message"]]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({**PAGE_VIEW, "e": "xx"}, id="unknown event"),
        pytest.param({"e": "pv", "aid": PUBLIC}, id="nobody"),
        pytest.param({**PAGE_VIEW, "duid": "d" * 10_240}, id="an id of 10 KB"),
        pytest.param({**PAGE_VIEW, "page": "x" * 40_960}, id="40 KB"),
        pytest.param({**PAGE_VIEW, "dtm": "soon"}, id="no time"),
        pytest.param({**PAGE_VIEW, "cx": "%%%"}, id="contexts that are no base64"),
        pytest.param({**PAGE_VIEW, "e": "ue", "ue_pr": "{"}, id="a self-describing event that is no JSON"),
        pytest.param({**PAGE_VIEW, "page": "a\0b"}, id="NUL"),
    ],
)
def test_one_bad_event_of_a_payload_is_kept_whole_and_the_others_are_taken(edge: RunningEdge, bad) -> None:
    good = {**PAGE_VIEW, "eid": f"pv-{next(_numbers)}"}
    answer = edge.post(SNOWPLOW, {"schema": "iglu:x", "data": [good, bad]})
    assert answer.status == 200
    outcomes = edge.taken()
    assert [each.event_id for each in outcomes if isinstance(each, Accepted)] == [good["eid"]]
    assert [json.loads(each.raw) for each in outcomes if isinstance(each, Refused)] == [bad]


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        pytest.param(1970, ("refused", "invalid_time"), id="1970"),
        pytest.param(2090, ("accepted", "when it came"), id="2090"),
    ],
)
def test_clocks_that_are_wrong(edge: RunningEdge, year, expected) -> None:
    assert edge.send(call(timestamp=f"{year}-01-01T00:00:00Z")).status == 200
    (outcome,) = edge.taken()
    if isinstance(outcome, Accepted):
        assert outcome.occurred_at == outcome.received_at
        assert expected == ("accepted", "when it came")
    else:
        assert isinstance(outcome, Refused)
        assert expected == ("refused", outcome.reason)


def test_what_does_not_follow_the_plan_is_quarantined_where_the_collector_says_so(edge: RunningEdge) -> None:
    unplanned = call(event="Order Completed", properties={})
    assert edge.send(unplanned, key=STRICT).status == 200
    (kept,) = edge.refused()
    assert kept.reason == "against_plan"
    assert edge.send({**unplanned, "messageId": "observed"}).status == 200
    (taken,) = edge.accepted()
    assert taken.against_plan


# Webhooks


def hooked(edge: RunningEdge, body: bytes, secret: str = HOOK_SECRET, key: str = HOOK):
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return edge.ask("POST", f"/v1/webhook/{key}", body, {"X-Signature": signature})


def test_a_webhook_is_taken_if_it_is_signed_and_only_then(edge: RunningEdge) -> None:
    review = {"id": f"r{next(_numbers)}", "author": {"email": "Ana@Example.com"}, "product": "p1", "stars": 5}
    body = json.dumps({"reviews": [review, {"id": "nobody's"}]}).encode()
    answer = hooked(edge, body)
    assert [each["index"] for each in answer.json()["rejected"]] == [1]
    taken, kept = edge.taken()
    assert (taken.event, taken.identifiers) == ("review_written", {"email": "ana@example.com"})
    assert (taken.properties["product_id"], taken.properties["stars"]) == ("p1", 5)
    assert json.loads(kept.raw) == {"id": "nobody's"}
    for wrong in (
        hooked(edge, body, secret="wrong"),
        hooked(edge, body, key="x"),
        hooked(edge, body, key=PUBLIC),
    ):
        assert wrong.status == 401
    assert edge.ask("POST", f"/v1/webhook/{HOOK}", body).status == 401
    assert edge.taken() == []


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BODIES.items()])
def test_a_signed_webhook_that_says_nothing_is_refused(edge: RunningEdge, body) -> None:
    assert hooked(edge, body).status in (400, 401)  # what is packed is signed as it is unpacked


# Sizes


def test_a_gzip_bomb_is_refused_before_it_goes_off(edge: RunningEdge) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 24)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 2_000_000  # and a gigabyte unpacked
    before = most_memory(edge)
    answer = edge.ask("POST", BATCH, bomb, AUTHORISED)
    assert (answer.status, answer.json()["code"]) == (400, "too_large")
    assert most_memory(edge) - before < 64 << 20
    assert still_serves(edge)


def most_memory(edge: RunningEdge) -> int:
    """The most bytes of memory that any of its processes ever had."""
    found = []
    for pid in edge.workers():
        with open(f"/proc/{pid}/status") as lines:  # noqa: PTH123
            found += [int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")]
    return max(found)


TEN_MEGABYTES = b'{"batch":[' + b" " * 10_000_000 + b"]}"


@pytest.mark.parametrize("path", [BATCH, SNOWPLOW, "/v1/decide"])
def test_ten_megabytes_are_refused_at_the_word(edge: RunningEdge, path) -> None:
    head = wire(path, b"", *(f"{name}: {value}" for name, value in AUTHORISED.items()))
    with socket.create_connection(("127.0.0.1", edge.port), timeout=30) as connection:
        connection.sendall(head.replace(b"\r\n\r\n", b"\r\nContent-Length: 10000012\r\n\r\n"))
        answer = connection.recv(65_536)  # none of it was sent yet
    assert status_of(answer) == (413 if path == "/v1/decide" else 400)
    assert still_serves(edge)


@pytest.mark.parametrize("path", [BATCH, SNOWPLOW, "/v1/decide"])
def test_ten_megabytes_in_chunks_are_refused_when_it_is_too_much(edge: RunningEdge, path) -> None:
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in cut(TEN_MEGABYTES, 100_000)]
    head = wire(path, b"", "Transfer-Encoding: chunked", *(f"{k}: {v}" for k, v in AUTHORISED.items()))
    with socket.create_connection(("127.0.0.1", edge.port), timeout=30) as connection:
        try:
            connection.sendall(head + b"".join(chunks) + b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        else:
            assert status_of(until_end(connection)) == (413 if path == "/v1/decide" else 400)
    assert still_serves(edge)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def test_a_body_in_chunks_is_a_body(edge: RunningEdge) -> None:
    said = call()
    connection = HTTPConnection("127.0.0.1", edge.port, timeout=30)
    connection.request("POST", BATCH, iter(cut(batch(said), 7)), AUTHORISED, encode_chunked=True)
    assert answer_of(connection).status == 200
    connection.close()
    assert [each.event_id for each in edge.accepted()] == [said["messageId"]]


@pytest.mark.parametrize("path", [BATCH, SNOWPLOW, "/v1/decide", "/beacon/v1/batch", "/v1/track"])
def test_a_body_of_which_the_rest_never_comes_leaves_nothing(edge: RunningEdge, path) -> None:
    whole = wire(path, batch(call()), *(f"{name}: {value}" for name, value in AUTHORISED.items()))
    with socket.create_connection(("127.0.0.1", edge.port), timeout=30) as connection:
        connection.sendall(whole[:-20])
    time.sleep(0.2)
    assert edge.taken() == []
    assert still_serves(edge)


def test_of_a_body_in_chunks_that_breaks_off_no_half_event_is_taken(edge: RunningEdge) -> None:
    """The server below does not tell a body that broke off from one that ended: what cannot be read is kept with that reason."""
    body = batch(call(), call())
    head = wire(BATCH, b"", "Transfer-Encoding: chunked", "Authorization: Basic V0tfdGVzdDo=")
    with socket.create_connection(("127.0.0.1", edge.port), timeout=30) as connection:
        connection.sendall(head + b"%x\r\n%s\r\n" % (len(body) - 20, body[:-20]))
    time.sleep(0.2)
    assert [each for each in edge.taken() if isinstance(each, Accepted)] == []
    assert still_serves(edge)


def test_who_does_not_wait_for_the_answer_breaks_nothing(edge: RunningEdge) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", edge.port), timeout=30) as connection:
            connection.sendall(wire(BATCH, batch(call()), "Authorization: Basic V0tfdGVzdDo="))
    assert edge.send(call()).status == 200


# Slow ones


def test_who_dribbles_is_ended_and_others_are_served_meanwhile(edge: RunningEdge) -> None:
    """Two that dribble a head, two that dribble a body: the edge lets go of all of them by itself."""
    head = wire(BATCH, b"", *(f"{name}: {value}" for name, value in AUTHORISED.items()))
    body = batch(call())
    whole = head.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
    in_body = whole.index(b"\r\n\r\n") + 5
    with ThreadPoolExecutor(5) as threads:
        dribblers = [threads.submit(dribbled, edge, whole, begin) for begin in (5, 20, in_body, in_body + 3)]
        n_served = 0
        while not all(each.done() for each in dribblers):
            assert edge.send(call()).status == 200
            n_served += 1
            time.sleep(0.2)
    assert n_served > 5
    assert [status_of(each.result()) for each in dribblers if each.result()] == [408] * sum(
        bool(each.result()) for each in dribblers
    )
    assert dribblers[2].result()
    assert dribblers[3].result()
    assert len(edge.accepted()) == n_served


def dribbled(edge: RunningEdge, whole: bytes, begin: int) -> bytes:
    """Send some bytes, then one a second until the other side has had enough; gives what it said."""
    told = b""
    with socket.create_connection(("127.0.0.1", edge.port), timeout=30) as connection:
        connection.sendall(whole[:begin])
        connection.settimeout(0.5)
        for at in range(begin, begin + 60):
            try:
                connection.sendall(whole[at : at + 1])
                part = connection.recv(65_536)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return told
            if not part:
                return told
            told += part
    pytest.fail("it was never ended")


# HTTP itself


def test_requests_in_one_go_are_answered_in_their_order(edge: RunningEdge) -> None:
    calls = [call() for _ in range(5)]
    requests = [wire(BATCH, batch(each), "Authorization: Basic V0tfdGVzdDo=") for each in calls]
    kept_open = [each.replace(b"Connection: close\r\n", b"") for each in requests[:-1]]
    answers = edge.raw(b"".join([*kept_open, requests[-1]]))
    assert answers.count(b"HTTP/1.1 200 OK") == 5
    assert [each.event_id for each in edge.accepted()] == [each["messageId"] for each in calls]


def test_http_1_0_is_served(edge: RunningEdge) -> None:
    said = call()
    answer = edge.raw(wire(BATCH, batch(said), "Authorization: Basic V0tfdGVzdDo=", version="1.0"))
    assert status_of(answer) == 200
    assert [each.event_id for each in edge.accepted()] == [said["messageId"]]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/", 404, id="the root"),
        pytest.param("GET", BATCH, 404, id="a path of another method"),
        pytest.param("POST", "/v1/nothing", 404, id="unknown"),
        pytest.param("POST", "/v1/batch/", 404, id="a path with a slash too many"),
        pytest.param("GET", "/../../etc/passwd", 404, id="out of the folder"),
        pytest.param("GET", "/shop/%2e%2e/run.py", 404, id="out of the folder, escaped"),
        pytest.param("DELETE", BATCH, 404, id="a method nobody needs"),
        pytest.param("BREW", BATCH, 404, id="a method nobody knows"),
        pytest.param("HEAD", "/nowhere", 404, id="HEAD"),
        pytest.param("HEAD", "/health", 200, id="HEAD of health"),
        pytest.param("GET", "/health", 200, id="health"),
        pytest.param("OPTIONS", "/anything", 204, id="OPTIONS"),
    ],
)
def test_what_is_nowhere_is_404(edge: RunningEdge, method, path, status) -> None:
    assert edge.ask(method, path).status == status
    assert edge.taken() == []


ODD = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    "a path that is not UTF-8": b"GET /\xff\xfe HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n",
    "a path with escapes that are not UTF-8": wire("/%ff%fe%00", method="GET"),
    "a key that is not UTF-8 once unescaped": wire(BATCH + "?writeKey=%ff%fe", batch(call())),
    "a query that is not UTF-8": b"GET /i?e=pv&duid=\xff\xfe HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n",
    "a header that is not UTF-8": wire("/i?e=pv&aid=WK_test", b"", method="GET").replace(
        b"Host: edge", b"Host: edge\r\nUser-Agent: \xff\xfe\r\nCookie: \xc3\x28"
    ),
    "an origin that is not UTF-8": wire(BATCH, batch(call())).replace(
        b"Host: edge", b"Host: edge\r\nOrigin: \xff\xfe"
    ),
    "a preflight that is not UTF-8": wire(BATCH, method="OPTIONS").replace(
        b"Host: edge", b"Host: edge\r\nOrigin: \xff\xfe\r\nAccess-Control-Request-Headers: \xff"
    ),
    "two lengths": wire(BATCH, batch(call()), "Content-Length: 3"),
    "a length that is no number": wire(BATCH, b"", "Content-Length: many"),
    "a length below nothing": wire(BATCH, b"", "Content-Length: -1"),
    "a length beyond everything": wire(BATCH, b"", "Content-Length: 99999999999999999999999"),
    "chunks that are none": wire(BATCH, b"", "Transfer-Encoding: chunked") + b"zz\r\nno\r\n",
    "no host": b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n",
    "a header of 1 MB": wire("/health", b"", "X-Long: " + "x" * 1_000_000, method="GET"),
    "10,000 headers": wire("/health", b"", *(f"X-{n}: y" for n in range(10_000)), method="GET"),
    "a path of 100 KB": wire("/" + "x" * 100_000, method="GET"),
    "a websocket": wire("/v1/batch", b"", "Upgrade: websocket", method="GET"),
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in ODD.items()])
def test_odd_http_is_no_error_of_the_edges_own(edge: RunningEdge, data) -> None:
    try:
        answer = edge.raw(data)
    except BrokenPipeError:
        answer = b""
    assert not answer or status_of(answer) < 500
    assert still_serves(edge)


def test_text_that_is_not_utf_8_in_a_query_is_kept_as_what_is_readable_of_it(edge: RunningEdge) -> None:
    told = f"/i?e=pv&aid={PUBLIC}&duid=d%ff1&page={quote('ü')}&eid=q{next(_numbers)}"
    assert edge.ask("GET", told).status == 200
    (event,) = edge.accepted()
    assert event.identifiers == {"anonymous_id": "d�1"}
    assert event.properties["title"] == "ü"


def test_of_headers_that_come_twice_the_first_counts(edge: RunningEdge) -> None:
    said = wire(BATCH, batch(call()), "Authorization: Basic V0tfdGVzdDo=", "Authorization: Basic eDo=")
    assert status_of(edge.raw(said)) == 200


# Come back later


def test_a_source_that_is_too_fast_is_told_when_to_come_back(edge: RunningEdge) -> None:
    answers = [edge.send(call(), key=PACED) for _ in range(4)]
    assert [each.status for each in answers][:2] == [200, 200]
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert len(edge.accepted()) == [each.status for each in answers].count(200)
    assert edge.send(call()).status == 200  # others have a pace of their own


def test_a_full_disk_is_told_as_such_and_what_comes_later_is_taken(edge: RunningEdge) -> None:
    """The size of files is bounded for its processes, so that the log cannot grow."""
    folder = Folders.of(edge.root).requests
    size = path_of(folder, max(bases(folder))).stat().st_size
    before, unsure = call(), call()
    assert edge.send(before).status == 200
    bound(edge, size + 10)
    try:
        answer = edge.send(unsure)
    finally:
        bound(edge, resource.RLIM_INFINITY)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    after = call()
    assert edge.send(unsure).status == 200  # the client comes back with it
    assert edge.send(after).status == 200
    assert [each.event_id for each in edge.accepted()] == [
        each["messageId"] for each in (before, unsure, after)
    ]


def bound(edge: RunningEdge, n_bytes: int) -> None:
    for pid in edge.workers():
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (n_bytes, most))
