"""What a source's texts become: numbers, instants, booleans, ids; and that whatever they hold, they stay data."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from tests.events.shelf import EVENT, declare, load, select, write
from tests.tables.sealed import NODES

from headwater.core.errors import SourceError
from headwater.tables.rejection import Reason

AT = "2026-01-02 10:00:00"
BAD = object()  # the row is rejected


def read_as(folder: Path, texts: list[str], of: str, column: str, **source: object) -> list[object]:
    """What each text becomes, in a column of `events`."""
    declare(folder, identifiers={"user_id": "who"}, **source)
    write(
        folder,
        ["number", "who", "at", "x"],
        [[str(place), "ann", text if of == "at" else AT, text] for place, text in enumerate(texts)],
    )
    taken = load(folder)
    rows = select(folder, f"SELECT CAST(order_id AS BIGINT) AS number, {column} AS value FROM events")
    found = {row["number"]: row["value"] for row in rows}
    assert taken.n_accepted == len(found)
    assert sum(taken.rejected.values()) == len(texts) - len(found)
    return [found.get(place, BAD) for place in range(len(texts))]


@pytest.mark.parametrize(
    ("decimal", "meant"),
    [
        (
            ".",
            {
                "1.5": 1.5,
                " 2 ": 2.0,
                "-0.25": -0.25,
                "1e3": 1000.0,
                "": None,
                "  ": None,
                "1,5": BAD,
                "1,234.5": BAD,
                "a lot": BAD,
                "NaN": BAD,
                "inf": BAD,
                "-Infinity": BAD,
                "1e999": BAD,
                "$3": BAD,
            },
        ),
        (
            ",",
            {
                "1,5": 1.5,
                " 2 ": 2.0,
                "-0,25": -0.25,
                "1.234,5": 1234.5,
                "1.234.567": 1234567.0,
                "1234,5": 1234.5,
                "": None,
                "1.5": BAD,
                "1,234.5": BAD,
                "1,2,3": BAD,
                "NaN": BAD,
                "inf": BAD,
                "12.34": BAD,
                ",": BAD,
            },
        ),
    ],
    ids=["point", "comma"],
)
def test_numbers_are_read_with_the_decimal_sign_of_the_source(
    tmp_path: Path, decimal: str, meant: dict[str, object]
) -> None:
    event = {**EVENT, "properties": {"order_id": "number", "revenue": "x"}}
    assert read_as(tmp_path, list(meant), "x", "revenue", decimal=decimal, event=event) == list(
        meant.values()
    )
    reasons = {row["reason"] for row in select(tmp_path, "SELECT reason FROM rejected_events")}
    assert reasons == {Reason.INVALID_NUMBER}


def test_times_are_read_in_the_zone_of_the_source_unless_they_know_their_own(tmp_path: Path) -> None:
    meant = {
        "2026-01-02": datetime(2026, 1, 1, 23),
        "2026-01-02 10:00:00": datetime(2026, 1, 2, 9),
        "2026-01-02T10:00:00.123456": datetime(2026, 1, 2, 9, 0, 0, 123456),
        " 2026-04-02 10:00 ": datetime(2026, 4, 2, 8),
        "2026-01-02T10:00:00Z": datetime(2026, 1, 2, 10),
        "2026-01-02 10:00:00 Z": datetime(2026, 1, 2, 10),
        "2026-01-02T10:00:00-05:00": datetime(2026, 1, 2, 15),
        "2026-01-02T10:00+0530": datetime(2026, 1, 2, 4, 30),
        "2026-01-02 10:00:00+02": datetime(2026, 1, 2, 8),
        "2026-01-02 10:00:00 +02:00": datetime(2026, 1, 2, 8),
        "2026-01-02 10:00:00 UTC": datetime(2026, 1, 2, 10),
        "2026-01-02 10:00:00 America/New_York": datetime(2026, 1, 2, 15),
        "2026-03-29 01:59:59": datetime(2026, 3, 29, 0, 59, 59),
        "2026-03-29 02:30:00": datetime(
            2026, 3, 29, 1, 30
        ),  # never on a clock: as if it had not been put forward
        "2026-03-29 03:00:00": datetime(2026, 3, 29, 1),
        "2025-10-26 01:59:59": datetime(2025, 10, 25, 23, 59, 59),
        "2025-10-26 02:30:00": datetime(
            2025, 10, 26, 1, 30
        ),  # twice on the clock: the second time, in standard time
        "2025-10-26 03:00:00": datetime(2025, 10, 26, 2),
        "2026-01-02 10:00:00 Mars/Olympus": BAD,
        "2026-13-02 10:00:00": BAD,
        "02.01.2026": BAD,
        "infinity": BAD,
        "-infinity": BAD,
        "yesterday": BAD,
        "": BAD,
    }
    event = {**EVENT, "properties": {"order_id": "number"}}
    found = read_as(tmp_path, list(meant), "at", "occurred_at", event=event)
    assert dict(zip(meant, found, strict=True)) == meant


@pytest.mark.parametrize(
    ("time_format", "meant"),
    [
        (
            "%d.%m.%Y %H:%M",
            {
                "02.01.2026 10:00": datetime(2026, 1, 2, 9),
                "2026-01-02 10:00:00": BAD,
                "31.02.2026 10:00": BAD,
            },
        ),
        ("%Y%m%dT%H%M%S%z", {"20260102T100000+0200": datetime(2026, 1, 2, 8), "20260102T100000": BAD}),
        (
            "epoch_seconds",
            {"0": datetime(1970, 1, 1), "1767348000.5": datetime(2026, 1, 2, 10, 0, 0, 500000), "soon": BAD},
        ),
        (
            "epoch_milliseconds",
            {"1767348000123": datetime(2026, 1, 2, 10, 0, 0, 123000), "1e300": BAD, "nan": BAD},
        ),
    ],
    ids=["strptime", "strptime with offset", "seconds", "milliseconds"],
)
def test_times_are_read_in_the_format_of_the_source(
    tmp_path: Path, time_format: str, meant: dict[str, object]
) -> None:
    event = {**EVENT, "time_format": time_format, "properties": {"order_id": "number"}}
    found = read_as(tmp_path, list(meant), "at", "occurred_at", event=event)
    assert dict(zip(meant, found, strict=True)) == meant


def test_booleans_are_read_in_the_words_people_use(tmp_path: Path) -> None:
    meant = {
        "yes": True,
        "Y": True,
        " TRUE ": True,
        "t": True,
        "1": True,
        "no": False,
        "F": False,
        "0": False,
    }
    others = {"": None, "maybe": BAD, "2": BAD}
    declare(
        tmp_path,
        identifiers={"user_id": "who"},
        attributes={"is_member": {"column": "x", "type": "boolean"}},
    )
    write(tmp_path, ["who", "x"], [[f"p{place}", text] for place, text in enumerate([*meant, *others])])
    assert dict(load(tmp_path).rejected) == {Reason.INVALID_BOOLEAN: 2}
    rows = select(
        tmp_path,
        f"SELECT boolean FROM attributes JOIN {NODES} USING (node_id) ORDER BY CAST(value[2:] AS INT)",
    )
    assert [row["boolean"] for row in rows] == list(meant.values())


def test_sums_count_what_is_empty_as_nothing_and_reject_what_is_no_number(tmp_path: Path) -> None:
    properties = {"order_id": "n", "discount": {"sum": ["a", "b"]}, "saved": {"sum": ["b", "b"]}}
    declare(tmp_path, identifiers={"user_id": "who"}, event={**EVENT, "properties": properties})
    rows = [
        ["0", "ann", AT, "1.5", "2"],
        ["1", "ann", AT, "", "2"],
        ["2", "ann", AT, "", ""],
        ["3", "ann", AT, "1", "x"],
    ]
    write(tmp_path, ["n", "who", "at", "a", "b"], rows)
    assert dict(load(tmp_path).rejected) == {Reason.INVALID_NUMBER: 1}
    found = select(tmp_path, "SELECT discount, properties FROM events ORDER BY order_id")
    assert [row["discount"] for row in found] == [3.5, 2.0, 0.0]
    assert [json.loads(str(row["properties"])) for row in found] == [
        {"saved": 4.0},
        {"saved": 4.0},
        {"saved": 0.0},
    ]


def test_properties_that_events_do_not_have_are_kept_as_json_whatever_they_are_called(tmp_path: Path) -> None:
    names = ["gift", "key_hash", "line", "problem", "identifier:user_id", 'it\'s "odd"; --']
    properties = {"order_id": "n", **{name: f"c{place}" for place, name in enumerate(names)}}
    event = {
        **EVENT,
        "key": ["n"],
        "properties": properties,
        "fixed": {"store": "Z'1", "channel": "web", "rate": 1.5},
    }
    declare(tmp_path, identifiers={"user_id": "who"}, event=event)
    values = ['{"a": 1}', "'", '"', "", "ü\n2", "0"]
    write(
        tmp_path,
        ["n", "who", "at", *(f"c{place}" for place in range(len(names)))],
        [["0", "ann", AT, *values]],
    )
    assert load(tmp_path).n_accepted == 1
    [row] = select(tmp_path, "SELECT properties, channel FROM events")
    assert row["channel"] == "web"
    said = json.loads(str(row["properties"]))
    assert said == {**dict(zip(names, values, strict=True)), "store": "Z'1", "rate": 1.5} | {
        names[3]: said[names[3]]
    }
    assert said[names[3]] in ("", None)


def test_missing_columns_are_all_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    declare(tmp_path, identifiers={"user_id": "member"}, event={**EVENT, "properties": {"revenue": "amount"}})
    write(tmp_path, ["membr", "at", "amont"], [["ann", AT, "1"]])
    with pytest.raises(SourceError) as caught:
        load(tmp_path)
    assert "'amount' (did you mean 'amont'?)" in str(caught.value)
    assert "'member' (did you mean 'membr'?)" in str(caught.value)
    assert select(tmp_path, "SELECT * FROM events") == []


def test_keys_whose_parts_hold_the_separator_are_different_events(tmp_path: Path) -> None:
    keys = [
        ("a:b", "c"),
        ("a", "b:c"),
        ("a\\", ":b"),
        ("a\\:", "b"),
        ("a", "\\:b"),
        ("a:b:c", "-"),
        ("a:b", "c:-"),
    ]
    declare(tmp_path, identifiers={"user_id": "who"}, event={**EVENT, "key": ["one", "two"]})
    write(tmp_path, ["one", "two", "who", "at"], [[*key, "ann", AT] for key in keys])
    assert load(tmp_path).n_accepted == len(keys)
    assert select(tmp_path, "SELECT count(DISTINCT event_id) AS n FROM events") == [{"n": len(keys)}]


EVIL = [
    "x'); DROP TABLE events; --",
    'x"; DELETE FROM nodes; --',
    "'' OR 1=1",
    "{x}",
    "%s",
    "\\",
    "a, b",
    "--",
    "$1",
]


def test_column_names_and_values_are_never_code(tmp_path: Path) -> None:
    properties = {name: name for name in EVIL}
    declare(
        tmp_path,
        identifiers={"user_id": EVIL[0]},
        event={
            "name": "purchase",
            "time": "at",
            "key": EVIL[:2],
            "properties": properties,
            "fixed": {"channel": EVIL[0]},
        },
        attributes={EVIL[1]: EVIL[1]},
    )
    write(tmp_path, ["at", *EVIL], [[AT, *EVIL], [AT, *EVIL[::-1]]])
    assert load(tmp_path).n_accepted == 2
    rows = select(
        tmp_path, f"SELECT value, channel, properties FROM events JOIN {NODES} USING (node_id) ORDER BY value"
    )
    assert {row["value"] for row in rows} == {EVIL[0], EVIL[-1]}
    assert {row["channel"] for row in rows} == {EVIL[0]}
    for row in rows:
        held = EVIL if row["value"] == EVIL[0] else EVIL[::-1]
        assert json.loads(str(row["properties"])) == dict(zip(EVIL, held, strict=True))
    said = select(tmp_path, "SELECT DISTINCT attribute FROM attributes")
    assert said == [{"attribute": EVIL[1]}]
