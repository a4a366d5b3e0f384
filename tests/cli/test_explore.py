"""Exploring by command: tables, files, and what a role may see."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater


def test_a_trend_is_said_with_its_question_and_written_as_rows(
    shop: Path, headwater: Headwater, tmp_path: Path
) -> None:
    given = ("purchase", "--by", "month", "--split", "category", "--top", "2", "--last", "60 days")
    more = ("--where", "{revenue: {at_least: 3}}", "--csv", tmp_path / "out.csv", "--json", "-p", shop)
    said = headwater("explore", "trend", *given, *more).json
    assert said["definition"] == {
        "did": "purchase", "where": {"revenue": {"at_least": 3}}, "within": {"last": "60 days"},
        "by": "month", "count": "events", "split": "category", "top": 2,
    }  # fmt: skip
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    of_first = [int(row["count"]) for row in rows if row["value"] == said["series"][0]["value"]]
    assert of_first == said["series"][0]["counts"]
    assert len(rows) == len(said["periods"]) * len(said["series"])


def test_a_whole_question_may_stand_in_a_file(shop: Path, headwater: Headwater, tmp_path: Path) -> None:
    (tmp_path / "q.yaml").write_text("funnel: [{did: purchase}, {did: purchase}]\nlasting: 9 days\n")
    said = headwater(
        "explore", "funnel", tmp_path / "q.yaml", "--audience", "coffee_lovers", "-p", shop, "--json"
    ).json
    size = headwater("audiences", "size", "coffee_lovers", "-p", shop, "--json").json["size"]
    assert said["definition"]["lasting"] == "9 days"
    assert said["ways"][0]["steps"][0]["n"] == size


def test_a_role_sees_no_small_counts(shop: Path, headwater: Headwater) -> None:
    told = headwater(
        "explore", "trend", "purchase", "--by", "day", "--as", "analyst", "-p", shop, "--json"
    ).json
    assert {"below_floor": True} in told["series"][0]["counts"]
    words = headwater("explore", "trend", "purchase", "--by", "day", "--as", "analyst", "-p", shop).out
    assert "too few" in words


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("trend", "purchaze"), "there is no event 'purchaze'"),
        (("trend", "none.yaml"), "there is no file none.yaml"),
        (("trend", "purchase", "--where", "{a: ["), "is not valid YAML"),
        (("trend", "purchase", "--audience", "cofee_lovers"), "did you mean 'coffee_lovers'"),
        (("trend", "purchase", "--csv", "/proc/none/x.csv"), "cannot be written"),
        (("funnel", "purchase"), "must be a list of 2 to 10 steps"),
        (("traits", "cofee_lovers"), "did you mean 'coffee_lovers'"),
    ],
)
def test_mistakes_are_told(shop: Path, headwater: Headwater, given: tuple[str, ...], says: str) -> None:
    found = headwater("explore", *given, "-p", shop)
    assert found.exit_code == 2
    assert says in found.err
    assert "next:" in found.err or "no file" in found.err or "did you mean" in found.err
