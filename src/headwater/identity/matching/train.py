"""Learn a model's weights from the records themselves, without labels.

How often records of *different* people agree (`u`) is counted in a sample of all pairs. How often records of *one* person
agree (`m`) is estimated by expectation maximisation, once for each of several rules that bring together pairs of which a
fair share is of one person, and averaged. The share of pairs that are of one person is first counted by rules that hardly
ever err, and then made to agree with what the model itself finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from splink import Linker
from splink.internals.exceptions import EMTrainingException

from headwater.identity.matching.block import MOST_PAIRS, Rule, rules, sure_rules, training_rules
from headwater.identity.matching.clean import SOURCE
from headwater.identity.matching.compare import Comparison, comparisons
from headwater.identity.matching.model import MatchModel
from headwater.identity.matching.session import TABLE, Session, settings

Place = tuple[str, str]  # a comparison and one of its levels

LEAST_PAIRS = 50  # fewer pairs of a rule teach nothing
SAMPLED_PAIRS = 1e6
TRAINED_PAIRS = 2e6
SURE_RECALL = 0.8  # of the rules that hardly ever err: where the estimate of the share starts
_ROUNDS = (25, 6, 2)
LEAST_OTHERS = 0.1  # of the pairs that agree in a sample of all, at least so many are of different people
LEAST_M = 1e-3  # so that no single disagreement is held to be impossible


@dataclass(frozen=True)
class Trained:
    """A model with its weights.

    `settings`: as Splink reads and writes them. `n_pairs`: how many pairs could be compared. `notes`: what could not be
    learned, or was left out, in sentences.
    """

    model: MatchModel
    settings: Mapping[str, Any]
    n_pairs: float
    notes: tuple[str, ...]


def train(opened: Session, model: MatchModel, columns: Sequence[str]) -> Trained:
    """The model with weights learned from the session's records, which have these cleaned columns."""
    sources = sources_of(opened, model)
    compared = comparisons(model.level, columns)
    blocked, notes = _affordable(opened, rules(model.level, columns))
    linker = opened.linker(settings(compared, blocked, has_sources=bool(sources)), sources)
    n_pairs = _n_pairs(opened, sources)
    learned, known, lacking = _learn(opened, linker, model, columns, compared)
    share = _share(opened, model, columns, sources, n_pairs)
    _settle(learned, known, n_pairs, share)
    learned["probability_two_random_records_match"] = share
    return Trained(model, learned, n_pairs, (*notes, *lacking))


def sources_of(opened: Session, model: MatchModel) -> list[str]:
    """The sources to be kept apart, sorted; none where records of one source may be of one person too."""
    if not model.once_per_source:
        return []
    found = opened.table(f"SELECT DISTINCT {SOURCE} AS s FROM {TABLE} WHERE {SOURCE} IS NOT NULL ORDER BY s")
    return [str(each) for each in found.column("s").to_pylist()]


def _affordable(opened: Session, found: Sequence[Rule]) -> tuple[list[Rule], list[str]]:
    """The rules that bring together no more pairs than can be compared, and which do not."""
    sizes = {rule: opened.n_pairs(rule) for rule in found}
    notes = [
        f"records are not compared by {_words(rule)}: that would be {size:,.0f} pairs"
        for rule, size in sizes.items()
        if size > MOST_PAIRS
    ]
    return [rule for rule, size in sizes.items() if size <= MOST_PAIRS], notes


def _words(rule: Rule) -> str:
    return " and ".join(need.replace("_", " ") for need in rule.needs)


def _learn(
    opened: Session, linker: Linker, model: MatchModel, columns: Sequence[str], compared: Sequence[Comparison]
) -> tuple[dict[str, Any], set[Place], list[str]]:
    """The settings with u and m where the records allow it, the levels whose m is not to be doubted, and what lacks."""
    if opened.number(f"SELECT count(*) FROM {TABLE}") > 1:
        linker.training.estimate_u_using_random_sampling(
            max_pairs=SAMPLED_PAIRS, seed=model.seed, min_count_per_level=None, num_chunks=1
        )
    counted = linker.misc.save_model_to_json()
    if model.level == "household":  # two comparisons cannot tell their weights from the share of households
        return counted, {(each.name, level.label) for each in compared for level in each.levels}, []
    found: dict[Place, list[float]] = {}
    for rule in training_rules(columns):
        free = {each.name for each in compared if not _uses(each, rule)}
        if len(free) > 1 and opened.n_pairs(rule) >= LEAST_PAIRS:
            for place, m in _learned_by(opened, counted, rule, sources_of(opened, model)).items():
                if place[0] in free:
                    found.setdefault(place, []).append(m)
    for comparison in counted["comparisons"]:
        for level in comparison["comparison_levels"]:
            by_rules = found.get((comparison["output_column_name"], level["label_for_charts"]))
            if by_rules:
                level["m_probability"] = sum(by_rules) / len(by_rules)
    lacking = sorted({each.name for each in compared} - {name for name, _ in found})
    notes = [
        f"too few records to learn how {name.replace('_', ' ')} agrees: usual values stand"
        for name in lacking
    ]
    return counted, set(found), notes


