"""What is sent in the tests that kill: several clients, each with people of its own and some that all know, until told to stop.

A client sends a person's events one after the other, alone and in batches, and now and then something that was taken before.
What must come of it is computed here, in the plainest way, from what was acknowledged.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.serve.clients import Call, Client, track
from tests.serve.running import APP_KEY, KEY

SHARED = ("shared-1", "shared-2")
FILES = {
    "traits/n_purchases.yaml": "kind: count\ndescription: Purchases ever\nevent: purchase\n",
    "traits/spent.yaml": "kind: sum\ndescription: Money spent\nevent: purchase\nproperty: revenue\n",
    "audiences/buyers.yaml": "description: Bought once\nrule: {did: purchase}\n",
    "audiences/loyal.yaml": "description: Bought often\nrule: {did: purchase, at_least: 10}\n",
    "audiences/spenders.yaml": (
        "description: Spent much\nrule: {total: revenue, of: purchase, is: {at_least: 200}}\n"
    ),
    "audiences/lookers.yaml": (
        "description: Looked and never bought\nrule: {all: [{did: view}, {not: {did: purchase}}]}\n"
    ),
}
Known = tuple[dict[str, float], frozenset[str]]  # a person's traits and audiences


class Sender(threading.Thread):
    """One client at work."""

    def __init__(self, name: str, port: int, chance: random.Random, until: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.client = Client(port, KEY if int(name[1:]) % 2 else APP_KEY, patience=180)
        self.n_repeated = 0
        self.error: BaseException | None = None
        self._chance = chance
        self._until = until
        self._n = 0

    def run(self) -> None:
        """Send until told to stop."""
        try:
            while not self._until.is_set():
                self._send_some()
                time.sleep(self._chance.uniform(0, 0.03))
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for this thread
            self.error = error
        finally:
            self.client.close()

    def _send_some(self) -> None:
        calls = [self._call() for _ in range(self._chance.choice([1, 1, 1, 2, 20]))]
        self.client.send(*calls)
        if self._chance.random() < 0.05:
            again = self._chance.sample(self.client.acknowledged, min(3, len(self.client.acknowledged)))
            taken = len(self.client.acknowledged)
            self.client.send(*again)
            del self.client.acknowledged[taken:]
            self.n_repeated += len(again)

    def _call(self) -> Call:
        self._n += 1
        user = (
            f"{self.name}-{self._n // 10 + self._chance.randrange(6)}"  # some people at a time, ever others
        )
        if self._chance.random() < 0.01:
            user = self._chance.choice(SHARED)
        event = self._chance.choice(["purchase", "view"]) if not user.endswith("0") else "view"
        return track(user, event, f"{self.name}:{self._n}", revenue=self._chance.randint(1, 9), n=self._n)


@dataclass
class Load:
    """Several clients at work."""

    port: int
    seed: int
    n_clients: int = 4
    senders: list[Sender] = field(default_factory=list)
    _until: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to send."""
        for number in range(self.n_clients):
            chance = random.Random(f"{self.seed} {number}")
            self.senders.append(Sender(f"c{number}", self.port, chance, self._until))
            self.senders[-1].start()

    def stop(self) -> None:
        """Have each client end with what it is about to send."""
        self._until.set()
        for sender in self.senders:
            sender.join()
        for sender in self.senders:
            assert sender.error is None, f"{sender.name}: {sender.error!r}"

    @property
    def acknowledged(self) -> list[Call]:
        """All calls that were answered 2xx, each once, those of one client in their order."""
        return [call for sender in self.senders for call in sender.client.acknowledged]

    @property
    def n_repeated(self) -> int:
        """How many were sent again on purpose."""
        return sum(sender.n_repeated for sender in self.senders)


def expected(calls: Iterable[Call]) -> dict[str, Known]:
    """What must be known of each user."""
    looked: Counter[str] = Counter()
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for call in calls:
        looked[str(call["userId"])] += call["event"] == "view"
        if call["event"] == "purchase":
            spent[str(call["userId"])].append(float(call["properties"]["revenue"]))  # type: ignore[index]
    return {user: _known(looked[user], spent[user]) for user in looked}


def _known(n_looked: int, spent: list[float]) -> Known:
    audiences = {
        "buyers": bool(spent),
        "loyal": len(spent) >= 10,
        "spenders": sum(spent) >= 200,
        "lookers": n_looked > 0 and not spent,
    }
    return {"n_purchases": float(len(spent)), "spent": float(sum(spent))}, frozenset(
        name for name, is_in in audiences.items() if is_in
    )
