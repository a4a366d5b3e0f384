"""A project to measure the live system with: the invented shop of `bench.audiences`, up to now, with a collector.

python -m bench.live.project FOLDER --profiles 1000000
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from ruamel.yaml import YAML

from bench.audiences import happened, people as people_of, shape
from bench.audiences.generate import append
from bench.audiences.rules import audiences
from headwater.core.project import open_project
from headwater.tables import attributes, events, identity_map, nodes, traits
from headwater.tables.workspace import work

KEY = "bench"
N_AUDIENCES = 100
EVENTS_EACH = 5  # of a profile, on average, before the measurement begins
DAYS = 90
_PLACEMENTS = """description: What is asked for while events come in
purpose: personalisation
rules:
  - when: {in_audience: %s}
    variants: [{name: a, content: {text: A}}, {name: b, content: {text: B}}]
  - variants: [{name: c, content: {text: C}}]
fallback: {text: Hello}
"""


def make_project(folder: Path, n_profiles: int, n_audiences: int = N_AUDIENCES) -> None:
    """Write a whole project into a folder that is new or empty."""
    now = datetime.now(UTC)
    for module in (shape, happened, people_of):
        module.NOW = now  # type: ignore[attr-defined]
    folder.mkdir(parents=True, exist_ok=True)
    rules = audiences(1, n_audiences)
    _write_files(folder, rules)
    people = people_of.People(n_profiles, 1)
    with work(open_project(folder)) as workspace, workspace.publish() as out:
        for rows in happened.first_load(people, n_profiles * EVENTS_EACH, DAYS, 4):
            append(events.TABLE, rows, workspace, out)
        known = people.nodes()
        user_ids = pa.repeat("user_id", known.num_rows)
        append(nodes.TABLE, known.set_column(1, "identifier", user_ids), workspace, out)
        append(identity_map.TABLE, people.identity_map(), workspace, out)
        for name in shape.TRAITS:
            append(attributes.TABLE, _stated(name, people), workspace, out)
            append(traits.TABLE, people.trait(name), workspace, out)  # rules are read before the first run
    (folder / "READY").touch()


def _write_files(folder: Path, rules: dict[str, dict[str, object]]) -> None:
    (folder / "headwater.yaml").write_text(
        "project: bench\nlake: {buckets: 4}\npurposes:\n"
        "  personalisation: {description: Show what fits., lawful_basis: legitimate_interest}\n",
        encoding="utf-8",
    )
    for kind in ("audiences", "collectors", "placements"):
        (folder / kind).mkdir(exist_ok=True)
    for name, rule in rules.items():
        with (folder / "audiences" / f"{name}.yaml").open("w", encoding="utf-8") as file:
            YAML().dump({"rule": rule}, file)
    (folder / "collectors" / "web.yaml").write_text(f"keys: [{KEY}]\nprivate: true\n", encoding="utf-8")
    placement = _PLACEMENTS % next(iter(rules))
    (folder / "placements" / "hero.yaml").write_text(placement, encoding="utf-8")


def _stated(name: str, people: people_of.People) -> pa.Table:
    """What a trait of the shop is, as an attribute that a source states."""
    rows = people.trait(name)
    at = np.datetime64(shape.NOW.replace(tzinfo=None), "us")
    return rows.rename_columns(
        [
            {"profile_id": "node_id", "trait": "attribute", "origin": "source"}.get(c, c)
            for c in rows.column_names
        ]
    ).append_column("stated_at", pa.repeat(pa.scalar(at, pa.timestamp("us")), rows.num_rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a project to measure the live system with.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    given = parser.parse_args()
    make_project(given.folder, given.profiles)


if __name__ == "__main__":
    main()
