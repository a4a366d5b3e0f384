"""A signed webhook of any tool that can send JSON: a CRM, a shop, a review or social platform.

What its JSON means is said in the collector's file, as paths; texts (a review, a post, a comment) are kept as they are.

    # collectors/reviews.yaml
    keys: [reviews-51c2]                      # POST /v1/webhook/reviews-51c2
    formats:
      webhook:
        secret: ${REVIEWS_SECRET}
        each: $.reviews
        event: review_written
        time: $.written_at
        identifiers: {email: $.author.email}
        properties: {product_id: $.product, stars: $.stars, text: $.text}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, cast
from urllib.parse import unquote

import msgspec
from pydantic import Field, model_validator

from headwater.collect.declare import with_environment
from headwater.collect.event import Event, Rejected, Told
from headwater.collect.format import MOST_BYTES, MOST_LEVELS, Decoded, Fault, Route, UnreadableError
from headwater.collect.reading import answers, keys
from headwater.collect.reading.bodies import NotRightError, Why, check_number, is_deep, read_body, unfit
from headwater.collect.reading.commerce import as_columns
from headwater.collect.reading.moments import corrected, read_moment
from headwater.collect.reading.paths import Ground, Path, TextOrPath, is_path, steps_of, value_at
from headwater.collect.reading.signatures import is_base64, is_hex, is_standard
from headwater.collect.request import Answer, Request
from headwater.collect.spans import Span, items_at
from headwater.core.documents import Declaration
from headwater.tables.rejection import Reason

_PATH = "/v1/webhook/"
MOST_EVENTS = 2_500
MOST_CHARACTERS = 512
"""Of an identifier, an id or a name of an event."""


class Fields(Declaration):
    """Who signs, and what the JSON means."""

    secret: str = Field(
        min_length=1, description="What the sender signs with; `${NAME}` is read from the environment."
    )
    signature: Literal["standard", "sha256_hex", "sha256_base64"] = Field(
        "standard",
        description="How it signs: as Standard Webhooks say, or HMAC-SHA256 of the body in one header, in hexadecimal "
        "(GitHub) or base64 (Shopify).",
    )
    header: str = Field("", description="The header the signature is in; not for `standard`.")
    each: Path = Field(
        "$", description="Where the items are if a request tells of several: a path to a list."
    )
    event: TextOrPath = Field(
        "",
        description="What happened: a name, or a path to it; left out: items only state traits of a person.",
    )
    time: Path | None = Field(None, description="When; when it was received if left out.")
    id: Path | None = Field(None, description="The sender's id of it: what comes twice counts once.")
    identifiers: dict[str, Path] = Field(
        min_length=1, description="Who it is about: kind of identifier to path."
    )
    properties: dict[str, Path] = Field(
        {}, description="What is told of it: name to path; names of columns of `events` go there."
    )
    traits: dict[str, Path] = Field({}, description="What is stated of the person: name to path.")

    @model_validator(mode="after")
    def _has_a_header(self) -> Fields:
        if (self.signature == "standard") == bool(self.header):
            raise ValueError(
                "'header' names the header of the signature for sha256_hex and sha256_base64, and only for these"
            )
        return self


_ANYTHING = msgspec.json.Decoder()


class Webhook:
    """One path; the collector's key is its end, or stands in the query or the Authorization header."""

    meaning = (
        "A signed webhook of any tool that sends JSON; the collector's file says what it means. The key is the end of the path, "
        "`?key=`, the user of HTTP Basic, or a Bearer token."
    )
    fields: type[Declaration] = Fields
    routes = (Route("POST", f"{_PATH}*"),)
    names: Mapping[str, str] = {}
    packed = ()

    def key(self, request: Request) -> str:
        """From the query, the header, or the end of the path."""
        told = keys.in_query(request, "key") or keys.basic_user(request) or keys.bearer(request)
        return told or unquote(request.path.removeprefix(_PATH).strip("/"))

    def glance(self, request: Request) -> int | None:
        """It takes a closer look."""
        return None

    def decode(self, request: Request) -> Decoded:
        """The items of a body whose signature is right."""
        said = request.settings
        if not isinstance(said, Fields):
            raise UnreadableError("the collector's file says nothing of webhooks", Fault.UNAUTHORISED)
        if not request.is_replay and not _is_signed(said, request):
            raise UnreadableError("the signature: is missing, wrong or too old", Fault.UNAUTHORISED)
        body = read_body(request.body, _ANYTHING, MOST_BYTES)
        if is_deep(body, MOST_LEVELS * 2):
            raise UnreadableError(f"the body is nested deeper than {MOST_LEVELS * 2} levels")
        return _judged(said, body, request)

    def events(self, decoded: Decoded, request: Request) -> list[Event]:
        """An event of each item."""
        return [_event(cast("_Read", read), request) for read in decoded.parts]

    def spans(self, request: Request) -> Sequence[Span]:
        """Those of the items, if there is a list of them."""
        said = request.settings
        return items_at(request.body, steps_of(said.each)) if isinstance(said, Fields) else ()

    def answer(self, request: Request, decoded: Decoded) -> Answer:
        """200, and which items cannot be used."""
        return answers.taken(decoded.rejected)

    def refuse(self, request: Request, fault: Fault, detail: str) -> Answer:
        """Why not."""
        return answers.refused(fault, detail)

    def greet(self, request: Request) -> Answer | None:
        """Webhooks fetch nothing."""
        return None


