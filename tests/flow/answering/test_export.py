"""Somebody gets everything that is held of them, and nothing of anybody else."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.flow.alive import Alive
from tests.flow.answering.conftest import BOB, BOBS_NUMBER
from tests.flow.sealed_shop import EMAIL, ON_LIST, PHONE, REJECTED, USER, VISITOR

from headwater.core.errors import UserError
from headwater.core.plain import plain
from headwater.flow.answering.export import Exported
from headwater.flow.answering.pages import page, write_export
from headwater.flow.identities import Identities
from headwater.flow.privacy import Privacy
from headwater.tables.table import Names, all_tables
from headwater.tables.workspace import read

OTHERS = (BOB, BOBS_NUMBER, ON_LIST, REJECTED, "visitor-bob")


@pytest.fixture(scope="module")
def exported(template: Path) -> Exported:
    return Privacy(Alive(template).project).export([f"email={EMAIL}"])


def written(exported: Exported) -> str:
    return json.dumps(asdict(exported), default=plain)


def test_everything_of_theirs_is_in_it(exported: Exported) -> None:
    assert {(each.identifier, each.value) for each in exported.identifiers} >= {
        ("email", EMAIL),
        ("phone", PHONE),
        ("user_id", USER),
        ("anonymous_id", VISITOR),
    }
    tables = {each.table: each for each in exported.tables}
    assert {"events", "nodes", "attributes", "consents", "traits", "memberships", "links"} <= tables.keys()
    assert {row["event"] for row in tables["events"].rows} == {"purchase", "Signed In", "Invited"}
    assert all(row["node_id"] for row in tables["events"].rows)
    assert {row["value"] for row in tables["nodes"].rows} >= {EMAIL, PHONE, USER, VISITOR}
    assert [each.destination for each in exported.recipients] == ["out"]
    assert exported.recipients[0].identifiers == (f"email={EMAIL}",)
    assert [(each.purpose, each.standing) for each in exported.purposes] == [("newsletter", "granted")]
    assert any("Signed In" in part for call in exported.calls for part in call.parts)
    assert any("Signed In" in each for each in exported.outcomes)
    assert [each.traits["plan"] for each in exported.live] == ["gold"]


def test_the_rows_are_those_that_erasing_would_take(exported: Exported, template: Path) -> None:
    foreseen = Privacy(Alive(template).project).foresee([f"email={EMAIL}"]).rows
    assert {f"table {each.table}": len(each.rows) + each.n_of_others for each in exported.tables} == {
        name: n for name, n in foreseen.items() if name.startswith("table ")
    }


def test_nothing_of_others_is_in_it(exported: Exported, template: Path) -> None:
    told = written(exported) + page(exported)
    assert [each for each in OTHERS if each in told] == []
    with read(Alive(template).project) as workspace:
        indexes = workspace.engine.table("SELECT value_index FROM nodes")["value_index"].to_pylist()
    assert [each for each in indexes if each in told] == []
    assert "[somebody else]" in told


def test_what_was_decided_of_two_people_tells_of_one(alive: Alive) -> None:
    Identities(alive.project).unmerge(
        f"email={EMAIL}", f"email={BOB}", reason="Bob is her brother", by="jana"
    )
    exported = Privacy(alive.project).export([f"email={EMAIL}"])
    [decision] = next(each.rows for each in exported.tables if each.table == "identity_decisions")
    assert {decision["node_id"], decision["other_node_id"]} == {f"email={EMAIL}", None}
    assert not {"reason", "decided_by"} & decision.keys()
    assert "brother" not in written(exported)
    assert "jana" not in written(exported)


def test_it_is_written_as_a_whole_for_its_owner_alone(exported: Exported, tmp_path: Path) -> None:
    folder = tmp_path / "to" / "ann"
    write_export(exported, folder)
    assert {oct(each.stat().st_mode & 0o777) for each in folder.iterdir()} == {"0o600"}
    assert folder.stat().st_mode & 0o077 == 0
    assert json.loads((folder / "export.json").read_text())["n_profiles"] == 1
    for each in exported.tables:
        with (folder / f"{each.table}.csv").open(newline="") as file:
            assert len(list(csv.DictReader(file))) == len(each.rows)
    told = (folder / "index.html").read_text()
    assert EMAIL in told
    assert "http" not in told.replace("https://shop.example", "").replace("http-equiv", "")
    assert [each.name for each in folder.parent.iterdir()] == ["ann"]
    with pytest.raises(UserError, match="is there already"):
        write_export(exported, folder)


def test_the_page_escapes_what_people_wrote(alive: Alive) -> None:
    alive.tell(
        {"type": "identify", "userId": USER, "traits": {"name": "<script>alert(1)</script>"}},
    )
    alive.take()
    told = page(Privacy(alive.project).export([f"email={EMAIL}"]))
    assert "<script" not in told
    assert "&lt;script&gt;" in told


def test_it_is_noted_and_answered(alive: Alive) -> None:
    privacy = Privacy(alive.project)
    privacy.export(["email=nobody@example.org"])
    request = privacy.requests()[-1]
    assert (request.asks, request.ended_at is not None) == ("export", True)
    assert request.receipt is not None
    assert privacy.is_genuine(request.receipt)
    assert "nobody" not in json.dumps(request.receipt)


def test_every_text_of_every_table_is_cleaned_or_names_nobody() -> None:
    """A column that may hold what people wrote is marked as about a person: else it would be given out as it is."""
    known = {
        "attribute", "audience", "consent", "detail", "event", "first_source", "identifier", "level", "list", "model", "month",
        "object", "origin", "purpose", "reason", "rule", "source", "state", "trait", "type", "verdict", "evidence",
        "signal", "overruled", "request_id",
    }  # fmt: skip
    told = {
        column.name
        for table in all_tables().values()
        if table.naming()
        for column in table.columns
        if column.type.value in ("text", "texts")
        and column.pii.value == "none"
        and not column.is_of_staff
        and column.names is not Names.INDEX
    }
    assert told <= known
