"""Lists: uploaded with every row accounted for, asked by rules, matched whenever people become known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.tables.sealed import LIST_ENTRIES, NODES

from headwater.core.project import open_project
from headwater.tables.workspace import read
from headwater.testing.shop import make_shop

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater

VIP = 'E-Mail,name\n M1@Example.COM ,Ann\nm3@example.com,"Bo, of Ulm"\nm3@example.com,again\nnobody,Cy\n ,Di\nx@y.z,a,b\n'


@pytest.fixture
def shop(tmp_path: Path, headwater: Headwater) -> Path:
    folder = make_shop(tmp_path / "shop", n_people=20, n_purchases=100).folder
    assert headwater("run", "-p", folder).exit_code == 0
    return folder


@pytest.fixture
def vip(tmp_path: Path) -> Path:
    return written(tmp_path, VIP)


def written(folder: Path, text: str) -> Path:
    (folder / "vip.csv").write_text(text, encoding="utf-8")
    return folder / "vip.csv"


def emails(shop: Path) -> list[str]:
    with read(open_project(shop)) as workspace:
        found = workspace.engine.table(f"SELECT value FROM {NODES} WHERE identifier = 'email' ORDER BY value")
    return [str(each) for each in found["value"].to_pylist()]


def entries(shop: Path) -> list[tuple[str, str, str]]:
    with read(open_project(shop)) as workspace:
        found = workspace.engine.table(
            f"SELECT list, identifier, value FROM {LIST_ENTRIES} ORDER BY ALL"
        ).to_pylist()
    return [(each["list"], each["identifier"], each["value"]) for each in found]


def test_every_row_of_a_list_is_accounted_for(shop: Path, vip: Path, headwater: Headwater) -> None:
    known = emails(shop)
    told = headwater("lists", "upload", "vip", vip, "--identifier", "email=E-Mail", "-p", shop, "--json")
    assert (told.exit_code, told.err) == (0, "")
    [found] = told.json["lists"]
    n_known = len({"m1@example.com", "m3@example.com"} & set(known))
    assert n_known > 0
    assert found == {
        "name": "vip",
        "identifiers": ["email"],
        "n_rows": 6,
        "n_valid": 3,
        "n_distinct": 2,
        "n_matched": n_known,
        "n_profiles": n_known,
        "match_rate": n_known / 2,
        "rejected": {"invalid_identifier": 1, "malformed_row": 1, "missing_value": 1},
    }
    assert headwater("lists", "show", "vip", "-p", shop, "--json").json == told.json
    shown = headwater("lists", "show", "-p", shop)
    assert "1 invalid_identifier. The identifier is not one of its kind" in shown.out
    assert entries(shop) == [("vip", "email", "m1@example.com"), ("vip", "email", "m3@example.com")]


def test_a_list_is_only_replaced_or_added_to_when_told_so(
    shop: Path, vip: Path, headwater: Headwater
) -> None:
    given = ("lists", "upload", "vip", vip, "-p", shop, "--json", "--identifier")
    assert headwater(*given, "email=E-Mail").exit_code == 0
    written(vip.parent, "E-Mail\nnew@example.com\nm1@example.com\n")
    again = headwater(*given, "email=E-Mail")
    assert again.exit_code == 2
    assert "--replace" in again.err
    [added] = headwater(*given, "email=E-Mail", "--add").json["lists"]
    assert (added["n_rows"], added["n_valid"], added["n_distinct"]) == (8, 5, 3)
    headwater("lists", "upload", "other", vip, "-p", shop, "--identifier", "user_id=E-Mail")
    [replaced] = headwater(*given, "email=E-Mail", "--replace").json["lists"]
    assert (replaced["n_rows"], replaced["n_valid"], replaced["n_distinct"]) == (2, 2, 2)
    assert [value for name, _, value in entries(shop) if name == "other"] == [
        "m1@example.com",
        "new@example.com",
    ]


def test_who_stays_on_a_list_keeps_the_moment_of_being_put_there(
    shop: Path, vip: Path, headwater: Headwater
) -> None:
    def moments() -> dict[str, object]:
        with read(open_project(shop)) as workspace:
            found = workspace.engine.table(f"SELECT value, uploaded_at FROM {LIST_ENTRIES}").to_pylist()
        return {each["value"]: each["uploaded_at"] for each in found}

    given = ("lists", "upload", "vip", vip, "-p", shop, "--identifier", "email=E-Mail")
    headwater(*given)
    first = moments()
    written(vip.parent, "E-Mail\nm1@example.com\nnew@example.com\n")
    headwater(*given, "--add")
    added = moments()
    headwater(*given, "--replace")
    assert moments() == {value: added[value] for value in ("m1@example.com", "new@example.com")}
    assert added["m1@example.com"] == first["m1@example.com"] != added["new@example.com"]


def test_a_rule_takes_in_a_list_or_leaves_it_out_and_finds_people_who_come_later(
    shop: Path, vip: Path, headwater: Headwater
) -> None:
    written(vip.parent, "id\nm1\nlate\n")
    headwater("lists", "upload", "vip", vip, "--identifier", "user_id=id", "-p", shop)
    (shop / "audiences" / "chosen.yaml").write_text("rule: {in_list: vip}\n")
    (shop / "audiences" / "others.yaml").write_text("rule: {not: {in_list: vip}}\n")
    assert headwater("run", "-p", shop).exit_code == 0
    sizes = {row["audience"]: row for row in headwater("audiences", "list", "-p", shop, "--json").json}
    assert sizes["chosen"]["size"] == 1
    everyone = sizes["chosen"]["size"] + sizes["others"]["size"]
    told = headwater("audiences", "explain", "chosen", "user_id=m1", "-p", shop, "--json").json
    assert (told["passed"], told["text"], told["seen"]) == (True, "is on list vip", "is on it")
    held = headwater("profile", "show", "user_id=m1", "-p", shop, "--json").json
    assert [(each["list"], each["identifier"]) for each in held["lists"]] == [("vip", "user_id")]
    with (shop / "data" / "members.csv").open("a", encoding="utf-8") as more:
        more.write("late,late@example.com,Berlin,1,yes\n")
    assert headwater("run", "-p", shop).exit_code == 0
    sizes = {row["audience"]: row for row in headwater("audiences", "list", "-p", shop, "--json").json}
    assert (sizes["chosen"]["size"], sizes["others"]["size"]) == (2, everyone - 1)


def test_a_run_after_an_upload_looks_at_the_list_again(shop: Path, vip: Path, headwater: Headwater) -> None:
    written(vip.parent, "id\nm1\n")
    given = ("lists", "upload", "vip", vip, "--identifier", "user_id=id", "-p", shop)
    headwater(*given)
    (shop / "audiences" / "chosen.yaml").write_text("rule: {in_list: vip}\n")
    headwater("run", "-p", shop)
    assert "audiences" in headwater("run", "-p", shop, "--json").json["skipped"]
    written(vip.parent, "id\nm1\nm3\n")
    headwater(*given, "--replace")
    report = headwater("run", "-p", shop, "--json").json
    assert [(each["name"], each["n_entered"]) for each in report["audiences"] if each["n_entered"]] == [
        ("chosen", 1)
    ]


def test_a_list_that_is_used_cannot_be_removed(shop: Path, vip: Path, headwater: Headwater) -> None:
    headwater("lists", "upload", "vip", vip, "--identifier", "email=E-Mail", "-p", shop)
    (shop / "audiences" / "chosen.yaml").write_text("rule: {not: {in_list: vip}}\n")
    kept = headwater("lists", "remove", "vip", "-p", shop)
    assert kept.exit_code == 2
    assert "used by: chosen" in kept.err
    (shop / "audiences" / "chosen.yaml").unlink()
    assert headwater("lists", "remove", "vip", "-p", shop, "--json").json == {"removed": "vip"}
    assert entries(shop) == []
    assert headwater("lists", "show", "-p", shop, "--json").json == {"lists": []}


def test_a_rule_that_names_no_list_is_a_problem_that_says_how_to_make_one(
    shop: Path, vip: Path, headwater: Headwater
) -> None:
    headwater("lists", "upload", "vip", vip, "--identifier", "email=E-Mail", "-p", shop)
    (shop / "audiences" / "chosen.yaml").write_text("rule: {in_list: vipp}\n")
    told = headwater("check", "-p", shop)
    assert told.exit_code == 2
    assert "there is no list 'vipp'; did you mean 'vip'?; make one with `headwater lists upload" in " ".join(
        (told.out + told.err).split()
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["vip", "--identifier", "email"], "write kind=column"),
        (["vip", "--identifier", "emial=E-Mail"], "did you mean 'email'?"),
        (["vip", "--identifier", "email=Mail"], "did you mean 'E-Mail'?"),
        (["V I P", "--identifier", "email=E-Mail"], "cannot be the name of a list"),
        (["vip", "--identifier", "email=E-Mail", "--add", "--replace"], "one of --replace and --add"),
        (["vip", "--identifier", "email=E-Mail", "--delimiter", "--"], "--delimiter"),
        (["vip", "--identifier", "email=E-Mail", "--encoding", "klingon"], "--encoding"),
    ],
    ids=["no column", "kind", "column", "name", "both", "delimiter", "encoding"],
)
def test_what_cannot_be_uploaded_is_said_in_a_sentence(
    arguments: list[str], said: str, shop: Path, vip: Path, headwater: Headwater
) -> None:
    name, *others = arguments
    told = headwater("lists", "upload", name, vip, *others, "-p", shop)
    assert told.exit_code == 2
    assert said in " ".join(told.err.split())
    assert entries(shop) == []


def test_a_missing_file_is_said_in_a_sentence(shop: Path, headwater: Headwater) -> None:
    told = headwater("lists", "upload", "vip", "no.csv", "--identifier", "email=a", "-p", shop)
    assert (told.exit_code, "Traceback" in told.err) == (2, False)


def test_lists_can_be_parquet_of_numbers_or_text_with_other_signs(
    shop: Path, tmp_path: Path, headwater: Headwater
) -> None:
    parquet.write_table(pa.table({"number": pa.array([17, None], pa.int64())}), tmp_path / "cards.parquet")
    given = ("lists", "upload", "cards", tmp_path / "cards.parquet", "-p", shop, "--json")
    [found] = headwater(*given, "--identifier", "household_id=number").json["lists"]
    assert (found["n_valid"], found["rejected"]) == (1, {"missing_value": 1})
    (tmp_path / "old.txt").write_bytes("Straße;id\nä;m1\n".encode("cp1252"))
    headwater(
        *("lists", "upload", "old", tmp_path / "old.txt", "-p", shop, "--identifier", "user_id=id"),
        *("--delimiter", ";", "--encoding", "windows-1252"),
    )
    assert entries(shop) == [("cards", "household_id", "17"), ("old", "user_id", "m1")]
