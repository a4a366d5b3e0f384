"""What was refused is grouped, shown whole, repaired and played once, in a shop that is alive but for its processes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Headwater
from tests.flow.alive import Alive, track

from headwater.access.masking import NOT_DECLARED
from headwater.collect.kept import read_kept
from headwater.collect.log.head import Head
from headwater.collect.log.reader import read_all
from headwater.collect.repairing import read_steps
from headwater.flow.new_project import make_project
from headwater.tables.workspace import read

ORDER = {"order_id": "o1", "revenue": 19, "products": [{"product_id": "sencha", "price": 9.5, "quantity": 2}]}
BAD = {"order_id": "o2", "paid": "17.50", "products": ORDER["products"]}
REPAIR = """
of: {reason: against_plan, source: website, event: Order Completed}
repair:
  - rename: {properties.paid: properties.revenue}
  - change: {properties.revenue: number}
  - set: {properties.currency: EUR}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's shop, run once."""
    folder = tmp_path_factory.mktemp("template") / "shop"
    make_project(folder, "shop")
    Alive(folder).run()
    return folder


@pytest.fixture
def alive(template: Path, tmp_path: Path) -> Alive:
    return Alive(shutil.copytree(template, tmp_path / "shop"))


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    path = tmp_path / "totals.yaml"
    path.write_text(REPAIR)
    return path


def some_are_refused(alive: Alive) -> None:
    alive.tell(
        track("Order Completed", **ORDER),
        {**track("Order Completed", **BAD), "messageId": "m1"},
        track("Order Completed", **{**BAD, "paid": "much"}),
        track("Order Completed", order_id="o4"),
    )
    alive.take()
    assert (len(alive.accepted()), alive.refused()) == (1, ["against_plan"] * 3)


def test_a_dry_run_says_what_it_comes_to_and_plays_nothing(
    alive: Alive, headwater: Headwater, statement: Path
) -> None:
    some_are_refused(alive)
    said = headwater("rejected", "repair", statement, "-p", alive.root, "--dry-run", "--json").json
    assert {name: n for name, n in said.items() if name.startswith("n_") and n} == {
        "n_found": 3, "n_played": 1, "n_unfit": 1, "n_refused": 1,
    }  # fmt: skip
    assert (said["refused"], said["unfit"]) == ({"against_plan": 1}, {"properties.revenue is no number": 1})
    alive.take()
    assert len(alive.accepted()) == 1


@pytest.mark.parametrize("pause", [False, True], ids=["at once", "taken in between"])
def test_what_is_repaired_is_taken_in_once(
    alive: Alive, headwater: Headwater, statement: Path, pause: bool
) -> None:
    some_are_refused(alive)
    for _ in range(2):
        assert headwater("rejected", "repair", statement, "-p", alive.root).exit_code == 0
        if pause:
            alive.take()
    alive.take()
    assert alive.accepted() == ["Order Completed"] * 2
    again = headwater("rejected", "repair", statement, "-p", alive.root, "--json").json
    assert (again["n_found"], again["n_played"]) == (2, 0)


@pytest.mark.slow
def test_a_repair_stands_beside_its_request_and_a_rebuild_does_it_too(
    alive: Alive, headwater: Headwater, statement: Path
) -> None:
    some_are_refused(alive)
    headwater("rejected", "repair", statement, "-p", alive.root)
    records = list(read_all(alive.folders.requests, alive.seals, 0, Head(alive.folders.requests).end))
    kept = [read_kept(each.payload) for each in records]
    first, played = kept[0], kept[-1]
    assert (played.position, played.only, played.body) == (records[0].position, [1], first.body)
    assert first.repairs == []
    assert read_steps(played.repairs[0])[0].rename == {"properties.paid": "properties.revenue"}
    alive.take()
    alive.run()
    with read(alive.project) as workspace:
        rows = workspace.engine.table(
            "SELECT order_id, revenue, properties FROM events WHERE event = 'Order Completed' ORDER BY order_id"
        ).to_pylist()
    assert [(row["order_id"], row["revenue"]) for row in rows] == [("o1", 19.0), ("o2", 17.5)]
    assert json.loads(rows[1]["properties"])["currency"] == "EUR"
    assert headwater("rebuild", "-p", alive.root, "--json").json["equal"] is True


@pytest.mark.slow
def test_refused_rows_are_grouped_and_one_is_shown_whole(alive: Alive, headwater: Headwater) -> None:
    some_are_refused(alive)
    alive.run()
    found = headwater("rejected", "list", "--reason", "against_plan", "-p", alive.root, "--json").json[
        "groups"
    ]
    assert sum(each["n"] for each in found) == 3
    line = str(found[0]["line"])
    shown = headwater("rejected", "show", "website", line, "-p", alive.root, "--json").json
    assert json.loads(shown["raw"])["name"] == "Order Completed"
    hidden = headwater(
        "rejected", "show", "website", line, "--as", "read_only", "-p", alive.root, "--json"
    ).json
    assert "Order Completed" not in hidden["raw"]
    assert hidden["raw"] != NOT_DECLARED
    assert hidden["reason"] == "against_plan"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("repair: []", "at least 1"),
        ("repair: [{rename: {total: revenue}}]", "must be name, or begin with properties. or traits."),
        ("repair: [{set: {identifiers.email: a}}]", "must be name, or begin with"),
        ("repair: [{set: {properties.a: 1}, remove: [properties.b]}]", "must say one of"),
        ("of: {reason: nope}\nrepair: [{remove: [properties.a]}]", "there is no reason 'nope'"),
        ("of: {since: soon}\nrepair: [{remove: [properties.a]}]", "'soon' is no moment"),
        ("repair: [{change: {properties.a: colour}}]", "change"),
    ],
)
def test_mistakes_are_told(
    template: Path, headwater: Headwater, tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    found = headwater("rejected", "repair", tmp_path / "bad.yaml", "-p", template)
    assert found.exit_code == 2
    assert says in found.err
    assert headwater("rejected", "repair", tmp_path / "none.yaml", "-p", template).exit_code == 2
    assert headwater("rejected", "show", "website", "1", "-p", template).exit_code == 2
    assert headwater("rejected", "list", "--reason", "nope", "-p", template).exit_code == 2
