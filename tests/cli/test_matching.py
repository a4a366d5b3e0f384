"""Records that share no identifier are found to be of one person, counted, explained and let go of, from the command line."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.test_identity import state
from tests.identity.matching.conftest import Somebody, crowd
from tests.tables.sealed import NODES

from headwater.core.project import open_project
from headwater.tables.workspace import read

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater

pytestmark = pytest.mark.slow

FIELDS = ("id", "first", "last", "born", "street", "house", "postcode", "town", "email")
FILES = {
    "headwater.yaml": "project: who\nnow: 2026-03-01T00:00\n",
    "sources/crm.yaml": """
kind: files
read: {path: data/crm.csv}
identifiers: {crm_id: id, email: email}
attributes:
  {first_name: first, surname: last, birth_date: born, street: street, house_number: house, postcode: postcode, city: town}
""",
    "sources/shop.yaml": """
kind: files
read: {path: data/shop.csv}
identifiers: {user_id: id, email: email}
attributes:
  {firstName: first, lastName: last, dob: born, address: street, house_no: house, zip: postcode, town: town}
""",
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_rows(path: Path, rows: list[Somebody]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(FIELDS)
        out.writerows([getattr(each, name) or "" for name in FIELDS] for each in rows)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 people of a CRM, of whom a shop knows 60 too; it was run once."""
    from headwater.flow.batch import run_batch
    from headwater.flow.definitions import read_definitions
    from headwater.tables.workspace import work

    root = tmp_path_factory.mktemp("who")
    for name, text in FILES.items():
        write(root / name, text)
    for name, end in (("crm", "-a"), ("shop", "-b")):
        write_rows(root / "data" / f"{name}.csv", [each for each in crowd(120) if each.id.endswith(end)])
    with work(open_project(root)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return root


@pytest.fixture
def who(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(loaded, tmp_path / "who"))


def rows(root: Path, query: str) -> list[dict[str, Any]]:
    with read(open_project(root)) as workspace:
        return workspace.engine.table(query).to_pylist()  # type: ignore[no-any-return]


def together(root: Path) -> list[set[str]]:
    """Of each profile whom it is of: the numbers that ids begin with."""
    found: dict[int, set[str]] = {}
    query = (
        f"SELECT profile_id, value FROM identity_map JOIN {NODES} USING (node_id) WHERE identifier <> 'email'"
    )
    for row in rows(root, query):
        found.setdefault(row["profile_id"], set()).add(row["value"].split("-")[0])
    return list(found.values())


def test_what_would_be_is_told_then_counts_can_be_explained_and_let_go_of(
    who: Path, headwater: Headwater
) -> None:
    before = state(who)
    told = headwater("identity", "match", "-p", who, "--json").json
    assert state(who) == before
    [model] = told["models"]
    assert (model["model"], model["level"], model["n_records"], told["applied"]) == (
        "people",
        "person",
        180,
        False,
    )
    assert model["compared"]["last_name"] == ["lastName", "surname"]
    assert model["estimated_precision"] > 0.98
    assert sum(each["n_pairs"] for each in model["bands"] if each["least"] >= 0.5) >= model["n_links"] > 50

    applied = headwater("identity", "match", "--apply", "-p", who, "--json").json
    assert applied["would_be"] == told["would_be"]
    after = state(who)
    assert len(after["profiles"]) == told["would_be"]["n_after"] < len(before["profiles"]) - 20
    assert sum(len(each) > 1 for each in together(who)) <= 1  # hardly anybody who is another one
    links = "SELECT * FROM links WHERE rule = 'alike' ORDER BY ALL"
    kept = rows(who, links)
    assert len(kept) == model["n_links"]

    # What was found plays no part in finding it, and the next run has nothing to do.
    headwater("identity", "match", "--apply", "-p", who)
    assert rows(who, links) == kept
    assert headwater("run", "-p", who, "--json").json["skipped"] == ["identities", "profiles", "audiences"]
    check_explained(who, headwater)

    # Under another name none of it is that model's any more.
    write(
        who / "matching" / "nobody.yaml",
        "attributes: {surname: last_name, dob: birth_date}\nthreshold: 0.999999\n",
    )
    headwater("run", "-p", who)
    assert rows(who, links) == []
    assert state(who) == before


def check_explained(who: Path, headwater: Headwater) -> None:
    [pair] = rows(
        who,
        "SELECT open_sealed('nodes.value', one.value) AS crm, open_sealed('nodes.value', two.value) AS shop, confidence "
        "FROM links JOIN nodes AS one USING (node_id) JOIN nodes AS two "
        "ON two.node_id = other_node_id WHERE rule = 'alike' AND confidence < 0.9999 "
        "AND one.identifier = 'crm_id' AND two.identifier = 'user_id' ORDER BY 1 LIMIT 1",
    )
    ends = f"crm_id={pair['crm']}", f"user_id={pair['shop']}"
    told = headwater("identity", "explain", *ends, "-p", who, "--json").json
    [step] = told["path"]
    assert (told["is_one"], step["rule"], step["confidence"]) == (True, "alike", pair["confidence"])
    assert {each["comparison"] for each in step["spoken"]} == {
        "first_name",
        "last_name",
        "birth_date",
        "email",
        "place",
    }
    shown = headwater("identity", "explain", *ends, "-p", who).out
    assert "alike (people" in shown
    assert re.search(r"\+\d\.\d  first name: ", shown)
    undone = headwater("identity", "unmerge", *ends, "--reason", "twins", "-p", who, "--json").json
    assert not undone["is_one"]
    assert [each["aside"] for each in undone["path"]] == ["apart"]
    headwater("identity", "withdraw", *ends, "-p", who)


def test_a_full_run_compares_what_is_new_if_the_file_says_so(who: Path, headwater: Headwater) -> None:
    write(who / "matching" / "members.yaml", "runs: with every run\n")
    assert headwater("run", "-p", who).exit_code == 0
    first = rows(who, "SELECT DISTINCT source FROM links WHERE rule = 'alike'")
    assert first == [{"source": "members"}]
    again = headwater("run", "-p", who, "--json")
    assert again.json["skipped"] == ["matching", "identities", "profiles", "audiences"]
    n_links = len(rows(who, "SELECT 1 FROM links WHERE rule = 'alike'"))
    write_rows(who / "data" / "shop.csv", [each for each in crowd(120) if each.id.endswith("-b")][:30])
    with (who / "data" / "shop.csv").open("a") as file:
        file.write(
            ",".join(["again", *(getattr(crowd(120)[99], name) or "" for name in FIELDS[1:8]), ""]) + "\n"
        )
    headwater("run", "-p", who)
    assert len(rows(who, "SELECT 1 FROM links WHERE rule = 'alike'")) == n_links + 1


def test_who_lives_together_can_be_asked_for_and_is_not_made_one(who: Path, headwater: Headwater) -> None:
    one = next(each for each in crowd(120) if each.street)
    with (who / "data" / "crm.csv").open("a") as file:
        for name in ("Lukas", "Mia"):
            file.write(
                ",".join([name, name, *(str(getattr(one, field)) for field in FIELDS[2:8]), ""]) + "\n"
            )
    write(who / "matching" / "home.yaml", "level: household\nruns: with every run\nthreshold: 0.9\n")
    write(who / "audiences" / "lukas.yaml", "rule: {trait: first_name, is: Lukas}\n")
    write(who / "audiences" / "with_lukas.yaml", "rule: {household_of: lukas, by: home}\n")
    n_before = len(state(who)["profiles"])
    assert headwater("run", "-p", who).exit_code == 0
    assert len(state(who)["profiles"]) == n_before + 2
    members = headwater("audiences", "members", "with_lukas", "-p", who, "--json").json
    owners = rows(who, f"SELECT profile_id, value FROM identity_map JOIN {NODES} USING (node_id)")
    found = {each["profile_id"] for each in members}
    assert {"Lukas", "Mia", one.id} <= {each["value"] for each in owners if each["profile_id"] in found}
    assert len(found) < 6
    [model] = headwater("identity", "match", "home", "-p", who, "--json").json["models"]
    assert sum(int(size) * n for size, n in model["households"].items()) == model["n_records"]
    assert "households" in headwater("identity", "match", "home", "-p", who).out


def test_nobody_is_named_unless_asked_for(who: Path, headwater: Headwater, tmp_path: Path) -> None:
    told = headwater("identity", "match", "-p", who, "--chart", tmp_path / "charts", "--sample", "20")
    as_json = headwater("identity", "match", "-p", who, "--sample", "20", "--json")
    page = (tmp_path / "charts" / "people.html").read_text()
    held = {str(getattr(each, name) or "") for each in crowd(120) for name in FIELDS}
    names = {value for value in held if len(value) > 3 and not value[0].isdecimal()}
    assert not [value for value in names for text in (told.out, as_json.out, page) if value in text]
    words = set(re.findall(r"[\w.@-]+", f"{told.out} {as_json.out}"))
    assert not words & {value for value in held if len(value) > 3}
    assert "crm_id (node " in told.out
    assert page.lstrip().lower().startswith("<!doctype html>")
    shown = headwater("identity", "match", "-p", who, "--sample", "20", "--show-values")
    assert re.search(r"crm_id=\d+-a — user_id=\d+-b: ", shown.out)
    [model] = headwater("identity", "match", "-p", who, "--show-values", "--json").json["models"]
    assert all(each["one"]["values"].keys() >= {"last_name", "birth_date"} for each in model["samples"])


def test_mistakes_are_told(who: Path, headwater: Headwater) -> None:
    told = headwater("identity", "match", "peopel", "-p", who)
    assert told.exit_code == 2
    assert "there is no model of matching 'peopel'; did you mean 'people'?" in told.err
    write(who / "matching" / "people.yaml", "attributes:\n  surnam: last_name\n")
    checked = headwater("check", "-p", who, "--json").json
    [problem] = checked["problems"]
    assert (problem["file"], problem["line"]) == ("matching/people.yaml", 2)
    assert headwater("identity", "match", "-p", who).exit_code == 2


def test_records_that_are_all_the_same_are_nobodys_match(tmp_path: Path, headwater: Headwater) -> None:
    for name, text in FILES.items():
        write(tmp_path / name, text)
    same = [
        Somebody(str(number), "Ann", "Doe", "1980-01-01", "Main", "1", "10115", "Berlin")
        for number in range(100)
    ]
    write_rows(tmp_path / "data" / "crm.csv", same)
    write_rows(tmp_path / "data" / "shop.csv", [])
    assert headwater("run", "-p", tmp_path).exit_code == 0
    told = headwater("identity", "match", "-p", tmp_path, "--json")
    assert told.exit_code == 0
    [model] = told.json["models"]
    assert model["n_links"] == 0
