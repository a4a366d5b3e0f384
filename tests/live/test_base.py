"""A base says of every person what the tables say, and whom time alone may move."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.alive import Alive
from tests.tables.sealed import NODES as OPENED

from headwater.audiences.lists import upload
from headwater.core.project import open_project
from headwater.flow.bases import keep_base
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.treatment import make_treatment
from headwater.live import base as live_base, make_base
from headwater.live.base import LakeBase, current_base, open_current_base, read_made
from headwater.live.judge import Judge
from headwater.live.make_base import HORIZON, renew_turning
from headwater.live.parted import APART
from headwater.live.state import Person, micros, moment
from headwater.tables.workspace import read, work
from headwater.testing.shop import ZONE, make_shop

NOW = datetime(2026, 3, 20, 12, tzinfo=ZONE)
RULES = {
    "bought_lately": "{did: purchase, within: {last: 3 days}}",
    "bought_just_now": "{did: purchase, within: {last: 1 hours}}",
    "bought_today": "{did: purchase, within: {this: day}}",
    "bought_no_gifts": "{not: {did: purchase, where: {gift: 'yes'}}}",
    "berliners": "{trait: city, is: Berlin}",
    "fresh": "{trait: days_since, is: {at_most: 2}}",
    "best": "{top: 10%, by: points}",
    "sampled": "{sample: 30%, salt: a}",
    "listed": "{in_list: vip}",
    "spent_lately": "{trait: spent_3d, is: {at_least: 0.01}}",
}
TRAITS = {
    "days_since": "kind: recency\ndescription: x\nevent: purchase\n",
    "spent_3d": "kind: sum\ndescription: x\nevent: purchase\nproperty: revenue\nwithin: {last: 3 days}\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated shop that stands still, with people on a list and purchases at the edges of windows, and a base of it."""
    folder = make_shop(tmp_path_factory.mktemp("base") / "shop", n_people=60, n_purchases=900).folder
    stand_still(folder, NOW)
    for name, rule in RULES.items():
        (folder / "audiences" / f"{name}.yaml").write_text(f"description: x\nrule: {rule}\n")
    for name, text in TRAITS.items():
        (folder / "traits" / f"{name}.yaml").write_text(text)
    write_edges(folder / "data" / "purchases_at_edges.csv")
    (folder / "vip.csv").write_text("email\nm1@example.com\nm3@example.com\nnobody@example.com\n")
    with work(open_project(folder)) as workspace, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            make_base, "_AT_ONCE", 7
        )  # persons to a piece: so there are many pieces, and the last is a smaller one
        upload("vip", folder / "vip.csv", "email=email", workspace)
        keep_base(run_batch(workspace, read_definitions(workspace)))
    return folder


def stand_still(folder: Path, now: datetime) -> None:
    config = folder / "headwater.yaml"
    lines = [line for line in config.read_text().splitlines() if not line.startswith("now:")]
    config.write_text("\n".join([*lines, f"now: {now.isoformat()}", ""]))


def write_edges(path: Path, who: str = "edge") -> None:
    """Purchases that leave a window within the half hour, and some that do not."""
    rows = ["receipt,line,member,visitor,sold_at,category,amount,pieces,gift"]
    for number, ago in enumerate((timedelta(hours=1), timedelta(days=3), timedelta(days=30))):
        for minutes in (-1, 0, 1, 15, 29, 30, 31):
            at = NOW - ago + timedelta(minutes=minutes)
            rows.append(
                f"{who[0]}{number}{minutes},0,,{who}{number}{minutes},{at:%Y-%m-%d %H:%M:%S},tea,120.0,1,"
            )
    path.write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def judge(shop: Path) -> Judge:
    with read(open_project(shop)) as workspace:
        return make_treatment(read_definitions(workspace), workspace).judge


@pytest.fixture
def base(shop: Path, judge: Judge) -> Iterator[LakeBase]:
    folder = current_base(Alive(shop).folders.bases)
    assert folder
    with closing(LakeBase(folder, Alive(shop).seals, judge.rules.wanted)) as found:
        yield found


def everyone(base: LakeBase) -> list[Person]:
    return [base.at(place) for place in range(base.made.n_persons)]


