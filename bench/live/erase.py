"""How long it takes to erase one person from both logs of live events, among however many others.

    python -m bench.live.erase --events 100000 --write

The logs are generated: events of 100,000 people as `bench.live.ingest` sends them, in batches of a hundred from servers or one by
one from browsers, and what the stream makes of them, a hundred in a record. One of the people is then erased, and looked for.
Seconds are those of the processor, for other programs share the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import page
from headwater.collect.kept import keep
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, Node, packed
from headwater.collect.request import Request
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.core.sealing.seals import Seals
from headwater.flow.erasing.logs import Telling, erase_from_logs, find_in_logs
from headwater.flow.live_log import Folders
from headwater.flow.stream import MOST_EVENTS_A_REQUEST
from headwater.identity.identifier import identifier_kinds

PEOPLE = 100_000
A_RECORD = 100  # outcomes
AT_ONCE = 50_000  # events that are generated together
_AT = 1_795_600_000_000_000  # microseconds since 1970
_WHERE = "https://shop.example/p/17?utm_source=news&utm_content=big%20sale"
_BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)


@dataclass(frozen=True)
class Measured:
    """Bytes of both logs, how many outcomes went, and seconds."""

    megabytes: float
    n_gone: int
    erasing: float
    finding: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how long erasing from the logs takes.")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    rows = []
    for name, size in (("batches of 100", 100), ("one by one", 1)):
        for persons in (1, 20):
            found = measured(given.events, size, persons)
            rows.append(
                (
                    name,
                    f"{persons:,}",
                    f"{found.megabytes:,.0f} MB",
                    f"{found.erasing:.1f} s",
                    f"{found.megabytes / found.erasing:,.0f} MB/s",
                    f"{given.events / found.erasing:,.0f}",
                    f"{found.finding:.1f} s",
                    f"{found.n_gone:,}",
                )
            )
    headings = (
        "events come",
        "persons erased",
        "both logs",
        "erased in",
        "speed",
        "events/s",
        "looked for in",
        "outcomes gone",
    )
    text = (
        f"{page.machine('msgspec', 'cryptography')} {given.events:,} events.\n\n{page.table(headings, rows)}"
    )
    print(text)
    if given.write:
        page.write("erasing from logs", text)


def measured(n_events: int, a_request: int, n_persons: int) -> Measured:
    """Make logs, erase some people, and look for them."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        root = Path(folder)
        (root / "headwater.yaml").write_text("project: bench\n", encoding="utf-8")
        folders, seals = Folders.of(root), seals_of(open_project(root))
        generate(folders, seals, n_events, a_request)
        megabytes = sum(file.stat().st_size for file in root.glob("log/*/*.log")) / 1e6
        nodes = [node for who in range(n_persons) for node in nodes_of(who * 7)]
        told = Telling({}, identifier_kinds())
        begin = time.process_time()
        erased = erase_from_logs(folders, seals, nodes, told)
        between = time.process_time()
        assert not find_in_logs(folders, seals, nodes, told)
        return Measured(megabytes, erased.n_outcomes, between - begin, time.process_time() - between)


def generate(folders: Folders, seals: Seals, n_events: int, a_request: int) -> None:
    """Write both logs."""
    requests, outcomes = Writer(folders.requests, seals), Writer(folders.outcomes, seals)
    for begin in range(0, n_events, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, n_events))
        bodies = [numbers[at : at + a_request] for at in range(0, len(numbers), a_request)]
        positions = requests.append([_request(each) for each in bodies])
        accepted = [
            _accepted(number, position * MOST_EVENTS_A_REQUEST + place)
            for position, each in zip(positions, bodies, strict=True)
            for place, number in enumerate(each)
        ]
        outcomes.append(
            [packed(list(accepted[at : at + A_RECORD])) for at in range(0, len(accepted), A_RECORD)]
        )
    requests.close()
    outcomes.close()


def nodes_of(who: int) -> list[Node]:
    """The identifiers of one of the people."""
    drawn = hashlib.sha256(str(who).encode()).hexdigest()
    return [
        ("user_id", f"customer-{drawn[:10]}"),
        ("anonymous_id", str(uuid.UUID(drawn[:32]))),
        ("email", f"{drawn[:7]}.{who}@mail.example"),
        ("phone", f"+49301{int(drawn, 16) % 10_000_000:07}"),
    ]


def _request(numbers: range) -> bytes:
    body = json.dumps({"batch": [_call(number) for number in numbers]}).encode()
    at = datetime.fromtimestamp((_AT + numbers.start) / 1e6, UTC)
    headers = {"user-agent": _BROWSER, "content-type": "application/json"}
    request = Request(
        method="POST",
        path="/v1/batch",
        headers=headers,
        body=body,
        ip="203.0.113.9",
        received_at=at,
        source="web",
    )
    return keep(request, "segment")


def _call(number: int) -> dict[str, object]:
    named = dict(nodes_of(number % PEOPLE))
    return {
        "type": "track",
        "event": "product_view",
        "messageId": f"node-next-{_AT // 1000 + number}-{number:012}",
        "userId": named["user_id"],
        "anonymousId": named["anonymous_id"],
        "timestamp": "2026-11-25T10:00:00.000Z",
        "properties": {
            "product_id": "P00017",
            "category": "GROCERY BASICS",
            "brand": "BRAND 01",
            "price": 12.5,
        },
        "context": {"page": {"url": _WHERE, "title": "A product"}, "userAgent": _BROWSER},
    }


def _accepted(number: int, position: int) -> Accepted:
    named = dict(nodes_of(number % PEOPLE))
    identifiers = {kind: named[kind] for kind in ("user_id", "anonymous_id")}
    properties: dict[str, object] = {
        "product_id": "P00017",
        "category": "GROCERY BASICS",
        "brand": "BRAND 01",
        "price": 12.5,
        "url": _WHERE,
        "utm_source": "news",
        "channel": "email",
        "device_type": "desktop",
        "browser": "Chrome",
        "os": "Linux",
    }
    return Accepted(
        position,
        "web",
        "track",
        "product_view",
        f"node-{number}",
        _AT + number,
        _AT + number,
        identifiers,
        properties,
    )


if __name__ == "__main__":
    main()