def _learned_by(
    opened: Session, counted: Mapping[str, Any], rule: Rule, sources: Sequence[str]
) -> dict[Place, float]:
    """M of every level that occurs among the pairs that a rule brings together.

    Of a level that occurs with no pair of one person, m falls faster than numbers can follow: then fewer rounds must do.
    """
    for rounds in _ROUNDS:
        linker = opened.linker({**counted, "max_iterations": rounds}, sources)
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule.to_sql(), estimate_without_term_frequencies=True, max_pairs=TRAINED_PAIRS
            )
        except EMTrainingException:
            return {}
        except ValueError:
            continue
        return {
            (comparison["output_column_name"], level["label_for_charts"]): level["m_probability"]
            for comparison in linker.misc.save_model_to_json()["comparisons"]
            for level in comparison["comparison_levels"]
            if isinstance(level.get("m_probability"), float)
        }
    return {}


def _uses(found: Comparison, rule: Rule) -> bool:
    """Whether a comparison looks at a column that the rule holds equal."""
    text = " ".join([found.is_unknown, *(level.sql for level in found.levels)])
    return any(f"{column}_l" in text or f"{column}_r" in text for column in rule.needs)


def _n_pairs(opened: Session, sources: Sequence[str]) -> float:
    """How many pairs of records there are, across sources only where they are kept apart."""
    everybody = opened.number(f"SELECT count(*) FROM {TABLE}")
    if not sources:
        return everybody * (everybody - 1) / 2
    same = opened.number(f"SELECT sum(n * n) FROM (SELECT count(*) AS n FROM {TABLE} GROUP BY {SOURCE})")
    return (everybody * everybody - same) / 2


def _share(
    opened: Session, model: MatchModel, columns: Sequence[str], sources: Sequence[str], n_pairs: float
) -> float:
    """The share of pairs that are of one person, by the rules that hardly ever err."""
    apart = f" AND l.{SOURCE} <> r.{SOURCE}" if sources else ""
    pairs = " UNION ".join(
        f"SELECT l.unique_id AS a, r.unique_id AS b FROM {TABLE} l JOIN {TABLE} r "
        f"ON {rule.to_sql()} WHERE l.unique_id < r.unique_id{apart}"
        for rule in sure_rules(model.level, columns)
        if opened.n_pairs(rule) <= MOST_PAIRS
    )
    found = opened.number(f"SELECT count(*) FROM ({pairs})") if pairs else 0.0
    return min(0.5, max(found, 1.0) / SURE_RECALL / max(n_pairs, 2.0))


def _settle(learned: dict[str, Any], known: set[Place], n_pairs: float, share: float) -> None:
    """Something sensible for levels that never occurred.

    A level that occurs among records of one person, but never in the sample of all pairs, is rarer there than the sample
    can show. One that occurs in neither speaks as much as the next lower level does. The sample of all pairs has pairs of
    one person in it, which are taken out of u again: among few records they would be most of those that agree.
    """
    least_u = 0.5 / max(min(n_pairs, SAMPLED_PAIRS), 1.0)
    for comparison in learned["comparisons"]:
        ratio = 1.0
        for level in reversed(
            [each for each in comparison["comparison_levels"] if not each.get("is_null_level")]
        ):
            is_known = (comparison["output_column_name"], level["label_for_charts"]) in known
            is_counted = isinstance(level.get("u_probability"), float)
            m = level["m_probability"] = max(level["m_probability"], LEAST_M)
            if is_counted or is_known:
                u = level["u_probability"] if is_counted else 0.0
                others = (u - share * m) / (1 - share)
                level["u_probability"] = max(others, LEAST_OTHERS * u, least_u)
                ratio = m / level["u_probability"]
            else:
                level["u_probability"] = min(1.0, m / ratio)
