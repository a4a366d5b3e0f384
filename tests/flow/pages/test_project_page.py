"""docs/project.md shows a project that is sound, and names every kind of file there is a schema of."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from headwater.core.documents import Document, parse_document
from headwater.core.project import KINDS, open_project
from headwater.flow.definitions import judge
from headwater.flow.pages.schemas import SCHEMAS
from headwater.tables.workspace import read

PAGE = (Path(__file__).parents[3] / "docs" / "project.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```yaml\n# (\S+\.yaml)\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_block_of_yaml_names_its_file_and_every_kind_is_shown() -> None:
    assert PAGE.count("```yaml") == len(FILES)
    assert {name.split("/")[0] for name in FILES} == {"headwater.yaml", *KINDS}


def test_the_project_it_shows_is_sound(folder: Path) -> None:
    with read(open_project(folder)) as workspace:
        definitions, problems = judge(workspace)
    assert problems == []
    shown = [
        definitions.collectors,
        definitions.plans,
        definitions.sources,
        definitions.identifiers.of,
        definitions.matching,
        definitions.traits,
        definitions.audiences,
        definitions.destinations,
        definitions.placements,
        definitions.cleanrooms,
    ]
    assert sum(map(len, shown)) == len(FILES) - 1


@pytest.mark.parametrize("name", FILES)
def test_an_editor_finds_nothing_wrong_with_it(name: str) -> None:
    settings = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])["yaml.schemas"]
    [schema] = [Path(file).name for file, of in settings.items() if Path(name).match(of)]
    read = parse_document(FILES[name].encode(), name)
    assert isinstance(read, Document)
    jsonschema.Draft202012Validator(SCHEMAS[schema.removesuffix(".schema.json")]()).validate(read.data)


def test_its_editor_settings_name_every_schema_once() -> None:
    settings = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])["yaml.schemas"]
    assert sorted(settings) == sorted(f"./schemas/{name}.schema.json" for name in SCHEMAS)
    assert sorted(settings.values()) == sorted(["headwater.yaml", *(f"{kind}/*.yaml" for kind in KINDS)])


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)", PAGE):
        assert (Path(__file__).parents[3] / "docs" / target).exists(), target
