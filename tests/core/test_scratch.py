"""A scratch folder goes with its process, whichever way that ends, and never before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from headwater.core.scratch import scratch_folder

HOLD = """
import sys
from pathlib import Path
from headwater.core.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "rows.tmp").write_text("spilled")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_it_is_there_in_the_block_and_gone_after(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "work") as folder:
        (folder / "rows.tmp").write_text("spilled")
        assert folder.parent == tmp_path / "work"
    assert list((tmp_path / "work").iterdir()) == []


def test_it_goes_when_the_block_ends_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), scratch_folder(tmp_path):
        raise FileNotFoundError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_but_not_what_a_living_one_uses(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        held = Path(process.stdout.readline().strip())
        with scratch_folder(tmp_path) as own:
            assert (held / "rows.tmp").exists()
            assert own != held
        process.kill()
        process.wait()
    assert held.exists()
    with scratch_folder(tmp_path):
        assert not held.exists()
