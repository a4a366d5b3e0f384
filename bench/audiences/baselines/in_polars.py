"""Polars, lazily: one Parquet file a name of event, sorted by time, so that a query reads only what it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from pathlib import Path
from typing import Any

import polars as pl

from bench.audiences.rules import Rule
from bench.audiences.shape import EVENTS, NOW

_NOW = NOW.replace(tzinfo=None)
_COMPARED: Mapping[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "at_least": pl.Expr.ge,
    "at_most": pl.Expr.le,
    "greater_than": pl.Expr.gt,
    "less_than": pl.Expr.lt,
    "after": lambda value, day: value > datetime.fromisoformat(day),
    "before": lambda value, day: value < datetime.fromisoformat(day),
}


def load(plain: Path, store: Path) -> None:
    """Write the files; revenue in cents, so that sums are exact."""
    store.mkdir(parents=True)
    cents = (pl.col("revenue") * 100).cast(pl.Int64)
    for name in EVENTS:
        rows = pl.scan_parquet(plain / "events.parquet").filter(pl.col("event") == name)
        rows.drop("event").with_columns(revenue=cents).sort("occurred_at").sink_parquet(
            store / f"{name}.parquet"
        )
    pl.scan_parquet(plain / "profiles.parquet").sink_parquet(store / "profiles.parquet")


@contextmanager
def opened(store: Path, audiences: Mapping[str, Rule]) -> Iterator[Callable[[Rule], int]]:
    """The files, to ask how many meet a rule."""

    def ask(rule: Rule) -> int:
        query = _Query(store, audiences)
        test = query.test(rule)
        return int(query.profiles.filter(test).select(pl.len()).collect(engine="streaming").item())

    yield ask


@dataclass
class _Query:
    """One query being put together: profiles, with one column more for everything they may have done."""

    store: Path
    audiences: Mapping[str, Rule]
    profiles: pl.LazyFrame = field(init=False)
    n_joined: int = 0

    def __post_init__(self) -> None:
        self.profiles = pl.scan_parquet(self.store / "profiles.parquet")

    def test(self, rule: Rule) -> pl.Expr:
        """Whether a profile meets a rule."""
        if "not" in rule:
            return ~self.test(rule["not"])
        for branch, join in (("all", and_), ("any", or_)):
            if branch in rule:
                return reduce(join, map(self.test, rule[branch]))
        if "in_audience" in rule:
            return self.test(self.audiences[rule["in_audience"]])
        return _trait(rule) if "trait" in rule else self._happened(rule)

    def _happened(self, rule: Rule) -> pl.Expr:
        self.n_joined += 1
        name = f"did_{self.n_joined}"
        did = self._grouped(rule).select("profile_id", pl.lit(True).alias(name))
        self.profiles = self.profiles.join(did, on="profile_id", how="left")
        passed = pl.col(name).fill_null(False)
        return ~passed if "at_most" in rule or "exactly" in rule else passed

    def _grouped(self, rule: Rule) -> pl.LazyFrame:
        """The profiles that did something so often; of what people may do at most so often, those who did it oftener."""
        people = self._chosen(rule).group_by("profile_id")
        if "total" in rule:
            return people.agg(found=pl.col(rule["total"]).sum()).filter(_is(pl.col("found"), rule["is"], 100))
        if "distinct" in rule:
            different = pl.col(rule["distinct"]).drop_nulls().n_unique()
            return people.agg(found=different).filter(_is(pl.col("found"), rule["is"]))
        denied = "at_most" in rule or "exactly" in rule
        least = rule.get("at_most", 0) + 1 if denied else rule.get("at_least", 1)
        return people.len().filter(pl.col("len") >= least)

    def _chosen(self, rule: Rule) -> pl.LazyFrame:
        rows = pl.scan_parquet(self.store / f"{rule.get('did') or rule['of']}.parquet")
        since = _NOW - timedelta(days=int(rule["within"]["last"].split()[0]))
        rows = rows.filter(pl.col("occurred_at") > since, pl.col("occurred_at") <= _NOW)
        for name, asked in rule.get("where", {}).items():
            if isinstance(asked, dict):
                rows = rows.filter(_is(pl.col(name), asked, 100))
            else:
                rows = rows.filter(pl.col(name).is_in(asked if isinstance(asked, list) else [asked]))
        return rows


def _trait(rule: Rule) -> pl.Expr:
    value, asked = pl.col(rule["trait"]), rule["is"]
    if isinstance(asked, list):
        return value.is_in(asked).fill_null(False)
    ((comparison, operand),) = asked.items()
    if comparison == "exists":
        return value.is_not_null() if operand else value.is_null()
    if comparison == "is_true":
        return (value == operand).fill_null(False)
    return _is(value, asked).fill_null(False)


def _is(value: pl.Expr, asked: Rule, times: int = 1) -> pl.Expr:
    """A comparison; `times`: of money, kept in cents."""
    ((comparison, operand),) = asked.items()
    return _COMPARED[comparison](value, round(operand * times) if times > 1 else operand)
