"""Clients that send events as good ones do: the very same body again and again, until it is acknowledged."""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.serve.running import KEY, SECONDS

Call = Mapping[str, object]


@dataclass
class Client:
    """One client, with a connection of its own.

    Attributes:
        acknowledged: the calls that were answered 2xx, in the order of the answers.
        statuses: of all answers.
        n_tries: including those that were never answered.
        patience: seconds after which it gives up: then the test has failed.
    """

    port: int
    key: str = KEY
    timeout: float = 3.0
    patience: float = SECONDS
    acknowledged: list[Call] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    n_tries: int = 0
    _connection: http.client.HTTPConnection | None = None

    def send(self, *calls: Call) -> None:
        """Send calls in one request, until it is acknowledged."""
        body = json.dumps({"batch": calls}).encode()
        deadline = time.monotonic() + self.patience
        while (status := self.post("/v1/batch", body)) != 200:
            assert status in (0, 429, 503), f"answered {status}: a client would give up"
            assert time.monotonic() < deadline, "it was never acknowledged"
            time.sleep(0.05)
        self.acknowledged += calls

    def post(self, path: str, body: bytes) -> int:
        """The status of one try; 0: there was no answer."""
        self.n_tries += 1
        told = base64.b64encode(f"{self.key}:".encode()).decode()
        headers = {"Authorization": f"Basic {told}", "Content-Type": "application/json"}
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0
        self.headers = dict(answer.getheaders())
        self.statuses.append(answer.status)
        return answer.status

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def __del__(self) -> None:
        self.close()


def track(user: str, event: str, message_id: str, **properties: object) -> Call:
    """A call: a user did something."""
    return {
        "type": "track",
        "userId": user,
        "event": event,
        "messageId": message_id,
        "properties": properties,
    }


def ids_of(calls: Sequence[Call]) -> list[str]:
    """Their message ids."""
    return [str(call["messageId"]) for call in calls]
