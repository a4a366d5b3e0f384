"""A project folder opens, or says everything that is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headwater.core.errors import ProjectError, SettingsError, UserError
from headwater.core.project import KINDS, open_project


def project(folder: Path, text: str) -> Path:
    (folder / "headwater.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_minimal_project_opens(tmp_path: Path) -> None:
    opened = open_project(project(tmp_path, "project: shop\n"))
    assert opened.config.time_zone == "UTC"
    assert opened.documents == dict.fromkeys(KINDS, ())
    assert opened.path("lake") == tmp_path.resolve() / "lake"


def test_a_fixed_present_is_read_in_the_projects_zone(tmp_path: Path) -> None:
    opened = open_project(
        project(tmp_path, "project: shop\ntime_zone: America/New_York\nnow: 2018-01-01T00:00\n")
    )
    assert opened.clock.now() == datetime(2018, 1, 1, 5, tzinfo=UTC)


def test_a_folder_without_a_project_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no headwater.yaml in") as caught:
        open_project(tmp_path)
    assert caught.value.next_step is not None
    assert "headwater init" in caught.value.next_step


@pytest.mark.parametrize("zone", ["Europe/Berln", "", "../etc/passwd", "/etc/passwd", "Europe"])
def test_a_zone_that_does_not_exist_is_told_with_its_line(tmp_path: Path, zone: str) -> None:
    with pytest.raises(
        ProjectError, match=r"headwater.yaml:2 at time_zone: is no IANA time zone; write one like"
    ):
        open_project(project(tmp_path, f"project: shop\ntime_zone: '{zone}'\n"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "project: My Shop\n", "headwater.yaml:1 at project: string should match pattern", id="name"
        ),
        pytest.param("project: a\nnow: soon\n", "headwater.yaml:2 at now: ", id="now"),
        pytest.param(
            "project: a\ntimezone: UTC\n", "unknown key 'timezone'; did you mean 'time_zone'?", id="key"
        ),
        pytest.param("project: a\nlake:\n  buckets: 0\n", "headwater.yaml:3 at lake.buckets: ", id="buckets"),
        pytest.param(
            "project: a\npurposes:\n  email:\n    descripton: x\n",
            "headwater.yaml:4 at purposes.email.descripton: unknown key 'descripton'; did you mean 'description'?",
            id="purpose",
        ),
        pytest.param("project: a\nproject: b\n", "headwater.yaml:2", id="a key twice"),
        pytest.param("", "must hold keys and values", id="empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ProjectError) as caught:
        open_project(project(tmp_path, text))
    assert told in str(caught.value)


def test_an_unknown_setting_of_the_project_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown setting thread; did you mean 'threads'"):
        open_project(project(tmp_path, "project: a\nsettings:\n  thread: 2\n"))


def test_other_files_are_read_in_order_of_name_and_not_yet_judged(tmp_path: Path) -> None:
    folder = project(tmp_path, "project: a\n")
    (folder / "audiences").mkdir()
    for name, text in {
        "b.yaml": "any: thing\n",
        "a.yaml": "x: 1\n",
        "c.yaml": "x: [\n",
        "d.yml": "x: 1\n",
    }.items():
        (folder / "audiences" / name).write_text(text)
    opened = open_project(folder)
    assert [document.name for document in opened.documents["audiences"]] == ["a", "b"]
    assert [problem.file for problem in opened.unreadable] == ["audiences/c.yaml", "audiences/d.yml"]
    assert opened.unreadable[1].message == "is not read: its name must end in .yaml"


class TestFolders:
    """Files of a kind can lie in folders of their own."""

    def test_a_file_is_what_it_is_called_wherever_it_lies(self, tmp_path: Path) -> None:
        self.write(tmp_path, "audiences/tea.yaml", "audiences/loyalty/winter/coffee.yaml")
        opened = open_project(tmp_path)
        found = {each.name: (each.file, each.folder) for each in opened.documents["audiences"]}
        assert found == {
            "tea": ("audiences/tea.yaml", ""),
            "coffee": ("audiences/loyalty/winter/coffee.yaml", "loyalty/winter"),
        }

    def test_a_name_that_is_there_twice_is_a_problem_of_the_second(self, tmp_path: Path) -> None:
        self.write(tmp_path, "audiences/a/tea.yaml", "audiences/b/tea.yaml")
        opened = open_project(tmp_path)
        assert [each.file for each in opened.documents["audiences"]] == ["audiences/a/tea.yaml"]
        (told,) = opened.unreadable
        assert "audiences/b/tea.yaml" in str(told)
        assert "has the name of audiences/a/tea.yaml" in str(told)

    def test_what_is_hidden_is_no_file_and_another_ending_is_told(self, tmp_path: Path) -> None:
        self.write(
            tmp_path, "audiences/.checkpoints/tea.yaml", "audiences/.tea.yaml.1.yaml", "audiences/a/b.yml"
        )
        opened = open_project(tmp_path)
        assert opened.documents["audiences"] == ()
        (told,) = opened.unreadable
        assert told.file == "audiences/a/b.yml"

    def write(self, folder: Path, *files: str, text: str = "description: x\n") -> None:
        project(folder, "project: shop\n")
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
