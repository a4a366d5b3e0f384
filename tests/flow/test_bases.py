"""Live profiles on a base that is made anew: nothing is forgotten, nothing counts twice, whatever comes before and after."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.flow.alive import Alive, track

from headwater.live.checksum import Summed, of_lake, of_live
from headwater.live.state import Person, micros
from headwater.tables.workspace import read
from headwater.testing.shop import make_shop

pytestmark = pytest.mark.slow

HEADER = "receipt,line,member,visitor,sold_at,category,amount,pieces,gift"
FILES = {
    "collectors/website.yaml": "keys: [demo]\n",
    "plans/looked.yaml": "event: Looked\n",
    "placements/box.yaml": "purpose: newsletter\nrules: [{variants: [{name: a, content: 1}]}]\n",
    "traits/revenue_ever.yaml": "kind: sum\ndescription: x\nevent: purchase\nproperty: revenue\n",
    "traits/orders.yaml": "kind: count\ndescription: x\nevent: purchase\n",
    "audiences/buyers.yaml": "description: x\nrule: {did: purchase, at_least: 2}\n",
    "audiences/lately.yaml": "description: x\nrule: {did: purchase, within: {last: 2 days}}\n",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated shop that is alive, with a base of it."""
    folder = make_shop(tmp_path_factory.mktemp("bases") / "shop", n_people=12, n_purchases=60).folder
    config = folder / "headwater.yaml"
    config.write_text(config.read_text().replace("now: 2026-04-01T00:00\n", ""))
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    Alive(folder).run()
    return folder


@pytest.fixture
def alive(template: Path, tmp_path: Path) -> Alive:
    return Alive(shutil.copytree(template, tmp_path / "shop"))


def bought(alive: Alive, name: str, *rows: str) -> None:
    """A file of the till: rows of member,visitor,amount."""
    lines = [
        f"{name}{number},0,{member},{visitor},2026-05-01 10:00:00,tea,{amount},1,"
        for number, (member, visitor, amount) in enumerate(row.split(",") for row in rows)
    ]
    (alive.root / "data" / f"purchases_{name}.csv").write_text("\n".join([HEADER, *lines, ""]))


def someone(alive: Alive, visitor: str) -> Person:
    found = alive.person("anonymous_id", visitor)
    assert found
    return found


def base_name(alive: Alive) -> str:
    with alive.base() as base:
        return base.name


def test_events_before_and_after_a_new_base_count_once(alive: Alive) -> None:
    alive.tell(track("purchase", who="new", revenue=10))
    alive.take()
    alive.seal()
    alive.tell(
        track("purchase", who="new", revenue=200)
    )  # taken in, and not in the tables yet when the base is made
    bought(alive, "more", ",new,3000")
    with alive.base() as old:
        alive.run()
        alive.take_on(old)
    assert someone(alive, "new").card.traits["revenue_ever"] == 210
    alive.take()
    alive.tell(track("purchase", who="new", revenue=40000))
    alive.take()
    assert someone(alive, "new").card.traits == {
        "revenue_ever": 43210, "orders": 4, "revenue_30d": 40210, "favourite_category": "tea",
    }  # fmt: skip


def test_a_new_base_moves_nobody_who_stays_where_they_are(alive: Alive) -> None:
    alive.tell(*[track("purchase", who="new", revenue=1)] * 2)
    alive.take()
    since = dict(someone(alive, "new").card.audiences)
    alive.seal()
    bought(alive, "more", ",other,3000")
    alive.run()
    alive.tell(track("purchase", who="new", revenue=1))
    assert [type(each).__name__ for each in alive.take()] == ["Accepted"]
    assert someone(alive, "new").card.audiences == since


def test_persons_whom_the_lake_has_joined_meanwhile_are_one(alive: Alive) -> None:
    for who in ("one", "two"):
        alive.tell(track("purchase", who=who, revenue=1))
    alive.take()
    assert someone(alive, "one").key != someone(alive, "two").key
    bought(alive, "card", "m1,one,10", "m1,two,100")
    alive.run()
    alive.tell(track("purchase", who="two", revenue=1000))
    alive.take()
    one, two = someone(alive, "one"), someone(alive, "two")
    assert one.key == two.key
    assert {("user_id", "m1"), ("email", "m1@example.com")} <= set(one.card.identifiers)
    assert one.card.traits["revenue_ever"] == pytest.approx(1112 + revenue_of_file(alive, "m1"))
    assert "buyers" in one.card.audiences


def revenue_of_file(alive: Alive, member: str) -> float:
    rows = (line.split(",") for line in (alive.root / "data" / "purchases.csv").read_text().splitlines()[1:])
    return sum(float(row[6]) for row in rows if row[2] == member)


