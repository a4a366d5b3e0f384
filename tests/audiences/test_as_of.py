from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headwater.audiences.as_of import as_of
from headwater.audiences.explain import explain
from headwater.audiences.size import size
from headwater.core.errors import UserError
from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import Definitions, read_definitions
from headwater.tables.workspace import Workspace, read, work
from headwater.testing.shop import make_shop

pytestmark = pytest.mark.slow

THEN = datetime(2026, 2, 10, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_shop(tmp_path_factory.mktemp("as_of") / "shop", n_people=60, n_purchases=900).folder
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return folder


@pytest.fixture
def opened(folder: Path) -> Iterator[tuple[Workspace, Definitions]]:
    with read(open_project(folder)) as workspace:
        yield workspace, read_definitions(workspace)


def sizes(workspace: Workspace, definitions: Definitions) -> dict[str, int]:
    return {
        name: size(each.rule, workspace, definitions.audiences)
        for name, each in definitions.audiences.items()
    }


def test_as_of_the_present_nothing_is_different(opened: tuple[Workspace, Definitions]) -> None:
    workspace, definitions = opened
    with as_of(workspace.clock.now(), definitions.traits, workspace) as past:
        assert sizes(past, definitions) == sizes(workspace, definitions)
        assert (
            past.engine.table("SELECT * FROM traits ORDER BY ALL").to_pylist()
            == workspace.engine.table("SELECT * FROM traits ORDER BY ALL").to_pylist()
        )
        members = "SELECT * FROM memberships ORDER BY ALL"
        assert past.engine.table(members) == workspace.engine.table(members)


def test_it_equals_a_project_run_at_that_moment(
    opened: tuple[Workspace, Definitions], tmp_path: Path
) -> None:
    workspace, definitions = opened
    old = make_shop(tmp_path / "shop", n_people=60, n_purchases=900).folder
    config = old / "headwater.yaml"
    config.write_text(config.read_text().replace("2026-04-01T00:00", "2026-02-10T12:00"))  # Berlin
    with work(open_project(old)) as then:
        run_batch(then, read_definitions(then))
        wanted = sizes(then, read_definitions(then))
    with as_of(THEN, definitions.traits, workspace) as past:
        assert sizes(past, definitions) == wanted != sizes(workspace, definitions)


def test_windows_and_events_end_there_in_explanations_too(opened: tuple[Workspace, Definitions]) -> None:
    workspace, definitions = opened
    with as_of(THEN, definitions.traits, workspace) as past:
        found = explain(1, definitions.audiences["coffee_lovers"], past, definitions.audiences)
        assert all(event.occurred_at <= THEN for event in found.behind)


def test_before_everything_nobody_is_in(opened: tuple[Workspace, Definitions]) -> None:
    workspace, definitions = opened
    with as_of(datetime(2020, 1, 1, tzinfo=UTC), definitions.traits, workspace) as past:
        assert set(sizes(past, definitions).values()) == {0}
        assert past.engine.table("SELECT * FROM memberships").num_rows == 0


def test_attributes_count_from_when_they_were_stated(opened: tuple[Workspace, Definitions]) -> None:
    workspace, definitions = opened
    cities = "SELECT count(*) AS n FROM traits WHERE trait = 'city'"
    with as_of(THEN, definitions.traits, workspace) as past:
        assert past.engine.table(cities)["n"].to_pylist() == [0]
    assert workspace.engine.table(cities)["n"].to_pylist() == [30]


def test_the_project_itself_stays_as_it_is(opened: tuple[Workspace, Definitions]) -> None:
    workspace, definitions = opened
    before = sizes(workspace, definitions), workspace.snapshot
    with as_of(THEN, definitions.traits, workspace):
        assert (sizes(workspace, definitions), workspace.lake.snapshot()) == before
    assert (sizes(workspace, definitions), workspace.lake.snapshot()) == before


def test_the_future_is_refused(opened: tuple[Workspace, Definitions]) -> None:
    workspace, definitions = opened
    later = workspace.clock.now() + timedelta(microseconds=1)
    with pytest.raises(UserError, match="in the future"), as_of(later, definitions.traits, workspace):
        pass
