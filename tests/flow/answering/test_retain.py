"""Old data goes once a day, and all that was computed of it; it is nowhere on the disk then, and a run does not bring it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.flow.alive import Alive
from tests.flow.sealed_shop import EMAIL

from headwater.access.audit.log import Wanted, open_audit
from headwater.core.errors import ProjectError, UserError
from headwater.flow.definitions import read_definitions
from headwater.flow.identities import Identities
from headwater.flow.privacy import Privacy
from headwater.flow.rebuild import rebuild
from headwater.tables.workspace import read

WHO = f"email={EMAIL}"


@pytest.fixture
def old(alive: Alive) -> Callable[[str], Alive]:
    """The shop a few years later, with such a retention."""

    def made(retention: str, now: str = "now: 2029-12-01\n") -> Alive:
        (alive.root / "audiences" / "unlisted.yaml").unlink()
        config = alive.root / "headwater.yaml"
        config.write_text(f"{config.read_text()}{now}retention: {retention}\n")
        return alive

    return made


def n_rows(alive: Alive, table: str = "events") -> int:
    with read(alive.project) as workspace:
        return workspace.engine.table(f"SELECT * FROM {table}").num_rows


def on_disk(root: Path) -> str:
    files = (root / "lake" / "events").rglob("*.parquet")
    return "".join(str(parquet.read_table(each).to_pydict()) for each in files)


def test_a_run_lets_it_go_and_what_was_computed_of_it(old: Callable[[str], Alive]) -> None:
    alive = old("{events: 3 years}")
    before = n_rows(alive)
    assert before
    assert "purchase" in on_disk(alive.root)
    assert Privacy(alive.project).foresee_retention()["events"] == before
    assert n_rows(alive) == before
    alive.run()
    assert n_rows(alive) == 0
    assert "purchase" not in on_disk(alive.root)
    assert Identities(alive.project).profile(WHO).n_events == 0
    with open_audit(alive.project) as log:
        [entry] = [each.event for each in log.entries(Wanted(most=1000)) if each.event.by == "retention"]
    assert ("table events" in entry.about, entry.counts["removed"] >= before) == (True, True)
    assert Privacy(alive.project).retain() == {}
    alive.run()
    assert n_rows(alive) == 0


def test_by_source_and_by_purpose(old: Callable[[str], Alive]) -> None:
    alive = old("{events: 9 years, sources: {crm: 3 years, orders: 3 years}, purposes: {newsletter: 1 year}}")
    events = n_rows(alive)
    gone = Privacy(alive.project).retain()
    assert (gone["events"], gone["consents"]) == (1, 1)
    assert n_rows(alive) == events - 1
    assert "city" not in {each.trait for each in Identities(alive.project).profile(WHO).traits}
    assert "plan" in {each.trait for each in Identities(alive.project).profile(WHO).traits}


def test_nothing_goes_where_nothing_is_declared_or_nothing_is_old(alive: Alive) -> None:
    with pytest.raises(UserError, match="does not say how long"):
        Privacy(alive.project).retain()
    before = n_rows(alive)
    config = alive.root / "headwater.yaml"
    config.write_text(f"{config.read_text()}retention: {{}}\n")
    assert Privacy(alive.project).retain() == {}
    assert n_rows(alive) == before


@pytest.mark.slow
def test_a_rebuild_does_not_bring_it_back(old: Callable[[str], Alive]) -> None:
    alive = old("{events: 1 month}", now="")  # of all that there is the order alone is so old
    alive.run()
    alive.take()
    before = n_rows(alive)
    assert "purchase" not in on_disk(alive.root)
    assert rebuild(alive.project, replacing=True).is_equal
    assert n_rows(alive) == before
    assert "purchase" not in on_disk(alive.root)


def test_what_there_is_not_is_told(alive: Alive) -> None:
    config = alive.root / "headwater.yaml"
    config.write_text(
        f"{config.read_text()}retention: {{sources: {{crn: 1 year}}, purposes: {{news: 1 year}}}}\n"
    )
    with read(alive.project) as workspace, pytest.raises(ProjectError) as told:
        read_definitions(workspace)
    assert "did you mean 'crm'" in str(told.value)
    assert "there is no purpose 'news'" in str(told.value)
