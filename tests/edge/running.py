"""The real edge as a process of its own, on a small project; and what the stream makes of its log."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from headwater.collect.log.reader import read_all
from headwater.collect.outcome import Accepted, Outcome, Refused, unpacked
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.flow.definitions import read_definitions
from headwater.flow.live_log import Folders
from headwater.flow.stream import Stream
from headwater.flow.treatment import make_treatment
from headwater.tables.workspace import read

SECONDS_TO_START = 60
PUBLIC, PRIVATE, STRICT, PACED, ONE_FORMAT, HOOK = (
    "WK_test",
    "server-9d2c",
    "strict-1",
    "paced-1",
    "only-snowplow",
    "reviews-51c2",
)
HOOK_SECRET = "told nobody"
PARTNER = ECKey.generate_key("P-256", {"kid": "partner"})
FILES = {
    "headwater.yaml": f"""
project: shop
deletion_requests:
  domain: shop.example
  endpoint: https://collect.shop.example/dsrdelete
  partners: {{vendor.com: [{json.dumps(PARTNER.as_dict(private=False))}]}}
time_zone: Europe/Berlin
purposes:
  personalisation: {{description: Show what fits, signals: [gpc]}}
  service: {{description: Answering people, lawful_basis: contract}}
""",
    "collectors/website.yaml": f"keys: [{PUBLIC}, app1]\nown_hosts: [shop.example]\nkeep_bots: true\n",
    "collectors/server.yaml": f"keys: [{PRIVATE}]\nformats: [segment]\nprivate: true\n",
    "collectors/strict.yaml": f"keys: [{STRICT}]\nplan: quarantine\n",
    "collectors/paced.yaml": f"keys: [{PACED}]\nmost_events_a_second: 1\n",
    "collectors/app.yaml": f"keys: [{ONE_FORMAT}]\nformats: [snowplow]\n",
    "collectors/reviews.yaml": f"""
keys: [{HOOK}]
formats:
  webhook:
    secret: {HOOK_SECRET}
    signature: sha256_hex
    header: X-Signature
    each: $.reviews
    event: review_written
    time: $.written_at
    id: $.id
    identifiers: {{email: $.author.email}}
    properties: {{product_id: $.product, stars: $.stars, text: $.text}}
""",
    "plans/order_completed.yaml": """
event: Order Completed
schema: {type: object, required: [order_id], properties: {order_id: {type: string}}}
""",
    "audiences/buyers.yaml": "rule: {did: Order Completed}\n",
    "placements/hero.yaml": """
purpose: personalisation
rules:
  - {when: {in_audience: buyers}, variants: [{name: thanks, content: {headline: Thank you}}]}
fallback: {headline: Welcome}
""",
    "placements/inbox.yaml": """
purpose: service
is_public: false
rules: [{variants: [{name: letter, content: {headline: Dear you}}]}]
shows: {audiences: [buyers]}
""",
    "placements/box.yaml": """
purpose: service
bandit:
  reward: Order Completed
  within: 7 days
  variants: [{name: a, content: A}, {name: b, content: B}]
fallback: none
""",
}


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class RunningEdge:
    """A running edge.

    Attributes:
        key: of the collector `website`.
    """

    root: Path
    port: int
    process: subprocess.Popen[bytes]
    output: Path
    key: str = PUBLIC
    _stream: Stream | None = None
    _seen: int = field(default=0)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Told:
        """One request, as http.client writes it."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, headers or {})
            return answer_of(connection)
        finally:
            connection.close()

    def post(self, path: str, said: object, **headers: str) -> Told:
        """JSON to a path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, json.dumps(said).encode(), named)

    def send(self, *calls: Mapping[str, object], key: str = PUBLIC) -> Told:
        """A batch of calls."""
        return self.post("/v1/batch", {"writeKey": key, "batch": calls})

    def raw(self, data: bytes, seconds: float = 30) -> bytes:
        """Bytes as they are; gives all that comes back until the other side ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            return until_end(connection)

    def taken(self) -> list[Outcome]:
        """What the stream makes of what came since this was asked last."""
        stream = self._opened()
        while stream.take_some():
            pass
        folder = Folders.of(self.root).outcomes
        records = list(read_all(folder, seals_of(open_project(self.root)), self._seen, _end_of(folder)))
        self._seen = records[-1].next_position if records else self._seen
        return [outcome for record in records for outcome in unpacked(record.payload)]

    def accepted(self) -> list[Accepted]:
        """Those taken in."""
        return [each for each in self.taken() if isinstance(each, Accepted)]

    def refused(self) -> list[Refused]:
        """Those kept aside."""
        return [each for each in self.taken() if isinstance(each, Refused)]

    def counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """What bandits know: of (placement, variant), how often it was shown and rewarded."""
        with self._opened()._store.reading() as view:
            return view.counts()

    def workers(self) -> list[int]:
        """The ids of its processes, itself among them."""
        found, waiting = [], [self.process.pid]
        while waiting:
            found.append(waiting.pop())
            for each in Path(f"/proc/{found[-1]}/task").glob("*/children"):
                waiting += map(int, each.read_text().split())
        return found

    def end(self) -> None:
        """End it, and let go of its files."""
        self.process.terminate()
        self.process.wait(30)
        if self._stream is not None:
            self._stream.close()

    def _opened(self) -> Stream:
        if self._stream is None:
            with read(open_project(self.root)) as workspace:
                treatment = make_treatment(read_definitions(workspace), workspace)
            self._stream = Stream(Folders.of(self.root), seals_of(open_project(self.root)), treatment)
        return self._stream


def answer_of(connection: HTTPConnection) -> Told:
    """The answer that is waiting on a connection."""
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return Told(answer.status, headers, answer.read())


def until_end(connection: socket.socket) -> bytes:
    """All that comes; a connection that is reset has ended, too."""
    told = b""
    try:
        while part := connection.recv(65_536):
            told += part
    except ConnectionResetError:
        pass
    return told


def eventually(what: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            pytest.fail("it did not come to be")
        time.sleep(0.05)


@contextmanager
def running_edge(root: Path, workers: int = 1) -> Iterator[RunningEdge]:
    """An edge on a new project in a folder. In the end it must still run, and have complained of nothing."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    edge = _start(root, workers)
    try:
        eventually(lambda: _answers(edge), SECONDS_TO_START)
        yield edge
        assert edge.process.poll() is None
    finally:
        edge.end()
    said = edge.output.read_text(errors="replace")
    assert not [word for word in ("Traceback", "panic", "ERROR") if word in said], said[-3000:]


def _start(root: Path, workers: int) -> RunningEdge:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    output = root / "edge.log"
    command = [sys.executable, "-m", "headwater.edge.run", str(root), "127.0.0.1", str(port), str(workers)]
    with output.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    return RunningEdge(root, port, process, output)


def _answers(edge: RunningEdge) -> bool:
    if edge.process.poll() is not None:
        pytest.fail(edge.output.read_text(errors="replace")[-3000:])
    try:
        return edge.ask("GET", "/health").status == 200
    except OSError:
        return False


def _end_of(folder: Path) -> int:
    from headwater.collect.log.head import Head

    head = Head(folder)
    try:
        return head.durable
    finally:
        head.close()
