"""Every endpoint, one line each in `ENDPOINTS`: what it takes, what it gives, and which action it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from headwater.access.audit.entry import Entry
from headwater.access.audit.log import AuditLog
from headwater.access.audit.verify import Verified, verify
from headwater.access.keys import AccessKey, AccessKeys
from headwater.access.roles import Action, Caller, Role
from headwater.api import bodies
from headwater.api.faults import GIVES_MORE, RefusedError
from headwater.core.project import Project, open_project
from headwater.flow.answering.export import Exported
from headwater.flow.destination_check import DestinationCheck
from headwater.flow.generation import sound_project
from headwater.flow.identities import Identities
from headwater.flow.identity_effects import Effect
from headwater.flow.matching import Matching
from headwater.flow.objecting import Objected
from headwater.flow.privacy import Privacy
from headwater.flow.sharing.counted import SharedMembers, Sizes, overlaps, sizes
from headwater.flow.sharing.releases import Accounts, Release, Releases
from headwater.identity.explain import Explained
from headwater.identity.junk import Suspect
from headwater.privacy.meaning import SignalMeaning
from headwater.privacy.receipt import Answer, Left, Receipt, read as read_receipt
from headwater.privacy.requests import Asks, Law, PrivacyRequest
from headwater.privacy.shown import Harmless, Written, identifier_of
from headwater.profiles.show import Profile

WAIT_SECONDS = 10.0  # for the core to let go of the project, which it owns while it works


@dataclass(frozen=True)
class Decided:
    """A decision that stands; `is_contradicted`: by a newer one."""

    identifier: Harmless
    value: Annotated[str | None, identifier_of("identifier")]
    other_identifier: Harmless
    other_value: Annotated[str | None, identifier_of("other_identifier")]
    verdict: Harmless
    reason: Written
    decided_by: Harmless
    decided_at: datetime
    is_contradicted: bool


@dataclass(frozen=True)
class Decisions:
    """What was decided and not taken back, newest first."""

    decisions: tuple[Decided, ...]


@dataclass(frozen=True)
class Happened:
    """Something that happened to an identifier of a profile; `profile`: where it came from, or went to."""

    happened_at: datetime
    identifier: Harmless
    value: Annotated[str | None, identifier_of("identifier")]
    happened: Harmless
    profile: int | None


@dataclass(frozen=True)
class History:
    """How a profile came to be, by time."""

    history: tuple[Happened, ...]


@dataclass(frozen=True)
class Junk:
    """Identifiers that look as if they named nobody."""

    junk: tuple[Suspect, ...]


@dataclass(frozen=True)
class Keys:
    """Every key there was, oldest first; none itself."""

    keys: tuple[AccessKey, ...]


@dataclass(frozen=True)
class Made:
    """A key that was made; `key`: what is to be sent with each request, told this once."""

    name: Harmless
    role: Role
    key: Harmless


@dataclass(frozen=True)
class Revoked:
    """A key that opens nothing any more."""

    revoked: Harmless


@dataclass(frozen=True)
class Audit:
    """Entries of the audit log, newest first."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Holding:
    """What is held about persons: of which table, log or file how many rows name them."""

    n_profiles: int
    n_identifiers: int
    rows: Mapping[Harmless, int]


@dataclass(frozen=True)
class Leftovers:
    """Where anything of persons is left; nowhere, if it is empty."""

    left: tuple[Left, ...]


@dataclass(frozen=True)
class Requested:
    """A privacy request: what was asked when, until when it must be answered, and, once it was, the signed receipt."""

    request_id: Harmless
    asks: Asks
    law: Law
    received_at: datetime
    due_at: datetime
    ended_at: datetime | None
    receipt: Receipt | Answer | None
    extended_for: Written = ""
    is_overdue: bool = False


@dataclass(frozen=True)
class Retained:
    """Of which table how many rows are kept too long, or were."""

    rows: Mapping[Harmless, int]


