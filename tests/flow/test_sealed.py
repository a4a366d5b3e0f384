"""No identifier lies open in what a project keeps; and keys can be rotated, and old ones forgotten, with nothing lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.flow.alive import Alive
from tests.flow.sealed_shop import EMAIL, REJECTED, USER, VISITOR, held, needles, sealed_shop

from headwater.collect.outcome import Accepted
from headwater.core.errors import HeadwaterError, KeysError
from headwater.core.sealing.keeping import keeping_of
from headwater.flow.reseal import reseal_all
from headwater.flow.summary import list_rejections
from headwater.profiles.show import Profile, find_profile, show_profile
from headwater.tables.workspace import read

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sealed") / "shop"
    sealed_shop(root)
    return root


@pytest.fixture
def alive(template: Path, tmp_path: Path) -> Alive:
    return Alive(shutil.copytree(template, tmp_path / "shop"))


def profile(alive: Alive) -> Profile:
    with read(alive.project) as workspace:
        return show_profile(find_profile(f"email={EMAIL}", workspace), workspace)


def test_it_is_all_there_for_who_has_the_keys(alive: Alive) -> None:
    found = profile(alive)
    assert {row.value for row in found.identifiers} >= {EMAIL, USER, VISITOR}
    assert [row.list for row in found.lists] == ["no_mail"]
    assert "gold" in {row.value for row in found.traits}
    with read(alive.project) as workspace:
        assert any(REJECTED in str(row["raw"]) for row in list_rejections(workspace, limit=10))


def test_no_identifier_is_found_in_any_file(alive: Alive) -> None:
    names = set()
    for name, data in held(alive.root):
        names.add(name.partition("/")[0])
        found = [each for each in needles() if each in data]
        assert not found, f"{found} in {name}"
    assert names >= {"lake", "log", "live", "state"}


def test_without_the_keys_nothing_is_read_and_no_new_ones_are_made(alive: Alive) -> None:
    shutil.rmtree(alive.root / "keys")
    with pytest.raises(KeysError, match="missing"):
        profile(alive)
    assert not (alive.root / "keys").exists()


def test_after_rotating_and_sealing_anew_the_old_key_can_be_forgotten(alive: Alive) -> None:
    before, person, outcomes = profile(alive), alive.person("anonymous_id", VISITOR), alive.outcomes()
    keeping = keeping_of(alive.project)
    old = keeping.load_or_create().active.key_id
    keeping.rotate()
    done = reseal_all(alive.project)
    assert done.n_tables == 3
    assert done.n_records > 0
    assert done.n_people > 0
    keeping.forget(old)
    assert profile(alive) == before
    assert person
    assert alive.person("anonymous_id", VISITOR) == person
    assert alive.outcomes() == outcomes
    assert any(isinstance(each, Accepted) for each in outcomes)
    alive.run()
    assert alive.person("anonymous_id", VISITOR)
    assert profile(alive).identifiers == before.identifiers
    assert reseal_all(alive.project).n_tables == 0


def test_what_a_forgotten_key_sealed_is_gone_and_the_rest_goes_on(alive: Alive) -> None:
    keeping = keeping_of(alive.project)
    old = keeping.load_or_create().active.key_id
    keeping.rotate()
    keeping.forget(old)
    found = profile(alive)  # the index still finds it
    assert {row.value for row in found.identifiers} == {None}
    assert alive.outcomes() == []
    alive.tell({"type": "track", "event": "Looked", "userId": USER})
    try:
        alive.take()
    except HeadwaterError as error:
        pytest.fail(error.message)
    assert [each.event for each in alive.outcomes() if isinstance(each, Accepted)] == ["Looked"]
