"""Find the pairs of records that are of one person, or of one household.

    found = link(records, model)
    found.links  # pairs from the threshold on: left, right, probability, match_weight, evidence

The same records and the same seed give the same pairs, whatever the order of the rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.engine.query import literal
from headwater.identity.matching.clean import ID, SOURCE, clean
from headwater.identity.matching.model import MatchModel
from headwater.identity.matching.session import GAMMA, WEIGHT, Session, session
from headwater.identity.matching.threshold import chosen_threshold
from headwater.identity.matching.train import Trained, sources_of, train

Numbers = npt.NDArray[np.float64]

LEAST_PROBABILITY = 1e-4  # pairs that are less likely are not worth keeping, nor of weight in any estimate
_ROUNDS = 50
_DECIMALS = 6  # sums of many threads agree to more than this
_EVIDENCE = pa.struct([("comparison", pa.string()), ("level", pa.string()), ("weight", pa.float64())])
_NO_PAIRS = pa.schema(
    [
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("evidence", pa.list_(_EVIDENCE)),
        ("match_weight", pa.float64()),
        ("probability", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Found:
    """What was found.

    `pairs`: every pair that is not out of the question: left, right (ids; left before right by id), probability,
    match_weight (log2 of the odds), evidence (what each comparison adds to the weight, and why); the likeliest first.
    `links`: those of them that count. `threshold`: the probability from which they do.
    """

    trained: Trained
    pairs: pa.Table
    links: pa.Table
    threshold: float


def link(records: pa.Table, model: MatchModel) -> Found:
    """Learn from the records, compare them, and choose.

    Args:
        records: one row a record, with the model's columns.
        model: which column is what.

    Raises:
        NotFoundError: columns that the records do not have, all of them.
        SourceError: an id that is missing or not unique.
    """
    with session() as opened:
        cleaned = clean(records, model, opened.project)
        opened.keep(cleaned)
        columns = [name for name in cleaned.column_names if name not in (ID, SOURCE)]
        trained = train(opened, model, columns)
        scored, trained = _scored(opened, trained)
    ids = records.column(model.id).combine_chunks().sort()
    pairs = _named(scored, ids)
    threshold = model.threshold if model.threshold is not None else chosen_threshold(_probability(pairs))
    links = pairs.filter(pc.greater_equal(pairs.column("probability"), threshold))
    if model.once_per_source:
        links = best_each(links, _source_of(records, model))
    return Found(trained, pairs, links, threshold)


def _source_of(records: pa.Table, model: MatchModel) -> Mapping[object, object]:
    ids, sources = records.column(model.id).to_pylist(), records.column(model.source).to_pylist()
    return dict(zip(ids, sources, strict=True))


def best_each(pairs: pa.Table, source_of: Mapping[object, object]) -> pa.Table:
    """Of pairs, likeliest first, those of which neither record has a likelier one in the other's source."""
    taken = set[tuple[object, object]]()
    kept = []
    for left, right in zip(pairs.column("left").to_pylist(), pairs.column("right").to_pylist(), strict=True):
        ends = {(left, source_of[right]), (right, source_of[left])}
        kept.append(not ends & taken)
        taken |= ends if kept[-1] else set()
    return pairs.filter(pa.array(kept, pa.bool_()))


def _scored(opened: Session, trained: Trained) -> tuple[pa.Table, Trained]:
    """Pairs by the place of their records, with weight and evidence, and the model with the share that they imply."""
    settings: dict[str, Any] = dict(trained.settings)
    if not settings[
        "blocking_rules_to_generate_predictions"
    ]:  # else everything would be compared with everything
        return _NO_PAIRS.empty_table(), trained
    linker = opened.linker(settings, sources_of(opened, trained.model))
    predicted = linker.inference.predict(warning_mode="never").physical_name
    start = float(settings["probability_two_random_records_match"])
    pairs = opened.table(
        f"SELECT least({ID}_l, {ID}_r) AS left, greatest({ID}_l, {ID}_r) AS right, "
        f"round(match_weight - ({_log_odds(start)}), {_DECIMALS}) AS weight, {_evidence(settings)} AS evidence "
        f"FROM {predicted} WHERE match_probability >= {LEAST_PROBABILITY / 100} ORDER BY 1, 2"
    )
    weights = pairs.column("weight").to_numpy()
    share = settled_share(weights, start, trained.n_pairs)
    total = np.round(weights + _log_odds(share), _DECIMALS)
    scored = (
        pairs.drop_columns(["weight"])
        .append_column("match_weight", pa.array(total))
        .append_column("probability", pa.array(_odds_to_probability(total)))
    )
    settings["probability_two_random_records_match"] = share
    return scored, replace(trained, settings=settings)


def settled_share(weights: Numbers, start: float, n_pairs: float) -> float:
    """The share of pairs that are of one person, such that the pairs' probabilities add up to it.

    Args:
        weights: log2 of how much more often the pairs' agreements occur among records of one person, shape (n,).
        start: where to begin.
        n_pairs: how many pairs there are, with those that were not compared.

    >>> settled_share(np.array([60.0, 60.0, -60.0]), 0.5, 200.0)
    0.01
    """
    share = start
    for _ in range(_ROUNDS):
        expected = float(np.sum(_odds_to_probability(weights + _log_odds(share))))
        following = min(0.5, max(expected, 0.5) / max(n_pairs, 1.0))
        if abs(following - share) <= 1e-6 * share:
            break
        share = following
    return round(share, 12)


def _log_odds(share: float) -> float:
    return math.log2(share / (1 - share))


def _odds_to_probability(weights: Numbers) -> Numbers:
    """Probabilities of weights, which are log2 of odds."""
    bounded = np.clip(weights, -1000, 1000)
    return np.asarray(1 / (1 + np.exp2(-bounded)), dtype=np.float64)


def _evidence(settings: Mapping[str, Any]) -> str:
    """SQL for what each comparison adds to the weight of a pair, and why."""
    told = []
    for comparison in settings["comparisons"]:
        column = comparison["output_column_name"]
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        labels = " ".join(
            f"WHEN {len(levels) - 1 - place} THEN {literal(level['label_for_charts']).sql('duckdb')}"
            for place, level in enumerate(levels)
        )
        weights = [f"{WEIGHT}{column}"]
        if any(level.get("tf_adjustment_column") for level in levels):
            weights.append(f"{WEIGHT}tf_adj_{column}")
        told.append(
            f"struct_pack(comparison := {literal(column).sql('duckdb')}, "
            f"level := CASE {GAMMA}{column} {labels} ELSE 'unknown' END, "
            f"weight := round({' + '.join(weights)}, {_DECIMALS}))"
        )
    return f"list_value({', '.join(told)})"


def _named(scored: pa.Table, ids: pa.Array) -> pa.Table:
    """Pairs with the records' own ids, the likeliest first."""
    named = pa.table(
        {
            "left": ids.take(scored.column("left").combine_chunks()),
            "right": ids.take(scored.column("right").combine_chunks()),
            "probability": scored.column("probability"),
            "match_weight": scored.column("match_weight"),
            "evidence": scored.column("evidence"),
        }
    )
    kept = named.filter(pc.greater_equal(named.column("probability"), LEAST_PROBABILITY))
    return kept.sort_by([("match_weight", "descending"), ("left", "ascending"), ("right", "ascending")])


def _probability(pairs: pa.Table) -> Numbers:
    return np.asarray(pairs.column("probability").to_numpy(), dtype=np.float64)