@dataclass(frozen=True)
class Requests:
    """Every privacy request there was: overdue ones first, then those that wait, then those answered."""

    requests: tuple[Requested, ...]


@dataclass(frozen=True)
class Asked:
    """One request: of which project, by whom; the project's keys and its audit log."""

    root: Path
    caller: Caller
    keys: AccessKeys
    audit: AuditLog

    @property
    def identities(self) -> Identities:
        """Who is who by the files that were last found sound, whatever is being written meanwhile."""
        return self._by(sound_project(self.root))

    @property
    def identities_as_written(self) -> Identities:
        """Who is who by the files as they are now."""
        return self._by(open_project(self.root))

    @property
    def privacy(self) -> Privacy:
        """What persons ask for, by the files that were last found sound."""
        return Privacy(sound_project(self.root), wait_seconds=WAIT_SECONDS)

    def _by(self, project: Project) -> Identities:
        return Identities(project, wait_seconds=WAIT_SECONDS)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint.

    Attributes:
        asks: the action that it is, which whoever asks must be allowed.
        takes: its body; a GET has none.
        gives: what is answered, as a dataclass.
        call: the one function it calls; its docstring says what the endpoint does.
        counts: how many people an answer tells of, or something was changed for.
    """

    method: str
    path: str
    asks: Action
    takes: type[bodies.Body]
    gives: type
    call: Callable[[Asked, Any], object]
    counts: Callable[[Any], Mapping[str, int]] = lambda _: {}

    @property
    def does(self) -> str:
        """What it does, in a sentence."""
        return inspect.getdoc(self.call) or ""


def _explain(asked: Asked, body: bodies.Pair) -> Explained:
    """Why two identifiers are one person, or why not."""
    return asked.identities.explain(*body.texts)


def _history(asked: Asked, body: bodies.Identified) -> History:
    """Which identifiers came to a profile when, and which left."""
    return History(tuple(Happened(**row) for row in asked.identities.history(body.text)))


def _decisions(asked: Asked, _body: bodies.Nothing) -> Decisions:
    """What somebody decided and did not take back."""
    return Decisions(tuple(Decided(**row) for row in asked.identities.decisions()))


def _link(asked: Asked, body: bodies.Decision) -> Explained:
    """Decide that two identifiers are one person."""
    return asked.identities.link(*body.texts, reason=body.reason, by=asked.caller.name)


def _unmerge(asked: Asked, body: bodies.Decision) -> Explained:
    """Decide that two identifiers are two people."""
    return asked.identities.unmerge(*body.texts, reason=body.reason, by=asked.caller.name)


def _withdraw(asked: Asked, body: bodies.Withdrawal) -> Explained:
    """Take a decision back: evidence counts again."""
    return asked.identities.withdraw(*body.texts, reason=body.reason, by=asked.caller.name)


def _simulate(asked: Asked, body: bodies.Supposition) -> Effect:
    """What the rules as they are written now, or a decision, would change; nothing is written."""
    link, unmerge = (pair.texts if pair else None for pair in (body.link, body.unmerge))
    return asked.identities_as_written.simulate(link=link, unmerge=unmerge)


def _apply(asked: Asked, body: bodies.Application) -> Effect:
    """Let the rules as they are written now take effect."""
    return asked.identities_as_written.apply(anyway=body.anyway)


def _match(asked: Asked, body: bodies.Models) -> Matching:
    """Which records are of one person or household because they are alike, and what would become of profiles by it."""
    return asked.identities.match(*body.models)


def _match_and_apply(asked: Asked, body: bodies.Models) -> Matching:
    """Let records that are alike count as evidence; profiles and audiences follow."""
    return asked.identities.match(*body.models, applying=True)


def _junk(asked: Asked, _body: bodies.Nothing) -> Junk:
    """Identifiers that look as if they named nobody."""
    return Junk(tuple(asked.identities.junk()))


def _profile(asked: Asked, body: bodies.Sought) -> Profile:
    """All that is held about the person who has an identifier."""
    return asked.identities.profile(body.text, n_events=body.n_events)


def _sizes(asked: Asked, _body: bodies.Nothing) -> Sizes:
    """How many people are in each audience, as last refreshed."""
    return sizes(sound_project(asked.root))


def _overlaps(asked: Asked, body: bodies.Audiences) -> SharedMembers:
    """How many people each two of some audiences share, as last refreshed."""
    return overlaps(body.audiences, sound_project(asked.root))


def _release(asked: Asked, body: bodies.NewRelease) -> Release:
    """Count people with the noise of differential privacy, and spend what that tells of a recipient's budget."""
    return Releases(sound_project(asked.root)).release(body.wanted)


