"""The edge's answer to "what shall I show?": POST /v1/decide.

    {"writeKey": …, "anonymousId": …, "userId": …, "email": …, "placements": ["hero"], "url": …}
    -> {"decisions": {"hero": {"variant": …, "content": …, "decision_id": …, "fallback": false, "reason": …}}}

The key of a browser is no secret, so with it somebody is asked about by their browser's id alone, and about public placements;
who has a key that the collector calls `private` may name any identifier and any placement. Reads the live store. Every decision
becomes an event, which is handed over before it is answered: no page waits for a disk. A kill in the milliseconds until it is
written takes decisions with it, never what somebody did.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

import msgspec
from msgspec.structs import replace

from headwater.collect.declare import Collector
from headwater.collect.format import Fault, UnreadableError
from headwater.collect.formats.decisions import body_of
from headwater.collect.kept import keep
from headwater.collect.reading.bodies import may_hold_nul, read_body, unfit
from headwater.collect.reading.keys import basic_user, bearer, in_query
from headwater.collect.reading.signals import HEADER as SEC_GPC
from headwater.collect.request import Answer, Request
from headwater.core.clock import Clock
from headwater.core.project import Project
from headwater.edge import counts
from headwater.identity.identifier import Identifier, lookup_kinds
from headwater.live.person import Person
from headwater.live.reader import LiveReader
from headwater.live.state import Node
from headwater.personalise.bandit import Arm
from headwater.personalise.decide import Context, Known, decide
from headwater.personalise.decision import DECIDED, Decision, Decisions, Reason, decided_event
from headwater.personalise.placements import Placement
from headwater.privacy.signals.gpc import header_is_set
from headwater.privacy.wishes import hearing_of

MOST_PLACEMENTS = 50
MOST_BYTES = 32_768
MOST_CHARACTERS = 512  # of an identifier
ANONYMOUS = "anonymous_id"
_LOST = "decision_not_kept"
Keep = Callable[[bytes], "asyncio.Future[None]"]
Id = Annotated[str, msgspec.Meta(max_length=MOST_CHARACTERS)]


class Asked(msgspec.Struct, rename="camel"):
    """The body of a request."""

    placements: list[str]
    write_key: str = ""
    anonymous_id: Id | None = None
    user_id: Id | None = None
    email: Id | None = None
    identifiers: dict[str, Id] = {}
    url: str = ""


_DECODER = msgspec.json.Decoder(Asked)
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True)
class Deciding:
    """What decisions are made by: the project's files, read; `kinds`: of identifier by which people are looked up."""

    project: Project
    placements: Mapping[str, Placement]
    collectors: Mapping[str, Collector]
    kinds: Mapping[str, Identifier] = field(default_factory=lookup_kinds)

    @cached_property
    def refused_by_gpc(self) -> frozenset[str]:
        """The purposes that Global Privacy Control is a refusal of."""
        return hearing_of(self.project).under_gpc

    def collector_of(self, key: str) -> Collector | None:
        """The collector that a key belongs to."""
        return next((each for each in self.collectors.values() if key and key in each.keys), None)


