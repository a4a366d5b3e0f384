"""Nobody makes everyone one person by the way: rules that would change too much stop a run, until somebody says that they may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.core.errors import LargeChangeError
from headwater.core.project import open_project
from headwater.core.settings import Settings
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.identities import Identities
from headwater.flow.identity_guard import warnings
from headwater.identity.simulate import Cluster, Simulated
from headwater.tables.workspace import read, work

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = "kind: files\nread: {path: data/members.csv}\nidentifiers: {user_id: member, email: email}\nattributes: {city: city}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Sixty members who all gave one address, which is seen with too many to name anybody."""
    rows = [f"m{n},all@example.com,Berlin" for n in range(60)]
    make(
        tmp_path,
        {
            "headwater.yaml": "project: shop\nnow: 2026-04-01T00:00\n",
            "sources/members.yaml": SOURCE,
            "identifiers/email.yaml": "most_linked: 50\n",
            "data/members.csv": "\n".join(["member,email,city", *rows, ""]),
        },
    )
    run(tmp_path)
    return tmp_path


def make(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def run(root: Path) -> None:
    with work(open_project(root)) as workspace:
        run_batch(workspace, read_definitions(workspace))


def who(root: Path) -> Identities:
    return Identities(open_project(root))


def profiles(root: Path) -> Sequence[int]:
    with read(open_project(root)) as workspace:
        rows = workspace.engine.table("SELECT node_id, profile_id FROM identity_map ORDER BY node_id")
    return rows["profile_id"].to_pylist()


def test_a_file_that_makes_everyone_one_person_is_told_of_and_stops_a_run(shop: Path) -> None:
    before = profiles(shop)
    assert len(set(before)) == 60
    (shop / "identifiers" / "email.yaml").unlink()
    [one, many] = who(shop).simulate().warnings
    assert one == ("60 profiles would be one person, who would have 61 of all 61 identifiers (100%)")
    assert many == "60 of 60 profiles (100%) would be others than they are"
    for do in (lambda: run(shop), lambda: who(shop).apply()):
        with pytest.raises(LargeChangeError) as told:
            do()
        assert one in told.value.message
        assert "identity apply --anyway" in str(told.value.next_step)
        assert "example.com" not in told.value.message
        assert profiles(shop) == before


def test_a_decision_does_not_bring_such_rules_in(shop: Path) -> None:
    (shop / "identifiers" / "email.yaml").unlink()
    with pytest.raises(LargeChangeError):
        who(shop).link("user_id=m1", "user_id=m2", reason="x", by="ann")
    assert who(shop).decisions() == []
    assert len(set(profiles(shop))) == 60


def test_who_wants_it_says_so_once(shop: Path) -> None:
    (shop / "identifiers" / "email.yaml").unlink()
    assert who(shop).apply(anyway=True).n_after == 1
    run(shop)
    assert len(set(profiles(shop))) == 1


def test_it_can_be_allowed_by_settings(shop: Path) -> None:
    (shop / "identifiers" / "email.yaml").unlink()
    with (shop / "headwater.yaml").open("a") as config:
        config.write("settings: {most_in_one_profile: 100, most_profiles_changed: 100}\n")
    run(shop)
    assert len(set(profiles(shop))) == 1


def test_new_data_is_no_change_of_rules(shop: Path) -> None:
    rows = "".join(f"m{n},other{n // 40}@example.com,Berlin\n" for n in range(60))
    with (shop / "data" / "members.csv").open("a") as members:
        members.write(rows)
    run(shop)
    assert len(set(profiles(shop))) == 2


def test_a_small_change_of_rules_needs_nobodys_word(shop: Path) -> None:
    make(shop, {"identifiers/email.yaml": "most_linked: 50\nblocked: [other@example.com]\n"})
    run(shop)
    assert len(set(profiles(shop))) == 60


def simulated(n_identifiers: int, largest: int, n_changed: int = 0, n_before: int = 1000) -> Simulated:
    return Simulated(n_identifiers, n_before, 1, 0, 0, n_changed, 0, 0, (Cluster(0, largest, 2),))


@pytest.mark.parametrize(
    ("found", "n"),
    [
        pytest.param(simulated(1000, 100), 0, id="as many as may be"),
        pytest.param(simulated(1000, 101), 1, id="one more"),
        pytest.param(simulated(20, 19), 0, id="a large part of very few"),
        pytest.param(simulated(1000, 2, 300), 0, id="as many profiles as may change"),
        pytest.param(simulated(1000, 2, 301), 1, id="one profile more"),
        pytest.param(simulated(1000, 2, 19, 19), 0, id="all of very few"),
        pytest.param(simulated(1000, 500, 900), 2, id="both"),
    ],
)
def test_what_is_too_much(found: Simulated, n: int) -> None:
    assert len(warnings(found, Settings())) == n
