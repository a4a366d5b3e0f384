"""A mistake, or a project that is busy, ends in a sentence and an exit code; never in a stack trace."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headwater.testing.shop import make_shop

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater, Said

HOLD = """
import sys
from pathlib import Path
from headwater.core.owner import own
with own(Path(sys.argv[1])):
    print("owned", flush=True)
    sys.stdin.read()
"""
COUNT_FOR_LONG = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from pathlib import Path
from headwater.cli import main
from headwater.core.project import open_project
from headwater.tables.workspace import work
def count():
    with work(open_project(Path(sys.argv[1]))) as workspace:
        print("counting", flush=True)
        workspace.engine.create("n", "SELECT bit_xor(hash(range)) FROM range(1000000000000)")
main.app = count
main.run()
"""
MISTAKES = [
    ("sources/members.yaml", "identifiers:", "identifers:", 3, "did you mean 'identifiers'?"),
    ("traits/revenue_30d.yaml", "kind: sum", "kind: sums", 1, "did you mean 'sum'?"),
    ("audiences/coffee_lovers.yaml", "did: purchase", "did: purchas", 2, "did you mean 'purchase'?"),
    ("destinations/mailing.yaml", "purpose: newsletter", "purpose: newsleter", 2, "newsletter"),
]


def is_plain(told: Said) -> bool:
    """Whether it is a sentence for people: no stack trace, no nothing."""
    return told.err.startswith("error: ") and "Traceback" not in told.err + told.out


