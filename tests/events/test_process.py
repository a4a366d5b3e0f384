"""Loads on their way in: every row is accounted for, nothing is said twice, everybody has one number."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.events.shelf import EVENT, declare, load, select, write
from tests.tables.sealed import NODES

from headwater.tables.rejection import Reason

COLUMNS = ["receipt", "member", "mail", "at", "amount", "member_since"]
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "", "a:b"]) | CELL,
        st.sampled_from(["m1", "m2", "M1 ", "", " "]) | CELL,
        st.sampled_from(["ann@example.org", " ANN@example.org", "nobody", ""]) | CELL,
        st.sampled_from(["2026-01-02 10:00:00", "2026-01-02T10:00:00Z", "2099-01-01", "", "soon"]) | CELL,
        st.sampled_from(["1", "2.5", "", "1,5", "inf"]) | CELL,
        st.sampled_from(["2020-01-01", "", "0000-00-00"]) | CELL,
    ),
    max_size=12,
)
SHOP = {
    "identifiers": {"user_id": "member", "email": "mail"},
    "event": {**EVENT, "key": ["receipt"], "properties": {"revenue": "amount", "receipt": "receipt"}},
    "attributes": {"member_since": {"column": "member_since", "type": "instant"}},
}


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(ROWS, ROWS)
def test_every_row_is_accepted_or_rejected_with_a_reason(
    first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        declare(folder, **SHOP)
        for file, rows in (("shop_1", first), ("shop_2", second)):
            write(folder, COLUMNS, rows, file)
            taken = load(folder)
            assert taken.n_received == len(rows)
            assert taken.n_accepted + sum(taken.rejected.values()) == taken.n_received
        _is_accounted_for(folder, len(first) + len(second))


def test_identifiers_that_only_python_can_read_are_normalised_in_sql(tmp_path: Path) -> None:
    declare(tmp_path, identifiers={"phone": "tel", "postal": "who"}, event={**EVENT, "key": ["n"]})
    at = "2026-01-02 10:00:00"
    rows = [
        ("1", "+49 30 12345678", "", at),
        ("2", "tel:+49-30-12345678", "", at),
        ("3", "030 12345678", "", at),
        ("4", "", "Ann|Doe||12345|DE|1980-02-03", at),
    ]
    write(tmp_path, ["n", "tel", "who", "at"], rows)
    taken = load(tmp_path)
    assert (taken.n_accepted, sum(taken.rejected.values())) == (3, 1)
    assert select(tmp_path, f"SELECT identifier, value FROM {NODES} ORDER BY node_id") == [
        {"identifier": "phone", "value": "+493012345678"},
        {"identifier": "postal", "value": "ann|doe||12345|de|1980-02-03"},
    ]


def _is_accounted_for(folder: Path, n_rows: int) -> None:
    """The tables themselves say the same, and everything in them has one name."""
    count = "(SELECT coalesce(sum({}), 0)::BIGINT FROM {})"
    [found] = select(
        folder,
        f"SELECT (SELECT count(*) FROM events) AS accepted, {count.format('n_rows', 'rejected_events')} AS rejected, "
        f"{count.format('n_received', 'source_loads')} AS received, {count.format('n_accepted', 'source_loads')} AS loaded, "
        "(SELECT count(DISTINCT (source, event_id)) FROM events) AS ids, "
        f"(SELECT count(*) - count(DISTINCT (identifier, value)) FROM {NODES}) AS doubled, "
        "(SELECT count(*) - count(DISTINCT node_id) FROM nodes) AS shared, "
        "(SELECT count(*) FROM events ANTI JOIN nodes USING (node_id)) AS nameless",
    )
    assert found["received"] == n_rows
    assert found["accepted"] == found["loaded"] == found["ids"]
    assert int(str(found["accepted"])) + int(str(found["rejected"])) == n_rows
    assert (found["doubled"], found["shared"], found["nameless"]) == (0, 0, 0)


@pytest.mark.slow
def test_an_identifier_has_one_number_however_often_and_however_written_it_comes(tmp_path: Path) -> None:
    declare(tmp_path, **SHOP)
    spellings = ["ann@example.org", " ANN@Example.org", "\u00a0ann@example.ORG", "ann@example.org"]
    for place, spelling in enumerate(spellings):
        row = [str(place), "m1" if place % 2 else "", spelling, "2026-01-02", "1", ""]
        write(tmp_path, COLUMNS, [row, ["b" + row[0], *row[1:]]], f"shop_{place}")
        assert load(tmp_path).n_accepted == 2
    found = select(tmp_path, f"SELECT identifier, value, node_id FROM {NODES} ORDER BY node_id")
    assert [tuple(row.values()) for row in found] == [("email", "ann@example.org", 0), ("user_id", "m1", 1)]
    links = select(tmp_path, "SELECT node_id, other_node_id FROM links")
    assert links == [{"node_id": 0, "other_node_id": 1}]
    seen = select(
        tmp_path,
        "SELECT node_id, other_node_ids AS others, count(*) AS n FROM events GROUP BY ALL ORDER BY ALL",
    )
    assert seen == [{"node_id": 0, "others": None, "n": 4}, {"node_id": 1, "others": [0], "n": 4}]


def test_of_rows_with_one_key_the_first_is_kept_also_in_later_files(tmp_path: Path) -> None:
    declare(tmp_path, **SHOP)
    write(
        tmp_path, COLUMNS, [["1", "m1", "", "2026-01-02", amount, ""] for amount in ("soon", "5", "6", "7")]
    )
    assert dict(load(tmp_path).rejected) == {Reason.INVALID_NUMBER: 1, Reason.DUPLICATE: 2}
    write(
        tmp_path,
        COLUMNS,
        [["1", "m1", "", "2026-01-02", "8", ""], ["2", "m1", "", "2026-01-02", "9", ""]],
        "shop_2",
    )
    assert dict(load(tmp_path).rejected) == {Reason.ALREADY_LOADED: 1}
    assert select(tmp_path, "SELECT revenue FROM events ORDER BY 1") == [{"revenue": 5.0}, {"revenue": 9.0}]


def test_a_row_with_one_valid_identifier_of_two_is_kept(tmp_path: Path) -> None:
    declare(tmp_path, **SHOP)
    write(
        tmp_path,
        COLUMNS,
        [["1", "m1", "nobody", "2026-01-02", "1", ""], ["2", "", "nobody", "2026-01-02", "1", ""]],
    )
    assert dict(load(tmp_path).rejected) == {Reason.NO_IDENTIFIER: 1}
    assert [row["value"] for row in select(tmp_path, f"SELECT value FROM {NODES}")] == ["m1"]


def _members(folder: Path, *rows: Sequence[str]) -> None:
    declare(
        folder,
        identifiers={"user_id": "who"},
        attributes={"city": "city", "points": {"column": "points", "type": "number"}},
        consents=[{"purpose": "news", "column": "news"}],
    )
    write(folder, ["who", "city", "points", "news"], rows)
    load(folder)


def _statements(folder: Path) -> tuple[list[object], list[object]]:
    attributes = select(
        folder,
        "SELECT coalesce(text, CAST(number AS VARCHAR)) AS said FROM attributes ORDER BY attribute, stated_at",
    )
    consents = select(folder, "SELECT state AS said FROM consents ORDER BY stated_at, state DESC")
    return [row["said"] for row in attributes], [row["said"] for row in consents]


@pytest.mark.slow
def test_what_was_said_before_is_not_noted_again(tmp_path: Path) -> None:
    _members(tmp_path, ["ann", "Rome", "7", "yes"])
    assert _statements(tmp_path) == (["Rome", "7.0"], ["granted"])
    _members(tmp_path, ["ann", "Rome", "7.0", "Y"], ["bob", "", "", ""])
    assert _statements(tmp_path) == (["Rome", "7.0"], ["granted"])
    _members(tmp_path, ["ann", "", "", ""])  # empty says nothing
    assert _statements(tmp_path) == (["Rome", "7.0"], ["granted"])
    _members(tmp_path, ["ann", "Oslo", "7", "no"])
    assert _statements(tmp_path) == (["Rome", "Oslo", "7.0"], ["granted", "denied"])
    _members(tmp_path, ["ann", "Oslo", "7", "no"], ["bob", "", "", ""])
    assert _statements(tmp_path) == (["Rome", "Oslo", "7.0"], ["granted", "denied"])


def test_what_changes_back_is_noted_in_order_although_the_present_stands_still(tmp_path: Path) -> None:
    for place, city in enumerate(("Rome", "Oslo", "Rome", "Rome")):
        _members(tmp_path, ["ann", city, "", ""], [str(place), "", "", ""])
    assert _statements(tmp_path)[0] == ["Rome", "Oslo", "Rome"]


@pytest.mark.slow
def test_consent_given_and_taken_at_one_moment_is_noted_once_each(tmp_path: Path) -> None:
    for place, news in enumerate(("yes", "no", "yes", "no", "yes")):
        _members(tmp_path, ["ann", "", "", news], [str(place), "", "", ""])
    assert _statements(tmp_path)[1] == ["granted", "denied"]


def test_within_a_load_the_last_row_speaks(tmp_path: Path) -> None:
    _members(tmp_path, ["ann", "Rome", "1", "yes"], ["ann", "Oslo", "2", "no"], [" ann ", "Bonn", "", ""])
    assert _statements(tmp_path) == (["Bonn", "2.0"], ["denied"])
