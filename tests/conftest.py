"""What tests of several rooms share: examples that may take their time, and a real Spark cluster."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from headwater.engine.engines.spark import Spark

settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")
SHARE = float(os.environ.get("EXAMPLES", "1"))  # of the examples that property tests ask for
LEAST = 20  # examples of a test that asks for as many

SECONDS_TO_START = 120
SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "1g",
    "spark.executor.cores": "1",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.log.level": "OFF",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have property tests try the share of their examples that EXAMPLES says: another sample in every run."""
    if SHARE == 1:
        return
    for function in {
        getattr(each.obj, "__func__", each.obj) for each in items if isinstance(each, pytest.Function)
    }:
        if asked := getattr(function, _ASKED, None):
            n_examples = max(min(LEAST, asked.max_examples), round(asked.max_examples * SHARE))
            setattr(function, _ASKED, settings(asked, max_examples=n_examples))


_ASKED = "_hypothesis_internal_use_settings"  # where `@given` keeps what `@settings` says; there is no public name for it


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(role: str, *arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One process of a standalone cluster."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_WORKER_DIR": str(log.parent / role),
    }
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def wait_for(words: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while words not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"no '{words}' in {log}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a standalone cluster on loopback: a master, and two workers of one core each."""
    folder, port = tmp_path_factory.mktemp("spark"), free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        log = folder / "master.log"
        given = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", str(free_port()))
        master = stack.enter_context(running("master.Master", *given, log=log))
        wait_for("I have been elected leader", log, master)
        for number in (1, 2):
            log = folder / f"worker_{number}.log"
            given = (
                "--host",
                "127.0.0.1",
                "--webui-port",
                str(free_port()),
                "--cores",
                "1",
                "--memory",
                "1g",
            )
            worker = stack.enter_context(running("worker.Worker", *given, address, log=log))
            wait_for("Successfully registered with master", log, worker)
        yield address


@pytest.fixture(scope="session")
def spark(spark_cluster: str) -> Iterator[Spark]:
    """A session of the cluster."""
    from headwater.engine.engines.spark import Spark

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = Spark.connect(spark_cluster, SETTINGS)
    yield session
    session.close()
