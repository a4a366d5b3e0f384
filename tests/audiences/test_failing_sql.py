"""A query of `sql` that fails keeps its own audience, and those that refer to it, from being known; nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from tests.audiences.conftest import read as read_all

from headwater.audiences.chosen import Unsaved, by_rules
from headwater.audiences.diff import diff
from headwater.audiences.evaluate import evaluate
from headwater.audiences.example import CLOCK, person
from headwater.audiences.explain import explain
from headwater.audiences.history import tables_of
from headwater.audiences.parse import parse_rule
from headwater.audiences.refresh import Refreshed, not_refreshed, refresh
from headwater.audiences.rule import Rule
from headwater.audiences.size import size
from headwater.audiences.vocabulary import read_vocabulary
from headwater.core.clock import Clock
from headwater.core.errors import RuleError
from headwater.core.project import open_project
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.query import Query
from headwater.tables.table import all_tables
from headwater.tables.workspace import Workspace, work

SOUND = "SELECT profile_id FROM traits WHERE text = '25-34'"
FAILING = "SELECT CAST(text AS BIGINT) AS profile_id FROM traits"
MARK = ("audiences", "inputs")


def write(shop: Path, query: str) -> None:
    (shop / "audiences" / "asked.yaml").write_text(f'rule: {{sql: "{query}"}}\n')
    (shop / "audiences" / "upon_asked.yaml").write_text("rule: {not: {in_audience: asked}}\n")
    (shop / "audiences" / "beside.yaml").write_text(
        f'rule: {{any: [{{did: purchase}}, {{sql: "{SOUND}"}}]}}\n'
    )


def refreshed(shop: Path) -> dict[str, Refreshed]:
    with work(open_project(shop)) as workspace:
        return {each.name: each for each in refresh(read_all(workspace), workspace, MARK)}


def members(shop: Path) -> list[dict[str, object]]:
    with work(open_project(shop)) as workspace:
        found: list[dict[str, object]] = workspace.engine.table(
            "SELECT * FROM memberships ORDER BY ALL"
        ).to_pylist()
        return found


@pytest.fixture
def failing(shop: Path) -> Path:
    """A project whose audience `asked` was refreshed once, and then got a query that fails."""
    write(shop, SOUND)
    refreshed(shop)
    write(shop, FAILING)
    return shop


def test_only_its_audience_and_those_that_refer_to_it_keep_the_members_they_had(failing: Path) -> None:
    before = members(failing)
    (failing / "audiences" / "beside.yaml").write_text("rule: {trait: age, is: 45-54}\n")
    found = refreshed(failing)
    assert {name for name, each in found.items() if each.error} == {"asked", "upon_asked"}
    assert (found["beside"].size, found["beside"].n_entered, found["beside"].n_left) == (1, 1, 3)
    assert (found["asked"].size, found["upon_asked"].size, found["young"].size) == (2, 3, 2)
    kept = [row for row in before if row["audience"] != "beside"]
    assert [row for row in members(failing) if row["audience"] != "beside"] == kept


def test_one_error_says_whose_query_failed_who_stays_as_it_was_and_what_to_do(failing: Path) -> None:
    found = refreshed(failing)
    error = found["asked"].error
    assert error is not None
    assert found["upon_asked"].error is error
    assert error.message.startswith("audience asked: the query of `sql` fails: Conversion Error")
    assert error.message.endswith("; asked and upon_asked keep the members they had")
    assert error.next_step == "mend the query; see docs/operators/sql.md; the next run tries again"


def test_it_is_not_done_until_every_query_answers(failing: Path) -> None:
    refreshed(failing)
    with work(open_project(failing)) as workspace:
        assert not workspace.is_done(*MARK)
        assert not_refreshed(workspace) == ["asked", "upon_asked"]
        number = workspace.snapshot.number
    refreshed(failing)
    with work(open_project(failing)) as workspace:
        assert workspace.snapshot.number == number, "failing again is nothing new"
    write(failing, SOUND.replace("25-34", "45-54"))
    found = refreshed(failing)
    assert (found["asked"], found["upon_asked"]) == (
        Refreshed("asked", 1, 1, 2),
        Refreshed("upon_asked", 4, 2, 1),
    )
    with work(open_project(failing)) as workspace:
        assert workspace.is_done(*MARK)
        assert not_refreshed(workspace) == []


def test_a_rule_put_back_to_what_it_was_is_refreshed_although_its_inputs_were_done_once(
    failing: Path,
) -> None:
    (failing / "audiences" / "beside.yaml").write_text("rule: {trait: age, is: none}\n")
    refreshed(failing)
    write(failing, SOUND)
    with work(open_project(failing)) as workspace:
        assert not workspace.is_done(*MARK)


def test_a_member_who_is_no_profile_any_more_leaves_once_the_query_answers(failing: Path) -> None:
    with work(open_project(failing)) as workspace, workspace.publish() as out:
        for table in ("profiles", "identity_map"):
            kept = f"SELECT * FROM {table} WHERE profile_id <> 1"
            out.replace(all_tables()[table], kept)
    (failing / "audiences" / "young.yaml").write_text("rule: {trait: age, is: none}\n")
    with work(open_project(failing)) as workspace:
        assert {each.name: each.size for each in refresh(read_all(workspace), workspace)}["asked"] == 2
        write(failing, SOUND)
    with work(open_project(failing)) as workspace:
        found = {each.name: each for each in refresh(read_all(workspace), workspace)}
    assert (found["asked"].size, found["asked"].n_left) == (1, 1)


def test_asking_for_it_by_its_rule_gives_the_error_and_asking_for_others_an_answer(failing: Path) -> None:
    with work(open_project(failing)) as workspace:
        audiences = read_all(workspace)
        assert size(audiences["young"].rule, workspace, audiences) == 2
        assert by_rules({"young": audiences["young"]}, workspace, audiences).n_profiles == 5
        for name in ("asked", "upon_asked"):
            chosen = {"young": audiences["young"], name: audiences[name]}
            with pytest.raises(RuleError, match="audience asked: the query of `sql` fails"):
                by_rules(chosen, workspace, audiences)
        with pytest.raises(RuleError, match="^the query of `sql` fails"):
            size(audiences["asked"].rule, workspace, audiences)
        with pytest.raises(RuleError, match="^audience asked: the query of `sql` fails"):
            size(audiences["upon_asked"].rule, workspace, audiences)


def test_explaining_names_the_audience_whose_query_fails(failing: Path) -> None:
    with work(open_project(failing)) as workspace:
        audiences = read_all(workspace)
        with pytest.raises(RuleError, match="^the query of `sql` fails"):
            explain(1, audiences["asked"], workspace, audiences)
        with pytest.raises(RuleError, match="^audience asked: the query of `sql` fails"):
            explain(1, audiences["upon_asked"], workspace, audiences)


def test_a_difference_of_rules_says_which_of_them_fails(failing: Path) -> None:
    with work(open_project(failing)) as workspace:
        sound, bad = rule(SOUND, workspace), rule(FAILING, workspace)
        for old, new, which in ((sound, bad, "new"), (bad, sound, "old")):
            with pytest.raises(RuleError, match=f"^the {which} rule: the query of `sql` fails"):
                diff(old, new, workspace)


def rule(query: str, workspace: Workspace) -> Rule:
    found = parse_rule({"sql": query}, read_vocabulary(workspace))
    assert not isinstance(found, list), found
    return found


class Counting(DuckDB):
    """A session that counts the queries that people wrote."""

    n_asked = 0

    def table_in_time(self, query: Query | str) -> pa.Table:
        self.n_asked += 1
        return super().table_in_time(query)


@dataclass(frozen=True)
class Tables:
    engine: DuckDB
    clock: Clock = CLOCK


def test_a_query_that_many_audiences_ask_is_tried_once_and_all_are_told(workspace: Workspace) -> None:
    engine = Counting(threads=1)
    for table, rows in tables_of([person(city="Rome")]).items():
        engine.register(table, rows)
    many = {f"a{number}": Unsaved(rule(FAILING, workspace)) for number in range(3)}
    found = evaluate(many, Tables(engine), keeps_going=True)
    assert (found.sets, engine.n_asked) == ({}, 1)
    with pytest.raises(RuleError, match="3 failures"):
        evaluate(many, Tables(engine))
    engine.close()


def test_a_query_that_needs_too_much_memory_fails_like_any_other() -> None:
    engine = DuckDB(threads=1, memory_mb=20)
    huge = "SELECT max(x) AS n FROM (SELECT list(i) AS x FROM range(30000000) AS r(i))"
    with pytest.raises(MemoryError, match="more memory"):
        engine.table_in_time(huge)
    engine.close()


def test_a_value_that_does_not_fit_is_not_told(workspace: Workspace) -> None:
    engine = DuckDB(threads=1)
    for table, rows in tables_of([person(city='anna\'s "home" 030-1234')]).items():
        engine.register(table, rows)
    asked = rule("SELECT CAST(text AS INTEGER) AS profile_id FROM traits", workspace)
    with pytest.raises(RuleError) as told:
        evaluate({"a": Unsaved(asked)}, Tables(engine))
    assert "Could not convert string '…' to INT" in str(told.value)
    assert "anna" not in str(told.value)
    engine.close()
