"""How long it takes to work out who is who from the tables, beside the bare graph algorithm on arrays in memory.

    python -m bench.identity.resolve --write

The lake is generated: members with an address each, as a CRM gives them, and browsers, most of them tied to one member by events,
one in a thousand to two. Timed is `resolve`: from the tables of the lake to tables of the lake, by the default rules; first
when there is no map yet, then when links and identifiers came since. Each round works on a fresh copy of the lake.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
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

Integers = npt.NDArray[np.int64]
AIM = 4.0
EVIDENCE_ALONE = Rules({})
LIMITS = Rules(
    {"user_id": KindRules(most_per_profile=3), "email": KindRules(most_per_profile=10, most_linked=50)}
)
ADDED = (1_000, 10_000, 100_000)
FEWER = 10  # times fewer identifiers, in the lake that says how much hangs on what there is already
SHARED = 0.001


@dataclass(frozen=True)
class World:
    """Who there is: addresses come first, then members, then browsers.

    Attributes:
        n_members: with an address each.
        n_nodes: identifiers in all.
        left, right: links, the smaller node first, ascending, shape (m,).
    """

    n_members: int
    n_nodes: int
    left: Integers
    right: Integers


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast it is worked out who is who.")
    parser.add_argument("--nodes", type=int, default=3_000_000)
    parser.add_argument("--links", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured(given.nodes, given.links, given.rounds)
    print(text)
    if given.write:
        page.write("identity resolve", text)


def measured(n_nodes: int, n_links: int, rounds: int) -> str:
    """The table of it."""
    world, small = make_world(n_nodes, n_links), make_world(n_nodes // FEWER, n_links // FEWER)
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        lakes = {name: Path(folder) / name for name in ("new", "resolved", "small")}
        _make_lake(lakes["new"], world)
        for name, given in (("resolved", world), ("small", small)):
            _make_lake(lakes[name], given)
            with work(open_project(lakes[name])) as workspace:
                _resolve(workspace, EVIDENCE_ALONE)
        asked: Mapping[str, Callable[[], float]] = {
            "bare": lambda: _bare(world),
            "evidence alone": lambda: _timed(lakes["new"], EVIDENCE_ALONE),
            "with limits": lambda: _timed(lakes["new"], LIMITS),
            **{
                f"{n:,} links more": partial(_timed, lakes["resolved"], EVIDENCE_ALONE, world, n)
                for n in ADDED
            },
            "small": lambda: _timed(lakes["small"], EVIDENCE_ALONE, small, ADDED[-1]),
        }
        found: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, ask in asked.items():
                found[name].append(ask())
    return f"{page.machine('scipy', 'duckdb', 'pyarrow')}\n\n{_table(world, small, found)}"


def _table(world: World, small: World, found: Mapping[str, Sequence[float]]) -> str:
    bare, first = found["bare"], found["evidence alone"]
    rows = [(f"connected components of {_size(world)}, arrays in memory", _spread(bare), "", "")]
    for name in ("evidence alone", "with limits"):
        ratio = _ratio(found[name], bare)
        aim = f"{AIM:.0f} times: {'reached' if ratio <= AIM else 'not reached'}"
        told = f"from tables to tables, {name}"
        rows.append(
            (told, _spread(found[name]), f"{ratio:.1f} times", aim if name == "evidence alone" else "")
        )
    for n in ADDED:
        seconds = found[f"{n:,} links more"]
        rows.append(
            (f"{n:,} links more", _spread(seconds), f"{_ratio(seconds, first):.2f} of the first time", "")
        )
    rows.append((f"{ADDED[-1]:,} links more where there are {_size(small)}", _spread(found["small"]), "", ""))
    return page.table(("what", "median (range)", "ratio", "aim"), rows)


def _size(world: World) -> str:
    return f"{world.n_nodes:,} nodes and {len(world.left):,} links"


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


def _ratio(seconds: Sequence[float], others: Sequence[float]) -> float:
    return statistics.median(own / other for own, other in zip(seconds, others, strict=True))


def make_world(n_nodes: int, n_links: int) -> World:
    """So many identifiers and links: every address is tied to its member, the other links are of browsers."""
    rng = np.random.default_rng(7)
    n_members = n_nodes * 4 // 15
    n_seen = min(n_links - n_members, n_nodes - 2 * n_members)
    browsers = 2 * n_members + rng.permutation(n_nodes - 2 * n_members)[:n_seen]
    n_shared = int(n_seen * SHARED)
    browsers[:n_shared] = browsers[n_shared : 2 * n_shared]
    addresses = np.arange(n_members)
    left = np.concatenate([addresses, n_members + rng.integers(0, n_members, n_seen)])
    right = np.concatenate([addresses + n_members, browsers])
    return World(n_members, n_nodes, left, right)


def _make_lake(root: Path, world: World) -> None:
    """A project whose tables hold what two sources told, each in its own load."""
    root.mkdir()
    (root / "headwater.yaml").write_text("project: bench\n", encoding="utf-8")
    n = world.n_members
    with work(open_project(root)) as workspace:
        _load(workspace, "crm", ["email"] * n + ["user_id"] * n, 0, world.left[:n], world.right[:n])
        browsers = ["anonymous_id"] * (world.n_nodes - 2 * n)
        _load(workspace, "web", browsers, 2 * n, world.left[n:], world.right[n:])


def _load(
    workspace: Workspace, source: str, kinds: Sequence[str], first: int, left: Integers, right: Integers
) -> None:
    numbers = np.arange(first, first + len(kinds))
    moment = pa.scalar(0, pa.timestamp("us"))
    values = pa.array(np.char.add("value-", numbers.astype(str)))
    known = {
        "node_id": numbers,
        "identifier": kinds,
        "value": workspace.seals.seal(values, *nodes.TABLE.sealed),
        "value_index": workspace.seals.blind_index(values, "any"),
        "first_source": pa.repeat(source, len(kinds)),
        "loaded_at": pa.repeat(moment, len(kinds)),
    }
    order = np.lexsort((right, left))
    seen = {
        "node_id": left[order],
        "other_node_id": right[order],
        "rule": pa.repeat("seen_together", len(left)),
        "source": pa.repeat(source, len(left)),
        "first_seen_at": pa.array(
            np.random.default_rng(8).integers(0, 10**15, len(left)), pa.timestamp("us")
        ),
        "confidence": pa.repeat(1.0, len(left)),
        "is_revoked": pa.repeat(pa.scalar(False), len(left)),
    }
    with workspace.publish() as out:
        for table, columns in ((nodes.TABLE, known), (links.TABLE, seen)):
            rows = pa.table({name: pa.array(column) for name, column in columns.items()})
            if rows.num_rows:
                out.append_rows(table, rows.cast(table.schema))


def _bare(world: World) -> float:
    began = time.perf_counter()
    ones = np.ones(len(world.left), dtype=np.int8)
    graph = coo_array((ones, (world.left, world.right)), shape=(world.n_nodes, world.n_nodes))
    connected_components(graph, directed=False)
    return time.perf_counter() - began


def _timed(lake: Path, rules: Rules, world: World | None = None, n_added: int = 0) -> float:
    """Seconds to resolve a copy of a lake; `n_added`: links that come before, most of them of new browsers."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", dir=lake.parent) as folder:
        root = Path(folder) / "project"
        shutil.copytree(lake, root, copy_function=os.link)
        with work(open_project(root)) as workspace:
            if world:
                _add(workspace, world, n_added)
            began = time.perf_counter()
            _resolve(workspace, rules)
            return time.perf_counter() - began


def _add(workspace: Workspace, world: World, n: int) -> None:
    """Browsers that are new, others that become known, and a few that a second member uses."""
    rng = np.random.default_rng(9)
    browsers = np.arange(2 * world.n_members, world.n_nodes)
    unknown, n_shared = np.setdiff1d(browsers, world.right), int(n * SHARED)
    n_known = min(n * 4 // 10, len(unknown) // 2)
    n_new = n - n_known - n_shared
    right = np.concatenate(
        [
            world.n_nodes + np.arange(n_new),
            rng.choice(unknown, n_known, replace=False),
            rng.choice(np.setdiff1d(browsers, unknown), n_shared, replace=False),
        ]
    )
    left = world.n_members + rng.integers(0, world.n_members, n)
    _load(workspace, "app", ["anonymous_id"] * n_new, world.n_nodes, left, right)


def _resolve(workspace: Workspace, rules: Rules) -> None:
    resolve(workspace, ("identities", "x"), rules, identifier_kinds())


if __name__ == "__main__":
    main()
