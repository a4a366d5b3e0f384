from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from headwater.audiences.members import members, members_at
from headwater.audiences.parse import parse_rule, read_audiences
from headwater.audiences.refresh import refresh
from headwater.audiences.standing import read_standings
from headwater.audiences.versions import read_sizes, read_versions
from headwater.audiences.vocabulary import read_vocabulary
from headwater.core.errors import NotFoundError
from headwater.core.project import open_project
from headwater.tables.workspace import work

OLD = "rule: {did: purchase, where: {category: COFFEE}, within: {last: 90 days}}\n"
NEW = "rule: {did: purchase, where: {category: COFFEE}}\n"


def refreshed(shop: Path, now: str, coffee: str = OLD) -> None:
    (shop / "headwater.yaml").write_text(f"project: shop\nnow: {now}\n")
    (shop / "audiences" / "coffee.yaml").write_text(coffee)
    with work(open_project(shop)) as workspace:
        audiences, problems = read_audiences(workspace.project, read_vocabulary(workspace))
        assert problems == []
        refresh(audiences, workspace)


@pytest.fixture
def twice(shop: Path) -> Path:
    refreshed(shop, "2017-07-01T12:00")
    refreshed(shop, "2017-07-01T13:00")
    refreshed(shop, "2017-07-02T12:00", NEW)
    return shop


def test_every_version_is_kept_once_and_can_be_parsed_again(twice: Path) -> None:
    with work(open_project(twice)) as workspace:
        versions = read_versions("coffee", workspace)
        audiences, _ = read_audiences(workspace.project, read_vocabulary(workspace))
        assert [each.number for each in versions] == [1, 2]
        assert versions[0].description.endswith("in the last 90 days")
        assert parse_rule(versions[1].rule, read_vocabulary(workspace)) == audiences["coffee"].rule
        assert f"{versions[1].first_refreshed_at}" == "2017-07-02 12:00:00"


def test_an_old_rule_that_comes_back_is_no_new_version(twice: Path) -> None:
    refreshed(twice, "2017-07-03T12:00", OLD)
    with work(open_project(twice)) as workspace:
        assert len(read_versions("coffee", workspace)) == 2
        assert [each.version for each in read_sizes("coffee", workspace)] == [1, 2, 1]


def test_sizes_tell_with_which_version(twice: Path) -> None:
    with work(open_project(twice)) as workspace:
        found = [(each.size, each.n_entered, each.version) for each in read_sizes("coffee", workspace)]
        assert found == [(2, 2, 1), (3, 1, 2)]


def test_who_was_in_after_each_run_is_known_again(twice: Path) -> None:
    refreshed(twice, "2017-07-03T12:00", OLD)
    with work(open_project(twice)) as workspace:
        sizes = read_sizes("coffee", workspace)
        then = [members_at("coffee", each.refreshed_at, workspace).tolist() for each in sizes]
        assert [len(each) for each in then] == [each.size for each in sizes]
        assert then[-1] == members("coffee", workspace)["profile_id"].to_pylist()
        assert set(then[0]) < set(then[1])
        assert members_at("coffee", sizes[0].refreshed_at - timedelta(seconds=1), workspace).tolist() == []
        with pytest.raises(NotFoundError):
            members_at("cofee", sizes[0].refreshed_at, workspace)


def test_an_audience_stands_where_tables_and_rules_say(twice: Path) -> None:
    with work(open_project(twice)) as workspace:
        audiences, _ = read_audiences(workspace.project, read_vocabulary(workspace))
        found = read_standings(audiences, workspace)
    assert (found["coffee"].n_versions, found["coffee"].referred_by) == (2, ("young_coffee",))
    assert f"{found['coffee'].last_changed_at}" == "2017-07-02 12:00:00"
    assert (found["young"].n_versions, found["nothing"].referred_by) == (1, ())


def test_an_unknown_audience_has_no_history(twice: Path) -> None:
    with work(open_project(twice)) as workspace, pytest.raises(NotFoundError):
        read_versions("cofee", workspace)
