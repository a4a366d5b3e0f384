"""What is answered when a request cannot be done: a status, and an error as commands give it with `--json`.

No answer repeats what was sent, and none tells what went wrong inside: that may hold what people are known by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headwater.api.bodies import MOST_BYTES, BodyError
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
    403, "right_missing", "this key may not do that", "use a key that was made with --may manage"
)
NO_ENDPOINT = _fault(404, "no_endpoint", "there is nothing here", "see /v1/openapi.json")
WRONG_METHOD = _fault(405, "wrong_method", "this is not asked by that method", "see /v1/openapi.json")
TOO_LARGE = _fault(
    413, "body_too_large", f"a body may have at most {MOST_BYTES:,} bytes", "see /v1/openapi.json"
)
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
    return Fault(status, error.as_dict(), headers)