class Decider:
    """Decides for one process of the edge."""

    def __init__(self, deciding: Callable[[], Deciding], reader: LiveReader, keep_event: Keep) -> None:
        self._deciding = deciding
        self._reader = reader
        self._keep = keep_event
        self._known: Known = {}

    def refresh(self) -> None:
        """Take up what has changed in the last second: the newest base, and what bandits know."""
        self._reader.refresh()
        known: dict[tuple[str, str], dict[str, Arm]] = {}
        for (placement, variant), (shown, rewarded) in self._reader.counts().items():
            name, _, segment = placement.partition("\n")
            known.setdefault((name, segment), {})[variant] = Arm(shown, rewarded)
        self._known = known

    async def answer(self, request: Request) -> Answer:
        """Decide, keep what was decided, and tell it."""
        began = time.perf_counter()
        asked = _read(request)
        if isinstance(asked, Answer):
            return asked
        deciding = self._deciding()
        key = asked.write_key or basic_user(request) or bearer(request) or in_query(request)
        collector = deciding.collector_of(key)
        if collector is None:
            return _error(401, "no key that may ask")
        is_public = not collector.said.private
        nodes = _nodes(asked, deciding.kinds, is_public=is_public)
        person = self._reader.find(nodes)
        if header_is_set(request.headers.get(SEC_GPC)):
            person = under_gpc(person, deciding.refused_by_gpc)
        decisions = self._decided(person, asked, deciding, is_public=is_public)
        counts.decided(time.perf_counter() - began)
        self._tell(decisions, nodes, replace(request, source=collector.name))
        counts.request("decide", 200)
        return Answer(
            200, _ENCODER.encode({"decisions": {each.placement: _shown(each) for each in decisions}})
        )

    def _decided(self, person: Person, asked: Asked, deciding: Deciding, *, is_public: bool) -> Decisions:
        context = Context(deciding.project, Clock(deciding.project.clock.zone), is_public, self._known)
        return decide(person, asked.placements, deciding.placements, context)

    def _tell(self, decisions: Decisions, nodes: list[Node], request: Request) -> None:
        """Make the decisions events; without an identifier nobody is meant, and of what there is not nothing was decided."""
        told = [decided_event(each) for each in decisions if each.reason is not Reason.NOT_FOUND]
        if not nodes or not told:
            return
        # A decision says nothing of what is wished: that the page's own events say, with what the person knew of it.
        headers = {name: value for name, value in request.headers.items() if name != SEC_GPC}
        kept = replace(request, headers=headers, body=body_of(DECIDED, dict(nodes), told))
        try:
            self._keep(keep(kept, "decisions")).add_done_callback(_count_lost)
        except OSError:
            counts.fault(_LOST)


def under_gpc(person: Person, refused: frozenset[str]) -> Person:
    """A person whose browser says right now that Global Privacy Control is set: before the stream has heard of it."""
    denied = dict.fromkeys(refused - person.despite_gpc, "denied")
    return dataclasses.replace(person, consents={**person.consents, **denied})


def _count_lost(kept: asyncio.Future[None]) -> None:
    if kept.cancelled() or kept.exception():
        counts.fault(_LOST)


def _read(request: Request) -> Asked | Answer:
    try:
        asked = read_body(request.body, _DECODER, MOST_BYTES)
    except UnreadableError as error:
        return _error(413 if error.fault is Fault.TOO_LARGE else 400, error.detail)
    if may_hold_nul(request.body) and (why := unfit(request.body)):
        return _error(400, f"the body: {why[1]}")
    if len(asked.placements) > MOST_PLACEMENTS:
        return _error(400, f"at most {MOST_PLACEMENTS} placements can be asked for at once")
    return asked


def _error(status: int, message: str) -> Answer:
    counts.request("decide", status)
    return Answer(status, _ENCODER.encode({"error": message}))


def _shown(decision: Decision) -> dict[str, object]:
    """What whoever asked is told of a decision."""
    told = decision.shown
    return {
        "variant": decision.variant,
        "content": decision.content,
        "decision_id": decision.decision_id,
        "fallback": decision.is_fallback,
        "reason": decision.reason.value,
        **({"traits": dict(told.traits)} if told.traits else {}),
        **({"audiences": list(told.audiences)} if told.audiences else {}),
    }


def _nodes(asked: Asked, kinds: Mapping[str, Identifier], *, is_public: bool) -> list[Node]:
    """The identifiers to look for, the strongest first."""
    named = {"user_id": asked.user_id, "email": asked.email, ANONYMOUS: asked.anonymous_id}
    told = {**asked.identifiers, **{kind: value for kind, value in named.items() if value}}
    allowed = {ANONYMOUS} if is_public else kinds.keys()
    found = [
        (kind, spelled)
        for kind, value in told.items()
        if kind in allowed and (spelled := kinds[kind].normalise(value))
    ]
    return sorted(found, key=lambda node: -kinds[node[0]].strength)
