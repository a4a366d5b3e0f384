"""What a project says of its identifiers and what people decided, through the tables at rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st
from tests.tables.sealed import sealed

from headwater.core.project import open_project
from headwater.engine.query import DIALECT, column
from headwater.identity.declare import KindRules, Rules, heeding, read_rules
from headwater.identity.identifier import identifier_kinds
from headwater.identity.resolve import Resolved, resolve
from headwater.tables import identity_decisions, links, nodes
from headwater.tables.workspace import Workspace, work

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
KINDS = identifier_kinds()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "headwater.yaml").write_text("project: shop\nnow: 2026-03-10T12:00\n")
    with work(open_project(tmp_path)) as opened:
        yield opened


class Told:
    """Identifiers and what ties them, by name: `u1` is a user id, `e1` an e-mail address, `d1` a browser."""

    def __init__(self, workspace: Workspace, *names: str) -> None:
        self.workspace = workspace
        self.numbers = {name: number for number, name in enumerate(names)}
        self._links: list[dict] = []
        self._decisions: list[dict] = []

    def tie(
        self, one: str, other: str, source: str = "web", days_ago: float = 1, confidence: float = 1.0
    ) -> None:
        self._links.append(
            {
                **self._pair(one, other),
                "rule": "seen_together",
                "source": source,
                "first_seen_at": self._ago(days_ago),
                "confidence": confidence,
                "is_revoked": False,
            }
        )

    def decide(self, one: str, other: str, verdict: str, days_ago: float = 1) -> None:
        told = {"verdict": verdict, "reason": "x", "decided_by": "ann", "decided_at": self._ago(days_ago)}
        self._decisions.append({**self._pair(one, other), **told})

    def resolve(self, **rules: KindRules) -> Resolved:
        known = [{"node_id": number, **self._identifier(name)} for name, number in self.numbers.items()]
        tables = (
            (nodes.TABLE, known),
            (links.TABLE, self._links),
            (identity_decisions.TABLE, self._decisions),
        )
        for table, rows in tables:
            self.workspace.engine.register(
                f"new_{table.name}", pa.Table.from_pylist(rows, schema=table.schema)
            )
        with self.workspace.publish() as out:
            for table, _ in tables:
                out.replace(table, sealed(table, f"new_{table.name}"))
        return resolve(self.workspace, ("identities", "test"), Rules(rules), KINDS)

    def profiles(self, **rules: KindRules) -> set[frozenset[str]]:
        self.resolve(**rules)
        names = {number: name for name, number in self.numbers.items()}
        groups: dict[int, set[str]] = {}
        for row in self.rows("SELECT node_id, profile_id FROM identity_map"):
            groups.setdefault(row["profile_id"], set()).add(names[row["node_id"]])
        return {frozenset(group) for group in groups.values()}

    def aside(self) -> list[str]:
        return sorted(row["reason"] for row in self.rows("SELECT reason FROM evidence_aside"))

    def rows(self, query: str) -> list[dict]:
        return self.workspace.engine.table(query).to_pylist()

    def _pair(self, one: str, other: str) -> dict[str, int]:
        low, high = sorted((self.numbers[one], self.numbers[other]))
        return {"node_id": low, "other_node_id": high}

    def _identifier(self, name: str) -> dict[str, str]:
        kind = {"u": "user_id", "e": "email", "d": "anonymous_id", "l": "loyalty_id"}[name[0]]
        return {"identifier": kind, "value": f"{name}@x.example" if kind == "email" else name}

    def _ago(self, days: float) -> datetime:
        return (NOON - timedelta(days=days)).replace(tzinfo=None)


def groups(*each: str) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in each}


def test_of_a_shared_browser_the_first_user_keeps_what_it_did(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "u2", "d1")
    told.tie("u2", "d1", days_ago=2)
    told.tie("u1", "d1", days_ago=3)
    assert told.profiles() == groups("u1 d1", "u2")
    assert told.aside() == ["shared"]


@pytest.mark.parametrize(
    "names", [("e1", "e2", "e3", "u1"), ("u1", "e3", "e2", "e1"), ("e2", "u1", "e3", "e1")]
)
def test_who_comes_first_into_the_tables_decides_nothing(workspace: Workspace, names) -> None:
    """Three addresses seen at one moment, of which two may be: which they are hangs on what they are."""
    told = Told(workspace, *names)
    for each in ("e1", "e2", "e3"):
        told.tie("u1", each)
    assert told.profiles(email=KindRules(most_per_profile=2)) == groups("u1 e1 e2", "e3")
    assert told.aside() == ["limit"]


def test_the_surer_and_then_the_earlier_word_counts_first(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "e1", "e2", "e3")
    told.tie("u1", "e1", days_ago=1)
    told.tie("u1", "e2", days_ago=9, confidence=0.8)
    told.tie("u1", "e3", days_ago=5)
    assert told.profiles(email=KindRules(most_per_profile=1)) == groups("u1 e3", "e1", "e2")


def test_the_word_of_kinds_that_the_project_calls_stronger_counts_first(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "e1", "l1", "e2")
    for pair in ("u1 e1", "u1 l1", "l1 e2"):
        told.tie(*pair.split())
    one = KindRules(most_per_profile=1)
    assert told.profiles(email=one) == groups("u1 e1 l1", "e2")
    assert told.profiles(email=one, loyalty_id=KindRules(strength=95)) == groups("u1 l1 e2", "e1")


def test_an_event_belongs_to_the_kind_that_the_project_calls_strongest() -> None:
    rules = Rules({"email": KindRules(strength=95)})
    assert {kind.strength for name, kind in heeding(rules, KINDS).items() if name == "email"} == {95}
    assert heeding(rules, KINDS)["user_id"] == KINDS["user_id"]


def test_a_trusted_source_goes_beyond_the_limit(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "e1", "u2")
    told.tie("u1", "e1")
    told.tie("u2", "e1", source="crm")
    limited = KindRules(most_per_profile=1)
    assert told.profiles(user_id=limited) == groups("u1 e1", "u2")
    assert told.profiles(user_id=KindRules(most_per_profile=1, trusted_sources=("crm",))) == groups(
        "u1 e1 u2"
    )
    assert told.profiles(user_id=KindRules(most_per_profile=1, trusted_sources=("shop",))) == groups(
        "u1 e1", "u2"
    )


def test_a_blocked_value_ties_nobody_and_is_nobody(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "e1", "u2")
    told.tie("u1", "e1")
    told.tie("u2", "e1")
    assert told.profiles() == groups("u1 e1 u2")
    assert told.profiles(email=KindRules(blocked=(" E1@X.example ",))) == groups("u1", "u2")
    assert told.aside() == ["nobody", "nobody"]


def test_a_value_that_is_seen_with_too_many_names_nobody(workspace: Workspace) -> None:
    told = Told(workspace, "e1", *(f"u{number}" for number in range(6)))
    for number in range(6):
        told.tie("e1", f"u{number}")
    assert told.profiles(email=KindRules(most_linked=6)) == {frozenset(told.numbers)}
    assert told.profiles(email=KindRules(most_linked=5)) == {frozenset({f"u{number}"}) for number in range(6)}


def test_evidence_counts_as_long_as_it_lasts(workspace: Workspace) -> None:
    told = Told(workspace, "d1", "u1", "d2")
    told.tie("d1", "u1", days_ago=30)
    told.tie("d2", "u1", days_ago=31)
    assert told.profiles(anonymous_id=KindRules(lasts="30 days")) == groups("d1 u1", "d2")
    assert told.aside() == ["expired"]
    assert told.profiles(email=KindRules(lasts="1 day")) == groups("d1 u1 d2")


def test_the_newest_decision_of_a_pair_counts_before_everything(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "e1", "u2")
    told.tie("u1", "e1")
    told.decide("u1", "e1", "different", days_ago=3)
    assert told.profiles() == groups("u1", "e1", "u2")
    told.decide("u1", "e1", "withdrawn", days_ago=2)
    told.decide("u1", "u2", "same", days_ago=2)
    assert told.profiles(user_id=KindRules(most_per_profile=1)) == groups("u1 e1 u2")
    told.decide("u1", "u2", "different", days_ago=1)
    assert told.profiles() == groups("u1 e1", "u2")


def test_decisions_that_contradict_each_other_are_told(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "u2", "u3")
    told.decide("u1", "u2", "same", days_ago=3)
    told.decide("u2", "u3", "same", days_ago=2)
    told.decide("u1", "u3", "different", days_ago=1)
    assert told.profiles() == groups("u1", "u2 u3")  # of two that cannot both be, the newer
    assert told.aside() == ["apart"]


def test_what_moved_is_noted_and_only_that(workspace: Workspace) -> None:
    told = Told(workspace, "u1", "e1", "u2")
    told.resolve()
    told.tie("u1", "e1")
    told.resolve()
    told.resolve()
    moved = told.rows("SELECT node_id, was_profile_id, profile_id FROM identity_changes")
    assert moved == [{"node_id": 1, "was_profile_id": 1, "profile_id": 0}]
    told.resolve(email=KindRules(blocked=("e1@x.example",)))
    assert told.rows("SELECT profile_id FROM identity_changes ORDER BY profile_id NULLS LAST")[-1] == {
        "profile_id": None
    }


@given(st.text(max_size=8) | st.sampled_from(["null", " NULL@x.example ", "null@x.example", "ann@x.example"]))
def test_a_blocked_value_is_not_taken_in_and_all_others_are_as_ever(text: str) -> None:
    rules = Rules({"email": KindRules(blocked=("NULL@X.example",)), "user_id": KindRules(blocked=("null",))})
    heeded = heeding(rules, KINDS)
    for kind, blocked in (("email", "null@x.example"), ("user_id", "null")):
        before = KINDS[kind].normalise(text)
        assert heeded[kind].normalise(text) == (None if before == blocked else before)
        assert heeded["anonymous_id"] is KINDS["anonymous_id"]


def test_sql_blocks_the_same(workspace: Workspace) -> None:
    texts = ["null", " null ", "nul", "", None, "NULL"]
    workspace.engine.register("told", pa.table({"told": pa.array(texts, pa.string())}))
    kind = heeding(Rules({"user_id": KindRules(blocked=("null",))}), KINDS)["user_id"]
    sql = kind.to_sql(column("told")).sql(dialect=DIALECT)
    found = [row["v"] for row in workspace.engine.table(f"SELECT {sql} AS v FROM told").to_pylist()]
    assert found == [None if text is None else kind.normalise(text) for text in texts]
    assert found == [None, None, "nul", None, None, "NULL"]


class TestFiles:
    def problems(self, tmp_path: Path, name: str, text: str) -> list[str]:
        (tmp_path / "headwater.yaml").write_text("project: shop\n")
        (tmp_path / "identifiers").mkdir()
        (tmp_path / "identifiers" / f"{name}.yaml").write_text(text)
        return [str(each) for each in read_rules(open_project(tmp_path), KINDS)[1]]

    def test_a_sound_file_is_read(self, tmp_path: Path) -> None:
        text = "most_per_profile: 5\nblocked: [test@example.com]\nmost_linked: 50\nlasts: 400 days\ntrusted_sources: [crm]\n"
        assert self.problems(tmp_path, "email", text) == []

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("e-mail", "most_linked: 3\n", "no kind of identifier"),
            ("email", "most_per_profile: 0\n", "most_per_profile"),
            ("email", "lasts: long\n", "a number and a unit"),
            ("email", "lasts: 0 days\n", "a number and a unit"),
            ("email", "blocked: [nobody]\n", "not valid as an identifier of this kind"),
            ("email", "limit: 3\n", "limit"),
            ("email", "- 3\n", "keys and values"),
        ],
    )
    def test_what_is_wrong_is_told(self, tmp_path: Path, name, text, told) -> None:
        [problem] = self.problems(tmp_path, name, text)
        assert told in problem
