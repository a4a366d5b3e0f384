"""`headwater serve` in plain life: starting, stopping, being watched, having its files changed, and losing any one process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.serve.clients import Client, track
from tests.serve.load import FILES
from tests.serve.running import PORTS, Serving, make_project, until
from tests.serve.state import accepted, knows, live, outcomes, settle

from headwater.serve.metrics import counting, in_memory

pytestmark = [pytest.mark.slow, pytest.mark.server]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path / "shop", FILES)


@pytest.fixture
def serving(root: Path) -> Iterator[Serving]:
    with Serving(root, edge_workers=2) as served:
        yield served


def metrics(serving: Serving) -> str:
    return serving.get(f"http://127.0.0.1:{serving.health_port}/metrics")[1].decode()


def stopped(serving: Serving) -> dict[str, float]:
    """Stop it in order, and give the values of its counters before that."""
    told = metrics(serving).splitlines()
    lines = [line.rsplit(" ", 1) for line in told if line and not line.startswith("#")]
    assert serving.stop() == 0
    return {name: float(value) for name, value in lines}


def serve_again(root: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    """Try to serve a project; gives what came of it, which must be its end."""
    said = {f"HEADWATER_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "headwater.cli.main", "serve", "--project", str(root)],
        env={**os.environ, **said},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class TestLife:
    def test_an_event_shows_in_the_live_profile_and_in_the_counts(self, root: Path, serving: Serving) -> None:
        client = Client(serving.edge_port)
        client.send(track("ann", "purchase", "m1", revenue=250))
        until(lambda: knows(root, "ann", "spenders"), "ann is a spender")
        client.send(track("ann", "purchase", "m1", revenue=250))
        settle(root)
        assert live(root)["ann"][0] == {"n_purchases": 1.0, "spent": 250.0}
        assert serving.health() == (
            200,
            dict.fromkeys(("edge", "stream", "core", "api"), "running"),
        )
        until(
            lambda: 'headwater_edge_events_total{source="website"} 2.0' in metrics(serving), "it is counted"
        )
        counted = stopped(serving)
        assert counted['headwater_edge_events_total{source="website"}'] == 2
        assert counted["headwater_stream_events_total"] == 2
        assert counted["headwater_edge_commit_seconds_count"] == 2

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_ends_in_order_when_told_to(self, serving: Serving, number: signal.Signals) -> None:
        assert serving.stop(number) == 0
        assert not any(serving.pids().values())
        assert "killed" not in serving.told, serving.told[-300:]
        assert "Traceback" not in serving.told

    def test_what_was_known_is_known_after_a_restart(self, root: Path, serving: Serving) -> None:
        client = Client(serving.edge_port)
        client.send(*(track("ann", "purchase", f"m{number}", revenue=5) for number in range(9)))
        until(lambda: knows(root, "ann", "buyers"), "ann is a buyer")
        assert serving.stop() == 0
        serving.start()
        client.send(track("ann", "purchase", "m1", revenue=5), track("ann", "purchase", "m9", revenue=5))
        until(lambda: knows(root, "ann", "loyal"), "ann's purchases are counted on")
        assert live(root)["ann"][0] == {"n_purchases": 10.0, "spent": 50.0}

    def test_the_processes_of_the_edge_write_one_log(self, root: Path, serving: Serving) -> None:
        sent: list[str] = []

        def have_written() -> bool:
            """Each connection is one process's: of many some are of either."""
            sent.append(f"m{len(sent)}")
            Client(serving.edge_port).send(track("ann", "view", sent[-1]))
            writing = [wrote(pid, root / "log" / "requests") for pid in serving.pids()["worker"]]
            return writing == [True, True]

        until(have_written, "both processes have written")
        settle(root)
        assert [each.event_id for each in accepted(outcomes(root))] == sent


def wrote(pid: int, folder: Path) -> bool:
    """Whether a process has a file of a log open to write."""
    opened = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            opened.append(link.readlink())
    return any(path.parent == folder and path.suffix == ".log" for path in opened)


class TestWhatIsInTheWay:
    @pytest.mark.parametrize("setting", PORTS)
    def test_a_port_that_is_taken_is_told(self, root: Path, serving: Serving, setting: str) -> None:
        assert serving.stop() == 0
        ports = {name: getattr(serving, name) for name in PORTS}
        with socket.create_server(("127.0.0.1", 0)) as taken:
            ports[setting] = taken.getsockname()[1]
            said = serve_again(root, **ports)
        assert said.returncode == 4
        assert f"port {ports[setting]} cannot be had: Address already in use" in said.stderr
        assert f"set `{setting}`" in said.stderr

    def test_a_project_is_served_once(self, root: Path, serving: Serving) -> None:
        said = serve_again(root)
        assert said.returncode == 4
        assert "this project is being worked on by `headwater serve" in said.stderr

    def test_a_broken_file_keeps_it_from_starting(self, root: Path) -> None:
        (root / "audiences" / "odd.yaml").write_text("rule: {did: }\n")
        said = serve_again(root)
        assert said.returncode == 2
        assert "audiences/odd.yaml" in said.stderr


