"""What the live system is measured beside: an endpoint as one writes it in an afternoon, which promises nothing.

FastAPI, pydantic, uvicorn: it reads an event or a batch of events, checks the types, and appends them to a file. Nothing waits
for the disk, nothing is told apart, nobody is asked for a key. The types are those that the edge checks of the same calls.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field


class Page(BaseModel):
    """Where a browser was."""

    url: str | None = None
    referrer: str | None = None
    title: str | None = None


class Library(BaseModel):
    """What sent it."""

    name: str | None = None
    version: str | None = None


class Campaign(BaseModel):
    """What brought them."""

    source: str | None = None
    medium: str | None = None
    name: str | None = None
    term: str | None = None
    content: str | None = None


class Context(BaseModel):
    """What surrounds an event."""

    ip: str | None = None
    userAgent: str | None = None  # noqa: N815 - the wire's name
    locale: str | None = None
    page: Page | None = None
    library: Library | None = None
    campaign: Campaign | None = None
    traits: dict[str, object] | None = None


class Event(BaseModel):
    """An event."""

    type: Literal["track", "page", "screen", "identify", "group", "alias"]
    event: str | None = Field(None, max_length=512)
    messageId: str = Field(max_length=100)  # noqa: N815 - the wire's name
    userId: str | None = Field(None, max_length=512)  # noqa: N815
    anonymousId: str | None = Field(None, max_length=512)  # noqa: N815
    timestamp: datetime | None = None
    sentAt: datetime | None = None  # noqa: N815
    properties: dict[str, object] | None = None
    traits: dict[str, object] | None = None
    context: Context | None = None


class Batch(BaseModel):
    """Events together."""

    batch: list[Event]


app = FastAPI()
file = Path(os.environ.get("REFERENCE_FILE", "/dev/null")).open("a", encoding="utf-8")  # noqa: SIM115 - for good


async def track(event: Event) -> dict[str, bool]:
    """One event."""
    file.write(event.model_dump_json() + "\n")
    return {"success": True}


async def batch(events: Batch) -> dict[str, bool]:
    """Many."""
    file.writelines(event.model_dump_json() + "\n" for event in events.batch)
    return {"success": True}


app.add_api_route("/v1/track", track, methods=["POST"])
app.add_api_route("/v1/batch", batch, methods=["POST"])
