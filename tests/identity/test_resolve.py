"""Identity is decided by evidence alone: not by its order, not by how often it is looked at, and it can be taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.tables.sealed import sealed

from headwater.core.project import open_project
from headwater.identity.declare import Rules
from headwater.identity.identifier import identifier_kinds
from headwater.identity.resolve import Resolved, resolve
from headwater.tables import links, nodes
from headwater.tables.workspace import Workspace, work

Pair = tuple[int, int]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[int], list[Pair]]:
    """Ascending node numbers with gaps, and links among them: repeated ones, both ways round, and to themselves."""
    numbers = sorted(draw(st.sets(st.integers(0, 2**40), min_size=1, max_size=25)))
    pairs = st.tuples(st.sampled_from(numbers), st.sampled_from(numbers))
    return numbers, draw(st.lists(pairs, max_size=40))


def union_find(numbers: Sequence[int], pairs: Sequence[Pair]) -> dict[int, int]:
    """The same, written so plainly that it must be right."""
    parent = {number: number for number in numbers}

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for one, other in pairs:
        smaller, larger = sorted((root(one), root(other)))
        parent[larger] = smaller
    return {number: root(number) for number in numbers}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    with work(open_project(tmp_path)) as opened:
        yield opened


def state(workspace: Workspace, numbers: Sequence[int], evidence: dict[Pair, bool]) -> dict[int, int]:
    """The identity map of these nodes, with evidence that is revoked or not, through the tables at rest."""
    engine = workspace.engine
    known = [
        {"node_id": number, "identifier": "user_id", "value": str(number), "first_source": "crm"}
        for number in numbers
    ]
    seen = [
        {
            "node_id": min(pair),
            "other_node_id": max(pair),
            "rule": "seen_together",
            "source": "crm",
            "is_revoked": revoked,
        }
        for pair, revoked in evidence.items()
    ]
    for table, rows in ((nodes.TABLE, known), (links.TABLE, seen)):
        engine.register(f"new_{table.name}", pa.Table.from_pylist(rows, schema=table.schema))
    with workspace.publish() as out:
        for table in (nodes.TABLE, links.TABLE):
            out.replace(table, sealed(table, f"new_{table.name}"))
    resolve(workspace, ("identities", "test"), Rules({}), identifier_kinds())
    return identity_map(workspace)


def identity_map(workspace: Workspace) -> dict[int, int]:
    found = workspace.engine.table(
        "SELECT node_id, profile_id FROM identity_map ORDER BY node_id"
    ).to_pylist()
    return {row["node_id"]: row["profile_id"] for row in found}


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs(), pick=st.integers(0, 1000))
def test_taking_a_link_back_gives_exactly_what_was_there_before_it(
    workspace: Workspace, graph: tuple[list[int], list[Pair]], pick: int
) -> None:
    numbers, pairs = graph
    evidence = {(min(pair), max(pair)): False for pair in pairs if pair[0] != pair[1]}
    one, other = numbers[pick % len(numbers)], numbers[(pick // 7) % len(numbers)]
    evidence.pop((min(one, other), max(one, other)), None)
    before = state(workspace, numbers, evidence)
    linked = (min(one, other), max(one, other))
    assert state(workspace, numbers, {**evidence, linked: False}) == union_find(numbers, [*evidence, linked])
    assert state(workspace, numbers, {**evidence, linked: True}) == before


def test_resolving_again_changes_nothing(workspace: Workspace) -> None:
    before = state(workspace, [0, 1, 2, 5], {(1, 5): False, (0, 2): True})
    assert before == {0: 0, 1: 1, 2: 2, 5: 1}
    assert resolve(workspace, ("identities", "again"), Rules({}), identifier_kinds()) == Resolved(4, 1, 3)
    assert identity_map(workspace) == before


def test_what_was_resolved_is_marked_with_the_inputs(workspace: Workspace) -> None:
    state(workspace, [0], {})
    assert workspace.is_done("identities", "test")
    assert not workspace.is_done("identities", "other inputs")
