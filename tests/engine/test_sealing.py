"""Sealing in SQL: the functions of DuckDB say what `Seals` says, and its errors stay ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from headwater.core.errors import Bug, HeadwaterError, KeysError, SealError
from headwater.core.sealing.keys import new_ring
from headwater.core.sealing.seals import Place, Seals
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.sealing import define_sealing

SEALS = Seals(new_ring("shop", datetime(2026, 5, 4, tzinfo=UTC)))
N = 5_000
VALUES = [None if n % 7 == 0 else f"person{n % 3_000}@example.com" for n in range(N)]


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    session = DuckDB(threads=2)
    define_sealing(session, lambda: SEALS)
    session.register("people", pa.table({"n": range(N), "value": pa.array(VALUES, pa.string())}))
    yield session
    session.close()


def column(engine: DuckDB, sql: str) -> list[object]:
    found: list[object] = engine.table(sql)[0].to_pylist()
    return found


def test_what_sql_seals_opens_in_sql_and_in_python(engine: DuckDB) -> None:
    engine.create("sealed", "SELECT n, seal('nodes.value', value) AS value FROM people")
    assert column(engine, "SELECT open_sealed('nodes.value', value) FROM sealed ORDER BY n") == VALUES
    texts = engine.table("SELECT value FROM sealed ORDER BY n")["value"]
    assert SEALS.open_sealed(texts, Place("nodes", "value")).to_pylist() == VALUES


def test_every_row_is_sealed_for_itself(engine: DuckDB) -> None:
    assert column(engine, "SELECT count(DISTINCT seal('a.b', 'the same')) FROM people") == [N]


def test_indexes_in_sql_are_those_of_python(engine: DuckDB) -> None:
    found = column(engine, "SELECT blind_index('email', value) FROM people ORDER BY n")
    assert found == SEALS.blind_index(pa.array(VALUES), "email").to_pylist()


def test_rows_of_several_kinds_and_of_none_stand_together(engine: DuckDB) -> None:
    kinds = ["email", "phone", None]
    sql = "(CASE n % 3 WHEN 0 THEN 'email' WHEN 1 THEN 'phone' END)"
    found = column(engine, f"SELECT blind_index({sql}, n::VARCHAR) FROM people ORDER BY n")
    expected = [(kind := kinds[n % 3]) and SEALS.index_text(str(n), kind) for n in range(N)]
    assert found == expected


def test_rows_of_no_kind_at_all_have_no_index(engine: DuckDB) -> None:
    assert column(engine, "SELECT DISTINCT blind_index(NULL, value) FROM people") == [None]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT open_sealed('nodes.value', value) FROM people", SealError),
        ("SELECT open_sealed('nodes.value', seal('nodes.other', value)) FROM people", SealError),
        ("SELECT seal('nodes', value) FROM people", Bug),
    ],
    ids=["plain text", "another column", "no place"],
)
def test_errors_are_ours_and_carry_no_value(engine: DuckDB, sql: str, kind: type[HeadwaterError]) -> None:
    with pytest.raises(kind) as whole:
        engine.table(sql)
    with pytest.raises(kind) as streamed:
        engine.stream(sql).read_all()
    for caught in (whole, streamed):
        assert "person" not in f"{caught.value.as_dict()} {caught.value.__cause__}"


def test_an_unknown_key_is_told_from_sql(engine: DuckDB) -> None:
    other = Seals(new_ring("shop", datetime(2026, 5, 4, tzinfo=UTC)))
    engine.register("theirs", pa.table({"value": other.seal(pa.array(["a"]), Place("nodes", "value"))}))
    with pytest.raises(KeysError, match=other.ring.active.key_id):
        engine.table("SELECT open_sealed('nodes.value', value) FROM theirs")


def test_defining_again_takes_the_newer_keys(engine: DuckDB) -> None:
    newer = Seals(new_ring("shop", datetime(2026, 5, 4, tzinfo=UTC)))
    define_sealing(engine, lambda: newer)
    assert column(engine, "SELECT blind_index('email', 'a')") == [newer.index_text("a", "email")]