def grouped(shop: Path, query: str) -> dict[int, list[tuple[Any, ...]]]:
    """Rows of a query by their first column, a profile; in order of the others."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    with read(open_project(shop)) as workspace:
        for row in workspace.engine.table(query).to_pylist():
            profile, *values = row.values()
            found.setdefault(profile, []).append(tuple(values))
    return {profile: sorted(rows) for profile, rows in found.items()}


def same(shop: Path, base: LakeBase, query: str, told: Any) -> None:
    """What a query tells of profiles is what the base tells of its persons, for everyone."""
    expected = grouped(shop, query)
    people = everyone(base)
    assert {person.past.profile_id for person in people} >= expected.keys()
    for person in people:
        assert person.past.profile_id is not None
        assert sorted(told(person)) == expected.get(person.past.profile_id, [])


def at(instant: datetime) -> int:
    return micros(instant.replace(tzinfo=UTC))


NODES = f"{OPENED} JOIN identity_map USING (node_id)"


def test_everyone_of_the_tables_is_in_it_with_all_identifiers(shop: Path, base: LakeBase) -> None:
    same(
        shop,
        base,
        f"SELECT profile_id, identifier, value FROM {NODES}",
        lambda person: person.card.identifiers,
    )
    assert base.made.n_persons > 60


def test_each_identifier_finds_its_person_and_an_unknown_one_nobody(base: LakeBase) -> None:
    for person in everyone(base):
        for node in person.card.identifiers:
            found = base.find(node)
            assert found
            assert found.past.profile_id == person.past.profile_id
    assert base.find(("email", "nobody@example.com")) is None
    assert base.find(("email", "x" * 2000)) is None


def test_traits_and_audiences_are_those_of_the_tables(shop: Path, base: LakeBase) -> None:
    same(
        shop,
        base,
        "SELECT profile_id, trait, coalesce(text, CAST(number AS TEXT), CAST(instant AS TEXT)) FROM traits "
        "WHERE coalesce(text, CAST(number AS TEXT), CAST(instant AS TEXT)) IS NOT NULL",
        lambda person: [
            (name, str(value)) for name, value in person.card.traits.items() if value is not None
        ],
    )
    assert {name for person in everyone(base) for name in person.card.audiences} >= RULES.keys() - {
        "bought_just_now"
    }
    expected = grouped(shop, "SELECT profile_id, audience, entered_at FROM memberships")
    for person in everyone(base):
        rows = {
            audience: at(entered_at) for audience, entered_at in expected.get(person.past.profile_id or 0, [])
        }
        assert person.card.audiences == rows


def test_events_up_to_now_with_what_rules_look_at(shop: Path, base: LakeBase) -> None:
    rows = grouped(
        shop,
        "SELECT profile_id, occurred_at, event_id, category, revenue, properties FROM events JOIN identity_map USING (node_id) "
        f"WHERE occurred_at <= '{NOW.astimezone(UTC):%Y-%m-%d %H:%M:%S}'",
    )
    for person in everyone(base):
        expected = [
            (at(occurred_at), event_id, category, revenue, json.loads(properties)["gift"] is not None)
            for occurred_at, event_id, category, revenue, properties in rows.get(
                person.past.profile_id or 0, []
            )
        ]
        told = [
            (
                each.at,
                each.event_id,
                each.properties["category"],
                each.properties["revenue"],
                "gift" in each.properties,
            )
            for each in person.past.did.get("purchase", [])
        ]
        assert sorted(told) == expected
        assert all(each.position == -1 for did in person.past.did.values() for each in did)


def test_consents_attributes_and_lists_are_those_of_the_tables(shop: Path, base: LakeBase) -> None:
    same(
        shop,
        base,
        f"SELECT profile_id, purpose, state = 'granted', value_index FROM consents JOIN {NODES} USING (node_id)",
        lambda person: [(each.purpose, each.is_granted, each.node[1]) for each in person.past.said],
    )
    same(
        shop,
        base,
        f"SELECT profile_id, attribute, coalesce(text, CAST(number AS TEXT)) FROM attributes JOIN {NODES} USING (node_id)",
        lambda person: [
            (name, str(each.value)) for name, stated in person.past.stated.items() for each in stated
        ],
    )
    listed = {person.card.identifiers[0] for person in everyone(base) if person.past.lists == ["vip"]}
    assert listed == {("email", "m1@example.com"), ("email", "m3@example.com")}


def test_whoever_is_judged_in_full_stays_in_the_same_audiences_with_the_same_traits(
    base: LakeBase, judge: Judge
) -> None:
    for person in everyone(base):
        traits = dict(person.card.traits)
        assert judge.judge(person, micros(NOW), "rules", events=None) == []
        assert {name: value for name, value in traits.items() if value is not None} == person.card.traits


@pytest.mark.slow
@pytest.mark.parametrize("now", [NOW, NOW.replace(hour=23, minute=45)], ids=["at noon", "before midnight"])
def test_turning_names_everyone_whose_audiences_differ_until_then(
    shop: Path, judge: Judge, tmp_path: Path, now: datetime
) -> None:
    folder = shutil.copytree(shop, tmp_path / "now")
    before = held(folder, now)
    found = current_base(Alive(folder).folders.bases)
    assert found
    with closing(LakeBase(found, Alive(folder).seals, judge.rules.wanted)) as base:
        turning = set(base.turning())
        assert moment(base.made.until) == now + HORIZON
        assert (len(turning) < base.made.n_persons) == (now == NOW), "days since move everyone at midnight"
    moved = set()
    for minutes in (5, 16, 30):
        later = held(folder, now + timedelta(minutes=minutes))
        moved |= {node for node, audiences in before.items() if audiences != later[node]}
    assert moved
    assert moved <= turning


@pytest.mark.slow
def test_turning_names_the_same_people_when_the_lake_has_come_to_know_others(
    shop: Path, judge: Judge, tmp_path: Path
) -> None:
    folder = shutil.copytree(shop, tmp_path / "now")
    found = current_base(Alive(folder).folders.bases)
    assert found
    with closing(LakeBase(found, Alive(folder).seals, judge.rules.wanted)) as base:
        before = set(base.turning())
    assert before
    write_edges(folder / "data" / "purchases_of_others.csv", "other")
    with work(open_project(folder)) as workspace:
        definitions = read_definitions(workspace)
        run_batch(workspace, definitions)
        made = renew_turning(workspace, definitions.audiences, judge.rules, read_made(found))
    with closing(LakeBase(found, Alive(folder).seals, judge.rules.wanted)) as base:
        assert base.made == made
        assert set(base.turning()) == before


def held(folder: Path, now: datetime) -> dict[tuple[str, str], set[str]]:
    """Who is in which audiences by a full run at a moment; each by the first identifier."""
    stand_still(folder, now)
    with work(open_project(folder)) as workspace:
        keep_base(run_batch(workspace, read_definitions(workspace)))
    audiences = grouped(folder, "SELECT profile_id, audience FROM memberships")
    nodes = grouped(folder, f"SELECT profile_id, identifier, value FROM {NODES} ORDER BY node_id")
    return {min(rows): {name for (name,) in audiences.get(profile, [])} for profile, rows in nodes.items()}


def test_one_replaced_while_it_is_opened_gives_way_to_the_newer_and_a_torn_one_is_told(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bases = shutil.copytree(Alive(shop).folders.bases, tmp_path / "base")
    older = current_base(bases)
    assert older
    newer = shutil.copytree(older, bases / "newer")
    (older / APART).unlink()
    with pytest.raises(FileNotFoundError):
        open_current_base(bases, Alive(shop).seals, {})

    class Replacing(LakeBase):
        def __init__(self, *args: Any) -> None:
            try:
                super().__init__(*args)
            finally:
                (bases / "current").write_text(json.dumps({"name": newer.name}))

    monkeypatch.setattr(live_base, "LakeBase", Replacing)
    with closing(open_current_base(bases, Alive(shop).seals, {}) or pytest.fail("there is one")) as base:
        assert base._folder == newer


def test_its_files_are_no_longer_than_what_is_in_them(shop: Path) -> None:
    folder = current_base(Alive(shop).folders.bases)
    assert folder
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000