@contextmanager
def another_owner(project: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "owned\n"
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def slow_engine(project: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of a query that would take hours."""
    command = [sys.executable, "-c", COUNT_FOR_LONG, str(project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "counting\n"
        time.sleep(1)
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    "words", [["show"], ["size"], ["members"], ["overlap", "coffee_lovers"]], ids=" ".join
)
def test_an_unknown_audience_is_answered_with_the_nearest(
    words: list[str], shop: Path, headwater: Headwater
) -> None:
    told = headwater("audiences", *words, "big_spender", "-p", shop)
    assert told.exit_code == 2
    assert "there is no audience 'big_spender'; did you mean 'big_spenders'?" in told.err
    assert is_plain(told)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["audiences", "explain", "big_spenders", "m1"], "kind=value"),
        (["profile", "show", "user=m1"], "did you mean 'user_id'?"),
        (["profile", "show", "email=nobody"], "that is no valid email"),
        (["profile", "show", "email=secret.person@example.org"], "nobody has that email"),
        (["profile", "show", "postal=Ann|Doe|1 Main St|1|US|"], "there is no kind of identifier 'postal'"),
        (["profile", "show", "m1"], "by its number or by an identifier"),
        (["profile", "show", "1000000"], "there is no profile 1000000"),
        (["profile", "show", "9" * 30], "there is no profile"),
        (["audiences", "size", "nowhere.yaml"], "there is no file nowhere.yaml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told_plainly_and_without_the_person(
    arguments: list[str], says: str, shop: Path, headwater: Headwater
) -> None:
    told = headwater(*arguments, "-p", shop)
    assert told.exit_code == 2
    assert says in told.err
    assert "secret.person" not in told.err + told.out
    assert is_plain(told)


@pytest.mark.parametrize(
    "arguments",
    [
        ["sources", "--rejected", "-1"],
        ["audiences", "members", "big_spenders", "--limit", "-1"],
        ["deliveries", "--limit", "0"],
        ["profile", "show", "user_id=m1", "--events", "-1"],
    ],
    ids=" ".join,
)
def test_a_number_that_cannot_be_is_refused_as_usage(
    arguments: list[str], shop: Path, headwater: Headwater
) -> None:
    told = headwater(*arguments, "-p", shop)
    assert told.exit_code == 2
    assert "Invalid value" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    "words", [["run"], ["check"], ["sources"], ["audiences", "list"], ["doctor"]], ids=" ".join
)
def test_a_folder_without_a_project_is_told_what_to_do(
    words: list[str], tmp_path: Path, headwater: Headwater
) -> None:
    told = headwater(*words, "-p", tmp_path)
    assert told.exit_code == 2
    assert "there is no headwater.yaml in" in told.err
    assert "headwater init" in told.err
    assert is_plain(told)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def broken(shop: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(shop, tmp_path / "broken")
    for name, right, wrong, _, _ in MISTAKES:
        path = folder / name
        assert right in path.read_text()
        path.write_text(path.read_text().replace(right, wrong, 1))
    return folder


@pytest.mark.parametrize("command", ["check", "run"])
def test_everything_that_is_wrong_is_shown_with_file_and_line(
    command: str, broken: Path, headwater: Headwater
) -> None:
    told = headwater(command, "-p", broken)
    assert told.exit_code == 2
    assert is_plain(told)
    for file, _, _, line, says in MISTAKES:
        [told_line] = [each for each in told.err.splitlines() if f"{file}:{line} " in each]
        assert says in told_line


def test_problems_are_data_for_programs(broken: Path, headwater: Headwater) -> None:
    checked = headwater("check", "-p", broken, "--json")
    assert checked.exit_code == 2
    found = {(each["file"], each["line"]) for each in checked.json["problems"]}
    assert found >= {(file, line) for file, _, _, line, _ in MISTAKES}
    ran = headwater("run", "-p", broken, "--json")
    assert (ran.exit_code, ran.out) == (2, "")
    error = json.loads(ran.err)
    assert (error["code"], error["blame"], error["retryable"]) == ("project_invalid", "user", False)
    assert {(each["file"], each["line"]) for each in error["problems"]} == found


def test_a_file_that_is_no_yaml_is_a_problem_with_a_line(
    shop: Path, tmp_path: Path, headwater: Headwater
) -> None:
    folder = shutil.copytree(shop, tmp_path / "shop")
    (folder / "audiences" / "big_spenders.yaml").write_text("description: x\nrule: {did: [\n")
    told = headwater("check", "-p", folder)
    assert told.exit_code == 2
    assert "audiences/big_spenders.yaml:" in told.err
    assert "is not valid YAML" in told.err
    assert is_plain(told)


@pytest.mark.slow
def test_a_project_that_another_process_works_on_can_be_read_but_not_run(
    shop: Path, headwater: Headwater
) -> None:
    with another_owner(shop) as process:
        told = headwater("run", "-p", shop)
        assert told.exit_code == 4
        assert f"(process {process.pid}, since " in told.err
        assert is_plain(told)
        error = json.loads(headwater("run", "-p", shop, "--json").err)
        assert (error["code"], error["retryable"]) == ("project_busy", True)
        for words in (
            ["audiences", "list"],
            ["audiences", "size", "big_spenders"],
            ["sources"],
            ["deliveries"],
            ["check"],
            ["profile", "show", "user_id=m1"],
            ["doctor"],
        ):
            read = headwater(*words, "-p", shop)
            assert (read.exit_code, read.err) == (0, "")
    assert headwater("run", "-p", shop).exit_code == 0


def test_init_never_writes_over_a_project(tmp_path: Path, headwater: Headwater) -> None:
    folder = tmp_path / "shop"
    assert headwater("init", folder).exit_code == 0
    (folder / "headwater.yaml").write_text("project: mine\n")
    told = headwater("init", folder)
    assert told.exit_code == 2
    assert "there is a project in shop already" in told.err
    assert is_plain(told)
    assert (folder / "headwater.yaml").read_text() == "project: mine\n"


def test_a_folder_that_cannot_name_a_project_is_refused(tmp_path: Path, headwater: Headwater) -> None:
    told = headwater("init", tmp_path / "2026")
    assert told.exit_code == 2
    assert is_plain(told)
    assert not (tmp_path / "2026").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code"), [(["audiences", "show", "nobody"], 2), (["run"], 4)], ids=["mistake", "busy"]
)
def test_the_process_itself_ends_with_the_code_and_without_a_stack_trace(
    arguments: list[str], code: int, shop: Path
) -> None:
    with another_owner(shop):
        command = [sys.executable, "-m", "headwater.cli.main", *arguments, "-p", str(shop)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_an_interrupt_while_the_engine_counts_ends_plainly_and_keeps_the_project_whole(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path / "shop", n_people=40, n_purchases=400)
    with slow_engine(shop.folder) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "stopped; what was finished is kept, run again to go on"
    done = subprocess.run(
        [sys.executable, "-m", "headwater.cli.main", "run", "-p", str(shop.folder)],
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0
