"""Tables and queries of SQL databases: SQLite, and a real PostgreSQL server."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from headwater.core.errors import EnvironmentFault, SourceError
from headwater.sources.source import Load, Staged, declaration_of
from headwater.sources.sql_database import SOURCE, SqlRead
from headwater.tables import source_loads
from headwater.tables.workspace import Workspace


@pytest.fixture
def shop(project_root: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(project_root / "shop.db")
    connection.execute("CREATE TABLE orders (id INTEGER, customer TEXT, amount REAL)")
    connection.executemany(
        "INSERT INTO orders VALUES (?, ?, ?)", [(n, f"c{n}", n * 1.5) for n in range(1, 8)]
    )
    connection.commit()
    return connection


def sqlite_read(workspace: Workspace, **read: object) -> SqlRead:
    return SqlRead.model_validate({"url": f"sqlite:///{workspace.project.root}/shop.db", **read})


def load_all(read: SqlRead, workspace: Workspace) -> list[Staged]:
    """Stage what is pending and note it, as a run does."""
    staged = []
    for load in SOURCE.pending("shop", read, workspace):
        result = SOURCE.stage("shop", read, load, workspace)
        note(workspace, load, result)
        staged.append(result)
    return staged


def note(workspace: Workspace, load: Load, staged: Staged) -> None:
    row = {
        "source": "shop",
        "object": load.object,
        "fingerprint": load.fingerprint,
        "declaration": declaration_of("shop", workspace),
        "cursor": staged.cursor,
        "columns": json.dumps(staged.columns),
        "n_received": staged.n_received,
        "n_accepted": staged.n_received,
        "n_rejected": 0,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }
    workspace.engine.register("noted", pa.Table.from_pylist([row], schema=source_loads.TABLE.schema))
    with workspace.publish() as publication:
        publication.append(source_loads.TABLE, "SELECT * FROM noted")


def rows(workspace: Workspace) -> list[dict[str, object]]:
    return workspace.engine.table("SELECT * FROM staged_shop ORDER BY source_line").to_pylist()


def ids(workspace: Workspace) -> list[object]:
    return [row["id"] for row in rows(workspace)]


def test_a_whole_table_is_staged_with_its_types_in_batches(
    workspace: Workspace, shop: sqlite3.Connection
) -> None:
    read = sqlite_read(workspace, table="orders", batch_rows=2)
    [load] = SOURCE.pending("shop", read, workspace)
    staged = SOURCE.stage("shop", read, load, workspace)
    assert (staged.object, staged.n_received, staged.columns) == ("orders", 7, ("id", "customer", "amount"))
    assert rows(workspace) == [
        {"source_line": n, "id": n, "customer": f"c{n}", "amount": n * 1.5} for n in range(1, 8)
    ]
    assert {key: json.loads(text) for key, text in staged.raw([2, 7]).items()} == {
        2: {"id": 2, "customer": "c2", "amount": 3.0},
        7: {"id": 7, "customer": "c7", "amount": 10.5},
    }


def test_an_unchanged_table_is_not_pending_again(workspace: Workspace, shop: sqlite3.Connection) -> None:
    read = sqlite_read(workspace, table="orders")
    assert len(load_all(read, workspace)) == 1
    assert SOURCE.pending("shop", read, workspace) == []
    shop.execute("UPDATE orders SET customer = 'someone else' WHERE id = 3")
    shop.commit()
    assert len(SOURCE.pending("shop", read, workspace)) == 1


def test_the_order_of_rows_is_no_change(workspace: Workspace, shop: sqlite3.Connection) -> None:
    up = SOURCE.pending("shop", sqlite_read(workspace, query="SELECT * FROM orders ORDER BY id"), workspace)
    down = SOURCE.pending(
        "shop", sqlite_read(workspace, query="SELECT * FROM orders ORDER BY id DESC"), workspace
    )
    assert up == down


def test_a_cursor_reads_only_from_the_last_row_on(workspace: Workspace, shop: sqlite3.Connection) -> None:
    read = sqlite_read(workspace, table="orders", cursor="id", batch_rows=3)
    [first] = load_all(read, workspace)
    assert (first.n_received, first.cursor) == (7, "integer:7")
    assert load_all(read, workspace) == []
    shop.execute("INSERT INTO orders VALUES (9, 'c9', 1), (8, 'c8', 1)")
    shop.commit()
    [second] = load_all(read, workspace)
    assert (ids(workspace), second.cursor) == ([7, 8, 9], "integer:9")


def test_rows_that_share_the_last_cursor_are_not_lost(workspace: Workspace, shop: sqlite3.Connection) -> None:
    read = sqlite_read(workspace, table="orders", cursor="id")
    load_all(read, workspace)
    shop.execute("INSERT INTO orders VALUES (7, 'came later', 1)")
    shop.commit()
    assert len(load_all(read, workspace)) == 1
    assert sorted(str(row["customer"]) for row in rows(workspace)) == ["c7", "came later"]


def test_rows_without_a_cursor_are_not_lost(workspace: Workspace, shop: sqlite3.Connection) -> None:
    read = sqlite_read(workspace, table="orders", cursor="id")
    load_all(read, workspace)
    shop.execute("INSERT INTO orders VALUES (NULL, 'nameless', 1)")
    shop.commit()
    [staged] = load_all(read, workspace)
    assert {row["customer"] for row in rows(workspace)} == {"c7", "nameless"}
    assert staged.cursor == "integer:7"


def test_a_column_of_several_kinds_becomes_text_even_when_it_shows_late(
    workspace: Workspace, shop: sqlite3.Connection
) -> None:
    shop.execute("CREATE TABLE mixed (v)")
    values = [None, None, 1, 2, 2.5, "three", b"\x04", None]
    shop.executemany("INSERT INTO mixed VALUES (?)", [(value,) for value in values])
    shop.commit()
    load_all(sqlite_read(workspace, table="mixed", batch_rows=2), workspace)
    assert [row["v"] for row in rows(workspace)] == [None, None, "1", "2", "2.5", "three", "04", None]


def test_an_empty_result_still_has_its_columns(workspace: Workspace, shop: sqlite3.Connection) -> None:
    [staged] = load_all(
        sqlite_read(workspace, query="SELECT id, customer FROM orders WHERE id > 99"), workspace
    )
    assert (staged.n_received, staged.columns, rows(workspace)) == (0, ("id", "customer"), [])


def test_a_query_may_hold_colons_percents_comments_and_a_semicolon(
    workspace: Workspace, shop: sqlite3.Connection
) -> None:
    query = "SELECT id, ':x' AS a, '50%' AS b FROM orders WHERE customer LIKE 'c1%' ; -- the first"
    with pytest.raises(ValidationError, match="one SELECT"):
        sqlite_read(workspace, query=query + "\n; DELETE FROM orders")
    load_all(sqlite_read(workspace, query=query.replace(" ;", "")), workspace)
    assert rows(workspace) == [{"source_line": 1, "id": 1, "a": ":x", "b": "50%"}]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "DROP TABLE orders",
        "SELECT 1; SELECT 2",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copied FROM orders",
        "SELECT * FROM orders FOR UPDATE",
        "COPY orders TO '/tmp/x'",
        "sel ect",
    ],
)
def test_nothing_but_a_select_passes(query: str) -> None:
    with pytest.raises(ValidationError, match="must be one SELECT|cannot be understood"):
        SqlRead(url="postgresql://h/d", query=query)


def test_either_a_table_or_a_query_must_be_named() -> None:
    with pytest.raises(ValidationError, match="either `table` or `query`"):
        SqlRead(url="sqlite:///x.db")


@pytest.mark.parametrize(
    ("read", "message"),
    [
        ({"table": "order"}, "there is no table 'order'; did you mean 'orders'"),
        ({"table": "orders", "cursor": "idd"}, "there is no column 'idd'; did you mean 'id'"),
        ({"table": "orders", "columns": ["id", "customr"]}, "'customr' \\(did you mean 'customer'"),
        ({"query": "SELECT price FROM orders"}, "no such column: price"),
    ],
)
def test_what_is_wrong_with_the_declaration_is_said(
    workspace: Workspace, shop: sqlite3.Connection, read: dict[str, object], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        load_all(sqlite_read(workspace, **read), workspace)


def test_a_missing_sqlite_file_is_not_made(workspace: Workspace) -> None:
    with pytest.raises(SourceError, match="there is no SQLite file"):
        SOURCE.pending("shop", sqlite_read(workspace, table="orders"), workspace)
    assert not (workspace.project.root / "shop.db").exists()


def test_an_unset_variable_is_named(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    read = SqlRead(url="postgresql://shop:${SHOP_PASSWORD}@127.0.0.1/shop", table="orders")
    with pytest.raises(SourceError, match="SHOP_PASSWORD"):
        SOURCE.pending("shop", read, workspace)


@pytest.mark.parametrize("url", ["nosuch://host/db", "not a url", "orders"])
def test_a_url_that_is_none_is_refused(workspace: Workspace, url: str) -> None:
    with pytest.raises(SourceError, match="`url`"):
        SOURCE.pending("shop", SqlRead(url=url, table="orders"), workspace)


def test_a_server_that_is_not_there_is_a_fault_without_the_password(workspace: Workspace) -> None:
    read = SqlRead(url="postgresql://shop:topsecret@127.0.0.1:1/shop", table="orders")
    with pytest.raises(EnvironmentFault, match="127.0.0.1:1/shop") as caught:
        SOURCE.pending("shop", read, workspace)
    assert "topsecret" not in f"{caught.value.as_dict()}"


@pytest.fixture
def postgres(postgres_url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A fresh schema in the server; the password stands in the environment only."""
    monkeypatch.setenv("SHOP_PASSWORD", str(postgres_url.password))
    engine = sa.create_engine(postgres_url)
    run(engine, "DROP SCHEMA IF EXISTS shop CASCADE", "CREATE SCHEMA shop")
    return engine


