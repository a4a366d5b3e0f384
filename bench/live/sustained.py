"""Events for minutes, and how soon after each is acknowledged its membership is seen; decisions beside it.

    python -m bench.live.sustained --profiles 1000000 --minutes 10 --events 2000 --decisions 500

Runs `headwater serve` on a generated project, sends events at a steady rate as single requests, asks for decisions at another,
and now and then sends one that makes somebody enter an audience and asks until a decision shows it. The load generator shares
the cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import page
from bench.audiences.shape import CATEGORIES, EVENTS
from bench.live.paced import Answers, pace, post
from bench.live.project import KEY, make_project

EDGE, HEALTH, API = 8794, 8795, 8796
PROBES_A_SECOND = 5
_PROBE_AUDIENCE = "rule: {did: store_visit, where: {store_id: probe}}\n"
_PROBE_PLACEMENT = """description: Whether somebody is in the audience
purpose: personalisation
rules:
  - when: {in_audience: probe}
    variants: [{name: seen, content: {text: seen}}]
fallback: {text: not yet}
"""


@dataclass
class Seen:
    """What was measured."""

    events: Answers
    decisions: Answers
    visible: list[float] = field(default_factory=list)
    memory: list[dict[str, float]] = field(default_factory=list)
    cores: dict[str, float] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the live system under a steady load.")
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--decisions", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "headwater-bench-live")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = measured(given.folder, given.profiles, given.minutes, given.events, given.decisions)
    print(text)
    if given.write:
        page.write("live sustained", text)


def measured(folder: Path, n_profiles: int, minutes: float, events: int, decisions: int) -> str:
    """The table of it."""
    root = prepared(folder, n_profiles)
    with serving(root) as pid:
        seen = asyncio.run(_measure(n_profiles, minutes * 60, events, decisions, pid))
    return page.table(("", "found", "aim"), list(_rows(seen, minutes, events, decisions)))


def prepared(folder: Path, n_profiles: int) -> Path:
    """The project to measure with, made once, with the audience that is probed."""
    root = folder / f"{n_profiles}"
    if not (root / "READY").exists():
        make_project(root, n_profiles)
        (root / "audiences" / "probe.yaml").write_text(_PROBE_AUDIENCE, encoding="utf-8")
        (root / "placements" / "probe.yaml").write_text(_PROBE_PLACEMENT, encoding="utf-8")
    return root


def _rows(seen: Seen, minutes: float, events: int, decisions: int) -> Iterator[Sequence[str]]:
    n_events, n_decisions = len(seen.events.seconds), len(seen.decisions.seconds)
    yield (
        f"events at {events:,}/s for {minutes:g} minutes",
        f"{n_events / minutes / 60:,.0f}/s acknowledged, {seen.events.n_failed} refused; p99 {_p(seen.events.seconds, 99)}",
        f"{events:,}/s",
    )
    yield (
        f"acknowledged → visible in `decide` ({len(seen.visible)} probes)",
        f"p50 {_p(seen.visible, 50)}, p99 {_p(seen.visible, 99)}, most {_p(seen.visible, 100)}",
        "p99 under 1 s",
    )
    yield (
        f"`decide` at {decisions:,}/s beside it",
        f"{n_decisions / minutes / 60:,.0f}/s; p50 {_p(seen.decisions.seconds, 50)}, p99 {_p(seen.decisions.seconds, 99)}",
        "p99 under 10 ms",
    )
    for name in seen.memory[0]:
        first, last = seen.memory[len(seen.memory) // 5][name], seen.memory[-1][name]
        yield (
            f"memory of the {name}",
            f"{first:,.0f} MB after a fifth of the time, {last:,.0f} MB at the end",
            "flat",
        )
    told = ", ".join(f"{name} {share:.2f}" for name, share in seen.cores.items())
    yield "cores in use, of each part", f"{told} (of {os.cpu_count()})", ""


def _p(seconds: Sequence[float], percent: int) -> str:
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    return f"{ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000:,.1f} ms"


async def _measure(n_profiles: int, seconds: float, events: int, decisions: int, pid: int) -> Seen:
    seen = Seen(Answers(), Answers())
    people = random.Random(7)
    tasks = [
        asyncio.create_task(pace(EDGE, lambda: _event(people, n_profiles), events, seconds, 32)),
        asyncio.create_task(pace(EDGE, lambda: _decide(people, n_profiles), max(decisions, 1), seconds, 16)),
        asyncio.create_task(_probe(seen, seconds)),
        asyncio.create_task(_weigh(seen, seconds, pid)),
    ]
    seen.events, seen.decisions, *_ = await asyncio.gather(*tasks)  # type: ignore[assignment]
    return seen


def event_body(people: random.Random, n_profiles: int) -> bytes:
    """What somebody does, as a tag tells of it."""
    name = people.choices(list(EVENTS), list(EVENTS.values()))[0]
    told = {
        "type": "track",
        "event": name,
        "messageId": f"{people.getrandbits(96):024x}",
        "userId": str(people.randint(1, n_profiles)),
        "properties": {
            "category": people.choice(CATEGORIES),
            "brand": f"BRAND {people.randint(1, 40):02}",
            "product_id": f"P{people.randint(1, 500):05}",
            **({"revenue": 12.5, "order_id": "o1"} if name == "purchase" else {}),
        },
        "context": {
            "page": {"url": f"https://shop.example/p/{people.randint(1, 500)}?utm_source=news"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
        },
    }
    return json.dumps(told).encode()


def _event(people: random.Random, n_profiles: int) -> bytes:
    return post("/v1/track", event_body(people, n_profiles), KEY)


def _decide(people: random.Random, n_profiles: int) -> bytes:
    body = {"userId": str(people.randint(1, n_profiles)), "placements": ["hero"]}
    return post("/v1/decide", json.dumps(body).encode(), KEY)


async def _probe(seen: Seen, seconds: float) -> None:
    """Send events that make somebody enter an audience, and ask until a decision shows it."""
    until, number = time.perf_counter() + seconds, 0
    running: set[asyncio.Task[None]] = set()
    while time.perf_counter() < until:
        number += 1
        task = asyncio.create_task(_probe_one(f"probe-{os.getpid()}-{number}", seen))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(1 / PROBES_A_SECOND)
    await asyncio.gather(*running)


async def _probe_one(user_id: str, seen: Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", EDGE)
    event: dict[str, object] = {
        "type": "track",
        "event": "store_visit",
        "userId": user_id,
        "messageId": user_id,
    }
    event["properties"] = {"store_id": "probe"}
    await _asked(reader, writer, post("/v1/track", json.dumps(event).encode(), KEY))
    began = time.perf_counter()
    asking = post("/v1/decide", json.dumps({"userId": user_id, "placements": ["probe"]}).encode(), KEY)
    while time.perf_counter() - began < 30:
        if b'"seen"' in await _asked(reader, writer, asking):
            break
        # Each question is a decision, and so an event: asking all the time would be what it is busy with.
        await asyncio.sleep(max(0.01, (time.perf_counter() - began) / 5))
    seen.visible.append(time.perf_counter() - began)
    writer.close()


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    return await reader.readexactly(length)


async def _weigh(seen: Seen, seconds: float, pid: int) -> None:
    """Note now and then how much memory each process has of its own, and in the end how long it had a core."""
    began, used_before = time.perf_counter(), _used(pid)
    while time.perf_counter() - began < seconds:
        seen.memory.append(_memory(pid))
        await asyncio.sleep(max(0.5, seconds / 50))
    passed = time.perf_counter() - began
    seen.cores = {name: (used - used_before[name]) / passed for name, used in _used(pid).items()}


def _memory(pid: int) -> dict[str, float]:
    """Megabytes of each part, shared pages of mapped files aside."""
    return _by_part(pid, _megabytes)


def _used(pid: int) -> dict[str, float]:
    """Seconds of a core that each part had so far, the load generator, which is this process, among them."""
    return {**_by_part(pid, _seconds), "load": time.process_time()}


def _by_part(pid: int, figure: Callable[[int], float]) -> dict[str, float]:
    """A figure of each process, added up by what it is."""
    parts = {"edge.run": 0.0, "stream_process": 0.0, "core_process": 0.0}
    for each in _descendants(pid):
        try:
            command = Path(f"/proc/{each}/cmdline").read_text(encoding="utf-8", errors="replace")
            found = figure(each)
        except OSError:
            continue
        for name in parts:
            if name in command:
                parts[name] += found
    return {name.split("_")[0].split(".")[0]: total for name, total in parts.items()}


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon")), 0.0)


def _seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        try:
            told = Path(f"/proc/{each}/task/{each}/children").read_text(encoding="utf-8")
        except OSError:
            continue
        found += [int(child) for child in told.split()]
    return found


@contextmanager
def serving(root: Path) -> Iterator[int]:
    """`headwater serve` on a project, until its base is there; gives its process id."""
    ports = {"EDGE": EDGE, "HEALTH": HEALTH, "API": API}
    environment = {**os.environ, **{f"HEADWATER_{name}_PORT": str(port) for name, port in ports.items()}}
    command = [sys.executable, "-m", "headwater.cli.main", "serve", "--project", str(root)]
    process = subprocess.Popen(command, env=environment)
    try:
        _wait(root, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait(root: Path, process: subprocess.Popen[bytes], seconds: float = 1200) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with (
                urllib.request.urlopen(f"http://127.0.0.1:{HEALTH}/health", timeout=2),
                urllib.request.urlopen(f"http://127.0.0.1:{EDGE}/hw.js", timeout=2),
            ):
                if (root / "live" / "base" / "current").exists() and (root / "live" / "generation").exists():
                    time.sleep(5)  # for the stream to take the base up
                    return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.5)
    raise SystemExit("serve did not come up")


if __name__ == "__main__":
    main()
