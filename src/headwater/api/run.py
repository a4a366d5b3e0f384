"""Run the API: one process, on this machine only. `serve` starts it; it ends with it."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from starlette.applications import Starlette

from headwater.access.audit.log import log_over
from headwater.access.keys import AccessKeys
from headwater.access.sign_in import SignIn
from headwater.api.app import Api
from headwater.core.giving_way import PEOPLE_WAIT, give_way
from headwater.core.lifeline import end_children_when_told, end_with, end_with_starter
from headwater.core.sealing.keeping import seals_of
from headwater.core.state import connect_state
from headwater.flow.generation import sound_project
from headwater.flow.signing_in import Declared

ADDRESS = "127.0.0.1"
PROJECT = "API_PROJECT"
HEAD_MILLISECONDS = 10_000


def run(root: Path, port: int) -> None:
    """Serve until told to stop."""
    os.environ[PROJECT] = str(root)
    end_children_when_told()
    Server(
        "headwater.api.run:make",
        address=ADDRESS,
        port=port,
        interface=Interfaces.ASGINL,
        factory=True,
        workers=1,
        websockets=False,
        loop=Loops.auto,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MILLISECONDS),
        respawn_failed_workers=True,
    ).serve()


def make() -> Starlette:
    """The application, in its process."""
    if parent := multiprocessing.parent_process():
        end_with(parent.pid or 0)
    root = Path(os.environ[PROJECT])
    return make_api(root).app()


def make_api(root: Path) -> Api:
    """The API of a project."""
    project = sound_project(root)
    seals = seals_of(project)
    engine = connect_state(project, "the keys of the API")
    sign_in = SignIn(AccessKeys(engine), lambda: seals, Declared(root))
    return Api(root, sign_in, log_over(engine, project), seals)


if __name__ == "__main__":
    end_with_starter()
    give_way(PEOPLE_WAIT)
    run(Path(sys.argv[1]), int(sys.argv[2]))
