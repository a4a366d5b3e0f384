"""A project's audiences, evaluated on a real Spark cluster over the files of its lake."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from headwater.audiences.evaluate import evaluate
from headwater.audiences.parse import Audience, parse_rule, read_audiences
from headwater.audiences.refresh import refresh
from headwater.audiences.rule import Rule
from headwater.audiences.vocabulary import read_vocabulary
from headwater.core.errors import RuleError, UserError
from headwater.core.project import open_project
from headwater.tables.workspace import Workspace, on_engine, work

if TYPE_CHECKING:
    from headwater.engine.engines.spark import Spark


class Tried:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule


@contextmanager
def on_spark(workspace: Workspace, spark: Spark) -> Iterator[object]:
    """The cluster's session outlives the test."""
    close, spark.close = spark.close, lambda: None  # type: ignore[method-assign]
    try:
        with on_engine(workspace, spark) as cluster:
            yield cluster
    finally:
        spark.close = close  # type: ignore[method-assign]


@pytest.mark.spark
def test_a_cluster_gives_the_same_members(
    workspace: Workspace, audiences: Mapping[str, Audience], spark: Spark
) -> None:
    here = evaluate(audiences, workspace)
    with on_spark(workspace, spark) as cluster:
        there = evaluate(audiences, cluster)
    for name in audiences:
        assert there.members(name).tolist() == here.members(name).tolist()


@pytest.mark.spark
def test_memberships_are_read_there_with_their_moves(
    workspace: Workspace, audiences: Mapping[str, Audience], spark: Spark
) -> None:
    refresh(audiences, workspace)
    question = "SELECT audience, profile_id FROM memberships ORDER BY audience, profile_id"
    here = workspace.engine.table(question).to_pylist()
    with on_spark(workspace, spark):
        assert spark.table(question).to_pylist() == here
    assert here


@pytest.mark.spark
def test_a_refresh_is_evaluated_on_the_cluster_that_a_setting_names(
    shop: Path, spark: Spark, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def connect(master: str, **_: object) -> Spark:
        asked.append(master)
        return spark

    monkeypatch.setattr(type(spark), "connect", connect)
    monkeypatch.setattr(spark, "close", lambda: None)
    monkeypatch.setenv("HEADWATER_SPARK_MASTER", "spark://there:7077")
    with work(open_project(shop)) as workspace:
        found, _ = read_audiences(workspace.project, read_vocabulary(workspace))
        sizes = {each.name: each.size for each in refresh(found, workspace)}
    assert (sizes, asked) == (
        {"coffee": 2, "nothing": 0, "young": 2, "young_coffee": 1},
        ["spark://there:7077"],
    )


def test_a_cluster_without_its_package_is_told(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "headwater.engine.engines.spark", None)
    monkeypatch.setenv("HEADWATER_SPARK_MASTER", "spark://there:7077")
    with work(open_project(shop)) as workspace, pytest.raises(UserError, match="pyspark is not installed"):
        refresh({}, workspace)


@pytest.mark.spark
def test_what_it_cannot_be_asked_is_refused_by_name(workspace: Workspace, spark: Spark) -> None:
    many = {"sequence": [{"did": "purchase"}, {"did": "purchase"}], "at_least": 11}
    given = {"free": {"sql": "SELECT profile_id FROM profiles"}, "many": many}
    rules = {name: parse_rule(data, read_vocabulary(workspace)) for name, data in given.items()}
    tried = {name: Tried(rule) for name, rule in rules.items() if not isinstance(rule, list)}
    assert tried.keys() == given.keys()
    with on_spark(workspace, spark) as cluster, pytest.raises(RuleError) as told:
        evaluate(tried, cluster)
    assert "audience free: is selected by" in str(told.value)
    assert "audience many: did purchase, then purchase, at least 11 times" in str(told.value)
    assert "counts to more than 10" in str(told.value)


@pytest.mark.spark
def test_what_audiences_do_not_need_is_refused(spark: Spark) -> None:
    for refused in (
        lambda: spark.append("rows", pa.table({"a": [1]})),
        lambda: spark.retype("rows", {"a": pa.string()}),
        lambda: spark.project(pa.table({"a": [1]}), {}),
    ):
        with pytest.raises(UserError, match="Spark cannot"):
            refused()


@pytest.mark.spark
def test_a_column_that_older_files_lack_is_null(tmp_path: Path, spark: Spark) -> None:
    file = tmp_path / "older.parquet"
    parquet.write_table(pa.table({"text": ["Rome"]}), file)
    schema = pa.schema([("text", pa.string()), ("texts", pa.list_(pa.string()))])
    spark.scan("older", [file], schema, partitions=())
    assert spark.table("SELECT * FROM older").to_pylist() == [{"text": "Rome", "texts": None}]


@pytest.mark.spark
def test_arrow_tables_come_back_as_they_were(spark: Spark) -> None:
    moment = datetime(2026, 3, 8, 2, 30) + timedelta(microseconds=1)
    rows = pa.table(
        {
            "number": pa.array([1.5, None], pa.float64()),
            "text": pa.array(["a\\b\n", ""], pa.string()),
            "at": pa.array([moment, None], pa.timestamp("us")),
            "ids": pa.array([[1, 2], []], pa.list_(pa.int64())),
        }
    )
    spark.register("kept", rows)
    assert spark.table("SELECT * FROM kept").to_pylist() == rows.to_pylist()
    spark.register("kept", rows.slice(0, 0))
    assert spark.table("SELECT * FROM kept").num_rows == 0
    spark.drop("kept", "never_there")
