"""What was added is looked at alone, and it comes to exactly what looking at everything does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from tests.tables.sealed import sealed

from headwater.core.project import open_project
from headwater.identity import mapping, resolve as resolving
from headwater.identity.declare import KindRules, Rules
from headwater.identity.evidence import read_known
from headwater.identity.identifier import identifier_kinds
from headwater.identity.resolve import Resolved, aside_rows, resolve, settled
from headwater.tables import identity_decisions, links, nodes
from headwater.tables.workspace import Workspace, work

KINDS = identifier_kinds()
NOON = datetime(2026, 3, 10, 12)
NAMES = {"u": "user_id", "e": "email", "d": "anonymous_id", "c": "click_id"}
Tie = tuple[int, int, str, int, float]
Decision = tuple[int, int, str, int]
Load = tuple[str, Sequence[Tie], Sequence[Decision]]


class Lake:
    """A project to which identifiers, links and decisions are added."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.n_nodes = 0

    def add(self, letters: str, ties: Sequence[Tie] = (), decisions: Sequence[Decision] = ()) -> None:
        known = [
            {
                "node_id": self.n_nodes + place,
                "identifier": NAMES[letter],
                "value": f"{letter}{(self.n_nodes + place) * 7 % 10}{self.n_nodes + place}@x.example",
            }
            for place, letter in enumerate(letters)
        ]
        self.n_nodes += len(letters)
        seen = [
            {
                **self._pair(tie),
                "rule": "seen_together",
                "source": tie[2],
                "first_seen_at": NOON - timedelta(days=tie[3]),
                "confidence": tie[4],
                "is_revoked": False,
            }
            for tie in ties
            if tie[0] % self.n_nodes != tie[1] % self.n_nodes
        ]
        decided = [
            {**self._pair(each), "verdict": each[2], "decided_at": NOON - timedelta(hours=each[3])}
            for each in decisions
            if each[0] % self.n_nodes != each[1] % self.n_nodes
        ]
        with self.workspace.publish() as out:
            for table, rows in ((nodes, known), (links, seen), (identity_decisions, decided)):
                if rows:
                    self.workspace.engine.register("told", pa.Table.from_pylist(rows, table.TABLE.schema))
                    out.append(table.TABLE, sealed(table.TABLE, "told"))

    def _pair(self, ends: Sequence[int]) -> dict[str, int]:
        low, high = sorted(each % self.n_nodes for each in ends[:2])
        return {"node_id": low, "other_node_id": high}

    def resolve(self, rules: Rules) -> Resolved:
        return resolve(self.workspace, ("identities", "test"), rules, KINDS)

    def held(self) -> tuple[list[dict], list[dict]]:
        """What the tables say."""
        engine = self.workspace.engine
        return (
            engine.table("SELECT * FROM identity_map ORDER BY node_id").to_pylist(),
            engine.table("SELECT * FROM evidence_aside ORDER BY node_id, other_node_id").to_pylist(),
        )

    def expected(self, rules: Rules) -> tuple[list[dict], list[dict]]:
        """What looking at everything says."""
        known = read_known(self.workspace.engine, self.workspace.clock, rules, KINDS)
        found = settled(known, rules, KINDS, self.workspace.engine)
        everybody = zip(found.mapping.nodes.tolist(), found.mapping.profiles.tolist(), strict=True)
        mapped = [{"node_id": node, "profile_id": profile} for node, profile in everybody]
        return mapped, aside_rows(known, found.aside).to_pylist()

    def ties(self) -> list[tuple[int, int]]:
        rows = self.workspace.engine.table("SELECT node_id, other_node_id FROM links").to_pylist()
        return [(row["node_id"], row["other_node_id"]) for row in rows]


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with _opened(tmp_path) as workspace:
        yield Lake(workspace)


def _opened(folder: Path):
    (folder / "headwater.yaml").write_text("project: shop\nnow: 2026-03-10T12:00\nsettings:\n  threads: 1\n")
    return work(open_project(folder))


