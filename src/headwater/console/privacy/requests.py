"""What persons ask for of their data, as pages ask it: where they stand, requests with their deadlines, and answers to them.

Calls what `flow/privacy.py` gives the command line and the API, with the same rights and the same audit log. Whom it is about is
given as the number of a profile, or as identifiers that somebody typed: kind=value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from headwater.access.roles import Action
from headwater.api.endpoints.persons import Holding
from headwater.api.endpoints.requests import Requested, requested
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.console.people.whom import Who, identifiers_of
from headwater.core.config import CORRECTION
from headwater.core.errors import UserError
from headwater.flow.answering.correct import correctable
from headwater.flow.answering.export import Exported
from headwater.flow.answering.pages import archive
from headwater.flow.objecting import Objected
from headwater.flow.privacy import Privacy
from headwater.privacy.receipt import Answer, Left, Receipt
from headwater.privacy.requests import Asks, Law
from headwater.privacy.shown import Harmless, OfTrait
from headwater.profiles.show import find_profile, show_profile

T = TypeVar("T")
WAIT_SECONDS = 30.0  # for whoever works on the project to let go of it


@dataclass(frozen=True)
class Asking:
    """What is asked for whom, under which law, received on which day (UTC; None: today)."""

    who: Who
    law: Law = Law.GDPR
    received_on: date | None = None

    @property
    def received_at(self) -> datetime | None:
        """The beginning of that day."""
        on = self.received_on
        return None if on is None else datetime(on.year, on.month, on.day, tzinfo=UTC)


@dataclass(frozen=True)
class Packed:
    """An export as an archive, and what is in it: how many rows of which table."""

    request_id: str
    n_profiles: int
    rows: Mapping[str, int]
    archive: bytes


@dataclass(frozen=True)
class Receipted:
    """A request with its receipt as it was signed, and whether it stands as it was; None: it was not answered yet."""

    request: Requested
    content: Mapping[str, object] | None
    is_genuine: bool | None


@dataclass(frozen=True)
class Stated:
    """An attribute of somebody that can be corrected; `value` is what counts now. `is_corrected`: by a correction."""

    trait: Harmless
    type: Harmless
    value: Annotated[str | None, OfTrait(name_in="trait")]
    is_corrected: bool


def _requests(given: Given) -> tuple[Requested, ...]:
    """Every request: overdue ones first, then those that wait, then those answered, the newest first."""
    found = Privacy(given.project).requests()
    waiting = [each for each in found if each.ended_at is None]
    ended = [each for each in found if each.ended_at is not None]
    ended.sort(key=lambda each: each.ended_at or each.due_at, reverse=True)
    return masked(tuple(map(requested, [*waiting, *ended])), given, tuple[Requested, ...])


def _request(given: Given, request_id: str) -> Receipted:
    """One request, and whether its receipt stands as it was signed.

    Raises:
        NotFoundError: there is none of this id.
    """
    privacy = Privacy(given.project)
    found = privacy.request(request_id)
    is_genuine = None if found.receipt is None else privacy.is_genuine(found.receipt)
    return Receipted(masked(requested(found), given), found.receipt, is_genuine)


def _foresee(given: Given, asking: Asking) -> Holding:
    """What is held of them, and so would be erased; nothing is changed."""
    found = Privacy(given.project).foresee(_all(asking, given))
    return Holding(found.n_profiles, len(found.identifiers), {name: n for name, n in found.rows.items() if n})


def _erase(given: Given, asking: Asking) -> Receipt:
    """Erase them from everything, keep them out from now on, and prove it."""
    return _privacy(given).erase(_all(asking, given), law=asking.law, received_at=asking.received_at)


def _export(given: Given, asking: Asking) -> Packed:
    """Everything that is held of them, as an archive for them to have."""
    found = _privacy(given).export(_all(asking, given), law=asking.law, received_at=asking.received_at)
    return packed(found)


def packed(found: Exported) -> Packed:
    """An export as an archive."""
    rows = {each.table: len(each.rows) for each in found.tables if each.rows}
    rows |= {"calls": len(found.calls), "deliveries": len(found.recipients)}
    return Packed(
        found.request_id, found.n_profiles, {name: n for name, n in rows.items() if n}, archive(found)
    )


def _stated(given: Given, who: Who) -> tuple[Stated, ...]:
    """What can be corrected of somebody, with what counts now."""
    known = find_profile(identifiers_of(who, given.workspace)[0], given.workspace)
    held = {each.trait: each for each in show_profile(known, given.workspace, n_events=0).traits}
    found = tuple(
        Stated(
            name,
            kind,
            held[name].value if name in held else None,
            name in held and held[name].origin == CORRECTION,
        )
        for name, kind in correctable(given.workspace, given.definitions).items()
    )
    return masked(found, given, tuple[Stated, ...])


def _correct(given: Given, asking: Asking, attribute: str, value: str | None) -> Answer:
    """Let what somebody says of themselves win over what sources say; None: let sources count again."""
    by = _all(asking, given)[0]
    return _privacy(given).correct(by, {attribute: value}, law=asking.law, received_at=asking.received_at)


def _lift(given: Given, asking: Asking) -> int:
    """Let them in again; gives how many identifiers are kept out no more."""
    return sum(_privacy(given).lift(each) for each in _all(asking, given))


def _resume(given: Given) -> tuple[Receipt, ...]:
    """Carry out every erasure that was broken off."""
    return tuple(_privacy(given).resume())


def _restrict(given: Given, asking: Asking) -> Answer:
    """Use nothing of them from now on, for no purpose."""
    return _privacy(given).restrict(_all(asking, given), law=asking.law, received_at=asking.received_at)


def _unrestrict(given: Given, asking: Asking) -> Answer:
    """Let them be used again."""
    return _privacy(given).unrestrict(_all(asking, given), law=asking.law, received_at=asking.received_at)


def _opt_out(given: Given, asking: Asking) -> Answer:
    """Deny all purposes that are sale or sharing."""
    return _privacy(given).opt_out(_all(asking, given), law=asking.law, received_at=asking.received_at)


def _object(given: Given, asking: Asking, purposes: tuple[str, ...]) -> Objected:
    """Let them not be used for purposes any more; for all that do not ask for consent, if none is named."""
    return _privacy(given).take_objection(_all(asking, given), purposes, from_all=not purposes)


def _note(given: Given, asking: Asking, asks: Asks) -> Requested:
    """Note a request that is answered later."""
    found = _privacy(given).note(asks, _all(asking, given), law=asking.law, received_at=asking.received_at)
    return requested(found)


def _extend(given: Given, request_id: str, reason: str) -> Requested:
    """Take more time, as the law gives it once."""
    if not reason.strip():
        raise UserError("more time needs a reason", next_step="write why, as whoever asked is told")
    return requested(_privacy(given).extend(request_id, reason.strip()))


def _verify(given: Given, asking: Asking) -> tuple[Left, ...]:
    """Where anything of them is left; nowhere, if it is empty."""
    return tuple(each for each in Privacy(given.project).verify(_all(asking, given)) if each.n)


def _all(asking: Asking, given: Given) -> list[str]:
    return identifiers_of(asking.who, given.workspace)


def _privacy(given: Given) -> Privacy:
    return Privacy(given.project, wait_seconds=WAIT_SECONDS)


def _who(asking: Asking, *_: object) -> Who:
    return asking.who


ASKED = Action.PRIVACY_REQUESTS


def _question(name: str, answer: Callable[..., T], word: str = "") -> Question[T]:
    """Something asked for persons; `word`: what the audit log calls that which their number is counted as."""

    def counts(found: Any) -> Mapping[str, int]:
        return (
            {word: found.n_identifiers if isinstance(found, Objected) else found.n_profiles} if word else {}
        )

    return Question(f"console privacy {name}", ASKED, answer, seconds=0.0, about=_who, counts=counts)


REQUESTS = Question("console privacy requests", ASKED, _requests, seconds=0.0)
REQUEST = Question("console privacy request", ASKED, _request, seconds=0.0, about=lambda name: (name,))
EXTEND = Question("console privacy extend", ASKED, _extend, seconds=0.0, about=lambda name, _: (name,))
FORESEE = _question("foresee", _foresee, "seen")
ERASE = _question("erase", _erase, "erased")
EXPORT = _question("export", _export, "seen")
RESTRICT = _question("restrict", _restrict, "changed")
UNRESTRICT = _question("unrestrict", _unrestrict, "changed")
OPT_OUT = _question("opt-out", _opt_out, "changed")
STATED = Question("console privacy stated", ASKED, _stated, seconds=0.0, about=lambda who: who)
CORRECT = _question("correct", _correct, "changed")
LIFT = Question(
    "console privacy lift", ASKED, _lift, seconds=0.0, about=_who, counts=lambda n: {"changed": n}
)
RESUME = Question(
    "console privacy resume",
    ASKED,
    _resume,
    seconds=0.0,
    counts=lambda found: {"erased": sum(each.n_profiles for each in found)},
)
OBJECT = _question("object", _object, "changed")
NOTE = _question("note", _note)
VERIFY = _question("verify", _verify)
