"""A model can be looked at: its weights, and what each threshold is estimated to give."""

from __future__ import annotations

import json

import pytest

from headwater.identity.matching.chart import thresholds_table, weights_html, weights_json, weights_table
from headwater.identity.matching.link import Found, link

from .conftest import crowd, model, table


@pytest.fixture(scope="module")
def found() -> Found:
    return link(table(crowd(100)), model())


def test_the_chart_of_weights_is_a_whole_page(found: Found) -> None:
    page = weights_html(found.trained)
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "https://cdn" not in page.split("<script", 1)[0]
    assert "day and month swapped" in page


def test_the_chart_names_every_comparison(found: Found) -> None:
    named = {row["comparison_name"] for row in json.loads(weights_json(found.trained))["data"]["values"]}
    assert {"first_name", "birth_date", "place", "email"} <= named


def test_equal_values_speak_for_one_person_and_other_values_against(found: Found) -> None:
    weights = {
        (row["comparison"], row["level"]): row["weight"] for row in weights_table(found.trained).to_pylist()
    }
    assert weights["birth_date", "same"] > 5
    assert weights["birth_date", "other"] < -2


def test_recall_falls_and_precision_rises_with_the_threshold(found: Found) -> None:
    told = thresholds_table(found)
    assert told.column("threshold").to_pylist() == sorted(told.column("threshold").to_pylist())
    assert told.column("precision").to_pylist() == sorted(told.column("precision").to_pylist())
    assert told.column("recall").to_pylist() == sorted(told.column("recall").to_pylist(), reverse=True)
    assert found.threshold in told.column("threshold").to_pylist()
