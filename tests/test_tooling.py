"""The tooling can fail: each import contract is shown to break, and the set-up says what is missing."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "headwater"


def contracts() -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return read


def contract(name: str) -> dict[str, Any]:
    return next(item for item in contracts() if item["name"] == name)


def rooms() -> set[str]:
    return {file.parent.name for file in SOURCE.glob("*/__init__.py")}


# Violations: the contract each breaks, the file that is written into a copy of the package, and what it holds.
# An empty module `b` stands beside the file, so that there is a sibling to import.
VIOLATIONS = [
    ("Rooms import only rooms before them", "core/bad.py", "import headwater.tables"),
    ("Rooms import only rooms before them", "tables/bad.py", "from headwater import sources"),
    (
        "Rooms import only rooms before them",
        "engine/bad.py",
        "def late():\n    from headwater.tables import table",
    ),
    (
        "Rooms import only rooms before them",
        "core/bad.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from headwater.engine.lake import Lake",
    ),
    ("Rooms import only rooms before them", "parlour/__init__.py", "'''A room that is in no layer.'''"),
    (
        "No cycles between siblings, at any depth",
        "core/errors.py",
        "from headwater.core import clock, documents",
    ),
    ("No cycles between siblings, at any depth", "engine/query.py", "from headwater.engine import inspect"),
    (
        "Wire formats do not know each other",
        "collect/formats/a.py",
        "from headwater.collect.formats import b",
    ),
    ("Sources do not know each other", "sources/files.py", "from headwater.sources import sql_database"),
    ("Event steps do not know each other", "events/steps/a.py", "from headwater.events.steps import b"),
    (
        "Identifier kinds do not know each other",
        "identity/identifiers/a.py",
        "from headwater.identity.identifiers import b",
    ),
    (
        "Kinds of trait do not know each other",
        "profiles/traits/a.py",
        "from headwater.profiles.traits import b",
    ),
    (
        "Rule operators do not know each other",
        "audiences/operators/a.py",
        "from headwater.audiences.operators import b",
    ),
    (
        "Comparisons do not know each other",
        "audiences/comparisons/a.py",
        "from headwater.audiences.comparisons import b",
    ),
    (
        "Destinations do not know each other",
        "activate/destinations/a.py",
        "from headwater.activate.destinations import b",
    ),
    (
        "Pages of the console do not know each other",
        "console/pages/a.py",
        "from headwater.console.pages import b",
    ),
    ("Engines do not know each other", "engine/engines/a.py", "from headwater.engine.engines import b"),
    (
        "A destination sees only the destination contract",
        "activate/destinations/a.py",
        "import headwater.tables.table",
    ),
    (
        "A destination sees only the destination contract",
        "activate/destinations/a.py",
        "import headwater.engine.lake",
    ),
    ("The destination contract sees only core", "activate/destination.py", "import headwater.engine.query"),
    ("Only engine files import a driver", "tables/bad.py", "import duckdb"),
    ("Only engine files import a driver", "sources/bad.py", "from deltalake import DeltaTable"),
    ("No web framework below edge, api and console", "core/bad.py", "import starlette.requests"),
    ("No web framework below edge, api and console", "live/bad.py", "import granian"),
    (
        "Steps of collected events do not know each other",
        "collect/steps/a.py",
        "import headwater.collect.steps.b",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file", "content"), VIOLATIONS, ids=[f"{file}: {name}" for name, file, _ in VIOLATIONS]
)
def test_an_import_that_breaks_a_contract_is_found(
    tmp_path: Path, name: str, file: str, content: str
) -> None:
    copy = tmp_path / "src" / "headwater"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    target = copy / file
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in (target.parent, *target.parent.parents):
        if folder == copy:
            break
        (folder / "__init__.py").touch()
    (target.parent / "b.py").touch()
    with target.open("a") as opened:
        opened.write(f"\n{content}\n")
    told = lint(tmp_path)
    assert f"{name} BROKEN" in told.stdout, told.stdout
    assert told.returncode == 1


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "300"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_every_contract_is_shown_to_break() -> None:
    assert {item["name"] for item in contracts()} == {name for name, _, _ in VIOLATIONS}


def test_no_contract_ignores_an_import() -> None:
    assert not [item["name"] for item in contracts() if any("ignore" in key for key in item)]


def test_a_destination_is_kept_from_every_room_but_core_and_its_own() -> None:
    kept_from = set(contract("A destination sees only the destination contract")["forbidden_modules"])
    above = {
        "flow",
        "edge",
        "serve",
        "cli",
        "api",
        "console",
        "testing",
        "measure",
        "access",
        "personalise",
    }  # by the layers
    assert kept_from == {f"headwater.{room}" for room in rooms() - {"core", "activate"} - above}


def test_every_room_below_the_api_is_kept_from_web_frameworks() -> None:
    kept = set(contract("No web framework below edge, api and console")["source_modules"])
    free = {"edge", "api", "console", "serve", "cli", "testing"}
    assert kept == {f"headwater.{room}" for room in rooms() - free}


def test_every_driver_of_an_engine_is_named_in_the_contract() -> None:
    named = set(contract("Only engine files import a driver")["protected_modules"])
    harmless = {"headwater", "pyarrow", "numpy", "sqlglot", *sys.stdlib_module_names}
    for file in [*(SOURCE / "engine" / "engines").glob("*.py"), SOURCE / "engine" / "lake.py"]:
        assert imported(file) - harmless <= named, file.name


def imported(file: Path) -> set[str]:
    """The top-level packages that a file imports."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    whole = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in whole | parts}