def run(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def postgres_read(postgres_url: sa.URL, **read: object) -> SqlRead:
    host = f"{postgres_url.host}:{postgres_url.port}/{postgres_url.database}"
    return SqlRead.model_validate({"url": f"postgresql://shop:${{SHOP_PASSWORD}}@{host}", **read})


@pytest.mark.server
def test_postgres_types_arrive_as_they_are(
    workspace: Workspace, postgres: sa.Engine, postgres_url: sa.URL
) -> None:
    run(
        postgres,
        """CREATE TABLE shop.sold (id BIGINT, at TIMESTAMPTZ, local TIMESTAMP, day DATE, price NUMERIC(12, 2),
        rate DOUBLE PRECISION, is_new BOOLEAN, tags TEXT[], facts JSONB, key UUID, nothing TEXT)""",
        """INSERT INTO shop.sold VALUES (1, '2026-03-29 12:00+02', '2026-03-29 12:00', '2026-03-29', 12.50, 0.1, true,
        '{a,b}', '{"k": [1, null]}', '00000000-0000-0000-0000-000000000001', NULL), (2, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL)""",
    )
    load_all(postgres_read(postgres_url, table="shop.sold", batch_rows=1), workspace)
    schema = workspace.engine.table("SELECT * FROM staged_shop").schema
    assert schema.field("at").type.tz is not None
    assert schema.field("local").type == pa.timestamp("us")
    first, second = rows(workspace)
    assert first == {
        "source_line": 1,
        "id": 1,
        "at": datetime(2026, 3, 29, 10, tzinfo=UTC),
        "local": datetime(2026, 3, 29, 12),
        "day": date(2026, 3, 29),
        "price": Decimal("12.50"),
        "rate": 0.1,
        "is_new": True,
        "tags": '["a", "b"]',
        "facts": '{"k": [1, null]}',
        "key": "00000000-0000-0000-0000-000000000001",
        "nothing": None,
    }
    assert set(second.values()) == {2, None}


@pytest.mark.server
def test_postgres_instants_work_as_a_cursor(
    workspace: Workspace, postgres: sa.Engine, postgres_url: sa.URL
) -> None:
    run(
        postgres,
        "CREATE TABLE shop.visits (id INT, at TIMESTAMPTZ)",
        "INSERT INTO shop.visits SELECT n, '2026-01-01Z'::timestamptz + n * interval '1 h' FROM generate_series(1, 50) n",
    )
    read = postgres_read(
        postgres_url, query="SELECT * FROM shop.visits WHERE id::int > 0", cursor="at", batch_rows=7
    )
    [first] = load_all(read, workspace)
    assert first.n_received == 50
    assert load_all(read, workspace) == []
    run(
        postgres,
        "INSERT INTO shop.visits VALUES (51, '2026-01-03 02:00Z'), (52, '2026-01-03 02:00:00.000001Z')",
    )
    load_all(read, workspace)
    assert ids(workspace)[-1] == 52
    assert set(ids(workspace)) == {50, 51, 52}


@pytest.mark.server
def test_columns_that_share_a_name_are_refused(
    workspace: Workspace, postgres: sa.Engine, postgres_url: sa.URL
) -> None:
    with pytest.raises(SourceError, match="columns 1 and 2 are both called 'id'"):
        load_all(postgres_read(postgres_url, query="SELECT 1 AS id, 2 AS id"), workspace)


@pytest.mark.server
def test_postgres_is_never_written(workspace: Workspace, postgres: sa.Engine, postgres_url: sa.URL) -> None:
    run(
        postgres,
        "CREATE TABLE shop.seen (n INT)",
        "CREATE FUNCTION shop.sneak() RETURNS INT LANGUAGE sql AS 'INSERT INTO shop.seen VALUES (1) RETURNING n'",
    )
    with pytest.raises(SourceError, match="read-only transaction"):
        SOURCE.pending("shop", postgres_read(postgres_url, query="SELECT shop.sneak()"), workspace)


@pytest.mark.server
def test_a_wrong_postgres_password_is_a_fault_that_hides_it(
    workspace: Workspace, postgres: sa.Engine, postgres_url: sa.URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "wrong-password")
    with pytest.raises(EnvironmentFault, match="127.0.0.1") as caught:
        SOURCE.pending("shop", postgres_read(postgres_url, table="shop.sold"), workspace)
    assert "wrong-password" not in f"{caught.value.as_dict()}"
