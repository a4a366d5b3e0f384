"""What is answered when a request cannot be done: a status, and an error as commands give it with `--json`.

No answer repeats what was sent, and none tells what went wrong inside: that may hold what people are known by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headwater.access.sign_in import Fault as SignInFault, NotSignedInError
from headwater.api.bodies.reading import BodyError
from headwater.collect.enriching.personal_data import without_personal_data
from headwater.core.errors import (
    EnvironmentFault,
    HeadwaterError,
    LargeChangeError,
    NobodyError,
    NotFoundError,
    ProjectError,
    Refusal,
    UserError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRY_SECONDS = 5
STATUSES: tuple[tuple[type[HeadwaterError], int], ...] = (
    (NobodyError, 404),
    (NotFoundError, 404),
    (LargeChangeError, 409),
    (ProjectError, 409),
    (UserError, 400),
    (Refusal, 403),
    (EnvironmentFault, 503),
)


@dataclass(frozen=True)
class Fault:
    """An answer to a request that was not done."""

    status: int
    error: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """A request that is not done; what is answered."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.status)
        self.fault = fault


def _fault(status: int, code: str, message: str, next_step: str, **headers: str) -> Fault:
    error = {
        "code": code,
        "message": message,
        "blame": "user",
        "retryable": False,
        "next_step": next_step,
    }
    return Fault(status, error, {name.replace("_", "-"): value for name, value in headers.items()})


UNKNOWN_KEY = _fault(
    401,
    "key_unknown",
    "this needs a key that is in force",
    "send Authorization: Bearer …; keys are made with `headwater access create`",
    WWW_Authenticate="Bearer",
)
NO_RIGHT = _fault(
    403, "right_missing", "your role, or your key, may not do that", "see docs/access.md for which role may"
)
NO_ROLE = _fault(
    403,
    "role_missing",
    "none of your groups has a role here",
    "have one of your groups put under `access.oidc.roles` in headwater.yaml",
)
GIVES_MORE = _fault(
    403,
    "right_missing",
    "no key can be made that may more than who makes it",
    "give it another role, or limit it",
)
NO_ENDPOINT = _fault(404, "no_endpoint", "there is nothing here", "see /v1/openapi.json")
WRONG_METHOD = _fault(405, "wrong_method", "this is not asked by that method", "see /v1/openapi.json")
BROKEN_OFF = _fault(400, "body_broken_off", "the body did not come to its end", "send it again")
OURS = Fault(
    500,
    {
        "code": "bug",
        "message": "something went wrong that must not",
        "blame": "headwater",
        "retryable": False,
        "next_step": "look at what `headwater serve` said, and report it",
    },
)


def fault_of_sign_in(error: NotSignedInError) -> Fault:
    """What is answered to whom nobody knows."""
    match error.fault:
        case SignInFault.TOO_OFTEN:
            seconds = str(error.seconds)
            said = "too many who were not recognised came from there"
            found = _fault(429, "too_often", said, f"come again in {seconds} seconds", Retry_After=seconds)
            return Fault(found.status, {**found.error, "retryable": True}, found.headers)
        case SignInFault.NO_TOKEN:
            challenge = 'Bearer error="invalid_token"'
            next_step = "sign in at the provider again"
            return _fault(
                401,
                "token_invalid",
                f"the token does not count: {error.why}",
                next_step,
                WWW_Authenticate=challenge,
            )
        case SignInFault.NO_ROLE:
            return NO_ROLE
        case SignInFault.NO_KEY:
            return UNKNOWN_KEY


def too_large(most_bytes: int) -> Fault:
    """What is answered to a body that is larger than its endpoint takes."""
    said = f"this may have at most {most_bytes:,} bytes of body"
    return _fault(413, "body_too_large", said, "see /v1/openapi.json")


def fault_of_body(error: BodyError) -> Fault:
    """What is wrong with a body."""
    found = _fault(400, "body_invalid", str(error), "see /v1/openapi.json")
    return Fault(found.status, {**found.error, "problems": error.problems})


def fault_of(error: HeadwaterError) -> Fault:
    """What an error of ours is answered with."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), None)
    if status is None:
        return OURS
    headers = {"Retry-After": str(RETRY_SECONDS)} if error.is_retryable else {}
    if isinstance(
        error, ProjectError
    ):  # its problems show values of files; values may be what people are known by
        places = [
            {"path": f"{each.file}:{each.line} {each.path}".strip(), "message": each.message}
            for each in error.problems
        ]
        said = {"message": "the project's files are not sound", "problems": places}
        return Fault(status, {**error.as_dict(), **said}, headers)
    told = {name: _scrubbed(value) for name, value in error.as_dict().items()}
    return Fault(status, told, headers)


def _scrubbed(said: object) -> object:
    """What an error says, without what looks like an address or a card: no message should hold one, and none shall."""
    match said:
        case str():
            return without_personal_data(said)
        case dict():
            return {name: _scrubbed(each) for name, each in said.items()}
        case list() | tuple():
            return [_scrubbed(each) for each in said]
    return said
