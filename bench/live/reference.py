"""What the live system is measured beside: an endpoint as one writes it in an afternoon, which promises nothing.

FastAPI, pydantic, uvicorn: it reads an event or a batch of events, checks the types, and appends them to a file. Nothing waits
for the disk, nothing is told apart, nobody is asked for a key.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel


class Event(BaseModel):
    """An event."""

    type: str
    event: str | None = None
    messageId: str  # noqa: N815 - the wire's name
    userId: str | None = None  # noqa: N815
    anonymousId: str | None = None  # noqa: N815
    timestamp: datetime | None = None
    properties: dict[str, object] = {}
    context: dict[str, object] = {}


class Batch(BaseModel):
    """Events together."""

    batch: list[Event]


app = FastAPI()
file = Path(os.environ.get("REFERENCE_FILE", "/dev/null")).open("a", encoding="utf-8")  # noqa: SIM115 - for good


@app.post("/v1/track")
async def track(event: Event) -> dict[str, bool]:
    """One event."""
    file.write(event.model_dump_json() + "\n")
    return {"success": True}


@app.post("/v1/batch")
async def batch(events: Batch) -> dict[str, bool]:
    """Many."""
    file.writelines(event.model_dump_json() + "\n" for event in events.batch)
    return {"success": True}
