"""What CONTRIBUTING.md shows works as it stands: its files, put into a copy of the tree, pass their contract kits."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"`(src/\S+\.py)`:\n\n```python\n(.*?)```", PAGE, re.DOTALL))
LINES = re.findall(r"```diff\n--- (\S+)\n (.*)\n\+(.*)\n```", PAGE)
KITS = sorted(
    set(re.findall(r"\$ \.venv/bin/pytest (tests/\S+)", PAGE)) - {"tests/properties/test_one_meaning.py"}
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree with all that the page says to add, and nothing of it there before."""
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, text in FILES.items():
        assert not (tmp_path / path).exists()
        (tmp_path / path).write_text(text, encoding="utf-8")
    for path, before, added in LINES:
        file = tmp_path / path
        text = file.read_text(encoding="utf-8")
        assert text.count(f"{before}\n") == 1, f"{path} has no single line {before!r}"
        file.write_text(text.replace(f"{before}\n", f"{before}\n{added}\n"), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_shows_one_file_of_each_kind_of_part() -> None:
    assert sorted(path.split("/")[-2] for path in FILES) == [
        "comparisons",
        "destinations",
        "formats",
        "identifiers",
        "steps",
        "traits",
    ]
    assert len(LINES) == PAGE.count("```diff") == 5


@pytest.mark.slow
def test_the_files_it_shows_pass_their_kits(copy: Path) -> None:
    names = " or ".join(["plain_computation", *(Path(path).stem for path in FILES)])
    told = run(copy, "pytest", "-q", "-p", "no:cacheprovider", *KITS, "-k", names)
    assert told.returncode == 0, told.stdout
    for path in FILES:
        assert Path(path).stem in run(copy, "pytest", "--co", "-q", *KITS, "-k", Path(path).stem).stdout


@pytest.mark.slow
def test_the_random_rules_are_told_of_every_part_it_shows(copy: Path) -> None:
    told = run(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/properties", "-k", "use_every_operator")
    assert told.returncode == 0, told.stdout


@pytest.mark.slow
def test_the_files_it_shows_are_in_standard_form_and_typed(copy: Path) -> None:
    for command in (("ruff", "format", "--check"), ("ruff", "check"), ("mypy",)):
        told = run(copy, *command, *FILES)
        assert told.returncode == 0, told.stdout
