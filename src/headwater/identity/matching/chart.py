"""A trained model and its promises, to look at: weights as a chart, precision and recall by threshold as a table."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pyarrow as pa
from splink.internals.charts import MatchWeightsChart
from splink.internals.settings_creator import SettingsCreator

from headwater.identity.matching.link import Found
from headwater.identity.matching.threshold import estimates
from headwater.identity.matching.train import Trained


def weights_html(trained: Trained) -> str:
    """A page that needs nothing else, with a bar for how much each level of each comparison speaks for or against."""
    return str(_chart(trained).to_html(inline=True))


def weights_json(trained: Trained) -> str:
    """The same chart as Vega-Lite."""
    return json.dumps(_chart(trained).chart_dict)


def weights_table(trained: Trained) -> pa.Table:
    """`comparison`, `level`, `m`, `u` and `weight` (log2 of m by u) of every level."""
    rows = [
        {
            "comparison": comparison["output_column_name"],
            "level": level["label_for_charts"],
            "m": level["m_probability"],
            "u": level["u_probability"],
            "weight": float(np.log2(level["m_probability"] / level["u_probability"])),
        }
        for comparison in trained.settings["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]
    return pa.Table.from_pylist(rows)


def thresholds_table(found: Found) -> pa.Table:
    """`threshold`, `n_pairs`, `precision`, `recall`: what each threshold is estimated to give, the chosen one too."""
    probabilities = found.pairs.column("probability").to_numpy()
    told = {each.threshold: each for each in estimates(probabilities)}
    told |= {each.threshold: each for each in estimates(probabilities, (found.threshold,))}
    return pa.Table.from_pylist([vars(told[threshold]) for threshold in sorted(told)])


def _chart(trained: Trained) -> MatchWeightsChart:
    settings = SettingsCreator.from_path_or_dict(dict(cast("dict[str, Any]", trained.settings)))
    chart: MatchWeightsChart = settings.get_settings("duckdb").match_weights_chart()  # type: ignore[no-untyped-call]
    return chart
