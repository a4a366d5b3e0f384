from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headwater.audiences.evaluate import evaluate
from headwater.audiences.members import members
from headwater.audiences.parse import Audience, parse_rule, read_audiences
from headwater.audiences.refresh import Refreshed, refresh
from headwater.audiences.rule import Rule
from headwater.audiences.size import size
from headwater.audiences.vocabulary import read_vocabulary
from headwater.core.errors import NotFoundError, RuleError
from headwater.core.project import open_project
from headwater.tables.workspace import Workspace, work

Rows = list[dict[str, object]]


def rows(workspace: Workspace, sql: str) -> Rows:
    found: Rows = workspace.engine.table(sql).to_pylist()
    return found


def rule(data: object, workspace: Workspace) -> Rule:
    found = parse_rule(data, read_vocabulary(workspace))
    assert not isinstance(found, list), found
    return found


def later(shop: Path, now: str) -> None:
    (shop / "headwater.yaml").write_text(f"project: shop\nnow: {now}\n")


def refreshed(shop: Path, mark: tuple[str, str] | None = None) -> tuple[list[Refreshed], int]:
    with work(open_project(shop)) as workspace:
        audiences, problems = read_audiences(workspace.project, read_vocabulary(workspace))
        assert problems == []
        return refresh(audiences, workspace, mark), workspace.snapshot.number


