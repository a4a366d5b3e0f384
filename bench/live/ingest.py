"""How many events a second are taken in: by the edge, which has them on the disk before it answers, and by the reference.

    python -m bench.live.ingest --rounds 3 --seconds 8

Both are asked by `wrk`, in the same run, in turns; the load generator has its share of the same cores.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import page
from bench.live.project import KEY

EDGE, REFERENCE = 8790, 8791
BATCH = 100
CONNECTIONS = 64
_LUA = """
local pieces = {}
for piece in ([[%s]] .. "MESSAGE"):gmatch("(.-)MESSAGE") do pieces[#pieces + 1] = piece end
local headers = {["content-type"] = "application/json", ["authorization"] = "Basic %s"}
local n, id, told = 0, math.random(1, 1000000000), {}
request = function()
  n = n + 1
  local at = id .. "-" .. n .. "-"
  for k = 1, #pieces - 1 do
    told[2 * k - 1] = pieces[k]
    told[2 * k] = at .. k
  end
  told[2 * #pieces - 1] = pieces[#pieces]
  return wrk.format("POST", "%s", headers, table.concat(told))
end
"""
_EVENT = (
    '{"type":"track","event":"product_view","messageId":"MESSAGE","userId":"%d","timestamp":"2026-11-25T10:00:00.000Z",'
    '"properties":{"product_id":"P00017","category":"GROCERY BASICS","brand":"BRAND 01","price":12.5},'
    '"context":{"page":{"url":"https://shop.example/p/17?utm_source=news","title":"A product"},'
    '"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"}}'
)


@dataclass(frozen=True)
class Asked:
    """Requests and failures a second, and how long one in a hundred took at least, in milliseconds."""

    requests: float
    failures: int
    p99: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how many events are taken in.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured(given.rounds, given.seconds)
    print(text)
    if given.write:
        page.write("live ingest", text)


def measured(rounds: int, seconds: int) -> str:
    """The table of it."""
    found: dict[tuple[str, int], list[Asked]] = {}
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        for _ in range(rounds):
            for name, serving, port in (("edge", _edge, EDGE), ("reference", _reference, REFERENCE)):
                with serving(Path(folder)):
                    for size in (1, BATCH):
                        found.setdefault((name, size), []).append(_ask(port, size, seconds, Path(folder)))
    rows = []
    for size, aim in ((1, 4.0), (BATCH, 6.0)):
        edge, reference = found["edge", size], found["reference", size]
        ratios = [mine.requests / its.requests for mine, its in zip(edge, reference, strict=True)]
        ratio = statistics.median(ratios)
        rows.append(
            (
                "single events" if size == 1 else f"batches of {size}",
                _events(edge, size),
                _events(reference, size),
                f"{ratio:.1f} times ({min(ratios):.1f} to {max(ratios):.1f})",
                f"{aim:.0f} times: {'reached' if ratio >= aim else 'not reached'}",
                f"{statistics.median(each.p99 for each in edge):.0f} ms",
            )
        )
    headings = ("", "Headwater, on the disk", "reference, not on it", "ratio", "aim", "p99 of the edge")
    return page.table(headings, rows)


def _events(asked: list[Asked], size: int) -> str:
    failures = sum(each.failures for each in asked)
    told = f"{statistics.median(each.requests for each in asked) * size:,.0f} events/s"
    return told + (f", {failures} failures" if failures else "")


def _ask(port: int, size: int, seconds: int, folder: Path) -> Asked:
    events = ",".join(_EVENT % number for number in range(size))
    body = events if size == 1 else f'{{"batch":[{events}]}}'
    path = "/v1/track" if size == 1 else "/v1/batch"
    script = folder / "ask.lua"
    key = subprocess.check_output(["base64"], input=f"{KEY}:".encode()).decode().strip()
    script.write_text(_LUA % (body, key, path), encoding="utf-8")
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS if size == 1 else 16}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(script),
    ]
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    ).stdout
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
    failed = re.findall(r"Non-2xx or 3xx responses: (\d+)", told)
    p99, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", told)[0]
    milliseconds = float(p99) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
    return Asked(rate, int(failed[0]) if failed else 0, milliseconds)


@contextmanager
def _edge(folder: Path) -> Iterator[None]:
    """One process of the edge on a project of its own."""
    root = folder / "edge"
    shutil.rmtree(root, ignore_errors=True)
    (root / "collectors").mkdir(parents=True)
    (root / "headwater.yaml").write_text("project: bench\n", encoding="utf-8")
    (root / "collectors" / "web.yaml").write_text(f"keys: [{KEY}]\n", encoding="utf-8")
    command = [sys.executable, "-m", "headwater.edge.run", str(root), "127.0.0.1", str(EDGE), "1"]
    with _running(command, EDGE, "/health"):
        yield


@contextmanager
def _reference(folder: Path) -> Iterator[None]:
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "bench.live.reference:app",
        "--port",
        str(REFERENCE),
        "--no-access-log",
    ]
    with _running(command, REFERENCE, "/docs", REFERENCE_FILE=str(folder / "reference.jsonl")):
        yield
    (folder / "reference.jsonl").unlink(missing_ok=True)


@contextmanager
def _running(command: list[str], port: int, path: str, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}{path}")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
