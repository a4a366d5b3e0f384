"""Labels follow data: from attributes and traits to the audiences made from them, and to placements."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.core.project import open_project
from headwater.flow.definitions import judge
from headwater.personalise.labels import labels_of_audiences, labels_of_traits
from headwater.privacy.labels import Label
from headwater.tables.workspace import read
from headwater.testing.shop import make_shop


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_shop(tmp_path_factory.mktemp("shop"), n_people=2, n_purchases=2).folder
    _change(folder / "sources/members.yaml", "{city: city,", "{city: {column: city, labels: [location]},")
    _change(folder / "traits/revenue_30d.yaml", "kind: sum", "kind: sum\nlabels: [financial]")
    texts = {
        "locals": "{trait: city, is: Berlin}",
        "rich_locals": "{all: [{in_audience: locals}, {trait: revenue_30d, is: {at_least: 9}}]}",
    }
    for name, rule in texts.items():
        (folder / f"audiences/{name}.yaml").write_text(f"rule: {rule}\n")
    return folder


def _change(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def test_an_audience_carries_the_labels_of_all_it_is_made_from(folder):
    with read(open_project(folder)) as workspace:
        definitions, problems = judge(workspace)
    assert problems == []
    traits = labels_of_traits(definitions.sources, definitions.traits)
    assert (traits["city"], traits["revenue_30d"]) == ({Label.LOCATION}, {Label.FINANCIAL})
    assert traits["email"] == {Label.IDENTIFIER}
    assert "points" not in traits
    assert labels_of_audiences(definitions.audiences, traits) == {
        **{
            name: {Label.FINANCIAL}
            for name in definitions.audiences
            if name not in ("locals", "rich_locals")
            and "revenue_30d" in str(definitions.audiences[name].rule)
        },
        "locals": {Label.LOCATION},
        "rich_locals": {Label.LOCATION, Label.FINANCIAL},
    }


def test_a_project_with_a_placement_that_uses_them_is_refused_unless_it_accepts_them(folder):
    file = folder / "placements/home_hero.yaml"
    before = file.read_text()
    try:
        _change(file, "coffee_lovers", "rich_locals")
        with read(open_project(folder)) as workspace:
            (problem,) = judge(workspace)[1]
        assert (problem.file, problem.path) == ("placements/home_hero.yaml", "rules[0].when")
        assert "audience rich_locals' is labelled financial, location" in problem.message
        file.write_text(file.read_text() + "accepts: [financial, location]\n")
        with read(open_project(folder)) as workspace:
            definitions, problems = judge(workspace)
        assert problems == []
        assert list(definitions.placements) == ["home_hero"]
    finally:
        file.write_text(before)
