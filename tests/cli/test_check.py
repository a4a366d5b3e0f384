"""What `headwater check` says: to people in sentences, to programs in data; and that it changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.testing.shop import make_shop

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop", n_people=4, n_purchases=4).folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_of_a_kind_is_one(folder: Path, headwater: Headwater) -> None:
    (folder / "traits" / "favourite_category.yaml").unlink()
    told = headwater("check", "-p", folder)
    assert (told.exit_code, told.err) == (0, "")
    assert told.out == "Sound: 2 sources, 1 trait, 3 audiences, 1 destination, 1 placement\n"


def test_files_and_sound_files_are_counted(folder: Path, headwater: Headwater) -> None:
    members = folder / "sources" / "members.yaml"
    members.write_text(members.read_text().replace("column: newsletter", "column: news"))
    (folder / "audiences" / "tea_not_coffee.yaml").write_text("rule: [\n")
    told = headwater("check", "-p", folder, "--json")
    assert told.exit_code == 2
    said = told.json
    assert [(each["file"], each["path"]) for each in said["problems"]] == [
        ("sources/members.yaml", "consents[0].column"),
        ("audiences/tea_not_coffee.yaml", ""),
    ]
    assert said["sources"] == {"files": 2, "sound": 1}
    assert said["audiences"] == {"files": 3, "sound": 2}
    assert said["traits"] == {"files": 2, "sound": 2}


MISTAKES = {
    "op": ("{dit: purchase}", "rule.dit", "did you mean 'did'?"),
    "trait": ("{trait: revenue_30, is: {at_least: 5}}", "rule.trait", "did you mean 'revenue_30d'?"),
    "event": ("{did: purchas}", "rule.did", "did you mean 'purchase'?"),
    "kind": (
        "{did: purchase, where: {revenue: many}}",
        "rule.where.revenue",
        "this is a number (found 'many')",
    ),
    "window": ("{did: purchase, within: {last: 0 days}}", "rule.within.last", "1 or more (found '0 days')"),
    "count": (
        "{did: purchase, at_least: -3}",
        "rule.at_least",
        "must be greater than or equal to 1 (found -3)",
    ),
    "explodes": (
        "{trait: favourite_category, is: {matches: '((a{100}){100}){100}'}}",
        "rule.is.matches",
        "repeat less (found '((a{100}){100}){100}')",
    ),
    "deep": ("{not: " * 59 + "{did: purchase}" + "}" * 59, "rule" + ".not" * 20, "deeper than 20 levels"),
    "long": (
        f"{{trait: favourite_category, is: {[f'c{n}' for n in range(10_001)]}}}",
        "rule.is",
        "10,001 values",
    ),
    "itself": ("{in_audience: itself}", "rule.in_audience", "itself → itself"),
}


def test_all_mistakes_of_all_audiences_are_told_at_once_and_each_of_a_file_not_saved_yet(
    folder: Path, headwater: Headwater, tmp_path: Path
) -> None:
    for name, (rule, _, _) in MISTAKES.items():
        unsaved = tmp_path / f"{name}.yaml"
        unsaved.write_text(f"rule: {rule}\n")
        told = headwater("audiences", "size", unsaved, "-p", folder)
        assert told.exit_code == 2
        assert MISTAKES[name][2] in told.err
        assert f"next: mend {unsaved}, then ask again" in told.err
    for name, (rule, _, _) in MISTAKES.items():
        (folder / "audiences" / f"{name}.yaml").write_text(f"rule: {rule}\n")
    (folder / "audiences" / "round.yaml").write_text("rule: {in_audience: about}\n")
    (folder / "audiences" / "about.yaml").write_text("rule: {not: {in_audience: round}}\n")
    told = headwater("check", "-p", folder, "--json")
    assert told.exit_code == 2
    places = {
        each["file"].removeprefix("audiences/").removesuffix(".yaml"): each["path"]
        for each in told.json["problems"]
    }
    assert places == {"about": "rule", **{name: path for name, (_, path, _) in MISTAKES.items()}}
    said = headwater("check", "-p", folder).err
    assert all(says in said for _, _, says in MISTAKES.values())
    assert "audiences refer to each other in a circle: about → round → about" in said


def test_a_value_is_bare_in_json_and_quoted_in_a_sentence(folder: Path, headwater: Headwater) -> None:
    (folder / "audiences" / "big_spenders.yaml").write_text(
        "rule: {trait: revenue_30d, is: {at_least: date}}\n"
    )
    assert headwater("check", "-p", folder, "--json").json["problems"][0]["value"] == "date"
    assert "must be a number (found 'date')" in headwater("check", "-p", folder).err


def test_what_only_these_surroundings_lack_is_told_and_is_no_mistake(
    folder: Path, headwater: Headwater, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    (folder / "destinations" / "hook.yaml").write_text(
        "kind: webhook\npurpose: newsletter\naudiences: all\nidentifiers: [email]\n"
        "settings: {url: 'https://example.com/in', secret: '${HOOK_SECRET}'}\n"
    )
    told = headwater("check", "-p", folder)
    assert (told.exit_code, told.err) == (0, "")
    assert "Not ready to run here:" in told.out
    assert (
        "destinations/hook.yaml:5 at settings.secret: the environment variable HOOK_SECRET is not set"
        in told.out
    )
    [warning] = headwater("check", "-p", folder, "--json").json["warnings"]
    assert warning["file"] == "destinations/hook.yaml"


def test_checking_changes_no_file(folder: Path, headwater: Headwater) -> None:
    shutil.rmtree(folder / "data")
    before = files(folder)
    told = headwater("check", "-p", folder)
    assert told.exit_code == 2
    assert "no file matches data/purchases*.csv" in told.err
    assert files(folder) == before
