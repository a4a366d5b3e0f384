"""Run the edge: processes that share one port and one log.

Reads the project; writes its durable log. `serve` starts it as a process of its own.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from contextlib import suppress
from pathlib import Path

from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from headwater.collect.log.writer import Writer
from headwater.collect.receive import Receiver
from headwater.core.errors import HeadwaterError
from headwater.core.lifeline import end_children_when_told, end_with, end_with_starter
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.edge.app import Edge
from headwater.edge.decisions import Deciding
from headwater.edge.deletion_requests import DeletionRequests
from headwater.edge.pages import Pages
from headwater.edge.shop_profile import ShopProfile
from headwater.flow.definitions import judge
from headwater.flow.generation import generation, sound_project
from headwater.flow.live_log import Folders
from headwater.identity.declare import as_said
from headwater.identity.identifier import lookup_kinds
from headwater.live.reader import LiveReader
from headwater.tables.workspace import read

PROJECT = "EDGE_PROJECT"
SHOP = "EDGE_SHOP"
HEAD_MILLISECONDS = 10_000  # a request's head must be there within that


def run(root: Path, address: str, port: int, workers: int, *, with_shop: bool = False) -> None:
    """Serve until told to stop.

    Args:
        root: the project folder.
        address: to listen on.
        port: the same.
        workers: processes.
        with_shop: whether the demonstration's shop is served, too.
    """
    os.environ[PROJECT], os.environ[SHOP] = str(root), "1" if with_shop else ""
    end_children_when_told()
    Server(
        "headwater.edge.run:make",
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        factory=True,
        workers=workers,
        websockets=False,
        loop=Loops.auto,
        backlog=2048,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MILLISECONDS),
        respawn_failed_workers=True,
    ).serve()


class Files:
    """What the edge works by: made anew whenever the core has found new files sound."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._generation = ""
        self.receiver: Receiver
        self.deciding: Deciding
        self.n_proxies = 0
        self.project: Project
        self._read()

    def look(self) -> None:
        """Take up new files, if there are any. While they are not sound it goes on by what it has, and looks again."""
        if generation(self._root) == self._generation:
            return
        with suppress(HeadwaterError, OSError):
            self._read(only_sound=True)

    def _read(self, *, only_sound: bool = False) -> None:
        began = generation(self._root)
        project = sound_project(self._root)
        with read(project) as workspace:
            definitions, problems = judge(workspace)
        if problems and only_sound:
            return
        self._generation = began
        self.project = project
        self.n_proxies = project.settings.edge_proxies
        self.receiver = Receiver(definitions.collectors)
        self.deciding = Deciding(
            project,
            definitions.placements,
            definitions.collectors,
            as_said(definitions.identifiers, lookup_kinds()),
        )


def make() -> Edge:
    """The application, in one of the processes: it ends with the one that watches over them."""
    if parent := multiprocessing.parent_process():
        end_with(parent.pid or 0)
    root = Path(os.environ[PROJECT])
    folders = Folders.of(root)
    seals = seals_of(sound_project(root))
    reader = LiveReader(folders.store, folders.bases, seals)
    with_shop = bool(os.environ.get(SHOP))
    pages = Pages(with_shop=with_shop)
    if with_shop:
        pages.add("GET", "/shop/profile", ShopProfile(reader, folders.outcomes, seals).answer)
    known = Files(root)
    DeletionRequests(lambda: known.project, seals).add_to(pages)
    edge = Edge(known, Writer(folders.requests, seals), reader, pages)
    gc.collect()
    gc.freeze()  # what is there now stays: collections need not look at it again and again
    gc.set_threshold(20_000, 20, 100)
    return edge


if __name__ == "__main__":
    import sys

    end_with_starter()
    run(
        Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), with_shop=sys.argv[5:] == ["shop"]
    )
