"""Where a refresh evaluates rules: in this process, or on the Spark cluster that the setting `spark_master` names.

Reads the tables of a workspace's snapshot, from either place the same ones. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from headwater.audiences.evaluate import Tables
from headwater.core.errors import UserError
from headwater.engine.engine import Engine
from headwater.tables.workspace import Workspace, on_engine


@contextmanager
def evaluated_on(workspace: Workspace) -> Iterator[Tables]:
    """The tables where rules are to be evaluated.

    Raises:
        UserError: the cluster cannot be reached.
    """
    settings = workspace.project.settings
    if not settings.spark_master:
        yield workspace
        return
    with on_engine(workspace, _spark(settings.spark_master, settings.sql_seconds)) as cluster:
        yield cluster


def _spark(master: str, sql_seconds: float) -> Engine:
    try:
        from headwater.engine.engines.spark import Spark  # noqa: PLC0415 - an optional driver
    except ImportError as error:
        raise UserError(
            "the setting spark_master names a Spark cluster, but the package pyspark is not installed",
            next_step='pip install "headwater[spark]", or clear the setting',
        ) from error
    return Spark.connect(master, sql_seconds=sql_seconds)