places = st.integers(0, 40)
loads = st.lists(
    st.tuples(
        st.text("uuedc", min_size=1, max_size=6),
        st.lists(
            st.tuples(
                places,
                places,
                st.sampled_from(["web", "crm"]),
                st.integers(0, 60),
                st.sampled_from([1.0, 0.7]),
            ),
            max_size=8,
        ),
        st.lists(
            st.tuples(places, places, st.sampled_from(["same", "different", "withdrawn"]), st.integers(0, 9)),
            max_size=2,
        ),
    ),
    min_size=2,
    max_size=5,
)
few = st.integers(1, 3)
kind_rules = st.fixed_dictionaries(
    {},
    optional={
        "most_per_profile": few,
        "most_linked": few,
        "lasts": st.just("30 days"),
        "trusted_sources": st.just(("crm",)),
        "blocked": st.just(("e00@x.example", "e71@x.example", "u00@x.example", "u71@x.example")),
    },
).map(lambda given: KindRules(**given))
all_rules = st.dictionaries(st.sampled_from(["user_id", "email", "anonymous_id"]), kind_rules, max_size=3)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(loads=loads, rules=all_rules.map(Rules), most_moves=st.sampled_from([0, 8]))
def test_following_what_is_added_is_looking_at_everything(
    loads: list[Load], rules: Rules, most_moves: int
) -> None:
    with (
        TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        _opened(Path(folder)) as workspace,
    ):
        patch.setattr(mapping, "MOST_MOVES", most_moves)
        lake = Lake(workspace)
        first, *later = loads
        lake.add(*first)
        lake.resolve(rules)
        patch.setattr(resolving, "_whole", None)  # it is followed, not worked out anew
        for load in later:
            before = {row["node_id"]: row["profile_id"] for row in lake.held()[0]}
            n_told = workspace.engine.table("SELECT * FROM identity_changes").num_rows
            lake.add(*load)
            found = lake.resolve(rules)
            held = lake.held()
            assert held == lake.expected(rules)
            now = {row["node_id"]: row["profile_id"] for row in held[0]}
            assert found.n_identifiers == lake.n_nodes
            assert found.n_profiles == len(set(now.values()))
            assert (found.n_aside, found.n_nobody) == (len(held[1]), lake.n_nodes - len(now))
            moved = sum(now.get(node) != profile for node, profile in before.items())
            assert workspace.engine.table("SELECT * FROM identity_changes").num_rows == n_told + moved


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(loads=loads)
def test_where_no_rule_bites_it_is_what_networkx_says(loads: list[Load]) -> None:
    with TemporaryDirectory() as folder, _opened(Path(folder)) as workspace:
        lake = Lake(workspace)
        for letters, ties, _ in loads:
            lake.add(letters.replace("d", "e").replace("c", "u"), ties)
            lake.resolve(Rules({}))
            expected = nx.Graph(lake.ties())
            expected.add_nodes_from(range(lake.n_nodes))
            smallest = {node: min(group) for group in nx.connected_components(expected) for node in group}
            assert {row["node_id"]: row["profile_id"] for row in lake.held()[0]} == smallest


def test_only_what_is_touched_is_looked_at(lake: Lake) -> None:
    lake.add("ue" * 20, [(2 * each, 2 * each + 1, "crm", 1, 1.0) for each in range(20)])
    assert lake.resolve(Rules({})).n_looked_at == 40
    lake.add("d", [(40, 0, "web", 1, 1.0)])
    assert lake.resolve(Rules({})) == Resolved(41, 20, 0, 0, 3)
    lake.add(
        "", [(40, 2, "web", 0, 1.0)]
    )  # two people on one device: evidence set aside leads from one to the other
    assert lake.resolve(Rules({})) == Resolved(41, 20, 1, 0, 5)
    lake.add("", [(3, 4, "web", 0, 1.0)])
    assert lake.resolve(Rules({})) == Resolved(41, 19, 1, 0, 7)
    assert lake.held() == lake.expected(Rules({}))


def test_a_crowded_identifier_does_not_lead_further(lake: Lake) -> None:
    rules = Rules({"email": KindRules(most_linked=3)})
    lake.add("e" + "u" * 20, [(0, 1 + each, "crm", 1, 1.0) for each in range(20)])
    assert lake.resolve(rules) == Resolved(21, 20, 20, 1, 21)
    lake.add("e", [(21, 1, "crm", 1, 1.0)])
    assert lake.resolve(rules).n_looked_at == 3  # the two, and the crowded one that is tied to one of them
    assert lake.held() == lake.expected(rules)


@pytest.mark.parametrize("what", ["a rule", "a moment", "a link that went away"])
def test_everything_is_looked_at_when_more_changed_than_was_added(lake: Lake, what: str, monkeypatch) -> None:
    rules = Rules({"anonymous_id": KindRules(lasts="30 days")})
    lake.add("ud" * 5, [(2 * each, 2 * each + 1, "web", each, 1.0) for each in range(5)])
    assert lake.resolve(rules).n_looked_at == 10
    assert lake.resolve(rules).n_looked_at == 0
    if what == "a rule":
        rules = Rules({"anonymous_id": KindRules(lasts="3 days")})
    elif what == "a moment":
        later = NOON.astimezone() + timedelta(days=28)
        monkeypatch.setattr(type(lake.workspace.clock), "now", lambda _: later)
    else:
        with lake.workspace.publish() as out:
            out.replace(links.TABLE, "SELECT * FROM links WHERE node_id > 0")
    assert lake.resolve(rules).n_looked_at == 10
    assert lake.held() == lake.expected(rules)


def test_what_moves_is_beside_the_map_until_it_is_much(lake: Lake) -> None:
    def n_rows(table: str) -> int:
        return lake.workspace.engine.table(f"SELECT * FROM {table}").num_rows

    lake.add("u" * 20)
    lake.resolve(Rules({}))
    for end, expected in ((1, (20, 1)), (2, (20, 2)), (3, (20, 0))):
        lake.add("", [(0, end, "crm", 1, 1.0)])
        lake.resolve(Rules({}))
        assert (n_rows("identity_map_at_rest"), n_rows("identity_moves")) == expected
        assert lake.held() == lake.expected(Rules({}))


def test_what_changes_nothing_writes_no_map(lake: Lake) -> None:
    lake.add("uedd", [(0, 1, "crm", 1, 1.0), (1, 2, "crm", 1, 1.0), (0, 3, "crm", 1, 1.0)])
    lake.resolve(Rules({}))
    tables = ("identity_map", "identity_changes", "evidence_aside")
    before = [lake.workspace.version(table) for table in tables]
    lake.add("", [(0, 1, "web", 2, 1.0), (1, 3, "web", 2, 1.0)])
    lake.resolve(Rules({}))
    lake.resolve(Rules({"email": KindRules(most_per_profile=3)}))
    assert [lake.workspace.version(table) for table in tables] == before
