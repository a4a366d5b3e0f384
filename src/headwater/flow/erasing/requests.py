"""One request of the log without some persons: their events cut out of it, or all of it, if there are no others.

Which events are theirs the log of outcomes says of those that were taken in; of all others what stands in them: read by their
format, with identifiers as the stream's steps put them. Of events of others, what names the erased in a text is taken out of the
text; an event of which it cannot be goes whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec.structs import replace

from headwater.collect.declare import Collector
from headwater.collect.event import Event
from headwater.collect.format import Decoded, Format, UnreadableError, formats
from headwater.collect.kept import Kept, fitted, read_kept, tombstone
from headwater.collect.request import Request
from headwater.collect.spans import CUT, Span
from headwater.collect.step import Surroundings
from headwater.collect.steps.put_identifiers import put_identifiers
from headwater.flow.erasing.named import Named
from headwater.flow.stream import MOST_EVENTS_A_REQUEST

_TRIES = 3


@dataclass(frozen=True)
class Mended:
    """What stands in place of a request, and how many events were cut out; of one that was not read it is one."""

    payload: bytes
    n_events: int
    is_whole: bool = False


@dataclass(frozen=True)
class Theirs:
    """What of a request is some persons'.

    Attributes:
        kept: the request.
        parts: the events that are theirs, as they came; none: they cannot be told from those of others.
        is_alone: whether all of it is theirs, and so what stands around.
    """

    kept: Kept
    parts: tuple[str, ...]
    is_alone: bool = False


@dataclass(frozen=True)
class _Read:
    """A request as its format reads it."""

    format: Format
    request: Request
    decoded: Decoded
    events: list[Event]

    @property
    def places(self) -> set[int]:
        return {*self.decoded.places, *(each.index for each in self.decoded.rejected)}


class Requests:
    """Erases from requests.

    `theirs`: of taken-in events that name an erased identifier, by position, whether they are to go whole.
    """

    def __init__(
        self,
        named: Named,
        collectors: Mapping[str, Collector],
        around: Surroundings,
        theirs: Mapping[int, bool],
    ) -> None:
        self._named = named
        self._collectors = collectors
        self._around = around
        self._theirs = theirs
        self._formats = formats()

    def theirs_in(self, payload: bytes, position: int) -> Theirs | None:
        """What of a request is theirs; None: nothing."""
        try:
            kept = read_kept(payload)
        except msgspec.MsgspecError:
            return None  # nobody knows what it is, so it can be shown to nobody
        read = None if kept.is_erased else self._read(kept)
        if read is None:
            return None if kept.is_erased or self._clean(kept) == kept else Theirs(kept, ())
        gone = self._gone(kept, read, position)
        if not gone:
            return None
        is_alone = read.places <= gone | set(kept.erased)
        spans = read.format.spans(read.request)
        if len(spans) == len(read.places):
            parts = [kept.body[begin:end] for place, (begin, end) in enumerate(spans) if place in gone]
        else:
            parts = [unquote_to_bytes(kept.query), kept.body] if is_alone else []
        texts = tuple(each.decode("utf-8", "replace").strip() for each in parts)
        return Theirs(kept, tuple(filter(None, texts)), is_alone=is_alone)

    def mended(self, payload: bytes, position: int) -> Mended | None:
        """What is to stand in place of a request, as long as it is; None: nothing is to go from it."""
        try:
            kept = read_kept(payload)
        except msgspec.MsgspecError:
            is_named = self._named.holds(payload.decode("utf-8", "replace"))
            return Mended(tombstone(None, len(payload)), 1, is_whole=True) if is_named else None
        if kept.is_erased:
            return None
        read = self._read(kept)
        if read is None:
            is_named = self._clean(kept) != kept
            return Mended(tombstone(kept, len(payload)), 1, is_whole=True) if is_named else None
        return self._without(kept, read, position, len(payload))

    def _without(self, kept: Kept, read: _Read, position: int, length: int) -> Mended | None:
        gone = self._gone(kept, read, position)
        done = set(kept.erased)
        told = (read.places & set(kept.only) if kept.only else read.places) - done
        for _ in range(_TRIES):
            clean = self._clean(kept, read, gone)
            if not gone and clean == kept:
                return None
            if clean is None or (told and told <= gone):
                break
            cut = _marked(clean, gone, length)
            left = self._left(read_kept(cut), read, gone | done) if cut else None
            if cut is None or left is None:
                break
            if not left:
                return Mended(cut, len(gone))
            gone |= left
        return Mended(tombstone(kept, length), len(told), is_whole=True)

    def _gone(self, kept: Kept, read: _Read, position: int) -> set[int]:
        """The places of the parts that are to go whole."""
        gone = {
            place
            for place, event in zip(read.decoded.places, read.events, strict=True)
            if self._goes(kept, position, place, event)
        }
        gone |= {each.index for each in read.decoded.rejected if self._named.holds(each.raw)}
        return gone - set(kept.erased)

    def _goes(self, kept: Kept, position: int, place: int, event: Event) -> bool:
        """Whether an event is to go whole: as the log of outcomes says, of a replay also of where it stood first."""
        for begin in (position, kept.position if kept.only else position):
            is_theirs = self._theirs.get(begin * MOST_EVENTS_A_REQUEST + place)
            if is_theirs is not None:
                return is_theirs
        return self._names(event)

    def _names(self, event: Event) -> bool:
        put_identifiers(event, self._around)
        return bool(self._named.kinds_in(event.identifiers) or self._named.kinds_in(event.previous))

    def _clean(self, kept: Kept, read: _Read | None = None, gone: Collection[int] = ()) -> Kept | None:
        """The request with these parts cut out, and nobody named in all other texts; None: they cannot be cut out."""
        named, body = self._named, kept.body
        spans = read.format.spans(read.request) if read else ()
        if read and len(spans) == len(read.places):
            body = self._clean_parts(body, spans, gone)
        elif gone:
            return None
        else:
            body = named.body_without(body)
        return replace(
            kept,
            path=named.without(kept.path),
            query=named.query_without(kept.query),
            headers={name: named.without(value, name) for name, value in kept.headers.items()},
            body=body,
        )

    def _clean_parts(self, body: bytes, spans: Sequence[Span], gone: Collection[int]) -> bytes:
        pieces: list[bytes] = []
        done = 0
        for place, (begin, end) in enumerate(spans):
            part = CUT if place in gone else self._clean_part(body[begin:end])
            pieces += (self._clean_part(body[done:begin]), part)
            done = end
        return b"".join((*pieces, self._clean_part(body[done:])))

    def _clean_part(self, part: bytes) -> bytes:
        """A piece of JSON without what names somebody; most of them are left after a quick look."""
        return self._named.json_without(part) if self._named.may_name(part) else part

    def _left(self, cut: Kept, before: _Read, gone: set[int]) -> set[int] | None:
        """The places whose events still name somebody once parts are cut out; None: its texts do, or it cannot be read."""
        read = self._read(cut)
        if read is None or read.places != before.places or self._clean(cut, read) != cut:
            return None
        found = zip(read.decoded.places, read.events, strict=True)
        return {place for place, event in found if place not in gone and self._names(event)}

    def _read(self, kept: Kept) -> _Read | None:
        """The request as the stream reads it; None: it does not."""
        collector, format_ = self._collectors.get(kept.source), self._formats.get(kept.format)
        if kept.fault or format_ is None:
            return None
        request = kept.request(collector.settings.get(kept.format) if collector else None)
        try:
            decoded = format_.decode(request)
        except UnreadableError:
            return None
        return _Read(format_, request, decoded, format_.events(decoded, request))


def texts_in(payload: bytes) -> bytes:
    """What a client told, so that what is packed in it begins where it begins; as it is, if it is no request."""
    try:
        kept = read_kept(payload)
    except msgspec.MsgspecError:
        return payload
    headers = (each.encode("utf-8", "surrogatepass") for each in kept.headers.values())
    return b"\n".join(
        (kept.path.encode("utf-8", "surrogatepass"), unquote_to_bytes(kept.query), *headers, kept.body)
    )


def _marked(clean: Kept, gone: Collection[int], length: int) -> bytes | None:
    """A request that says which of its parts were cut out, as long as it was; None: it is longer."""
    marked = replace(clean, erased=sorted({*clean.erased, *gone}))
    # Parts too short to leave room for the mark are no events: what stands in their place is refused like they were.
    return fitted(marked, length) or fitted(clean, length)
