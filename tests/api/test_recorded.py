"""What the audit log says of requests: who, what, about whom, and how it ended; and nothing of anybody in the clear."""

from __future__ import annotations

import pytest
from tests.api.asking import BODIES, ONE, PAIR, Asking, ready_for

from headwater.access.audit.entry import Entry, Outcome
from headwater.access.audit.log import Wanted
from headwater.access.audit.verify import verify
from headwater.access.masking import pseudonym
from headwater.access.roles import Action, Role
from headwater.api.endpoints import endpoint as of_endpoint
from headwater.api.endpoints.endpoint import Endpoint
from headwater.api.endpoints.every import ENDPOINTS
from headwater.core.errors import StorageError
from headwater.core.owner import own

ALL = [pytest.param(each, id=each.path) for each in ENDPOINTS]


def since(api: Asking, number: int) -> list[Entry]:
    """The entries after one, oldest first."""
    return [each for each in reversed(api.api.audit.entries(Wanted(most=1000))) if each.number > number]


def last(api: Asking) -> int:
    head = api.api.audit.head()
    return head.number if head else 0


def of_profile(api: Asking, value: str) -> str:
    return pseudonym("user_id", value, api.api.seals)


@pytest.mark.parametrize("endpoint", ALL)
def test_what_shows_people_or_changes_something_is_recorded(api: Asking, endpoint: Endpoint) -> None:
    with ready_for(endpoint.path, api):
        before = last(api)
        assert api.ask(endpoint.method, endpoint.path, BODIES[endpoint.path]).status_code == 200
    found = since(api, before)
    wanted = [Outcome.BEGUN, Outcome.DONE] if endpoint.asks.changes else [Outcome.DONE]
    assert [each.event.outcome for each in found] == (wanted if endpoint.asks.is_recorded else [])
    for each in found:
        assert (each.event.who, each.event.role) == ("the_admin", "admin")
        assert (each.event.action, each.event.by) == (endpoint.asks, endpoint.path)
    if endpoint.path in ("/v1/identity/link", "/v1/identity/unmerge"):
        api.ask("POST", "/v1/identity/withdraw", PAIR)
    assert verify(api.api.audit).is_whole


def test_an_entry_tells_whom_it_was_about_by_pseudonym_and_how_many(api: Asking) -> None:
    before = last(api)
    api.ask("POST", "/v1/profiles/find", ONE, Role.ANALYST)
    api.ask("POST", "/v1/identity/explain", PAIR, Role.ANALYST)
    api.ask("POST", "/v1/access/keys/create", {"name": "told", "role": "analyst"})
    api.ask("POST", "/v1/access/keys/revoke", {"name": "told"})
    found, explained, *keys = (each.event for each in since(api, before))
    assert (found.about, found.counts) == ((of_profile(api, "m1"),), {"seen": 1})
    assert (explained.about, explained.counts) == (
        (of_profile(api, "m1"), of_profile(api, "m3")),
        {"seen": 2},
    )
    assert [each.about for each in keys] == [("told",)] * 4


@pytest.mark.parametrize(
    ("path", "body", "key", "who", "outcome"),
    [
        ("/v1/profiles/find", ONE, "hw_none", ("unknown", ""), Outcome.REFUSED),
        ("/v1/profiles/find", ONE, None, ("unknown", ""), Outcome.REFUSED),
        ("/v1/profiles/find", ONE, Role.MARKETER, ("the_marketer", "marketer"), Outcome.REFUSED),
        ("/v1/identity/link", PAIR, Role.ANALYST, ("the_analyst", "analyst"), Outcome.REFUSED),
        ("/v1/profiles/find", {"x": 1}, Role.ANALYST, ("the_analyst", "analyst"), Outcome.FAILED),
        (
            "/v1/profiles/find",
            {**ONE, "value": "nobody"},
            Role.ANALYST,
            ("the_analyst", "analyst"),
            Outcome.FAILED,
        ),
    ],
)
def test_what_is_refused_or_fails_is_recorded(api: Asking, path, body, key, who, outcome) -> None:
    before = last(api)
    assert api.ask("POST", path, body, key).status_code >= 400
    [entry] = since(api, before)
    assert (entry.event.who, entry.event.role) == who
    assert entry.event.outcome is outcome
    assert entry.event.counts == {}


def test_what_could_not_be_done_now_is_told_to_have_begun_and_failed(api: Asking, monkeypatch) -> None:
    monkeypatch.setattr(of_endpoint, "WAIT_SECONDS", 0.0)
    before = last(api)
    with own(api.root):
        assert api.ask("POST", "/v1/identity/link", BODIES["/v1/identity/link"]).status_code == 503
    assert [each.event.outcome for each in since(api, before)] == [Outcome.BEGUN, Outcome.FAILED]


def test_nothing_is_shown_or_changed_that_cannot_be_recorded(api: Asking, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(type(api.api.audit), "append", fail)
    for path in ("/v1/profiles/find", "/v1/identity/link"):
        answer = api.ask("POST", path, BODIES[path])
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_failed")
    monkeypatch.undo()
    assert api.ask("GET", "/v1/identity/decisions").json() == {"decisions": []}


def test_whoever_fails_too_often_is_not_recorded_each_time(api: Asking) -> None:
    before = last(api)
    statuses = [api.ask("POST", "/v1/profiles/find", ONE, f"hw_{number}").status_code for number in range(40)]
    assert len(since(api, before)) == statuses.count(401) < 30


def test_the_log_is_asked_by_who_and_action_and_time(api: Asking) -> None:
    api.ask("POST", "/v1/profiles/find", ONE, Role.READ_ONLY)
    told = api.ask(
        "GET", "/v1/audit?who=the_read_only&action=see_people&most=1&since=2026-01-01T00:00Z"
    ).json()
    [entry] = told["entries"]
    assert (entry["event"]["who"], entry["event"]["by"]) == ("the_read_only", "/v1/profiles/find")
    assert api.ask("GET", "/v1/audit?since=2999-01-01T00:00").json() == {"entries": []}
    assert api.ask("GET", "/v1/audit/verify").json()["is_whole"] is True


@pytest.mark.parametrize(
    "query", ["most=0", "most=many", "action=all", "since=yesterday", "x=1", "who=" + "x" * 201]
)
def test_a_question_that_is_none_is_told(api: Asking, query: str) -> None:
    answer = api.ask("GET", f"/v1/audit?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["problems"][0]["message"]


@pytest.mark.parametrize("role", Role)
def test_only_who_may_reads_the_log(api: Asking, role: Role) -> None:
    assert (api.ask("GET", "/v1/audit", None, role).status_code == 200) == (Action.SEE_AUDIT in role.actions)
