"""One piece of work in a process of its own: `do` starts it and gives what it found; run as a module, this is that process.

python -m bench.audiences.work '["cold", "ROOT", 1]'
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.audiences.generate import Size

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """What a piece of work found.

    Attributes:
        seconds: by name, inside the process, once its modules were imported.
        counts: by name of what was counted.
        wall: seconds of the whole process.
        megabytes: its peak.
    """

    seconds: dict[str, list[float]]
    counts: dict[str, int]
    wall: float
    megabytes: float


def do(name: str, root: Path, *arguments: object) -> Done:
    """Do a piece of work in a new process.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    command = [sys.executable, "-m", "bench.audiences.work", json.dumps([name, str(root), *arguments])]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    wall = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr[-4000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Done(found["seconds"], found["counts"], wall, found["megabytes"])


def generate(folder: Path, size: Size) -> None:
    """Generate a project in a new process."""
    given = {"events": size.events, "profiles": size.profiles, "days": size.days, "seed": size.seed}
    options = [f"--{name}={value}" for name, value in given.items()]
    command = [sys.executable, "-m", "bench.audiences.generate", str(folder), *options]
    subprocess.run(command, check=True, cwd=ROOT)


def _main(name: str, root: str, *arguments: Any) -> None:
    # Imported here, so that the process of one engine has not loaded another.
    from bench.audiences.place import Place  # noqa: PLC0415

    place = Place(Path(root))
    if name.startswith(("load ", "ask ", "sequences ")):
        from bench.audiences import baseline_work  # noqa: PLC0415

        verb, engine = name.split()
        does: Any = {
            "load": baseline_work.load,
            "ask": baseline_work.ask,
            "sequences": baseline_work.ask_sequences,
        }[verb]
        found = does(engine, place, *arguments)
    elif name == "plain":
        from bench.audiences.baselines.plain import measured as plain  # noqa: PLC0415

        found = plain(place)
    else:
        from bench.audiences import headwater_work  # noqa: PLC0415

        found = headwater_work.WORK[name](place, *arguments)
    print(json.dumps({"seconds": found.seconds, "counts": found.counts, "megabytes": _peak()}))


def _peak() -> float:
    """The most memory this process has had; `getrusage` would also count what its parent had when it was started."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # as macOS counts: bytes
    (line,) = [each for each in status.read_text().splitlines() if each.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    _main(*json.loads(sys.argv[1]))