def _budget(asked: Asked, _body: bodies.Nothing) -> Accounts:
    """What was told whom by such releases, and what may still be."""
    return Releases(sound_project(asked.root)).budget()


def _foresee(asked: Asked, body: bodies.Persons) -> Holding:
    """What is held about persons, and so would be erased; nothing is changed."""
    foreseen = asked.privacy.foresee(body.texts)
    return Holding(foreseen.n_profiles, len(foreseen.identifiers), foreseen.rows)


def _erase(asked: Asked, body: bodies.PersonsRequest) -> Receipt:
    """Erase persons from everything, keep them out from now on, and prove it."""
    return asked.privacy.erase(body.texts, law=body.law, received_at=body.received_at)


def _export(asked: Asked, body: bodies.PersonsRequest) -> Exported:
    """Everything that is held of persons, for them to have; noted as a request, and answered."""
    return asked.privacy.export(body.texts, law=body.law, received_at=body.received_at)


def _restrict(asked: Asked, body: bodies.PersonsRequest) -> Answer:
    """Keep everything of persons, and use nothing of it, for no purpose."""
    return asked.privacy.restrict(body.texts, law=body.law, received_at=body.received_at)


def _unrestrict(asked: Asked, body: bodies.PersonsRequest) -> Answer:
    """Let persons be used again of whom nothing might be."""
    return asked.privacy.unrestrict(body.texts, law=body.law, received_at=body.received_at)


def _correct(asked: Asked, body: bodies.Correction) -> Answer:
    """Correct what is stated of somebody: it wins over what sources say, until it is withdrawn."""
    return asked.privacy.correct(body.person.text, body.values, law=body.law, received_at=body.received_at)


def _opt_out(asked: Asked, body: bodies.PersonsRequest) -> Answer:
    """Deny all purposes that are sale or sharing."""
    return asked.privacy.opt_out(body.texts, law=body.law, received_at=body.received_at)


def _look_for(asked: Asked, body: bodies.Persons) -> Leftovers:
    """Look for persons everywhere: tables, logs, live profiles, what was sent, files."""
    return Leftovers(tuple(asked.privacy.verify(body.texts)))


def _check(asked: Asked, body: bodies.DestinationAsked) -> DestinationCheck:
    """What a destination could receive, and why not the rest: of nobody in particular."""
    return asked.privacy.check(body.destination, body.audience)


def _object(asked: Asked, body: bodies.Objection) -> Objected:
    """Let persons not be used for purposes any more, at once."""
    return asked.privacy.take_objection(body.texts, body.purposes, from_all=body.all)


def _requests(asked: Asked, _body: bodies.Nothing) -> Requests:
    """Which requests there were, and what came of them."""
    return Requests(tuple(map(_requested, asked.privacy.requests())))


def _foresee_retention(asked: Asked, _body: bodies.Nothing) -> Retained:
    """How many rows of which table are kept longer than the project says; nothing is changed."""
    return Retained(asked.privacy.foresee_retention())


def _retain(asked: Asked, _body: bodies.Nothing) -> Retained:
    """Let go of what is kept longer than the project says."""
    return Retained(asked.privacy.retain())


