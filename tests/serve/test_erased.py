"""Somebody is erased while `headwater serve` runs: nothing else stops for it, and nothing of them comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serve.clients import Client, track
from tests.serve.running import Serving, make_project, until
from tests.serve.state import knows, live, settle

from headwater.core.errors import BusyError
from headwater.core.owner import WORK, own
from headwater.core.project import open_project
from headwater.flow.privacy import Privacy

pytestmark = pytest.mark.slow

FILES = {
    "audiences/spenders.yaml": "description: x\nrule: {did: purchase}\n",
    "purposes.txt": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path / "shop", FILES)


@pytest.fixture
def serving(root: Path) -> Iterator[Serving]:
    serving = Serving(root)
    serving.start()
    yield serving
    serving.stop()


def test_while_it_is_served(root: Path, serving: Serving) -> None:
    client = Client(serving.edge_port)
    client.send(track("ann", "purchase", "m1"), track("bob", "purchase", "m2"))
    until(lambda: knows(root, "ann", "spenders") and knows(root, "bob", "spenders"), "both are known")
    processes = serving.pids()
    receipt = Privacy(open_project(root), wait_seconds=30).erase(["user_id=ann"])
    assert receipt.left == ()
    client.send(
        track("ann", "purchase", "m3"), track("bob", "purchase", "m4"), track("eve", "purchase", "m5")
    )
    until(lambda: knows(root, "eve", "spenders"), "the stream goes on")
    assert "ann" not in live(root)
    assert knows(root, "bob", "spenders")
    assert serving.pids() == processes, "no process ended for it"
    settle(root)
    left = {each.where for each in Privacy(open_project(root)).verify(["user_id=ann"])}
    assert left == {"log of requests"}, "what she calls afterwards comes in, and nothing is made of it"


def test_what_is_noted_the_core_carries_out(root: Path, serving: Serving) -> None:
    client = Client(serving.edge_port)
    client.send(track("ann", "purchase", "m1"))
    until(lambda: knows(root, "ann", "spenders"), "she is known")
    with pytest.raises(BusyError, match="is noted"):
        until(lambda: erased_while_owned(root), "the project is not the core's just now")
    until(
        lambda: all(each.ended_at for each in Privacy(open_project(root)).requests()),
        "the core carried it out",
    )
    assert "ann" not in live(root)


def erased_while_owned(root: Path) -> bool:
    try:
        with own(root, WORK):
            Privacy(open_project(root)).erase(["user_id=ann"])
    except BusyError as error:
        if "is noted" in error.message:
            raise
        return False
    return True
