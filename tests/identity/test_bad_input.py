"""What data and rules can do at their worst: each is answered, in seconds, and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from headwater.core.project import open_project
from headwater.flow.identity_guard import warnings
from headwater.identity.declare import KindRules, Rules
from headwater.identity.graph import Evidence, Limits, Told, resolve_graph
from headwater.identity.identifier import identifier_kinds
from headwater.identity.mapping import read_mapping
from headwater.identity.resolve import Resolved, resolve
from headwater.identity.simulate import Cluster, foresee
from headwater.tables import links, nodes
from headwater.tables.workspace import Workspace, work

KINDS = identifier_kinds()
MANY = 50_000
MILLION = 1_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    with work(open_project(tmp_path)) as opened:
        yield opened


def fill(workspace: Workspace, kinds: Sequence[str], left: np.ndarray, right: np.ndarray) -> None:
    """Identifiers of these kinds, and links between their places."""
    numbers = np.arange(len(kinds))
    known = {"node_id": numbers, "identifier": kinds, "value_index": np.char.add("v", numbers.astype(str))}
    seen = {
        "node_id": left,
        "other_node_id": right,
        "rule": ["seen_together"] * len(left),
        "source": ["crm"] * len(left),
        "is_revoked": np.zeros(len(left), bool),
    }
    with workspace.publish() as out:
        for table, columns in ((nodes.TABLE, known), (links.TABLE, seen)):
            workspace.engine.register(
                "told", pa.table({name: pa.array(each) for name, each in columns.items()})
            )
            absent = "".join(f", NULL AS {name}" for name in table.schema.names if name not in columns)
            out.replace(table, f"SELECT *{absent} FROM told")


def one_address_of_many(workspace: Workspace) -> None:
    """The till's address, which everybody who bought there was seen with."""
    users = np.arange(1, MANY + 1)
    fill(workspace, ["email"] + ["user_id"] * MANY, np.zeros(MANY, np.int64), users)


def resolved(workspace: Workspace, **rules: KindRules) -> Resolved:
    return resolve(workspace, ("identities", "test"), Rules(rules), KINDS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param({}, Resolved(MANY + 1, 1, 0, 0, MANY + 1), id="no rule"),
        pytest.param(
            {"email": KindRules(most_linked=50)},
            Resolved(MANY + 1, MANY, MANY, 1, MANY + 1),
            id="most_linked",
        ),
        pytest.param(
            {"user_id": KindRules(most_per_profile=3)},
            Resolved(MANY + 1, MANY - 2, MANY - 3, 0, MANY + 1),
            id="most_per_profile",
        ),
    ],
)
def test_one_value_of_fifty_thousand_people(workspace: Workspace, rules, expected) -> None:
    one_address_of_many(workspace)
    assert resolved(workspace, **rules) == expected


@pytest.mark.slow
def test_rules_that_make_everyone_one_person_are_told_before_anything_happens(workspace: Workspace) -> None:
    one_address_of_many(workspace)
    resolved(workspace, email=KindRules(most_linked=50))
    before = workspace.version("identity_map")
    now, settings = read_mapping(workspace.engine), workspace.project.settings
    found = foresee(now, workspace, Rules({}), KINDS).told()
    assert (found.n_before, found.n_after, found.n_merged) == (MANY, 1, MANY)
    assert found.largest == (Cluster(0, MANY + 1, MANY),)
    assert len(warnings(found, settings)) == 2
    same = foresee(now, workspace, Rules({"email": KindRules(most_linked=50)}), KINDS).told()
    assert warnings(same, settings) == ()
    assert workspace.version("identity_map") == before


@pytest.mark.slow
@pytest.mark.parametrize("most", [-1, 1_000], ids=["without a limit", "with a limit"])
def test_a_chain_of_a_million_links(most: int) -> None:
    ends = np.arange(MILLION)
    heard = np.random.default_rng(1).permutation(MILLION)
    found = resolve_graph(
        np.zeros(MILLION + 1, np.int64),
        Evidence(ends, ends + 1, np.zeros(MILLION, bool)),
        Limits(np.array([most]), np.array([True]), np.zeros((0, 2), np.int64)),
        lambda places, _: Told(heard[places], np.zeros(len(places), np.int64)),
    )
    largest = np.bincount(found.component).max()
    assert largest == MILLION + 1 if most < 0 else 500 < largest <= most


@pytest.mark.slow
def test_a_chain_of_a_million_links_through_the_tables(workspace: Workspace) -> None:
    ends = np.arange(MILLION)
    fill(workspace, ["email"] * (MILLION + 1), ends, ends + 1)
    assert resolved(workspace).n_profiles == 1
    found = resolved(workspace, email=KindRules(most_per_profile=1_000))
    assert MILLION // 1_000 < found.n_profiles < MILLION // 250
    assert found.n_aside == found.n_profiles - 1
