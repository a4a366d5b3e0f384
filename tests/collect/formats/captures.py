"""Requests that unmodified clients made, as they stood on the wire: a few in tests/data, all of them where a folder `shared`
stands beside the repository."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from headwater.collect.format import Format, formats
from headwater.collect.request import Request

REPOSITORY = Path(__file__).parents[3]
OWN = REPOSITORY / "tests" / "data" / "captures"
SHARED = REPOSITORY / ".." / "shared" / "captures"
RECEIVED_AT = datetime(2026, 11, 23, 19, tzinfo=UTC)  # shortly after they were sent
OURS = ("segment_", "rudder_", "snowplow_")


def captured(name: str, folder: Path = OWN) -> list[Request]:
    """The requests of one capture that tell of something or fetch settings; browsers' questions before them are not ours."""
    told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["requests"]
    return [_request(each) for each in told if each["method"] != "OPTIONS"]


def names(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.json") if file.stem.startswith(OURS))


def spoken_by(request: Request) -> Iterator[tuple[str, Format]]:
    """The formats that have a route for a request: what the edge will look up."""
    for name, each in formats().items():
        for route in each.routes:
            below = route.path.removesuffix("*")
            fits = request.path.startswith(below) if below != route.path else request.path == below
            if route.method == request.method and fits:
                yield name, each


def _request(told: dict) -> Request:
    body = base64.b64decode(told["raw_body_b64"])
    return Request(
        method=told["method"],
        path=told["path"],
        query=told["query"],
        headers={name.lower(): value for name, value in told["headers"]},
        body=gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body,
        ip="198.51.100.1",
        received_at=RECEIVED_AT,
        source="website",
    )