def test_of_whom_the_lake_knows_everything_is_forgotten_and_read_again_when_needed(alive: Alive) -> None:
    of_a_server = {**track("purchase", revenue=10), "anonymousId": None, "userId": "idle"}
    alive.tell(of_a_server, track("purchase", who="visiting", revenue=10))
    alive.tell(
        track("purchase", who="shown", revenue=10),
        track("Placement Shown", who="shown", placement="box", variant="a"),
    )
    alive.take()
    alive.seal()
    alive.tell(track("purchase", who="busy", revenue=10))
    bought(alive, "more", ",elsewhere,1")
    with alive.base() as old:
        alive.take_on(old)
        alive.run()
        alive.tell(track("purchase", who="busy", revenue=10))
        alive.take_on(old)
    alive.take()
    alive.take()
    assert alive.person("user_id", "idle") is None
    assert someone(alive, "visiting").past.visit, "the next event belongs to the same visit"
    assert someone(alive, "shown").card.exposures, "what was shown stands nowhere else"
    assert someone(alive, "busy").card.traits["revenue_ever"] == 20
    alive.tell({**of_a_server, "properties": {"revenue": 5}})
    alive.take()
    again = alive.person("user_id", "idle")
    assert again
    assert again.card.traits["revenue_ever"] == 15


def test_a_new_audience_over_history_that_live_never_kept_is_right_after_a_new_base(alive: Alive) -> None:
    alive.tell(*[track("Looked", who="new")] * 2)
    alive.take()
    alive.tell(track("Looked", who="late"))
    (alive.root / "audiences" / "lookers.yaml").write_text(
        "description: x\nrule: {did: Looked, at_least: 3}\n"
    )
    alive.run()
    alive.take()
    assert "lookers" not in someone(alive, "late").card.audiences
    alive.tell(track("Looked", who="new"), *[track("Looked", who="late")] * 2)
    alive.take()
    assert {who: "lookers" in someone(alive, who).card.audiences for who in ("new", "late")} == {
        "new": True,
        "late": True,
    }


class TestWhenABaseIsMade:
    def test_only_live_events_bring_no_new_one_but_say_anew_who_moves_next(self, alive: Alive) -> None:
        before = base_name(alive)
        alive.tell(track("purchase", who="new", revenue=1))
        alive.take()
        until = made_until(alive)
        alive.run()
        assert base_name(alive) == before
        assert made_until(alive) > until

    @pytest.mark.parametrize("learns", ["rows", "rules", "persons"])
    def test_what_the_lake_learns_otherwise_brings_one(
        self, alive: Alive, learns: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = base_name(alive)
        if learns == "rows":
            bought(alive, "more", ",new,1")
        elif learns == "rules":
            (alive.root / "audiences" / "buyers.yaml").write_text(
                "description: x\nrule: {did: purchase, at_least: 3}\n"
            )
        else:
            monkeypatch.setattr("headwater.flow.bases.FEWEST_BESIDE", 0)
            alive.tell(*[track("purchase", who=f"n{number}", revenue=1) for number in range(6)])
            alive.take()
        alive.run()
        assert base_name(alive) != before

    def test_one_that_was_damaged_is_made_anew(self, alive: Alive) -> None:
        before = base_name(alive)
        (alive.folders.bases / before / "base.json").write_text("{")
        alive.run()
        assert base_name(alive) != before


def made_until(alive: Alive) -> int:
    with alive.base() as base:
        return base.made.until


def both(alive: Alive) -> tuple[Summed, Summed]:
    """The live state, and that of the tables."""
    with read(alive.project) as workspace:
        lake = of_lake(workspace)
    with alive.base() as base, alive.store() as store, store.reading() as view:
        return of_live(view, base, alive.treatment().judge, micros(datetime.now(UTC))), lake


people = st.sampled_from(["v0", "v2", "x", "y"])
steps = st.one_of(
    st.tuples(st.just("buys"), people, st.integers(1, 50)),
    st.tuples(st.just("signs in"), people, st.sampled_from(["m1", "m3", "new"])),
    st.tuples(st.just("till"), people, st.integers(1, 50)),
    st.sampled_from([("take",), ("seal",), ("run",)]),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=3, max_size=12))
def test_whatever_comes_in_whichever_order_live_and_lake_agree_in_the_end(
    template: Path, tmp_path: Path, happens: list[tuple[str, ...]]
) -> None:
    folder = tmp_path / "shop"
    shutil.rmtree(folder, ignore_errors=True)
    alive = Alive(shutil.copytree(template, folder))
    for number, step in enumerate([*happens, ("take",), ("run",), ("take",)]):
        match step:
            case ("buys", who, revenue):
                alive.tell(track("purchase", who=who, revenue=revenue, category="tea"))
            case ("signs in", who, user):
                alive.tell(
                    {"type": "identify", "anonymousId": who, "userId": user, "traits": {"city": f"c{number}"}}
                )
            case ("till", who, revenue):
                bought(alive, f"t{number}", f",{who},{revenue}")
            case ("take",):
                alive.take()
            case ("seal",):
                alive.seal()
            case _:
                alive.run()
    live, lake = both(alive)
    assert live.of == lake.of