class TestFilesThatChange:
    def test_a_new_key_and_a_new_audience_work_soon(self, root: Path, serving: Serving) -> None:
        Client(serving.edge_port).send(track("ann", "view", "m1"))
        assert Client(serving.edge_port, key="other-1").post("/v1/batch", b"{}") == 401
        (root / "collectors" / "other.yaml").write_text("keys: [other-1]\n")
        (root / "audiences" / "viewers.yaml").write_text("description: Looked\nrule: {did: view}\n")
        until(
            lambda: (
                {Client(serving.edge_port, key="other-1").post("/v1/batch", b"{}") for _ in range(12)}
                == {400}
            ),
            "the key is known to all processes of the edge",
        )
        Client(serving.edge_port, key="other-1").send(track("bob", "view", "m2"))
        until(lambda: knows(root, "bob", "viewers"), "bob is in the new audience")

    def test_a_broken_file_is_told_and_what_was_before_stays(self, root: Path, serving: Serving) -> None:
        client = Client(serving.edge_port)
        client.send(track("bob", "purchase", "m0", revenue=5))
        until(lambda: knows(root, "bob", "buyers"), "all are at work")
        (root / "audiences" / "buyers.yaml").write_text("rule: {did: [\n")
        until(lambda: "audiences/buyers.yaml" in serving.told, "it tells what is broken")
        assert "what was before stays" in serving.told
        client.send(track("ann", "purchase", "m1", revenue=5))
        until(lambda: knows(root, "ann", "buyers"), "ann is a buyer by what was before")
        assert serving.health()[0] == 200
        for name in ("stream", "worker"):
            os.kill(serving.pids()[name][0], signal.SIGKILL)
        client.send(track("eve", "purchase", "m2", revenue=5))
        until(lambda: knows(root, "eve", "buyers"), "what begins again goes on by what was before, too")
        (root / "audiences" / "buyers.yaml").write_text(
            "description: Many\nrule: {did: purchase, at_least: 2}\n"
        )
        until(lambda: not knows(root, "ann", "buyers"), "ann is none by what is mended")


def headwater_run(root: Path) -> int:
    """A full run by hand; gives its exit code, which says so if the core is at work."""
    command = [sys.executable, "-m", "headwater.cli.main", "run", "--project", str(root)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def profile_of(root: Path, user_id: str) -> str:
    """What `headwater profile show` tells of somebody."""
    command = [
        sys.executable,
        "-m",
        "headwater.cli.main",
        "profile",
        "show",
        f"user_id={user_id}",
        "-p",
        str(root),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_what_a_client_states_cannot_make_a_rule_unsound(root: Path, serving: Serving) -> None:
    client = Client(serving.edge_port)
    identify = {"type": "identify", "userId": "ann", "messageId": "i1", "traits": {"plan": "gold"}}
    client.send(identify)
    until(lambda: headwater_run(root) == 0 and "plan" in profile_of(root, "ann"), "her plan is in the tables")
    (root / "audiences" / "golden.yaml").write_text("description: Gold\nrule: {trait: plan, is: gold}\n")
    until(lambda: knows(root, "ann", "golden"), "ann is in the audience")
    client.send({**identify, "messageId": "i2", "userId": "bob", "traits": {"plan": 5}})
    until(lambda: headwater_run(root) == 0, "a run goes on, whatever type bob says")
    os.kill(serving.pids()["stream"][0], signal.SIGKILL)
    client.send({**identify, "messageId": "i3", "userId": "eve"})
    until(lambda: knows(root, "eve", "golden"), "the stream begins again")


class TestKilled:
    @pytest.mark.parametrize("name", ["worker", "edge", "stream", "core", "supervisor"])
    def test_any_one_process_may_be_killed(self, root: Path, serving: Serving, name: str) -> None:
        client = Client(serving.edge_port)
        client.send(track("ann", "purchase", "m1", revenue=150))
        victim = serving.pids()[name][0]
        os.kill(victim, signal.SIGKILL)
        if name == "supervisor":
            serving.wait()
            serving.start(and_wait=False)
        client.send(track("ann", "purchase", "m2", revenue=150))
        until(lambda: knows(root, "ann", "spenders"), "ann's purchases are both counted")
        serving.wait_until_well()
        until(
            lambda: [len(each) for each in serving.pids().values()] == [1, 1, 2, 1, 1, 2, 0],
            "each part is there",
        )
        assert victim not in serving.pids()[name]
        assert live(root)["ann"][0] == {"n_purchases": 2.0, "spent": 300.0}

    def test_its_processes_end_with_the_one_that_watches_over_them(self, serving: Serving) -> None:
        os.kill(serving.pids()["supervisor"][0], signal.SIGKILL)
        until(lambda: not any(serving.pids().values()), "nobody is left")

    def test_workers_of_the_edge_end_with_the_edge(self, serving: Serving) -> None:
        before = serving.pids()
        os.kill(before["edge"][0], signal.SIGKILL)
        orphans = set(before["worker"])
        until(
            lambda: not orphans & {pid for each in serving.pids().values() for pid in each}, "they are gone"
        )


def test_a_folder_for_counts_is_empty_at_first_and_gone_at_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    left = in_memory(tmp_path)
    left.mkdir()
    (left / "of_one_that_was_killed.db").touch()
    with counting(tmp_path) as folder:
        assert (folder, list(folder.iterdir())) == (left, [])
        assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(folder)
    assert not folder.exists()
    monkeypatch.setattr("headwater.serve.metrics._MEMORY", tmp_path / "nowhere")
    with counting(tmp_path) as folder:
        assert folder == tmp_path / "work" / "metrics"
