"""A record is what sources state of one identifier, whatever profile it is in and whatever was found to be alike before."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from headwater.identity.declare import KindRules
from headwater.identity.likeness.records import Records

from .conftest import Known, a_model

POSTAL = "postal=ann|doe|1 main st|02139|us|1980-02-03"


def test_a_record_has_what_is_stated_of_an_identifier_and_the_weaker_ones_beside_it(known: Known) -> None:
    known.state("crm_id=1", surname="Doe", zip="02139", points=3.0)
    known.tie("crm_id=1", "email=ann@x.example")
    known.write()
    assert known.held() == {"crm_id=1": {"last_name": "Doe", "postcode": "02139", "email": "ann@x.example"}}


def test_an_identifier_that_can_be_alike_in_parts_is_told_in_them(known: Known) -> None:
    known.tie("crm_id=1", POSTAL)
    known.write()
    told = {
        "first_name": "ann",
        "last_name": "doe",
        "street": "1 main st",
        "postcode": "02139",
        "birth_date": "1980-02-03",
    }
    assert known.held() == {"crm_id=1": told, POSTAL: told}


def test_what_is_only_an_address_to_write_to_is_no_record(known: Known) -> None:
    known.tie("user_id=1", "email=ann@x.example")
    known.tie("user_id=1", "anonymous_id=b")
    known.write()
    assert known.held() == {}


def test_the_source_of_priority_counts_and_then_the_newest(known: Known) -> None:
    known.state("crm_id=1", "web", days_ago=1, first_name="A", last_name="A")
    known.state("crm_id=1", "crm", days_ago=9, first_name="B")
    known.state("crm_id=1", "shop", days_ago=2, last_name="C")
    known.tie("crm_id=1", "email=old@x.example", "shop", days_ago=9)
    known.tie("crm_id=1", "email=new@x.example", "shop", days_ago=2)
    known.write()
    assert known.held() == {"crm_id=1": {"first_name": "B", "last_name": "A", "email": "new@x.example"}}


def test_values_of_every_type_are_told_as_text(known: Known) -> None:
    begins = datetime(1980, 2, 2, 23, tzinfo=UTC)  # the third where the project counts days
    known.state("crm_id=1", house_number=17.0, dob=begins, street="Lindenallee")
    known.write()
    assert known.held() == {
        "crm_id=1": {"house_number": "17", "birth_date": "1980-02-03", "street": "Lindenallee"}
    }


def test_a_file_says_what_attributes_hold_and_how_dates_are_written(known: Known) -> None:
    known.state("crm_id=1", nachname="Doe", rufname="Ann", geboren="03.02.1980", motto="x", city="Bonn")
    known.write()
    model = a_model(
        attributes={
            "nachname": "last_name",
            "rufname": "first_name",
            "geboren": {"kind": "birth_date", "format": "%d.%m.%Y"},
            "motto": "text",
        },
        identifiers=[],
    )
    told = {"last_name": "Doe", "first_name": "Ann", "birth_date": "1980-02-03", "text": "x"}
    assert known.held(model) == {"crm_id=1": told}


def test_who_names_nobody_is_no_record_and_says_nothing_of_others(known: Known) -> None:
    for number in "123":
        known.state(f"crm_id={number}", surname=f"Name {number}")
        known.tie(f"crm_id={number}", "phone=+4930123456")
    known.write()
    assert {tuple(each) for each in known.held().values()} == {("last_name", "phone")}
    alone = {f"crm_id={number}": {"last_name": f"Name {number}"} for number in "123"}
    assert known.held(phone=KindRules(most_linked=2)) == alone
    del alone["crm_id=2"]
    assert known.held(phone=KindRules(most_linked=2), crm_id=KindRules(blocked=("2",))) == alone


@pytest.mark.parametrize(("level", "is_one"), [("person", False), ("household", True)])
def test_what_names_a_household_is_no_record_of_a_person(known: Known, level: str, is_one: bool) -> None:
    known.state("household_id=1", last_name="Doe", street="Lindenallee 1")
    known.write()
    assert bool(known.held(a_model(level=level))) is is_one


def a_crowd(known: Known, order: list[int]) -> Records:
    for number in order:
        known.state(f"crm_id={number}", surname=f"Name {number}", city="Bonn")
        known.tie(f"crm_id={number}", f"email=a{number}@x.example")
    known.write()
    return known.records()


def test_the_order_in_which_things_came_changes_nothing(known: Known) -> None:
    order = list(range(20))
    first = a_crowd(known, order)
    random.Random(3).shuffle(order)
    again = a_crowd(Known(known.workspace), order)
    assert again.rows["node_id"] != first.rows["node_id"]
    assert again.rows.drop_columns("node_id").equals(first.rows.drop_columns("node_id"))


def test_the_digest_changes_with_what_is_compared_and_with_nothing_else(known: Known) -> None:
    before = a_crowd(known, list(range(5)))
    known.state("crm_id=1", points=7.0)
    known.tie("crm_id=1", "anonymous_id=b")
    known.write()
    assert known.records().digest == before.digest
    known.state("crm_id=1", days_ago=0, city="Köln")
    known.write()
    assert known.records().digest != before.digest


def test_former_likeness_plays_no_part(known: Known) -> None:
    known.state("crm_id=quiet", surname="Doe")
    before = a_crowd(known, list(range(5)))
    known.tie("crm_id=quiet", "email=a2@x.example", "people", days_ago=0, rule="alike", confidence=0.99)
    known.write()
    assert known.records().digest == before.digest
    assert known.records(email=KindRules(most_linked=1)).digest == before.digest


def test_without_anything_there_are_no_records(known: Known) -> None:
    known.write()
    assert known.records().rows.num_rows == 0
    known.node("crm_id=1")
    known.write()
    assert known.held() == {}