def test_a_first_refresh_lets_all_members_enter(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    assert refresh(audiences, workspace) == [
        Refreshed("coffee", 2, 2, 0),
        Refreshed("nothing", 0, 0, 0),
        Refreshed("young", 2, 2, 0),
        Refreshed("young_coffee", 1, 1, 0),
    ]
    assert members("coffee", workspace)["profile_id"].to_pylist() == [1, 3]
    assert rows(workspace, "SELECT audience, profile_id, change FROM membership_changes ORDER BY ALL") == [
        {"audience": "coffee", "profile_id": 1, "change": "entered"},
        {"audience": "coffee", "profile_id": 3, "change": "entered"},
        {"audience": "young", "profile_id": 1, "change": "entered"},
        {"audience": "young", "profile_id": 2, "change": "entered"},
        {"audience": "young_coffee", "profile_id": 1, "change": "entered"},
    ]
    assert rows(workspace, "SELECT audience, size FROM audience_sizes ORDER BY ALL") == [
        {"audience": "coffee", "size": 2},
        {"audience": "nothing", "size": 0},
        {"audience": "young", "size": 2},
        {"audience": "young_coffee", "size": 1},
    ]


def test_a_second_refresh_writes_nothing(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    refresh(audiences, workspace)
    before = workspace.snapshot
    assert {(each.n_entered, each.n_left) for each in refresh(audiences, workspace)} == {(0, 0)}
    assert workspace.snapshot == before


def test_a_mark_is_noted_once_even_when_nothing_moved(shop: Path) -> None:
    _, first = refreshed(shop, ("refresh", "a"))
    _, second = refreshed(shop, ("refresh", "b"))
    _, third = refreshed(shop, ("refresh", "b"))
    assert (second, third) == (first + 1, first + 1)
    with work(open_project(shop)) as workspace:
        assert workspace.is_done("refresh", "b")


def test_who_stays_keeps_the_day_of_entering(shop: Path) -> None:
    refreshed(shop)
    later(shop, "2017-07-04T12:00")  # by then the fifth person's purchase has happened
    found, _ = refreshed(shop)
    assert found[0] == Refreshed("coffee", 3, 1, 0)
    with work(open_project(shop)) as workspace:
        entered = members("coffee", workspace).to_pylist()
        moves = rows(
            workspace, "SELECT * FROM membership_changes WHERE changed_at > '2017-07-02' ORDER BY ALL"
        )
        sizes = rows(
            workspace, "SELECT audience, n_entered FROM audience_sizes WHERE refreshed_at > '2017-07-02'"
        )
    assert [(row["profile_id"], row["entered_at"].isoformat()) for row in entered] == [
        (1, "2017-07-01T12:00:00"),
        (3, "2017-07-01T12:00:00"),
        (5, "2017-07-04T12:00:00"),
    ]
    assert [(row["audience"], row["profile_id"], row["change"]) for row in moves] == [
        ("coffee", 5, "entered")
    ]
    assert sizes == [{"audience": "coffee", "n_entered": 1}]


def test_members_leave_when_the_window_moves_on(shop: Path) -> None:
    refreshed(shop)
    later(shop, "2017-11-01T12:00")
    found, _ = refreshed(shop)
    assert found[0] == Refreshed("coffee", 0, 0, 2)
    assert found[3] == Refreshed("young_coffee", 0, 0, 1)


def test_members_of_an_audience_whose_file_is_gone_leave(shop: Path) -> None:
    refreshed(shop)
    (shop / "audiences" / "young_coffee.yaml").unlink()
    found, _ = refreshed(shop)
    assert found[-1] == Refreshed("young_coffee", 0, 0, 1)
    again, _ = refreshed(shop)
    assert [each.name for each in again] == ["coffee", "nothing", "young"]


def test_an_audience_that_has_a_file_but_is_not_given_stays(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    refresh(audiences, workspace)
    refresh({"young": audiences["young"]}, workspace)
    assert len(members("coffee", workspace)) == 2


def test_a_new_rule_under_a_standing_clock_keeps_every_key_unique(shop: Path) -> None:
    refreshed(shop)
    (shop / "audiences" / "coffee.yaml").write_text("rule: {did: purchase, where: {category: TEA}}\n")
    found, _ = refreshed(shop)
    assert found[0] == Refreshed("coffee", 1, 1, 2)
    _, number = refreshed(shop)
    with work(open_project(shop)) as workspace:
        keys = "SELECT count(*) AS n, count(DISTINCT (audience, profile_id, changed_at)) AS u FROM membership_changes"
        assert len({*rows(workspace, keys)[0].values()}) == 1
        sizes = rows(
            workspace,
            "SELECT size, n_left FROM audience_sizes WHERE audience = 'coffee' ORDER BY refreshed_at",
        )
        assert workspace.snapshot.number == number
    assert sizes == [{"size": 2, "n_left": 0}, {"size": 1, "n_left": 2}]


def test_a_new_rule_with_the_same_members_is_noted_as_a_size(shop: Path) -> None:
    refreshed(shop)
    later(shop, "2017-07-01T13:00")
    (shop / "audiences" / "young.yaml").write_text("rule: {trait: age, is: {starts_with: '2'}}\n")
    found, _ = refreshed(shop)
    assert found[2] == Refreshed("young", 2, 0, 0)
    with work(open_project(shop)) as workspace:
        assert len(rows(workspace, "SELECT * FROM audience_sizes WHERE audience = 'young'")) == 2
        assert len(rows(workspace, "SELECT * FROM audience_sizes")) == 5


def test_sizes_are_the_numbers_of_members(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    for each in refresh(audiences, workspace):
        assert (
            each.size
            == len(members(each.name, workspace))
            == size(audiences[each.name].rule, workspace, audiences)
        )


def test_members_can_be_cut_short(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    refresh(audiences, workspace)
    assert members("coffee", workspace, limit=1)["profile_id"].to_pylist() == [1]
    assert len(members("coffee", workspace, limit=0)) == 0


def test_an_unknown_audience_has_no_members_but_a_near_name(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'coffee'"):
        members("cofee", workspace)


def test_a_rule_that_is_not_saved_has_a_size(workspace: Workspace) -> None:
    assert size(rule({"did": "purchase"}, workspace), workspace) == 3
    assert size(rule({"not": {"did": "purchase"}}, workspace), workspace) == 2


def test_an_audience_referred_to_counts_as_stored_unless_its_rule_is_given(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    tried = rule({"in_audience": "young_coffee"}, workspace)
    assert size(tried, workspace) == 0
    assert size(tried, workspace, audiences) == 1
    refresh(audiences, workspace)
    assert size(tried, workspace) == 1


def test_equal_conditions_of_several_audiences_are_evaluated_once(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    alike = {f"copy_{n}": replace(audiences["coffee"], name=f"copy_{n}") for n in range(5)}
    assert evaluate(alike, workspace).leaves == 1


def test_a_circle_that_was_never_parsed_is_refused(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    circular = {
        "coffee": replace(audiences["coffee"], rule=rule({"in_audience": "young"}, workspace)),
        "young": replace(audiences["young"], rule=rule({"in_audience": "coffee"}, workspace)),
    }
    with pytest.raises(RuleError, match="coffee, young"):
        evaluate(circular, workspace)


def test_a_project_without_tables_has_empty_audiences(tmp_path: Path) -> None:
    (tmp_path / "audiences").mkdir()
    (tmp_path / "headwater.yaml").write_text("project: empty\n")
    (tmp_path / "audiences" / "a.yaml").write_text("rule: {not: {did: page}}\n")
    found, _ = refreshed(tmp_path)
    assert found == [Refreshed("a", 0, 0, 0)]