# Set-up


def set_up(python: Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/setup.sh with an interpreter of ours, in an environment where there is nothing else."""
    settings = {
        "PATH": environment.pop("PATH", os.environ["PATH"]),
        "PYTHON": str(python),
        "VENV": str(folder),
        **environment,
    }
    command = ["/bin/bash", str(ROOT / "scripts" / "setup.sh")]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)


def test_a_python_that_is_too_old_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/bash\n[[ "$*" == *%d.%d* ]] && echo 3.9 && exit 0\nexit 1\n')
    old.chmod(0o755)
    told = set_up(old, tmp_path / "venv")
    assert told.returncode == 1
    assert "is Python 3.9; Headwater needs 3.11 or newer" in told.stderr


def test_a_python_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = set_up(tmp_path / "python", tmp_path / "venv")
    assert told.returncode == 1
    assert "install Python 3.11 or newer" in told.stderr


def test_a_system_that_can_make_no_environment_is_told_what_to_install(tmp_path: Path) -> None:
    hidden, few = tmp_path / "hidden", tmp_path / "bin"
    hidden.mkdir()
    few.mkdir()
    for module in ("ensurepip", "pip"):
        (hidden / f"{module}.py").write_text("raise ImportError('hidden')")
    for tool in ("bash", "cat", "cut", "dirname", "id", "rm", "sha256sum"):
        (few / tool).symlink_to(shutil.which(tool) or tool)
    told = set_up(Path(sys.executable), tmp_path / "venv", PATH=str(few), PYTHONPATH=str(hidden))
    assert told.returncode == 1
    assert "apt-get install python3-venv" in told.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    "script", [*(f"scripts/{file.name}" for file in sorted((ROOT / "scripts").glob("*.sh"))), ".ci/run"]
)
def test_scripts_are_sound_bash_and_name_no_package_host(script: str) -> None:
    subprocess.run(["/bin/bash", "-n", str(ROOT / script)], check=True)
    assert "://" not in (ROOT / script).read_text()


@pytest.mark.parametrize("name", ["dev", "spark", "bench"])
def test_a_lock_names_no_package_host_and_holds_a_hash_for_each_package(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in lock
    pinned = [block for block in lock.split("\n") if block and block[0].isalnum()]
    assert pinned
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert lock.count("--hash=sha256:") >= len(pinned)