def _extend(asked: Asked, body: bodies.Extension) -> Requested:
    """Take more time for a privacy request, as the law gives it once."""
    return _requested(asked.privacy.extend(body.request_id, body.reason))


def _requested(request: PrivacyRequest) -> Requested:
    return Requested(
        request.request_id,
        request.asks,
        request.law,
        request.received_at,
        request.due_at,
        request.ended_at,
        read_receipt(request.receipt) if request.receipt else None,
        request.extended_for,
        request.is_overdue(),
    )


def _signal(asked: Asked, body: bodies.ConsentSignals) -> SignalMeaning:
    """What consent strings say, and what they mean for each purpose; nothing is kept."""
    return asked.privacy.signal_meaning(body.strings, is_gpc=body.gpc)


def _keys(asked: Asked, _body: bodies.Nothing) -> Keys:
    """Which keys there are and were, and what they may; none itself."""
    return Keys(tuple(asked.keys.all()))


def _create_key(asked: Asked, body: bodies.NewKey) -> Made:
    """Make a key, which may no more than who makes it."""
    actions = body.role.actions & set(body.only or Action)
    if not (actions <= asked.caller.actions and body.role.labels <= asked.caller.labels):
        raise RefusedError(GIVES_MORE)
    secret = asked.keys.create(body.name, body.role, only=body.only, expires_at=body.expires_at)
    return Made(body.name, body.role, secret)


def _revoke_key(asked: Asked, body: bodies.KeyName) -> Revoked:
    """Let a key open nothing from now on."""
    asked.keys.revoke(body.name)
    return Revoked(body.name)


def _audit(asked: Asked, body: bodies.Entries) -> Audit:
    """Who did what, when, and how it ended."""
    return Audit(tuple(asked.audit.entries(body.wanted)))


def _verify(asked: Asked, _body: bodies.Nothing) -> Verified:
    """Whether the audit log is as it was written."""
    return verify(asked.audit)


def _seen(found: Explained) -> dict[str, int]:
    return {"seen": len(set(found.profiles) - {None})}


def _changed(found: Explained | Effect | Matching) -> dict[str, int]:
    match found:
        case Explained():
            return {"changed": len(set(found.profiles) - {None})}
        case Effect():
            return {"changed": found.n_changed}
        case Matching():
            return {"changed": found.would_be.n_changed}


def _erased(receipt: Receipt) -> dict[str, int]:
    return {"erased": receipt.n_profiles}


def _objected(found: Objected) -> dict[str, int]:
    return {"changed": found.n_identifiers}


def _gone(retained: Retained) -> dict[str, int]:
    return {"removed": sum(retained.rows.values())}


def _answered(answer: Answer) -> dict[str, int]:
    return {"changed": answer.n_profiles}


def _held(found: Holding | Exported) -> dict[str, int]:
    return {"seen": found.n_profiles}


def _all(found: Decisions | Junk) -> dict[str, int]:
    return {"seen": len(found.decisions if isinstance(found, Decisions) else found.junk)}


def _one(_found: object) -> dict[str, int]:
    return {"seen": 1}


