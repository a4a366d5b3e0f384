"""Who is who live and in the tables: after the next base the same, by whatever rules; and so is what a rebuild makes."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.flow.alive import Alive
from tests.tables.sealed import NODES

from headwater.core.errors import UserError
from headwater.flow.bases import follow_and_keep_base
from headwater.flow.definitions import read_definitions
from headwater.flow.rebuild import rebuild
from headwater.identity.decide import decide
from headwater.live.checksum import Summed, of_lake, of_live
from headwater.live.state import Node, micros
from headwater.tables.workspace import read, work

pytestmark = pytest.mark.slow

FILES = {
    "headwater.yaml": "project: shop\ntime_zone: Europe/Berlin\nlake: {buckets: 2}\nsettings: {threads: 1}\n"
    "purposes: {newsletter: {description: n}}\n",
    "collectors/website.yaml": "keys: [demo]\n",
    "collectors/app.yaml": "keys: [app]\n",
    "traits/looks.yaml": "kind: count\ndescription: x\nevent: Looked\n",
    "audiences/lookers.yaml": "description: x\nrule: {did: Looked, at_least: 2}\n",
    "audiences/quiet.yaml": "description: x\nrule: {not: {did: Looked}}\n",
    "sources/crm.yaml": "kind: files\nread: {path: data/crm*.csv}\n"
    "identifiers: {user_id: user, email: mail, anonymous_id: visitor}\nattributes: {in_crm: tier}\n",
    "data/crm.csv": "user,mail,visitor,tier\nu1,e1@x.example,,yes\nu2,,a2,yes\n",
}
Rules = dict[str, dict[str, object]]
Step = tuple[object, ...]


def made(folder: Path, rules: Rules) -> Alive:
    """A project with rules for its identifiers, live, with a base of what its source says."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in {
        **FILES,
        **{f"identifiers/{kind}.yaml": json.dumps(said) for kind, said in rules.items()},
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    alive = Alive(folder)
    alive.run()
    return alive


class Telling:
    """Steps that happen one after the other, some hours apart, the last of them a moment ago."""

    def __init__(self, alive: Alive, n_steps: int) -> None:
        self.alive = alive
        self._left = n_steps

    def do(self, step: Step) -> None:
        self._left -= 1
        match step:
            case ("event", kind, key, user, mail, visitor):
                self._tell(str(kind), str(key), user, mail, visitor)
            case ("crm", user, mail, visitor):
                row = f"user,mail,visitor,tier\n{user or ''},{_address(mail)},{visitor or ''},yes\n"
                (self.alive.root / "data" / f"crm{self._left}.csv").write_text(row)
            case ("decide", one, other, verdict):
                self.decide(one, other, str(verdict))  # type: ignore[arg-type]
            case ("take",):
                self.alive.take()
            case ("seal",):
                self.alive.seal()
            case _:
                self.alive.run()

    def _tell(self, kind: str, key: str, user: object, mail: object, visitor: object) -> None:
        who = {"userId": user, "anonymousId": visitor}
        call = {name: value for name, value in who.items() if value}
        traits = {"email": _address(mail)} if mail else {}
        if kind == "identify":
            call |= {"type": "identify", "traits": {**traits, "city": f"c{self._left}"}}
        else:
            call |= {"type": "track", "event": "Looked", "context": {"traits": traits}}
        self.alive.tell(call, key=key, at=datetime.now(UTC) - timedelta(hours=5 * self._left))

    def decide(self, one: Node, other: Node, verdict: str) -> None:
        with work(self.alive.project) as workspace:
            try:
                decide(one, other, verdict, "x", "ann", workspace)
            except UserError:
                return  # not known yet, or nothing to withdraw
            follow_and_keep_base(workspace, read_definitions(workspace))


def _address(mail: object) -> str:
    return f"{mail}@x.example" if mail else ""


def groups(persons: Iterable[Iterable[Node]]) -> set[frozenset[Node]]:
    return {frozenset(map(tuple, nodes)) for nodes in persons}  # type: ignore[misc]


def of_tables(alive: Alive) -> tuple[set[frozenset[Node]], Summed]:
    found: defaultdict[int, list[Node]] = defaultdict(list)
    with read(alive.project) as workspace:
        for row in workspace.engine.table(
            f"SELECT profile_id, identifier, value FROM {NODES} JOIN identity_map USING (node_id)"
        ).to_pylist():
            found[row["profile_id"]].append((row["identifier"], row["value"]))
        return groups(found.values()), of_lake(workspace)


def of_the_living(alive: Alive) -> tuple[set[frozenset[Node]], Summed]:
    with alive.base() as base, alive.store() as store, store.reading() as view:
        here = [view.card(key).identifiers for key in view.people()]
        held = {node for nodes in here for node in nodes}
        assert len(held) == sum(map(len, here)), "an identifier is one person's"
        there = [base.card_at(place).identifiers for place in range(base.made.n_persons)]
        elsewhere = [nodes for nodes in there if held.isdisjoint(nodes)]
        return groups([*here, *elsewhere]), of_live(
            view, base, alive.treatment().judge, micros(datetime.now(UTC))
        )


def assert_same(alive: Alive) -> None:
    live, live_sum = of_the_living(alive)
    lake, lake_sum = of_tables(alive)
    assert live == lake
    assert live_sum.of == lake_sum.of
    rebuilt = rebuild(alive.project)
    assert rebuilt.rebuilt.of == lake_sum.of
    assert rebuilt.is_equal


