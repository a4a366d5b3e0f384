"""A file that was saved is committed: that file alone, in the name of who saved it; what Git refuses is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.console.asking import Asking

from headwater.access.roles import Action, Role
from headwater.console.audiences.managing import GIT
from headwater.console.desk.question import RefusedError
from headwater.console.desk.repository import State, commit, state_of
from headwater.core.errors import UserError

FILE, MOVED = "audiences/tea.yaml", "audiences/drinks/tea.yaml"
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


def git(root: Path, *said: str) -> str:
    done = subprocess.run(["git", *said], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a repository, of a machine whose Git names nobody."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    root = tmp_path / "project"
    (root / "audiences").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    (root / "headwater.yaml").write_text("project: shop\n")
    git(root, "add", ".")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "Begin")
    return root


def test_a_new_file_is_committed_alone_in_the_name_of_who_saved_it(root: Path) -> None:
    (root / FILE).write_text("rule: {did: purchase}\n")
    (root / "headwater.yaml").write_text("project: other\n")
    (root / "staged.txt").write_text("staged")
    git(root, "add", "staged.txt")
    assert state_of(root, [FILE]) == State("main", True)
    number = commit(root, [FILE], "# Add tea\n\nfor spring", "ann <b>\n")
    assert git(root, "log", "-1", "--format=%h|%an|%ae|%B").strip() == (
        f"{number}|ann b|ann-b@localhost|# Add tea\n\nfor spring"
    )
    assert git(root, "show", "--name-only", "--format=").split() == [FILE]
    assert git(root, "status", "--porcelain").splitlines() == [" M headwater.yaml", "A  staged.txt"]
    assert state_of(root, [FILE]) == State("main", False)


def test_a_changed_file_is_committed_with_the_address_that_signed_in(root: Path) -> None:
    (root / FILE).write_text("rule: {did: purchase}\n")
    commit(root, [FILE], "Add", "ann@example.org")
    (root / FILE).write_text("rule: {did: page}\n")
    commit(root, [FILE], "Change", "ann@example.org")
    assert git(root, "log", "-1", "--format=%ae %s").strip() == "ann@example.org Change"


@pytest.mark.parametrize("refuses", ["a hook", "a merge", "no message"])
def test_what_git_refuses_is_told_and_nothing_is_left_staged(root: Path, refuses: str) -> None:
    (root / FILE).write_text("rule: {did: purchase}\n")
    hook = root / ".git" / "hooks" / "pre-commit"
    if refuses == "a hook":
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho not on a Friday >&2\nexit 1\n")
        hook.chmod(0o755)
    if refuses == "a merge":
        (root / ".git" / "MERGE_HEAD").write_text(git(root, "rev-parse", "HEAD"))
    told = {"a hook": "not on a Friday", "a merge": "during a merge", "no message": "needs a message"}[
        refuses
    ]
    with pytest.raises(UserError, match=told):
        commit(root, [FILE], "" if refuses == "no message" else "Add", "ann")
    assert git(root, "status", "--porcelain", "--untracked-files=all").splitlines() == [f"?? {FILE}"]


def test_hooks_are_told_nothing_of_the_installation(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_DATABASE_URL", "secret")
    (root / FILE).write_text("rule: {did: purchase}\n")
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nenv >> told.txt\n")
    hook.chmod(0o755)
    commit(root, [FILE], "Add", "ann")
    assert "PATH=" in (root / "told.txt").read_text()
    assert "HEADWATER" not in (root / "told.txt").read_text()


def test_without_a_repository_nothing_is_offered(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_of(tmp_path, [FILE]) is None
    (root / ".gitignore").write_text("audiences/\n")
    (root / FILE).write_text("rule: {did: purchase}\n")
    assert state_of(root, [FILE]) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="there is no `git`"):
        state_of(root, [FILE])


@pytest.mark.parametrize("role", [each for each in Role if Action.CHANGE_AUDIENCES not in each.actions])
def test_who_may_not_change_audiences_commits_none(asking: Asking, role: Role) -> None:
    for question, given in zip(GIT, (((FILE,),), ((FILE,), "Add")), strict=True):
        with pytest.raises(RefusedError):
            asking.ask(question, *given, role=role)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "file",
    [
        "headwater.yaml",
        "audiences/../headwater.yaml",
        "",
        "audiences/.git/config.yaml",
        "/etc/a.yaml",
        "traits/a.yaml",
    ],
)
def test_no_other_file_is_committed(asking: Asking, file: str) -> None:
    with pytest.raises(UserError, match="is no file of audiences/"):
        asking.ask(GIT[1], (FILE, file), "Add")


def test_a_file_that_moved_is_committed_whole_and_alone(root: Path) -> None:
    (root / FILE).write_text("rule: {did: purchase}\n")
    commit(root, [FILE], "Add", "ann")
    (root / "headwater.yaml").write_text("project: other\n")
    (root / MOVED).parent.mkdir()
    (root / FILE).rename(root / MOVED)
    assert state_of(root, [FILE, MOVED]) == State("main", True)
    commit(root, [FILE, MOVED], "Move", "ann")
    assert git(root, "show", "--name-status", "--format=", "-M").split() == ["R100", FILE, MOVED]
    assert git(root, "status", "--porcelain").splitlines() == [" M headwater.yaml"]
    (root / MOVED).unlink()
    commit(root, [MOVED], "Remove", "ann")
    assert git(root, "ls-files").split() == ["headwater.yaml"]


def test_a_project_may_lie_in_a_repository(root: Path) -> None:
    inner = root / "shops" / "one"
    (inner / FILE).parent.mkdir(parents=True)
    (inner / FILE).write_text("rule: {did: purchase}\n")
    commit(inner, [FILE, MOVED], "Add", "ann")
    assert git(root, "show", "--name-only", "--format=").split() == [f"shops/one/{FILE}"]
    assert state_of(inner, [FILE]) == State("main", False)


def test_what_was_never_committed_and_is_gone_is_left_out(root: Path) -> None:
    (root / MOVED).parent.mkdir()
    (root / MOVED).write_text("rule: {did: purchase}\n")
    commit(root, [FILE, MOVED], "Add", "ann")
    assert git(root, "show", "--name-only", "--format=").split() == [MOVED]