class _Read(msgspec.Struct):
    """What the paths found in one item."""

    event: str
    message_id: str
    said_at: datetime | None
    identifiers: dict[str, str]
    properties: Told
    traits: Told


def _is_signed(said: Fields, request: Request) -> bool:
    secret = with_environment(said.secret)
    if not secret:
        return False
    if said.signature == "standard":
        return is_standard(secret, request.headers, request.body, request.received_at)
    signature = request.headers.get(said.header.lower(), "")
    check = is_hex if said.signature == "sha256_hex" else is_base64
    return check(secret, signature, request.body)


def _judged(said: Fields, body: object, request: Request) -> Decoded:
    found = value_at(said.each, Ground(body, body, request.headers))
    if said.each != "$" and not isinstance(found, list):
        raise UnreadableError(f"the body: {said.each}: must be a list")
    items = found if isinstance(found, list) else [found]
    check_number(items, MOST_EVENTS)
    parts: list[object] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    for place, item in enumerate(items):
        data = msgspec.json.encode(item)
        read = _read(said, data, Ground(item, body, request.headers))
        if isinstance(read, _Read):
            parts.append(read)
            places.append(place)
        else:
            rejected.append(Rejected(*read, index=place, raw=data.decode()))
    return Decoded(parts, places, None, rejected)


def _read(said: Fields, data: bytes, ground: Ground) -> _Read | Why:
    if not isinstance(ground.item, dict):
        return Reason.INVALID_VALUE, "the item: must be an object"
    if why := unfit(data):
        return why
    if is_deep(ground.item):
        return Reason.TOO_DEEP, f"the item is nested deeper than {MOST_LEVELS} levels"
    try:
        event = _text(said.event, ground) if is_path(said.event) else said.event
        message_id = _text(said.id, ground)
        identifiers = {kind: _text(path, ground) for kind, path in said.identifiers.items()}
    except NotRightError as error:
        return Reason.INVALID_VALUE, str(error)
    if said.event and not event:
        return Reason.MISSING_VALUE, f"{said.event}: is missing"
    time = value_at(said.time, ground) if said.time else None
    said_at = read_moment(time)
    if time not in (None, "") and said_at is None:
        return Reason.INVALID_TIME, f"{said.time}: must be an ISO 8601 date and time, or seconds since 1970"
    identifiers = {kind: value for kind, value in identifiers.items() if value}
    if not identifiers:
        return Reason.NO_IDENTIFIER, f"{', '.join(said.identifiers.values())}: nothing is there"
    properties, traits = _values(said.properties, ground), _values(said.traits, ground)
    return _Read(event, message_id, said_at, identifiers, as_columns(properties), traits)


def _text(path: str | None, ground: Ground) -> str:
    """A text or a number as text; empty if nothing is there.

    Raises:
        NotRightError: it is something else, or too long.
    """
    value = value_at(path, ground) if path else None
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise NotRightError(f"{path}: must be text or a number")
    text = str(value).strip()
    if len(text) > MOST_CHARACTERS:
        raise NotRightError(f"{path}: has more than {MOST_CHARACTERS} characters")
    return text


def _values(paths: dict[str, str], ground: Ground) -> Told:
    found = {name: value_at(path, ground) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


def _event(read: _Read, request: Request) -> Event:
    """The connection is the sender's, so nothing of it is the person's."""
    return Event(
        kind="track" if read.event else "identify",
        name=read.event,
        message_id=read.message_id,
        occurred_at=corrected(request.received_at, read.said_at, None),
        received_at=request.received_at,
        source=request.source,
        identifiers=read.identifiers,
        properties=read.properties,
        traits=read.traits,
    )


FORMAT = Webhook()
