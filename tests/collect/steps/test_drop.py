"""What is no use: events of crawlers, of nobody, and of a clock that was never set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.collect.told import CHROME, GOOGLEBOT, told

from headwater.collect.event import Rejected
from headwater.collect.step import Surroundings
from headwater.collect.steps.drop_bots import drop_bots
from headwater.collect.steps.drop_too_old import drop_too_old
from headwater.collect.steps.drop_unidentified import drop_unidentified
from headwater.tables.rejection import Reason

AROUND = Surroundings()


def reason(found: Rejected | None) -> Reason | None:
    return found.reason if found else None


@pytest.mark.parametrize(
    ("user_agent", "rejected"),
    [
        pytest.param(GOOGLEBOT, Reason.BOT, id="search engine"),
        pytest.param(CHROME.replace("Chrome/", "HeadlessChrome/"), Reason.BOT, id="browser without a person"),
        pytest.param("facebookexternalhit/1.1", Reason.BOT, id="link preview"),
        pytest.param(CHROME, None, id="browser"),
        pytest.param("", None, id="none told"),
        pytest.param("python-requests/2.34.2", None, id="server that tells of people"),
        pytest.param("analytics-python/2.4.0", None, id="server's SDK"),
        pytest.param("okhttp/4.12.0", None, id="app"),
        pytest.param("a\ud800b", None, id="half a character"),
    ],
)
def test_crawlers_are_rejected_and_programs_that_tell_of_people_are_not(
    user_agent: str, rejected: Reason | None
) -> None:
    assert reason(drop_bots(told(user_agent=user_agent), AROUND)) is rejected


def test_a_source_that_keeps_bots_is_told_of_them() -> None:
    around = Surroundings(keep_bots=frozenset({"website"}))
    crawler, person = told(user_agent=GOOGLEBOT), told(user_agent=CHROME)
    assert drop_bots(crawler, around) is drop_bots(person, around) is None
    assert (crawler.properties, person.properties) == ({"is_bot": True}, {})


def test_bots_are_kept_for_the_source_that_wants_them_only() -> None:
    around = Surroundings(keep_bots=frozenset({"other"}))
    assert reason(drop_bots(told(user_agent=GOOGLEBOT), around)) is Reason.BOT


@pytest.mark.parametrize(
    ("identifiers", "rejected"),
    [
        ({}, Reason.NO_IDENTIFIER),
        ({"user_id": "", "anonymous_id": "  "}, Reason.NO_IDENTIFIER),
        ({"user_id": "", "anonymous_id": "a"}, None),
    ],
    ids=["none", "blank ones", "one of two"],
)
def test_an_event_of_nobody_is_rejected(identifiers: dict[str, str], rejected: Reason | None) -> None:
    assert reason(drop_unidentified(told(identifiers=identifiers), AROUND)) is rejected


@pytest.mark.parametrize(
    ("moment", "rejected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), Reason.INVALID_TIME),
        (datetime(2000, 1, 1, tzinfo=UTC) - timedelta(microseconds=1), Reason.INVALID_TIME),
        (datetime(2000, 1, 1, tzinfo=UTC), None),
    ],
    ids=["a clock never set", "just before", "the first moment"],
)
def test_a_time_before_2000_is_none(moment: datetime, rejected: Reason | None) -> None:
    assert reason(drop_too_old(told(occurred_at=moment), AROUND)) is rejected