users, mails, visitors = (
    st.none() | st.sampled_from([f"{letter}{number}" for number in (1, 2, 3)]) for letter in "uea"
)
ENDS = {"user_id": ("u1", "u2"), "email": ("e1@x.example", "e2@x.example"), "anonymous_id": ("a1", "a2")}
nodes = st.sampled_from([(kind, value) for kind, values in ENDS.items() for value in values])
told = st.tuples(
    st.just("event"),
    st.sampled_from(["identify", "track"]),
    st.sampled_from(["demo", "app"]),
    users,
    mails,
    visitors,
).filter(lambda step: any(step[3:]))
verdicts = st.sampled_from(["same", "different", "different", "withdrawn"])
steps = st.one_of(
    *[told] * 4,
    st.tuples(st.just("crm"), users, mails, visitors).filter(lambda step: any(step[1:])),
    st.tuples(st.just("decide"), nodes, nodes, verdicts).filter(lambda step: step[1] != step[2]),
    st.sampled_from([("take",), ("seal",), ("run",)]),
)
said = {
    "email": st.fixed_dictionaries({}, optional={
        "most_per_profile": st.sampled_from([1, 2]),
        "most_linked": st.sampled_from([1, 2]),
        "blocked": st.just(["e3@x.example"]),
        "trusted_sources": st.sampled_from([["website"], ["crm"]]),
    }),
    "user_id": st.fixed_dictionaries({}, optional={"most_per_profile": st.just(1), "lasts": st.just("1 days")}),
    "anonymous_id": st.fixed_dictionaries({}, optional={
        "most_per_profile": st.sampled_from([1, 2]),
        "most_linked": st.sampled_from([1, 2]),
        "lasts": st.sampled_from(["1 days", "6 hours"]),
    }),
}  # fmt: skip
rules = st.fixed_dictionaries({}, optional=said)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules, st.lists(steps, min_size=3, max_size=14))
def test_live_and_lake_and_a_rebuild_agree_on_who_is_who(
    tmp_path: Path, rules: Rules, happens: list[Step]
) -> None:
    telling = Telling(made(tmp_path / "shop", rules), len(happens))
    for step in happens:
        telling.do(step)
    for last in (("take",), ("run",), ("take",)):
        telling.do(last)
    assert_same(telling.alive)


VISITOR, USER = ("anonymous_id", "a3"), ("user_id", "u3")


def looked(**who: str) -> Step:
    return ("event", "track", "demo", who.get("user"), None, who.get("visitor"))


def looks(alive: Alive, node: Node) -> float:
    """How often somebody looked, as the live store has it, or the base."""
    with alive.base() as base, alive.store() as store, store.reading() as view:
        key = view.key_of(node)
        card = view.card(key) if key is not None else base.card_at(base.place_of(node) or 0)
    return float(card.traits["looks"])  # type: ignore[arg-type]


def test_who_was_parted_is_two_at_once_and_stays_so_until_that_is_taken_back(tmp_path: Path) -> None:
    telling = Telling(made(tmp_path / "shop", {}), 20)
    alive = telling.alive
    for step in (
        looked(visitor="a3"),
        looked(user="u3"),
        looked(user="u3", visitor="a3"),
        ("take",),
        ("seal",),
    ):
        telling.do(step)
    telling.do(looked(visitor="a3"))  # of which the lake does not know yet
    telling.do(("take",))
    assert looks(alive, VISITOR) == looks(alive, USER) == 4
    telling.decide(VISITOR, USER, "different")
    telling.do(("take",))
    assert (looks(alive, VISITOR), looks(alive, USER)) == (2, 2)
    telling.do(looked(user="u3", visitor="a3"))
    telling.do(("take",))
    assert (looks(alive, VISITOR), looks(alive, USER)) == (2, 3), "no later event brings them together"
    telling.decide(VISITOR, USER, "withdrawn")
    telling.do(("take",))
    assert looks(alive, VISITOR) == looks(alive, USER) == 5
    telling.do(("run",))
    telling.do(("take",))
    assert_same(alive)


def test_surer_evidence_that_comes_later_is_heard_with_the_next_run(tmp_path: Path) -> None:
    """A browser is first seen with an address, then with a user id: by the rules it is the latter's."""
    telling = Telling(made(tmp_path / "shop", {}), 20)
    for step in (("event", "track", "demo", None, "e3", "a3"), looked(user="u3", visitor="a3"), ("take",)):
        telling.do(step)
    address = ("email", "e3@x.example")
    assert (looks(telling.alive, VISITOR), looks(telling.alive, address), looks(telling.alive, USER)) == (
        1,
        1,
        1,
    )
    telling.do(("run",))
    telling.do(looked(visitor="a3"))
    telling.do(("take",))
    assert (looks(telling.alive, VISITOR), looks(telling.alive, address), looks(telling.alive, USER)) == (
        2,
        1,
        2,
    )


def test_a_value_that_is_seen_with_too_many_is_nobody_s_after_the_next_run(tmp_path: Path) -> None:
    telling = Telling(made(tmp_path / "shop", {"anonymous_id": {"most_linked": 1}}), 20)
    for step in (
        looked(user="u2", visitor="a3"),
        looked(user="u3", visitor="a3"),
        ("take",),
        ("run",),
        ("take",),
    ):
        telling.do(step)
    alive = telling.alive
    assert alive.person(*VISITOR) is None
    telling.do(looked(visitor="a3"))
    telling.do(looked(user="u3", visitor="a3"))
    telling.do(("take",))
    assert alive.person(*VISITOR) is None
    assert looks(alive, USER) == 2
    for step in (("run",), ("take",)):
        telling.do(step)
    assert_same(alive)