COUNTS, PEOPLE, IDENTITY = Action.SEE_COUNTS, Action.SEE_PEOPLE, Action.CHANGE_IDENTITY
SHARE, PRIVACY, KEYS, AUDIT = Action.SHARE, Action.PRIVACY_REQUESTS, Action.MANAGE_KEYS, Action.SEE_AUDIT
ENDPOINTS = (
    Endpoint("POST", "/v1/identity/explain", PEOPLE, bodies.Pair, Explained, _explain, _seen),
    Endpoint("POST", "/v1/identity/history", PEOPLE, bodies.Identified, History, _history, _one),
    Endpoint("GET", "/v1/identity/decisions", PEOPLE, bodies.Nothing, Decisions, _decisions, _all),
    Endpoint("POST", "/v1/identity/link", IDENTITY, bodies.Decision, Explained, _link, _changed),
    Endpoint("POST", "/v1/identity/unmerge", IDENTITY, bodies.Decision, Explained, _unmerge, _changed),
    Endpoint("POST", "/v1/identity/withdraw", IDENTITY, bodies.Withdrawal, Explained, _withdraw, _changed),
    Endpoint("POST", "/v1/identity/simulate", COUNTS, bodies.Supposition, Effect, _simulate),
    Endpoint("POST", "/v1/identity/apply", IDENTITY, bodies.Application, Effect, _apply, _changed),
    Endpoint("POST", "/v1/identity/match", COUNTS, bodies.Models, Matching, _match),
    Endpoint("POST", "/v1/identity/match/apply", IDENTITY, bodies.Models, Matching, _match_and_apply, _changed),
    Endpoint("GET", "/v1/identity/junk", PEOPLE, bodies.Nothing, Junk, _junk, _all),
    Endpoint("POST", "/v1/profiles/find", PEOPLE, bodies.Sought, Profile, _profile, _one),
    Endpoint("GET", "/v1/audiences", COUNTS, bodies.Nothing, Sizes, _sizes),
    Endpoint("POST", "/v1/audiences/overlap", COUNTS, bodies.Audiences, SharedMembers, _overlaps),
    Endpoint("POST", "/v1/privacy/release", SHARE, bodies.NewRelease, Release, _release),
    Endpoint("GET", "/v1/privacy/budget", COUNTS, bodies.Nothing, Accounts, _budget),
    Endpoint("POST", "/v1/privacy/foresee", PRIVACY, bodies.Persons, Holding, _foresee, _held),
    Endpoint("POST", "/v1/privacy/erase", PRIVACY, bodies.PersonsRequest, Receipt, _erase, _erased),
    Endpoint("POST", "/v1/privacy/export", PRIVACY, bodies.PersonsRequest, Exported, _export, _held),
    Endpoint("POST", "/v1/privacy/restrict", PRIVACY, bodies.PersonsRequest, Answer, _restrict, _answered),
    Endpoint("POST", "/v1/privacy/unrestrict", PRIVACY, bodies.PersonsRequest, Answer, _unrestrict, _answered),
    Endpoint("POST", "/v1/privacy/correct", PRIVACY, bodies.Correction, Answer, _correct, _answered),
    Endpoint("POST", "/v1/privacy/opt-out", PRIVACY, bodies.PersonsRequest, Answer, _opt_out, _answered),
    Endpoint("POST", "/v1/privacy/verify", PRIVACY, bodies.Persons, Leftovers, _look_for),
    Endpoint("POST", "/v1/privacy/object", PRIVACY, bodies.Objection, Objected, _object, _objected),
    Endpoint("POST", "/v1/privacy/check", COUNTS, bodies.DestinationAsked, DestinationCheck, _check),
    Endpoint("GET", "/v1/privacy/requests", PRIVACY, bodies.Nothing, Requests, _requests),
    Endpoint("POST", "/v1/privacy/extend", PRIVACY, bodies.Extension, Requested, _extend),
    Endpoint("GET", "/v1/privacy/retention", PRIVACY, bodies.Nothing, Retained, _foresee_retention),
    Endpoint("POST", "/v1/privacy/retain", PRIVACY, bodies.Nothing, Retained, _retain, _gone),
    Endpoint("POST", "/v1/privacy/signal", COUNTS, bodies.ConsentSignals, SignalMeaning, _signal),
    Endpoint("GET", "/v1/access/keys", KEYS, bodies.Nothing, Keys, _keys),
    Endpoint("POST", "/v1/access/keys/create", KEYS, bodies.NewKey, Made, _create_key),
    Endpoint("POST", "/v1/access/keys/revoke", KEYS, bodies.KeyName, Revoked, _revoke_key),
    Endpoint("GET", "/v1/audit", AUDIT, bodies.Entries, Audit, _audit),
    Endpoint("GET", "/v1/audit/verify", AUDIT, bodies.Nothing, Verified, _verify),
)  # fmt: skip
