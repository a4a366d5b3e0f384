"""A project that is alive without its processes: requests go into its log, and are taken in when a test says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headwater.collect.declare import read_collectors
from headwater.collect.log.reader import read_all
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, Moved, Outcome, Refused, unpacked
from headwater.collect.receive import Receiver
from headwater.collect.request import Request
from headwater.core.project import Project, open_project
from headwater.core.sealing.keeping import seals_of
from headwater.core.sealing.seals import Seals
from headwater.flow.bases import run_and_keep_base
from headwater.flow.batch import Run, seal
from headwater.flow.definitions import read_definitions
from headwater.flow.live_log import Folders, taken_until
from headwater.flow.stream import Stream, Treatment
from headwater.flow.treatment import make_treatment
from headwater.live.base import LakeBase, current_base
from headwater.live.state import Person, micros
from headwater.live.store import Store
from headwater.tables.workspace import read, work

Call = dict[str, Any]
COLLECTOR = "keys: [demo]\n"


def track(event: str, *, who: str = "a1", **properties: object) -> Call:
    """A call as a browser makes it."""
    return {"type": "track", "event": event, "anonymousId": who, "properties": properties}


@dataclass(frozen=True)
class Alive:
    """The project in a folder."""

    root: Path

    @property
    def project(self) -> Project:
        return open_project(self.root)

    @property
    def seals(self) -> Seals:
        return seals_of(self.project)

    @property
    def folders(self) -> Folders:
        return Folders.of(self.root)

    def tell(
        self,
        *calls: Call,
        key: str = "demo",
        at: datetime | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """One request, answered 2xx."""
        received = self._received(json.dumps({"writeKey": key, "batch": calls}).encode(), at, headers or {})
        assert received.answer.status == 200
        assert received.payload is not None
        writer = Writer(self.folders.requests, self.seals)
        writer.append([received.payload])
        writer.close()

    def _received(self, body: bytes, at: datetime | None, headers: Mapping[str, str]) -> Any:
        receiver = Receiver(read_collectors(self.project)[0])
        name, format_ = receiver.format_of("POST", "/v1/batch") or ("", None)
        assert format_
        request = Request(
            method="POST",
            path="/v1/batch",
            body=body,
            headers=headers,
            received_at=at or datetime.now(UTC),
        )
        return receiver.receive(request, name, format_)

    @contextmanager
    def base(self) -> Iterator[LakeBase]:
        """The base as it is now, to be read also when there is a newer one."""
        folder = current_base(self.folders.bases)
        assert folder
        with closing(LakeBase(folder, self.seals, self.treatment().judge.rules.wanted)) as base:
            yield base

    def treatment(self) -> Treatment:
        with read(self.project) as workspace:
            return make_treatment(read_definitions(workspace), workspace)

    def take_on(self, base: LakeBase) -> None:
        """Take in what waits, as a stream does that has not turned to a newer base yet."""
        with closing(Stream(self.folders, self.seals, self.treatment(), base)) as stream:
            while stream.take_some():
                pass

    @contextmanager
    def stream(self) -> Iterator[Stream]:
        """The stream as its process runs it: with the files as they are, and turned to the base there is."""
        with closing(Stream(self.folders, self.seals, self.treatment())) as stream, self.base() as base:
            stream.turn_to(base)
            yield stream

    def take(self, now: datetime | None = None) -> list[Outcome]:
        """Take in what waits, let time pass until now, bring everyone in line with the base; gives what came of it."""
        before = taken_until(self.project)
        moment = micros(now or datetime.now(UTC))
        with self.stream() as stream:
            while stream.take_some():
                pass
            while stream.pass_time(moment) + stream.renew_some():
                pass
        return self.outcomes(before)

    def run(self) -> None:
        """A full run, and a base of what came of it."""
        with work(self.project) as workspace:
            assert not run_and_keep_base(workspace, read_definitions(workspace))

    def seal(self) -> Run:
        with work(self.project) as workspace:
            return seal(workspace, read_definitions(workspace))

    def outcomes(self, begin: int = 0) -> list[Outcome]:
        records = read_all(self.folders.outcomes, self.seals, begin, taken_until(self.project))
        return [outcome for record in records for outcome in unpacked(record.payload)]

    def accepted(self) -> list[str]:
        return [each.event for each in self.outcomes() if isinstance(each, Accepted)]

    def refused(self) -> list[str]:
        return [each.reason for each in self.outcomes() if isinstance(each, Refused)]

    def moved(self) -> list[tuple[str, bool]]:
        return [(each.audience, each.entered) for each in self.outcomes() if isinstance(each, Moved)]

    def person(self, kind: str, value: str) -> Person | None:
        """As the live store has them; None: it does not."""
        with self.store() as store, store.reading() as view:
            key = view.key_of((kind, value))
            return None if key is None else view.person(key)

    @contextmanager
    def store(self, *, is_writer: bool = False) -> Iterator[Store]:
        with closing(Store(self.folders.store, self.seals, is_writer=is_writer)) as store:
            yield store
