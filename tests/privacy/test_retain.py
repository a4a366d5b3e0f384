"""What is kept too long, by table, source and purpose; and that no refusal is ever forgotten by age."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.core.config import Retention
from headwater.privacy.consent import Standing, standings
from headwater.privacy.retain import old_rows
from headwater.tables import consents
from headwater.tables.table import Type, all_tables

NOW = datetime(2026, 6, 1)
DAYS = st.integers(0, 900).map(lambda days: NOW - timedelta(days=days))
STATEMENTS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["granted", "denied"]), DAYS, st.none()), max_size=12
)


def test_every_table_that_may_be_kept_for_a_time_says_by_what_it_ages() -> None:
    tables = all_tables().values()
    assert {each.name for each in tables if each.retention_days} == (
        set(Retention.model_fields) - {"sources", "purposes"}
    )
    for each in tables:
        assert not each.retention_days or each.aged_by
        assert not each.aged_by or each.column(each.aged_by).type is Type.INSTANT


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(statements=STATEMENTS)
def test_no_refusal_is_forgotten_and_nothing_else_stays(workspace, say, statements) -> None:
    say([(node, node) for node in (1, 2, 3)], statements)
    people = np.array([1, 2, 3], dtype=np.int64)
    before = standings(workspace, "mailing", people)
    where = old_rows(consents.TABLE, Retention(purposes={"mailing": "1 year"}), workspace)
    left = workspace.engine.table(f"SELECT * FROM consents WHERE NOT coalesce({where}, FALSE)")
    say([(node, node) for node in (1, 2, 3)], [])
    workspace.engine.register("consents", left)
    after = standings(workspace, "mailing", people)
    for was, is_now in zip(before.tolist(), after.tolist(), strict=True):
        assert is_now == was or (was == Standing.GRANTED and is_now == Standing.ABSENT)
    old = [
        row
        for row in left.to_pylist()
        if row["purpose"] == "mailing" and row["stated_at"] < NOW.replace(year=2025)
    ]
    assert all(row["state"] == "denied" for row in old)
    assert len({row["node_id"] for row in old}) == len({(row["node_id"], row["stated_at"]) for row in old})
    others = [row for row in left.to_pylist() if row["purpose"] == "service"]
    assert len(others) == len(statements)


@pytest.mark.parametrize(
    ("period", "is_right"),
    [("25 months", True), ("1 year", True), ("0 days", False), ("soon", False), ("2 years ago", False)],
)
def test_a_period_is_a_number_of_days_weeks_months_or_years(period: str, is_right: bool) -> None:
    if is_right:
        assert Retention(events=period).events == period
    else:
        with pytest.raises(ValueError, match="must be a number of days"):
            Retention(events=period)
