"""Erase persons from both logs of live events: nothing that names them is left in any record, and no other record changes.

Reads and writes the log of requests and that of outcomes, in one pass over each, however many persons it is. Every record stays
where it is and as long as it is, so all positions mean what they meant: of everybody else a rebuild and a replay give what they
gave before. The edge may go on writing meanwhile; the stream must not run, for what it takes in while this runs is looked at
only in part. Killed at any moment, it may be run again, and ends as if it had not been.

First the log of outcomes is read, for it says whose events are; then requests are changed, and only then outcomes: so whoever
was killed between finds all they need to know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from headwater.collect.declare import Collector
from headwater.collect.format import formats
from headwater.collect.log.reader import Record
from headwater.collect.log.rewrite import Rewritten, read_whole, rewrite_log
from headwater.collect.log.segments import base_of, bases, records_of
from headwater.collect.outcome import Node, Outcome
from headwater.collect.step import Surroundings
from headwater.core.errors import SealError
from headwater.core.sealing.records import Records
from headwater.core.sealing.seals import Seals
from headwater.flow.erasing.named import Named
from headwater.flow.erasing.outcomes import Parted, filled, part, theirs_in
from headwater.flow.erasing.requests import Requests, Theirs, texts_in
from headwater.flow.live_log import Folders
from headwater.identity.identifier import Identifier


@dataclass(frozen=True)
class Telling:
    """What a project says that is needed to read its logs.

    Attributes:
        collectors: by name.
        kinds: the kinds of identifier as the project says them (`identity.declare.as_said`), blocked values included.
    """

    collectors: Mapping[str, Collector]
    kinds: Mapping[str, Identifier]


@dataclass(frozen=True)
class LogsErased:
    """What was erased.

    Attributes:
        n_requests: that were changed; of these, `n_whole` have nothing left in them.
        n_events: that were cut out of requests.
        n_outcomes: that are gone, or no longer name anybody of them.
        n_segments: files of both logs that were replaced.
        n_damaged: stretches of both logs that nothing can read; they stay as they are.
    """

    n_requests: int = 0
    n_whole: int = 0
    n_events: int = 0
    n_outcomes: int = 0
    n_segments: int = 0
    n_damaged: int = 0


@dataclass(frozen=True, order=True)
class Place:
    """Where something of somebody stands: the name of a log and the position of the record."""

    log: str
    position: int


def erase_from_logs(folders: Folders, seals: Seals, nodes: Collection[Node], told: Telling) -> LogsErased:
    """Erase persons from both logs.

    Args:
        folders: of the project.
        seals: of the project.
        nodes: all identifiers of the persons: kind and normalised value.
        told: how requests are read.

    Raises:
        NotFoundError: a kind of identifier is none.
        KeysError: a record was sealed by a key that is not there.
        StorageError: a file cannot be read or written; it may be run again.
    """
    if not nodes:
        return LogsErased()
    work = _Work(folders, seals, _named(nodes, told), told)
    touched = work.look_at_outcomes()
    requests = rewrite_log(folders.requests, seals, work.change_requests)
    outcomes = rewrite_log(folders.outcomes, seals, work.change_outcomes, touched)
    return work.account(requests, outcomes)


def find_in_logs(folders: Folders, seals: Seals, nodes: Collection[Node], told: Telling) -> list[Place]:
    """Where anything of some persons stands in either log: all places that erasing would change; none after it.

    Raises:
        NotFoundError: a kind of identifier is none.
        KeysError: a record was sealed by a key that is not there.
    """
    if not nodes:
        return []
    work = _Work(folders, seals, _named(nodes, told), told)
    work.look_at_outcomes()
    found = [Place(folders.outcomes.name, each) for each in work.named_outcomes]
    for records in read_whole(folders.requests):
        found += [Place(folders.requests.name, each) for each in work.change_requests(records)]
    return sorted(found)


@dataclass(frozen=True)
class InLogs:
    """What both logs hold of some persons: requests with what of them is theirs, and what became of those."""

    requests: tuple[Theirs, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


def read_from_logs(folders: Folders, seals: Seals, nodes: Collection[Node], told: Telling) -> InLogs:
    """What stands in either log of some persons; the stream may go on meanwhile.

    Raises:
        NotFoundError: a kind of identifier is none.
        KeysError: a record was sealed by a key that is not there.
    """
    if not nodes:
        return InLogs()
    work = _Work(folders, seals, _named(nodes, told), told)
    work.look_at_outcomes()
    return InLogs(
        tuple(each for records in read_whole(folders.requests) for each in work.requests_in(records)),
        tuple(each for records in read_whole(folders.outcomes) for each in work.outcomes_in(records)),
    )


def _named(nodes: Collection[Node], told: Telling) -> Named:
    names = {name: kind for each in formats().values() for name, kind in each.names.items()}
    packed = [each for format_ in formats().values() for each in format_.packed]
    return Named(nodes, told.kinds, names, packed)


class _Work:
    """One erasure.

    Attributes:
        named_outcomes: the positions of those records of outcomes that name somebody.
    """

    def __init__(self, folders: Folders, seals: Seals, named: Named, told: Telling) -> None:
        self.named_outcomes: list[int] = []
        self._named = named
        self._outcomes = folders.outcomes
        self._opened_outcomes = _Opened(records_of(folders.outcomes, seals), named)
        self._opened_requests = _Opened(records_of(folders.requests, seals), named, texts_in)
        self._theirs: dict[int, bool] = {}
        direct = {name: kind.normalise for name, kind in told.kinds.items() if kind.is_direct}
        around = Surroundings(identifier_of=direct)
        self._requests = Requests(named, told.collectors, around, self._theirs)
        self._n_events: dict[int, int] = {}
        self._whole: set[int] = set()
        self._n_outcomes: dict[int, int] = {}

    def look_at_outcomes(self) -> list[int]:
        """Note which outcomes name somebody, and whose those events are; gives where the files begin they stand in."""
        for records in read_whole(self._outcomes):
            for position, payload in self._opened_outcomes.suspects(records):
                parted = self._parted(payload)
                if parted is None or parted.n_changed:
                    self.named_outcomes.append(position)
                    self._theirs.update(parted.theirs if parted else {})
        all_bases = bases(self._outcomes)
        return sorted(
            {base for each in self.named_outcomes if (base := base_of(each, all_bases)) is not None}
        )

    def change_outcomes(self, records: Sequence[Record]) -> dict[int, bytes]:
        """What is to stand in place of records of outcomes."""
        wanted = set(self.named_outcomes)
        found: dict[int, bytes] = {}
        for position, payload in self._opened_outcomes.suspects(
            [each for each in records if each.position in wanted]
        ):
            parted = self._parted(payload) or Parted(n_changed=1)
            found[position] = self._opened_outcomes.by.seal(filled(parted, len(payload)))
            self._n_outcomes[position] = parted.n_changed
        return found

    def change_requests(self, records: Sequence[Record]) -> dict[int, bytes]:
        """What is to stand in place of requests."""
        found: dict[int, bytes] = {}
        for position, payload in self._opened_requests.suspects(records):
            mended = self._requests.mended(payload, position)
            if mended is not None:
                found[position] = self._opened_requests.by.seal(mended.payload)
                self._n_events[position] = mended.n_events
                if mended.is_whole:
                    self._whole.add(position)
        return found

    def requests_in(self, records: Sequence[Record]) -> Iterator[Theirs]:
        """What of requests is theirs."""
        for position, payload in self._opened_requests.suspects(records):
            if (theirs := self._requests.theirs_in(payload, position)) is not None:
                yield theirs

    def outcomes_in(self, records: Sequence[Record]) -> Iterator[Outcome]:
        """What became of their events."""
        wanted = set(self.named_outcomes)
        for _, payload in self._opened_outcomes.suspects(
            [each for each in records if each.position in wanted]
        ):
            with suppress(msgspec.MsgspecError):
                yield from theirs_in(payload, self._named)

    def account(self, requests: Rewritten, outcomes: Rewritten) -> LogsErased:
        """What was done."""
        return LogsErased(
            n_requests=requests.n_records,
            n_whole=len(self._whole),
            n_events=sum(self._n_events.values()),
            n_outcomes=sum(self._n_outcomes.values()),
            n_segments=requests.n_segments + outcomes.n_segments,
            n_damaged=requests.n_damaged + outcomes.n_damaged,
        )

    def _parted(self, payload: bytes) -> Parted | None:
        """What is left of a record of outcomes; None: it cannot be read, though it names somebody, and goes whole."""
        try:
            return part(payload, self._named)
        except msgspec.MsgspecError:
            return None if self._named.holds(payload.decode("utf-8", "replace")) else Parted()


class _Opened:
    """Opens the records of one log; of many at once it is told quickly which of them may name somebody.

    Attributes:
        by: what seals and opens them.
    """

    def __init__(self, by: Records, named: Named, texts: Callable[[bytes], bytes] = bytes) -> None:
        self.by = by
        self._named = named
        self._texts = texts

    def suspects(self, records: Sequence[Record]) -> Iterator[tuple[int, bytes]]:
        """Positions and payloads of those that may name somebody."""
        found = [
            (each.position, payload) for each in records if (payload := self._open(each.payload)) is not None
        ]
        yield from self._among(found)

    def _among(self, opened: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        """By halves: where none of a half does, which is mostly so, none of them is looked at by itself."""
        data = b"\n".join([payload for _, payload in opened])
        glance, is_packed = self._named.glance, self._named.is_packed(data)
        if not is_packed and not glance.may_name(data):
            return
        if len(opened) > 1:
            half = len(opened) // 2
            yield from self._among(opened[:half])
            yield from self._among(opened[half:])
        elif glance.may_name(data) or (is_packed and glance.may_name_packed(self._texts(data))):
            yield opened[0]

    def _open(self, sealed: bytes) -> bytes | None:
        """A record's payload; None: it was changed, or its key was forgotten, and nobody can read it."""
        try:
            return self.by.open(sealed)
        except SealError:
            return None
