"""Who opts out is left out of all that is sale or sharing, at once; an older word does not bring them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.flow.alive import Alive
from tests.flow.answering.test_restrict import permitted
from tests.flow.sealed_shop import EMAIL, USER, VISITOR

from headwater.core.errors import NobodyError, UserError
from headwater.flow.privacy import Privacy
from headwater.privacy.gate import Reason
from headwater.privacy.requests import Law

WHO = f"email={EMAIL}"


def said(alive: Alive) -> str:
    person = alive.person("anonymous_id", VISITOR)
    assert person
    return person.card.consents["newsletter"]


def says_yes(alive: Alive, at: datetime) -> None:
    consent = {"categoryPreferences": {"newsletter": True}}
    call = {
        "type": "track",
        "event": "x",
        "userId": USER,
        "timestamp": at.isoformat(),
        "context": {"consent": consent, "traits": {"email": EMAIL}},
    }
    alive.tell(call)
    alive.take()
    alive.run()


def test_it_counts_at_once_and_before_what_was_said_earlier(alive: Alive) -> None:
    assert (said(alive), len(permitted(alive).profile_ids)) == ("granted", 1)
    answer = Privacy(alive.project).opt_out([WHO])
    assert (said(alive), permitted(alive).left_out[Reason.CONSENT_DENIED]) == ("denied", 1)
    assert answer.done["purposes_denied"] == "newsletter"
    assert answer.done["not_to_be_asked_again_before"][:4] == str(datetime.now(UTC).year + 1)
    assert answer.law == "ccpa"
    assert datetime.fromisoformat(answer.due_at) - datetime.fromisoformat(answer.received_at) == timedelta(
        days=Law.CCPA.days
    )
    alive.take()
    says_yes(alive, datetime.now(UTC) - timedelta(hours=1))
    assert (said(alive), permitted(alive).left_out[Reason.CONSENT_DENIED]) == ("denied", 1)


def test_nothing_to_opt_out_of_and_nobody_are_told(alive: Alive) -> None:
    with pytest.raises(NobodyError):
        Privacy(alive.project).opt_out(["email=nobody@example.org"])
    config = alive.root / "headwater.yaml"
    config.write_text(config.read_text().replace(", ccpa: [share]", ""))
    with pytest.raises(UserError, match="nothing to opt out of"):
        Privacy(alive.project).opt_out([WHO])
    assert [each for each in Privacy(alive.project).requests() if each.asks == "opt-out"] == []
