"""Splink with the settings that its documentation gives for FEBRL 4 (linking) and FEBRL 3 (clearing of duplicates).

The choices are those of the examples "febrl4" (the detailed model) and "febrl3" in Splink's documentation: comparisons,
blocking, deterministic rules and their recall, sample sizes, training, and the threshold: clusters from a probability of
0.99 for FEBRL 4, pairs from 0.2 for FEBRL 3. Each pair is judged by itself.
"""

from __future__ import annotations

import logging

import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

_NAMES_SWAPPED = "l.given_name = r.surname and l.surname = r.given_name"
_LEAST = {"link_only": 0.99, "dedupe_only": 0.2}


def find(records: pa.Table) -> set[tuple[str, str]]:
    """The pairs found in one table, or across two."""
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    api = DuckDBAPI()
    sources = sorted(set(records.column("source").to_pylist()))
    plain = records.drop_columns(["source"])
    if len(sources) == 1:
        linker = _within_one(Linker(api.register(plain), _one(), log_level=None))
        kind = "dedupe_only"
    else:
        of = records.column("source").to_pylist()
        tables = [
            plain.take(pa.array([n for n, each in enumerate(of) if each == source])) for source in sources
        ]
        linker = _across(Linker([api.register(each) for each in tables], _two(), log_level=None))
        kind = "link_only"
    found = linker.inference.predict(threshold_match_probability=_LEAST[kind]).as_record_list()
    return {
        (min(each["rec_id_l"], each["rec_id_r"]), max(each["rec_id_l"], each["rec_id_r"])) for each in found
    }


def _two() -> SettingsCreator:
    return SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="link_only",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            {"blocking_rule": _NAMES_SWAPPED},
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
    )


def _across(linker: Linker) -> Linker:
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.8
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for column in ("date_of_birth", "postcode"):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(column), estimate_without_term_frequencies=True
        )
    return linker


def _one() -> SettingsCreator:
    return SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on(column)
            for column in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )


def _within_one(linker: Linker) -> Linker:
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [
            block_on("soc_sec_id"),
            block_on("given_name", "surname", "date_of_birth"),
            f"{_NAMES_SWAPPED} and l.date_of_birth = r.date_of_birth",
        ],
        recall=0.9,
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    for column in ("date_of_birth", "postcode"):
        training.estimate_parameters_using_expectation_maximisation(block_on(column))
    return linker
