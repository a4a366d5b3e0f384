"""Logs of a shop whose customers are told of in every wire format, alone and together, however spelled; and what is left."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from hypothesis import strategies as st
from tests.core.sealing.ring import SEALS

from headwater.collect.kept import keep
from headwater.collect.log.rewrite import read_whole
from headwater.collect.log.segments import records_of
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Node, Outcome, unpacked
from headwater.collect.request import Request
from headwater.core.project import open_project
from headwater.flow.definitions import read_definitions
from headwater.flow.erasing.logs import Telling
from headwater.flow.live_log import Folders
from headwater.flow.stream import Stream, Treatment
from headwater.flow.treatment import make_treatment
from headwater.identity.declare import as_said
from headwater.identity.identifier import identifier_kinds
from headwater.tables.workspace import read

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
FILES = {
    "headwater.yaml": "project: shop\ntime_zone: Europe/Berlin\nsettings:\n  threads: 1\n",
    "collectors/website.yaml": "keys: [w]\n",
    "collectors/reviews.yaml": (
        "keys: [r]\nformats:\n  webhook:\n    secret: s\n    each: $.shop.reviews\n    event: review\n    id: $.id\n"
        "    identifiers: {email: $.by.mail, user_id: $.by.customer}\n    properties: {text: $.text}\n"
    ),
    "traits/n_purchases.yaml": "kind: count\ndescription: Purchases\nevent: purchase\n",
    "audiences/buyers.yaml": "description: b\nrule: {did: purchase}\n",
    "audiences/regulars.yaml": "description: r\nrule: {trait: n_purchases, is: {at_least: 3}}\n",
    "identifiers/phone.yaml": "region: DE\n",
    "identifiers/anonymous_id.yaml": "most_per_profile: 3\n",
}


@dataclass(frozen=True)
class Shop:
    """What a project says, read once."""

    treatment: Treatment
    told: Telling


def make_shop(root: Path) -> Shop:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with read(open_project(root)) as workspace:
        definitions = read_definitions(workspace)
        kinds = as_said(definitions.identifiers, identifier_kinds())
        return Shop(make_treatment(definitions, workspace), Telling(definitions.collectors, kinds))


@dataclass(frozen=True)
class Customer:
    """Somebody; `number` stands in all of their identifiers."""

    number: int

    @property
    def user_id(self) -> str:
        return f"Customer-{self.number}-xK"

    @property
    def browser(self) -> str:
        return f"browser/{self.number}+f00d"

    @property
    def email(self) -> str:
        return f"ana.{self.number}@shop.example"

    @property
    def phone(self) -> str:
        return f"+4930123456{self.number:02}"

    @property
    def nodes(self) -> list[Node]:
        return [
            ("user_id", self.user_id),
            ("anonymous_id", self.browser),
            ("email", self.email),
            ("phone", self.phone),
        ]

    @property
    def marks(self) -> re.Pattern[bytes]:
        """What stands in every spelling of their identifiers, once nothing is escaped."""
        number = str(self.number)
        ends = (
            f"customer-{number}-xk",
            f"browser/{number}\\+f00d",
            f"ana\\.{number}@shop",
            f"123[^0-9]*456[^0-9]*{self.number:02}",
        )
        return re.compile("|".join(ends).encode(), re.IGNORECASE)


PEOPLE = tuple(Customer(number) for number in (1, 12, 3))


def spellings(text: str) -> st.SearchStrategy[str]:
    """An address as people type it and programs write it."""
    return st.sampled_from([text, text.upper(), f" {text} ", f"\u200b{text}", text.title()])


def dialled(phone: str) -> st.SearchStrategy[str]:
    digits = phone[3:]
    return st.sampled_from(
        [
            phone,
            f"0{digits[:2]} {digits[2:5]} {digits[5:]}",
            f"{phone[:3]} ({digits[:2]}) {digits[2:5]}-{digits[5:]}",
        ]
    )


@st.composite
def named(draw: st.DrawFn, who: Customer) -> dict[str, Any]:
    """Who a call is about."""
    how = draw(st.sampled_from(["user", "browser", "both", "email", "phone"]))
    told: dict[str, Any] = {}
    if how in ("user", "both", "email", "phone"):
        told["userId"] = who.user_id
    if how in ("browser", "both"):
        told["anonymousId"] = who.browser
    if how == "email":
        told["context"] = {"traits": {"email": draw(spellings(who.email))}}
    if how == "phone":
        told |= {"type": "identify", "traits": {"phone": draw(dialled(who.phone)), "city": "Bern"}}
    return told


@st.composite
def calls(draw: st.DrawFn, who: Customer) -> dict[str, Any]:
    kind = draw(st.sampled_from(["purchase", "view", "alias", "bad", "late"]))
    about = draw(named(who))
    message = draw(
        st.uuids().map(str) | st.integers(0, 5).map(lambda number: f"{number} of {who.number}")
    )  # some come twice
    base = {"messageId": message, "type": "track", "event": kind}
    if kind == "alias":
        return {**base, "type": "alias", "userId": who.user_id, "previousId": who.browser}
    if kind == "bad":  # no name: it is refused
        return {**base, **about, "type": "track", "event": ""}
    if kind == "late":
        return {**base, "event": "view", **about, "timestamp": "soon"}
    return {**base, "properties": {"revenue": draw(st.integers(0, 9)), "note": 'Grüße "x" \\ /'}, **about}


def as_json(draw: st.DrawFn, told: object) -> bytes:
    """JSON as clients write it: with and without escapes."""
    text = json.dumps(told, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    if draw(st.booleans()):
        text = text.replace("@", "\\u0040").replace("/", "\\/")
    return text.encode()


def request_of(**said: Any) -> Request:
    return Request(
        **{"method": "POST", "received_at": NOON, "source": "website", "ip": "203.0.113.9", **said}
    )


@st.composite
def batches(draw: st.DrawFn) -> tuple[Request, str, str]:
    """A batch about several people."""
    told = [draw(calls(who)) for who in draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4))]
    return (
        request_of(
            path="/v1/batch", body=as_json(draw, {"writeKey": "w", "batch": told, "sentAt": NOON.isoformat()})
        ),
        "segment",
        "",
    )


@st.composite
def singles(draw: st.DrawFn) -> tuple[Request, str, str]:
    who = draw(st.sampled_from(PEOPLE))
    headers = {"user-agent": "Mozilla/5.0 X", "referer": f"https://shop.example/?mail={quote(who.email)}"}
    call = {"type": "page", **draw(named(who))}
    if call["type"] == "identify":
        return request_of(path="/v1/identify", headers=headers, body=as_json(draw, call)), "segment", ""
    if draw(st.booleans()):
        data = base64.urlsafe_b64encode(as_json(draw, call)).decode()
        return (
            request_of(
                method="GET", path="/v1/pixel/page", query=f"writeKey=w&data={quote(data)}", headers=headers
            ),
            "segment",
            "",
        )
    headers["anonymousid"] = base64.b64encode(who.browser.encode()).decode()
    call.pop("anonymousId", None)
    return request_of(path="/v1/page", headers=headers, body=as_json(draw, call)), "segment", ""


@st.composite
def trackers(draw: st.DrawFn) -> tuple[Request, str, str]:
    """What a Snowplow tracker sends."""

    def one(who: Customer) -> dict[str, str]:
        event = {"e": "ue", "p": "srv", "eid": draw(st.uuids().map(str)), "duid": who.browser}
        data = {"mail": draw(spellings(who.email)), "n": 1}
        inner = {
            "schema": "iglu:a/b/jsonschema/1-0-0",
            "data": {"schema": "iglu:a/purchase/jsonschema/1-0-0", "data": data},
        }
        written = as_json(draw, inner)
        if draw(st.booleans()):
            return event | {"ue_px": base64.urlsafe_b64encode(written).decode().rstrip("=")}
        return event | {"ue_pr": written.decode()}

    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3))
    if len(people) == 1 and draw(st.booleans()):
        query = "&".join(f"{name}={quote(text)}" for name, text in one(people[0]).items())
        return request_of(method="GET", path="/i", query=query), "snowplow", ""
    body = {"schema": "iglu:x/payload_data/jsonschema/1-0-4", "data": [one(who) for who in people]}
    return request_of(path="/com.snowplowanalytics.snowplow/tp2", body=as_json(draw, body)), "snowplow", ""


@st.composite
def reviews(draw: st.DrawFn) -> tuple[Request, str, str]:
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3))
    items = [
        {
            "id": f"{draw(st.integers(0, 9))} of {who.number}",
            "by": draw(st.sampled_from([{"mail": who.email.upper()}, {"customer": who.user_id}])),
            "text": "Good",
        }
        for who in people
    ]
    return (
        request_of(path="/v1/webhook/r", source="reviews", body=as_json(draw, {"shop": {"reviews": items}})),
        "webhook",
        "",
    )


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Request, str, str]:
    who = draw(st.sampled_from(PEOPLE))
    told = {
        "event": "decided",
        "identifiers": {"user_id": who.user_id},
        "decisions": [{"decision_id": f"d{which} of {who.number}"} for which in (1, 2)],
    }
    return request_of(path="/v1/decide", body=json.dumps(told).encode()), "decisions", ""


@st.composite
def statements(draw: st.DrawFn) -> tuple[Request, str, str]:
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3))
    told = [
        {
            "message_id": f"s{number} of {who.number}",
            "identifiers": {"email": who.email},
            "consents": {"news": False},
        }
        for number, who in enumerate(people)
    ]
    body = as_json(draw, {"statements": told})
    return request_of(path="", source="privacy_requests", body=body), "statements", ""


@st.composite
def broken(draw: st.DrawFn) -> tuple[Request, str, str]:
    """What cannot be read, cut off in the middle."""
    request, name, _ = draw(batches())
    return (
        replace_body(request, request.body[: len(request.body) * 2 // 3]),
        name,
        "the body: is not valid JSON in UTF-8",
    )


def replace_body(request: Request, body: bytes) -> Request:
    return request_of(path=request.path, body=body)


REQUESTS = st.one_of(
    batches(), batches(), singles(), trackers(), reviews(), decisions(), statements(), broken()
)


def write(folders: Folders, requests: Sequence[tuple[Request, str, str]], segment_bytes: int) -> None:
    """A log with these requests, one a minute."""
    writer = Writer(folders.requests, SEALS, segment_bytes)
    for number, (request, name, fault) in enumerate(requests):
        at = NOON + timedelta(minutes=number)
        writer.append(
            [
                keep(
                    request_of(
                        **{
                            each: getattr(request, each)
                            for each in ("method", "path", "query", "headers", "body", "source")
                        },
                        received_at=at,
                    ),
                    name,
                    fault,
                )
            ]
        )
    writer.close()


def take_in(folders: Folders, shop: Shop, most: int | None = None) -> None:
    stream = Stream(folders, SEALS, shop.treatment)
    while stream.take_some():
        pass
    stream.close()


def rebuilt(folders: Folders, root: Path, shop: Shop) -> list[Outcome]:
    """What a stream makes of the log of requests as it is, from its beginning."""
    anew = replace(Folders.of(root), requests=folders.requests)
    take_in(anew, shop)
    return outcomes(anew)


def opened(folder: Path) -> Iterator[tuple[int, int, bytes]]:
    """All records there are, opened: where each begins and ends."""
    pieces = records_of(folder, SEALS)
    for records in read_whole(folder):
        for each in records:
            payload = pieces.open(each.payload)
            assert payload is not None
            yield each.position, each.next_position, payload


def outcomes(folders: Folders) -> list[Outcome]:
    return [each for _, _, payload in opened(folders.outcomes) for each in unpacked(payload)]


def laid_open(data: bytes) -> bytes:
    """Bytes with nothing escaped in them, and what stands in them as base64."""
    plain = data
    for _ in range(2):
        plain = unquote_to_bytes(
            re.sub(
                rb"\\+u([0-9a-fA-F]{4})",
                lambda found: chr(int(found.group(1), 16)).encode("utf-8", "replace"),
                plain,
            ).replace(b"\\/", b"/")
        )
    packed = [unbase(each) for each in re.findall(rb"[A-Za-z0-9+/_-]{12,}={0,2}", plain)]
    packed = [
        re.sub(
            rb"\\+u([0-9a-fA-F]{4})",
            lambda found: chr(int(found.group(1), 16)).encode("utf-8", "replace"),
            each,
        ).replace(b"\\/", b"/")
        for each in packed
    ]
    return b"\n".join([data, plain, *packed])


def unbase(text: bytes) -> bytes:
    plain = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except ValueError:
        return b""
