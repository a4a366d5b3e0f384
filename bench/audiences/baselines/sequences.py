"""What people did one after the other: three questions, each as a rule, in ClickHouse's own functions, and in DuckDB's SQL.

The questions are such that all three answer them exactly. `sequenceMatch('(?1)(?2)')` wants the second directly after the
first among the events that any of its conditions takes: that says "none of the third in between", but only of two steps.
Between steps with `(?t<=…)` anything may lie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.audiences.baselines.sql import CLICKHOUSE_INSTANT, DUCKDB_INSTANT, Asked, text
from bench.audiences.rules import Rule
from bench.audiences.shape import CATEGORIES

OF = CATEGORIES[:5]
"""Every question is asked of these categories, so that none is asked a second time."""
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Question:
    """One question, for a category.

    Attributes:
        text: what it asks, in words.
        rule: as YAML says it.
        clickhouse, duckdb: as statements that give one number.
    """

    text: str
    rule: Callable[[str], Rule]
    clickhouse: Callable[[str], str]
    duckdb: Callable[[str], str]


# A page and then a purchase, no refund in between


def _two(category: str) -> Rule:
    steps = [
        {"did": "page", "where": {"category": category}},
        {"did": "purchase", "without": {"did": "refund"}},
    ]
    return {"sequence": steps, "within": {"last": "30 days"}}


def _two_clickhouse(category: str) -> str:
    rows = _rows(Asked({}, CLICKHOUSE_INSTANT), "page", category, ("purchase", "refund"), "30 days")
    found = "sequenceMatch('(?1)(?2)')(micros, event = 'page', event = 'purchase', event = 'refund')"
    return _matched(rows, found)


def _two_duckdb(category: str) -> str:
    asked = Asked({}, DUCKDB_INSTANT)
    chosen = {
        name: f"SELECT profile_id, occurred_at FROM events WHERE {asked.happened(name, where, '30 days')}"
        for name, where in (("page", {"category": category}), ("purchase", {}), ("refund", {}))
    }
    return (
        f"WITH page AS ({chosen['page']}), purchase AS ({chosen['purchase']}), refund AS ({chosen['refund']}), seen AS "
        "(SELECT b.profile_id, b.occurred_at, a.occurred_at AS page_at FROM purchase AS b ASOF JOIN page AS a "
        "ON b.profile_id = a.profile_id AND b.occurred_at > a.occurred_at) "
        "SELECT count(DISTINCT s.profile_id) FROM seen AS s ASOF LEFT JOIN refund AS r "
        "ON s.profile_id = r.profile_id AND s.occurred_at > r.occurred_at "
        "WHERE r.occurred_at IS NULL OR r.occurred_at <= s.page_at"
    )


# A product seen, put into the cart, bought


def _three(category: str, gap: str | None, lasting: str | None) -> Rule:
    later = {"gap": gap} if gap else {}
    steps = [
        {"did": "product_view", "where": {"category": category}},
        {"did": "add_to_cart", **later},
        {"did": "purchase", **later},
    ]
    return {"sequence": steps, "within": {"last": "60 days"}, **({"lasting": lasting} if lasting else {})}


def _three_clickhouse(category: str, found: str) -> str:
    asked = Asked({}, CLICKHOUSE_INSTANT)
    rows = _rows(asked, "product_view", category, ("add_to_cart", "purchase"), "60 days")
    return _matched(
        rows, f"{found}(micros, event = 'product_view', event = 'add_to_cart', event = 'purchase')"
    )


def _matched(rows: str, found: str) -> str:
    at = "toUInt64(toUnixTimestamp64Micro(occurred_at)) AS micros"
    chosen = f"SELECT profile_id, event, {at} FROM events_by_profile WHERE {rows}"
    wanted = f"{found} = 3" if found.startswith("windowFunnel") else found
    return f"SELECT count() FROM (SELECT profile_id FROM ({chosen}) GROUP BY profile_id HAVING {wanted})"


def _gaps_duckdb(category: str) -> str:
    """Of each cart the last view before it, and of each purchase the last such cart."""
    return _walked(
        category,
        f"event = 'add_to_cart' AND micros - viewed_at <= {2 * _DAY}",
        "micros",
        f"micros - carted_at <= {2 * _DAY}",
    )


def _lasting_duckdb(category: str) -> str:
    """Of each cart the last view before it, and of each purchase the last of those views."""
    return _walked(category, "event = 'add_to_cart'", "viewed_at", f"micros - carted_at <= {7 * _DAY}")


def _walked(category: str, carted: str, kept: str, bought: str) -> str:
    asked = Asked({}, DUCKDB_INSTANT)
    rows = _rows(asked, "product_view", category, ("add_to_cart", "purchase"), "60 days")
    before = "OVER (PARTITION BY profile_id ORDER BY micros ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    return (
        f"WITH happened AS (SELECT profile_id, event, epoch_us(occurred_at) AS micros FROM events WHERE {rows}), "
        f"viewed AS (SELECT *, max(CASE WHEN event = 'product_view' THEN micros END) {before} AS viewed_at FROM happened), "
        f"carted AS (SELECT *, max(CASE WHEN {carted} THEN {kept} END) {before} AS carted_at FROM viewed) "
        f"SELECT count(DISTINCT profile_id) FROM carted WHERE event = 'purchase' AND {bought}"
    )


def _rows(asked: Asked, first: str, category: str, others: tuple[str, ...], days: str) -> str:
    """The events of a question: the first step's are of a category."""
    names = ", ".join(map(text, (first, *others)))
    during = asked.happened(first, {}, days).split(" AND ", 1)[1]
    return f"event IN ({names}) AND {during} AND (event <> {text(first)} OR category = {text(category)})"


QUESTIONS = {
    "two_steps": Question(
        "two steps, none of a third in between, in 30 days", _two, _two_clickhouse, _two_duckdb
    ),
    "three_steps": Question(
        "three steps, each at most 2 days after the last, in 60 days",
        lambda category: _three(category, "2 days", None),
        lambda category: _three_clickhouse(
            category, f"sequenceMatch('(?1)(?t<={2 * _DAY})(?2)(?t<={2 * _DAY})(?3)')"
        ),
        _gaps_duckdb,
    ),
    "funnel": Question(
        "three steps within 7 days, in 60 days",
        lambda category: _three(category, None, "7 days"),
        lambda category: _three_clickhouse(category, f"windowFunnel({7 * _DAY}, 'strict_increase')"),
        _lasting_duckdb,
    ),
}
