"""Who is found to be the same, who is not, and that nothing but the records decides it."""

from __future__ import annotations

import random
from dataclasses import asdict, replace

import pyarrow as pa
import pytest

from headwater.core.errors import NotFoundError, SourceError
from headwater.identity.matching.group import groups
from headwater.identity.matching.link import Found, best_each, link

from .conftest import Somebody, crowd, model, pairs, people, table

FATHER = Somebody(
    "f",
    "Anton",
    "Kornfeld",
    "1958-03-11",
    "Lindenallee",
    "17",
    "70173",
    "Stuttgart",
    "anton@kornfeld.example",
)
SON = replace(FATHER, id="s", first="Lukas", born="1991-10-25", email="lukas.k@post.example")
ASKED = [
    FATHER,
    SON,
    replace(FATHER, id="f-typos", first="Antno", last="Kornfled", email=None),
    replace(FATHER, id="f-swapped", first="Kornfeld", last="Anton", email=None),
    replace(FATHER, id="f-day", born="1958-11-03", email=None),
    replace(FATHER, id="f-no-address", street=None, house=None, postcode=None, town=None),
    Somebody("nobody", None, None, None, None, None, None, None),
    Somebody("nobody-else", None, None, None, None, None, None, None),
]


@pytest.fixture(scope="module")
def found() -> Found:
    return link(table(crowd() + ASKED), model())


def test_duplicates_in_a_crowd_are_found_and_hardly_anybody_else(found: Found) -> None:
    asked = {each.id for each in ASKED}
    linked = {pair for pair in pairs(found.links) if not asked & set(pair)}
    right = {(left, other) for left, other in linked if left.split("-")[0] == other.split("-")[0]}
    assert len(right) / len(linked) > 0.99
    assert len(right) / 150 > 0.98


@pytest.mark.parametrize("other", ["f-typos", "f-swapped", "f-day", "f-no-address"])
def test_the_same_person_is_found_however_written(found: Found, other: str) -> None:
    assert ("f", other) in pairs(found.links)


def test_father_and_son_at_one_address_are_two_persons(found: Found) -> None:
    assert ("f", "s") not in pairs(found.links)
    assert ("f-no-address", "s") not in pairs(found.links)


def test_records_without_values_are_linked_to_nobody(found: Found) -> None:
    assert not {"nobody", "nobody-else"} & {end for pair in pairs(found.pairs) for end in pair}


def test_a_missing_value_says_nothing(found: Found) -> None:
    of = {(row["left"], row["right"]): row["evidence"] for row in found.pairs.to_pylist()}
    (place,) = (each for each in of["f", "f-no-address"] if each["comparison"] == "place")
    assert place == {"comparison": "place", "level": "unknown", "weight": 0.0}


def test_the_evidence_adds_up_to_the_weight(found: Found) -> None:
    prior = {
        round(row["match_weight"] - sum(each["weight"] for each in row["evidence"]), 4)
        for row in found.pairs.to_pylist()
    }
    assert len({round(each, 3) for each in prior}) <= 2


def test_father_and_son_at_one_address_are_one_household() -> None:
    neighbour = replace(FATHER, id="n", last="Wiesenthal")
    next_door = replace(FATHER, id="d", house="19")
    together = link(table([*crowd(), FATHER, SON, neighbour, next_door]), model(level="household"))
    linked = {pair for pair in pairs(together.links) if set(pair) <= {"f", "s", "n", "d"}}
    assert linked == {("f", "s")}


def test_the_order_of_the_rows_changes_nothing(found: Found) -> None:
    rows = crowd() + ASKED
    random.Random(3).shuffle(rows)
    assert link(table(rows), model()).pairs.equals(found.pairs)


def test_sources_without_duplicates_are_linked_one_to_one() -> None:
    rows = [{**asdict(each), "from": each.id[-1]} for each in crowd(200)]
    twin = {**asdict(crowd(200)[0]), "id": "0-twin", "from": "a"}
    linked = pairs(
        link(pa.Table.from_pylist([*rows, twin]), model(source="from", once_per_source=True)).links
    )
    assert len([pair for pair in linked if "0-b" in pair]) == 1
    assert all({left[-1], right[-1]} != {"a"} for left, right in linked)
    assert len(linked) > 95


def test_the_best_of_several_links_is_kept_for_each_source() -> None:
    candidates = pa.table({"left": ["a1", "a1", "a2", "a1"], "right": ["b1", "b2", "b1", "c1"]})
    kept = best_each(candidates, {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "c1": "c"})
    assert pairs(kept) == {("a1", "b1"), ("a1", "c1")}


def test_links_hold_groups_together() -> None:
    held = groups(pa.array(["d", "a", "c", "b"]), pa.table({"left": ["a", "b"], "right": ["b", "c"]}))
    assert held.to_pydict() == {"id": ["a", "b", "c", "d"], "group_id": ["a", "a", "a", "d"]}


@pytest.mark.parametrize("count", [0, 1, 2, 12])
@pytest.mark.parametrize("level", ["person", "household"])
def test_few_records_are_no_error(count: int, level: str) -> None:
    few = table(people(12)).slice(0, count)
    assert link(few, model(level=level)).links.num_rows == 0


def test_what_could_not_be_learned_is_said() -> None:
    assert (
        "too few records to learn how birth date agrees: usual values stand"
        in link(table(people(12)), model()).trained.notes
    )


def test_the_only_pair_of_few_records_is_found() -> None:
    one = people(30)
    linked = pairs(link(table([*one, replace(one[0], id="again", email=None)]), model()).links)
    assert linked == {("0-a", "again")}


def test_records_that_nothing_keeps_apart_are_not_all_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.identity.matching.train.MOST_PAIRS", 10)
    same = [replace(FATHER, id=str(number)) for number in range(60)]
    told = link(table(same), model())
    assert (told.pairs.num_rows, told.links.num_rows) == (0, 0)
    assert "records are not compared by birth date: that would be 1,770 pairs" in told.trained.notes


def test_columns_that_are_not_there_are_all_named() -> None:
    with pytest.raises(NotFoundError) as refused:
        link(table(people(2)).drop_columns(["town", "born"]), model())
    assert "'town'" in refused.value.message
    assert "'born'" in refused.value.message


def test_an_id_must_be_of_one_record() -> None:
    with pytest.raises(SourceError, match="column 'id' has missing or repeated values"):
        link(table(people(3) + people(1)), model())
