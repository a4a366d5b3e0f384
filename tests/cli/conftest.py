from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headwater.cli.main import run
from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import work
from headwater.testing.shop import make_shop


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Headwater = Callable[..., Said]


@pytest.fixture
def headwater(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Headwater:
    """Run the `headwater` command as its entry point does; an error that it does not answer fails the test."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    def call(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["headwater", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was run once; tests of one module share it and leave it as it is."""
    folder = make_shop(tmp_path_factory.mktemp("project") / "shop", n_people=40, n_purchases=400).folder
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return folder
