"""The console as `headwater serve` and `headwater console` show it: where it is, whom its link lets in, and that it ends."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.serve.load import FILES
from tests.serve.running import Serving, free_port, make_project, until

pytestmark = [pytest.mark.slow, pytest.mark.server]
SECONDS = 180.0  # it gives way to everything else on the machine


def answers(port: int) -> bool:
    """Whether the console is there."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/sign-in").status_code == 200
    except httpx.HTTPError:
        return False


def test_serve_shows_it_and_prints_no_link_where_nobody_sits(tmp_path: Path) -> None:
    with Serving(make_project(tmp_path / "shop", FILES), with_console=True) as serving:
        until(lambda: answers(serving.console_port), "the console answers", SECONDS)
        assert f"console:              http://127.0.0.1:{serving.console_port}\n" in serving.told
        assert "token" not in serving.told
        (number,) = serving.pids()["console"]
        os.kill(number, signal.SIGKILL)
        until(lambda: serving.pids()["console"] not in ([], [number]), "it is started again")
        assert serving.stop() == 0
        assert not any(serving.pids().values())


def test_in_a_terminal_a_link_signs_in_and_it_ends_when_told(tmp_path: Path) -> None:
    root, port = make_project(tmp_path / "shop", FILES), free_port()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "headwater.cli.main", "console", "--project", str(root)]
    environment = os.environ | {"HEADWATER_CONSOLE_PORT": str(port), "COLUMNS": "200"}
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    try:
        until(lambda: answers(port), "the console answers", SECONDS)
        told = os.read(ours, 10_000).decode()
        (link,) = re.findall(rf"http://127\.0\.0\.1:{port}/sign-in/once\?token=[A-Za-z0-9_-]+", told)
        with httpx.Client(timeout=30) as client:
            assert client.get(link).status_code == 303
            page = client.get(f"http://127.0.0.1:{port}/")
        assert "script" in page.text
        assert link.split("=")[1] not in page.text
        process.terminate()
        assert process.wait(30) == 0
        assert not answers(port)
    finally:
        process.kill()
        os.close(ours)
