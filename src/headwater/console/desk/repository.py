"""The project folder as a Git repository: a few files are committed, in somebody's name; what else is staged or changed stays so.

Asks the program `git`, which may not be there. Its hooks run, but without the installation's own variables.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headwater.core.errors import UserError

SECONDS = 30.0
MOST_TOLD = 400  # characters of what git says
_NEEDED = ("PATH", "HOME", "LANG", "TMPDIR", "SSH_AUTH_SOCK", "GNUPGHOME", "XDG_CONFIG_HOME")


@dataclass(frozen=True)
class State:
    """What Git knows of files. `branch`: empty, if none is checked out; `differs`: there is something to commit."""

    branch: str
    differs: bool


def state_of(root: Path, files: Sequence[str]) -> State | None:
    """Files of a project, also such as are gone; None: the folder is in no repository, or Git is told to ignore them.

    Raises:
        UserError: it is in one, but git is not there, or does not answer.
    """
    if not any((each / ".git").exists() for each in (root, *root.parents)):
        return None
    found = _changed(root, files)
    branch = _git(root, "symbolic-ref", "--short", "-q", "HEAD", may_fail=True)
    is_ignored = any(code == "!!" for code in found.values())
    return None if is_ignored else State(branch.strip(), bool(found))


def _changed(root: Path, files: Sequence[str]) -> dict[str, str]:
    """Those of some files that Git has otherwise, with its two letters of how."""
    asked = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored")
    told, above = _git(root, *asked, "--", *files), _git(root, "rev-parse", "--show-prefix").strip()
    return {each[3:].removeprefix(above): each[:2] for each in told.split("\0") if each}


def commit(root: Path, files: Sequence[str], message: str, author: str) -> str:
    """Commit some files as they are, also such as are gone, and nothing else; gives the commit's short id.

    Raises:
        UserError: git is not there or refuses; it says why.
    """
    if not message.strip():
        raise UserError("a commit needs a message", next_step="say in a few words what you changed and why")
    changed = _changed(root, files)
    new = [file for file, how in changed.items() if how == "??"]
    if new:
        _git(root, "add", "--intent-to-add", "--", *new)
    try:
        _git(
            root, *_committer(root, author), "commit", "--only", "--quiet", "--cleanup=whitespace",
            f"--author={_person(author)}", "--file=-", "--", *changed, said=message,
        )  # fmt: skip
    except UserError:
        if new:
            _git(root, "rm", "--cached", "--quiet", "--force", "--", *new, may_fail=True)
        raise
    return _git(root, "rev-parse", "--short", "HEAD").strip()


def _committer(root: Path, author: str) -> tuple[str, ...]:
    """Who commits: whom the machine's Git names; if it names nobody, the author."""
    name, address = (
        _git(root, "config", f"user.{each}", may_fail=True).strip() for each in ("name", "email")
    )
    own_name, own_address = _named(author)
    return ("-c", f"user.name={name or own_name}", "-c", f"user.email={address or own_address}")


def _person(name: str) -> str:
    return "{} <{}>".format(*_named(name))


def _named(name: str) -> tuple[str, str]:
    """Somebody's name and address, as Git takes them.

    >>> _named("ann"), _named("ann@example.org")
    (('ann', 'ann@localhost'), ('ann@example.org', 'ann@example.org'))
    """
    known = " ".join(re.sub(r"[<>\x00-\x1f]", " ", name).split()) or "somebody"
    return known, known if "@" in known else f"{re.sub(r'[^A-Za-z0-9._-]+', '-', known)}@localhost"


def _git(root: Path, *said_to: str, said: str = "", may_fail: bool = False) -> str:
    """What git says.

    Raises:
        UserError: it is not there, takes too long, or refuses.
    """
    try:
        done = subprocess.run(  # noqa: S603 - no shell; a file's name stands behind "--"
            ["git", *said_to],  # noqa: S607 - whichever git the installation finds
            cwd=root, env=_environment(), input=said.encode(), capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise UserError(
            "there is no `git` on the machine of the console", next_step="install Git there"
        ) from None
    except (OSError, subprocess.TimeoutExpired):
        raise UserError(
            "git did not answer", next_step="look at the repository on the machine of the console"
        ) from None
    if done.returncode and not may_fail:
        told = " ".join((done.stderr or done.stdout).decode("utf-8", "replace").split())
        raise UserError(
            f"git refuses: {told[:MOST_TOLD]}", next_step="mend that in the repository, then commit again"
        )
    return "" if done.returncode else done.stdout.decode("utf-8", "replace")


def _environment() -> Mapping[str, str]:
    """What git and its hooks are told: nothing of the installation's own, and that nobody is there to be asked."""
    own = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    return own | {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true"}
