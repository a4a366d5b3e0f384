"""A file of the project as Git last committed it, where it is kept in Git. Nothing of the repository is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_SECONDS = 5.0
_QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
"""Nothing is written, fetched or asked."""


def committed(root: Path, file: str) -> str | None:
    """The text of a file in the last commit; None: there is no repository, no Git, no such file in it, or it is no text."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(root), "cat-file", "blob", f"HEAD:./{file}"]
    try:
        found = subprocess.run(  # noqa: S603 - a fixed command; the file's name is one of the project's
            command,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=os.environ | _QUIET,
        )
        return found.stdout.decode("utf-8") if found.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
