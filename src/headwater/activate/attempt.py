"""Trying: one batch sent until the destination says yes or no, or has been asked often enough.

Pauses grow exponentially from half a second to half a minute, with jitter, or are as long as the destination asks
(Retry-After). One that asks for more than a minute is left alone until the next run. What it said itself when it did not
take the batch is told with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential_jitter

from headwater.activate.destination import Accepted, Batch, Later, Outcome, Refused, Response
from headwater.activate.errand import Errand
from headwater.activate.transport import Transport
from headwater.activate.words import LONGEST_ANSWER

LONGEST_WAIT_SECONDS = 60.0
_PAUSE = wait_exponential_jitter(multiplier=0.5, max=30.0, jitter=0.5)


@dataclass(frozen=True)
class Patience:
    """How often to try at most, and how to wait so many seconds."""

    attempts: int
    sleep: Callable[[float], None]


def until_answered(
    errand: Errand,
    batch: Batch,
    transport: Transport,
    patience: Patience,
    before_each: Callable[[], None],
) -> Outcome:
    """What became of a batch in the end; Later: it was not taken, though it was tried as often as allowed.

    Args:
        errand: where it goes.
        batch: what is sent.
        transport: what carries it.
        patience: how often to try, and how to wait.
        before_each: called before each attempt.
    """
    tries = Retrying(
        retry=retry_if_result(_is_worth_waiting),
        stop=stop_after_attempt(patience.attempts),
        wait=_pause,
        sleep=patience.sleep,
        retry_error_callback=_outcome,
    )

    answer: Response | Later | Refused

    def once() -> Outcome:
        nonlocal answer
        before_each()
        answer = transport.carry(errand.request(replace(batch, sent_at=datetime.now(UTC))))
        return errand.read(answer) if isinstance(answer, Response) else answer

    outcome = tries(once)
    if isinstance(outcome, Accepted):
        return outcome
    reason = outcome.reason + (_pause_asked(outcome) if isinstance(outcome, Later) else "")
    said = errand.quoted(text_of(answer), batch.members, LONGEST_ANSWER)
    return replace(outcome, reason=f"{reason}: {said}" if said else reason)


def _is_worth_waiting(outcome: Outcome) -> bool:
    return isinstance(outcome, Later) and (outcome.after_seconds or 0.0) <= LONGEST_WAIT_SECONDS


def _pause(state: RetryCallState) -> float:
    outcome = _outcome(state)
    asked = outcome.after_seconds if isinstance(outcome, Later) else None
    return float(_PAUSE(state)) if asked is None else asked


def _outcome(state: RetryCallState) -> Outcome:
    """The outcome of the latest attempt."""
    assert state.outcome is not None  # noqa: S101 - tenacity sets it before it asks
    outcome: Outcome = state.outcome.result()
    return outcome


def _pause_asked(outcome: Later) -> str:
    """How long the destination asks to wait, where that is why nothing more was tried."""
    seconds = outcome.after_seconds
    if seconds is None or seconds <= LONGEST_WAIT_SECONDS or math.isinf(seconds):
        return ""
    return f" and asks to wait {seconds:.0f} seconds"


def text_of(answer: Response | Later | Refused) -> str:
    """What was answered, as text; nothing if there was no answer."""
    return answer.body.decode(errors="replace") if isinstance(answer, Response) else ""
