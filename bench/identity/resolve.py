"""How long it takes to work out who is who from the tables, beside the bare graph algorithm on arrays in memory.

python -m bench.identity.resolve --nodes 3000000 --links 2000000 --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bench import page
from headwater.core.project import open_project
from headwater.identity.declare import KindRules, Rules
from headwater.identity.identifier import identifier_kinds
from headwater.identity.resolve import resolve
from headwater.tables import links, nodes
from headwater.tables.workspace import Workspace, work

KINDS = np.array(["user_id", "email", "anonymous_id"])
AIM = 4.0
RULES = Rules(
    {"user_id": KindRules(most_per_profile=3), "email": KindRules(most_per_profile=10, most_linked=50)}
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast it is worked out who is who.")
    parser.add_argument("--nodes", type=int, default=3_000_000)
    parser.add_argument("--links", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured(given.nodes, given.links, given.rounds)
    print(text)
    if given.write:
        page.write("identity resolve", text)


def measured(n_nodes: int, n_links: int, rounds: int) -> str:
    """The table of it."""
    left, right = _pairs(n_nodes, n_links)
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        root = Path(folder)
        (root / "headwater.yaml").write_text("project: bench\n", encoding="utf-8")
        with work(open_project(root)) as workspace:
            _write(workspace, n_nodes, left, right)
            asked: dict[str, Callable[[], object]] = {
                "evidence alone": lambda: resolve(
                    workspace, ("identities", "x"), Rules({}), identifier_kinds()
                ),
                "with limits": lambda: resolve(workspace, ("identities", "x"), RULES, identifier_kinds()),
            }
            bare: list[float] = []
            found: dict[str, list[float]] = {name: [] for name in asked}
            for _ in range(rounds):
                bare.append(_seconds(lambda: _components(n_nodes, left, right)))
                for name, ask in asked.items():
                    found[name].append(_seconds(ask))
    base = statistics.median(bare)
    rows = [("connected components, arrays in memory", f"{base:.2f} s", "", "")]
    for name, seconds in found.items():
        ratio = statistics.median(own / other for own, other in zip(seconds, bare, strict=True))
        reached = f"{AIM:.0f} times: {'reached' if ratio <= AIM else 'not reached'}"
        rows.append(
            (
                f"from tables to tables, {name}",
                f"{statistics.median(seconds):.2f} s",
                f"{ratio:.1f} times",
                reached,
            )
        )
    return page.table(("", "seconds", "ratio", "aim"), rows)


def _pairs(n_nodes: int, n_links: int) -> tuple[np.ndarray, np.ndarray]:
    """Links within people of three identifiers each; and one in a hundred from somebody to a device of somebody else."""
    rng = np.random.default_rng(7)
    left = rng.integers(0, n_nodes // 3, n_links) * 3
    right = left + rng.integers(1, 3, n_links)
    others = rng.random(n_links) < 0.01
    right[others] = rng.integers(0, n_nodes // 3, int(others.sum())) * 3 + 2
    return np.minimum(left, right), np.maximum(left, right)


def _write(workspace: Workspace, n_nodes: int, left: np.ndarray, right: np.ndarray) -> None:
    numbers = np.arange(n_nodes)
    kinds = KINDS[numbers % 3]
    known = pa.table(
        {
            "node_id": numbers,
            "identifier": kinds,
            "value": np.char.add("v", numbers.astype(str)),
            "first_source": pa.repeat("crm", n_nodes),
            "loaded_at": pa.repeat(pa.scalar(0, pa.timestamp("us")), n_nodes),
        }
    )
    pairs = np.unique(np.stack([left, right], axis=1), axis=0)
    at = pa.array(np.random.default_rng(8).integers(0, 10**15, len(pairs)), pa.timestamp("us"))
    seen = pa.table(
        {
            "node_id": pairs[:, 0],
            "other_node_id": pairs[:, 1],
            "rule": pa.repeat("seen_together", len(pairs)),
            "source": pa.repeat("crm", len(pairs)),
            "first_seen_at": at,
            "confidence": pa.repeat(1.0, len(pairs)),
            "is_revoked": pa.repeat(pa.scalar(False), len(pairs)),
        }
    )
    for table, rows in ((nodes.TABLE, known), (links.TABLE, seen)):
        with workspace.publish() as out:
            out.append_rows(table, rows.cast(table.schema))


def _components(n: int, left: np.ndarray, right: np.ndarray) -> object:
    ones = np.ones(len(left), dtype=np.int8)
    return connected_components(coo_array((ones, (left, right)), shape=(n, n)), directed=False)


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
