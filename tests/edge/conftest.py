"""One edge for all tests of this room; every test begins with nothing untaken in its log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.edge.running import RunningEdge, running_edge


@pytest.fixture(scope="session")
def one_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEdge]:
    with running_edge(tmp_path_factory.mktemp("edge")) as edge:
        yield edge


@pytest.fixture
def edge(one_edge: RunningEdge) -> RunningEdge:
    one_edge.taken()
    return one_edge
