"""A run from end to end: what comes out, that it is repeatable, and what it does with bad input."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from tests.flow.state import state_of
from tests.tables.sealed import NODES, REJECTED_EVENTS

from headwater.activate.send import Ending
from headwater.core.errors import HeadwaterError, ProjectError, SourceError
from headwater.core.project import open_project
from headwater.flow.batch import STAGES, Run, run_batch
from headwater.flow.definitions import read_definitions
from headwater.tables.rejection import Reason
from headwater.tables.table import all_tables
from headwater.tables.workspace import read, work
from headwater.testing.shop import Shop, make_shop, write_purchases


def run(folder: Path) -> Run:
    with work(open_project(folder)) as workspace:
        return run_batch(workspace, read_definitions(workspace))


def rows(folder: Path, sql: str) -> list[dict[str, object]]:
    with read(open_project(folder)) as workspace:
        found: list[dict[str, object]] = workspace.engine.table(sql).to_pylist()
        return found


def test_what_was_generated_is_what_is_found(shop: Shop) -> None:
    done = run(shop.folder)
    assert not done.failures
    found = rows(shop.folder, "SELECT count(*) AS n, sum(revenue) AS revenue FROM events")[0]
    assert found == {"n": shop.n_purchases, "revenue": pytest.approx(shop.revenue)}


@pytest.mark.slow
def test_every_bad_row_is_stored_with_its_reason_and_raw_text(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop", bad_rows=True)
    done = run(shop.folder)
    taken = next(each for each in done.taken if each.source == "purchases")
    assert taken.n_received == shop.n_purchases + shop.n_bad
    assert taken.n_received == taken.n_accepted + sum(taken.rejected.values())
    assert taken.n_accepted == shop.n_purchases
    found = rows(shop.folder, f"SELECT reason, line, raw FROM {REJECTED_EVENTS} ORDER BY line")
    lines = (shop.folder / "data" / "purchases.csv").read_text(encoding="utf-8").splitlines()
    assert [row["raw"] for row in found] == [lines[int(str(row["line"])) - 1] for row in found]
    assert {row["reason"] for row in found} == {
        Reason.DUPLICATE, Reason.INVALID_TIME, Reason.INVALID_NUMBER, Reason.NO_IDENTIFIER,
        Reason.MISSING_VALUE, Reason.TIME_IN_FUTURE, Reason.MALFORMED_ROW,
    }  # fmt: skip


@pytest.mark.slow
def test_running_twice_changes_nothing(shop: Shop) -> None:
    run(shop.folder)
    before = state_of(shop.folder)
    again = run(shop.folder)
    assert state_of(shop.folder) == before
    assert not again.taken
    assert {each.ending for each in again.delivered} == {Ending.NOTHING}
    assert again.skipped == ["identities", "profiles", "audiences"]


@pytest.mark.slow
def test_only_a_new_file_is_read_and_only_who_entered_is_sent(shop: Shop) -> None:
    run(shop.folder)
    write_purchases(
        shop.folder / "data" / "purchases_2.csv", 200, 500, random.Random(3), first_receipt=50_000
    )
    again = run(shop.folder)
    assert [(each.object, each.n_accepted) for each in again.taken] == [("data/purchases_2.csv", 500)]
    entered = {each.name: (each.n_entered, each.n_left) for each in again.refreshed}
    assert any(n for n, _ in entered.values())
    for sent in again.delivered:
        assert sent.n_added <= entered[sent.audience][0]
        assert sent.n_removed <= entered[sent.audience][1]


@pytest.mark.slow
def test_a_file_that_grew_adds_only_its_new_rows(shop: Shop) -> None:
    run(shop.folder)
    path = shop.folder / "data" / "purchases.csv"
    path.write_text(
        path.read_text(encoding="utf-8") + "new,0,m1,,2026-02-01 10:00:00,tea,2.50,1,\n", encoding="utf-8"
    )
    taken = run(shop.folder).taken[0]
    assert (taken.n_accepted, dict(taken.rejected)) == (1, {Reason.ALREADY_LOADED: shop.n_purchases})
    stored = rows(shop.folder, "SELECT reason, n_rows FROM rejected_events")
    assert stored == [{"reason": Reason.ALREADY_LOADED, "n_rows": shop.n_purchases}]


@pytest.mark.slow
def test_a_mended_mapping_is_applied_to_files_that_came_before(shop: Shop) -> None:
    members = shop.folder / "sources" / "members.yaml"
    said = members.read_text(encoding="utf-8")
    assert "email: email" in said
    members.write_text(said.replace(", email: email", ""), encoding="utf-8")
    run(shop.folder)
    assert not rows(shop.folder, "SELECT 1 FROM nodes WHERE identifier = 'email'")
    members.write_text(f"description: mended\n{said}", encoding="utf-8")
    assert [each.source for each in run(shop.folder).taken] == ["members"]
    assert rows(shop.folder, "SELECT 1 FROM nodes WHERE identifier = 'email'")
    members.write_text(said, encoding="utf-8")
    assert not run(shop.folder).taken


@pytest.mark.slow
def test_times_are_read_in_the_zone_of_the_source(shop: Shop) -> None:
    run(shop.folder)
    path = shop.folder / "data" / "purchases_dst.csv"
    path.write_text(
        "receipt,line,member,visitor,sold_at,category,amount,pieces,gift\n"
        "z1,0,m1,,2026-03-29 01:59:59,tea,1,1,\n"
        "z2,0,m1,,2026-03-29 03:00:00,tea,1,1,\n"
        "z3,0,m1,,2026-03-29T03:00:00+00:00,tea,1,1,\n",
        encoding="utf-8",
    )
    run(shop.folder)
    found = rows(
        shop.folder,
        "SELECT CAST(occurred_at AS VARCHAR) AS t FROM events WHERE order_id LIKE 'z%' ORDER BY order_id",
    )
    assert [row["t"] for row in found] == [
        "2026-03-29 00:59:59",
        "2026-03-29 01:00:00",
        "2026-03-29 03:00:00",
    ]


@pytest.mark.slow
def test_identifiers_seen_together_become_one_profile_and_history_follows(shop: Shop) -> None:
    run(shop.folder)
    before = rows(shop.folder, "SELECT count(*) AS n FROM profiles")[0]["n"]
    path = shop.folder / "data" / "purchases_login.csv"
    header = "receipt,line,member,visitor,sold_at,category,amount,pieces,gift\n"
    path.write_text(header + "login,0,m1,v0,2026-03-01 10:00:00,tea,1,1,\n", encoding="utf-8")
    run(shop.folder)
    assert rows(shop.folder, "SELECT count(*) AS n FROM profiles")[0]["n"] == int(str(before)) - 1
    together = rows(
        shop.folder,
        f"SELECT count(DISTINCT profile_id) AS n FROM {NODES} JOIN identity_map USING (node_id) WHERE value IN ('m1', 'v0')",
    )
    assert together == [{"n": 1}]


@pytest.mark.slow
def test_withdrawn_consent_removes_people_from_destinations(shop: Shop) -> None:
    first = run(shop.folder)
    path = shop.folder / "data" / "members.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",yes\n", ",no\n"), encoding="utf-8")
    again = run(shop.folder)
    added = {each.audience: each.n_added for each in first.delivered}
    assert {each.audience: each.n_removed for each in again.delivered} == added
    assert sum(added.values()) > 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "purchases"),
        (b"", "empty"),
        (
            b"receipt;line;member;visitor;sold_at;category;amount;pieces;gift\n1;0;m1;;2026-01-01;tea;1;1;\n",
            "';'",
        ),
        (b"receipt,line,member,visitor,sold_on,category,amount,pieces,gift\n", "sold_at"),
    ],
    ids=["missing", "empty", "wrong delimiter", "a column that is not there"],
)
def test_a_file_that_cannot_be_used_is_said_plainly_and_changes_nothing(
    shop: Shop, content: bytes | None, says: str
) -> None:
    path = shop.folder / "data" / "purchases.csv"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(SourceError, match="purchases") as error:
        run(shop.folder)
    assert says in str(error.value)
    assert rows(shop.folder, "SELECT count(*) AS n FROM events") == [{"n": 0}]
    assert not list(shop.folder.glob("deliveries/*"))


def test_all_sources_that_fail_are_told_at_once(shop: Shop) -> None:
    (shop.folder / "data" / "purchases.csv").write_bytes(b"")
    (shop.folder / "data" / "members.csv").unlink()
    with pytest.raises(SourceError, match="2 failures") as error:
        run(shop.folder)
    assert all(name in error.value.message for name in ("purchases", "members"))


@pytest.mark.slow
def test_a_column_that_vanished_since_yesterday_is_named(shop: Shop) -> None:
    run(shop.folder)
    path = shop.folder / "data" / "purchases_2.csv"
    path.write_text("receipt,line,member,visitor,sold_at,category,pieces,gift\n", encoding="utf-8")
    with pytest.raises(SourceError, match="amount"):
        run(shop.folder)


def test_a_broken_archive_is_said_plainly(shop: Shop) -> None:
    whole = gzip.compress((shop.folder / "data" / "purchases.csv").read_bytes())
    (shop.folder / "data" / "purchases.csv").unlink()
    (shop.folder / "data" / "purchases.csv.gz").write_bytes(whole[: len(whole) // 2])
    source = shop.folder / "sources" / "purchases.yaml"
    source.write_text(
        source.read_text(encoding="utf-8").replace("purchases*.csv", "purchases*.csv.gz"), encoding="utf-8"
    )
    with pytest.raises(HeadwaterError, match=r"purchases\.csv\.gz"):
        run(shop.folder)
    assert rows(shop.folder, "SELECT count(*) AS n FROM events") == [{"n": 0}]


@pytest.mark.slow
def test_invalid_utf8_rejects_its_row_only(shop: Shop) -> None:
    path = shop.folder / "data" / "purchases.csv"
    path.write_bytes(path.read_bytes() + b"u1,0,m1,,2026-02-01 10:00:00,t\xffa,1,1,\n")
    done = run(shop.folder)
    taken = next(each for each in done.taken if each.source == "purchases")
    assert (taken.n_accepted, dict(taken.rejected)) == (shop.n_purchases, {Reason.INVALID_UTF8: 1})


def test_every_problem_in_the_project_is_told_at_once(shop: Shop) -> None:
    for name, right, wrong in (
        ("sources/members.yaml", "identifiers:", "identifers:"),
        ("traits/revenue_30d.yaml", "kind: sum", "kind: some"),
        ("audiences/big_spenders.yaml", "revenue_30d", "revenue_30"),
        ("destinations/mailing.yaml", "newsletter", "newsleter"),
        ("headwater.yaml", "Europe/Berlin", "Europe/Berlin"),
    ):
        path = shop.folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
    with pytest.raises(ProjectError) as error:
        run(shop.folder)
    files = {problem.file for problem in error.value.problems}
    assert files >= {"sources/members.yaml", "traits/revenue_30d.yaml", "destinations/mailing.yaml"}
    assert all(problem.line for problem in error.value.problems)


def test_stages_read_only_what_stages_before_them_or_they_themselves_wrote() -> None:
    written = {
        "list_entries",
        "identity_decisions",
        "memberships",
    }  # which people gave, and an earlier run wrote
    for stage in STAGES:
        written |= set(stage.writes)
        assert set(stage.reads) <= written, stage.name
        assert set(stage.reads) | set(stage.writes) <= all_tables().keys()
