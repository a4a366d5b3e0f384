"""POST /v1/decide on the real edge: who may ask about whom, what is told, and what becomes of it."""

from __future__ import annotations

import json
from itertools import count

import pytest
from tests.edge.running import HOOK, PRIVATE, PUBLIC, RunningEdge, Told, eventually

from headwater.collect.format import formats
from headwater.collect.outcome import Accepted
from headwater.edge.pages import Pages
from headwater.personalise.decision import DECIDED, SHOWN

pytestmark = [pytest.mark.server, pytest.mark.slow]

_numbers = count()


class Visitor:
    """Somebody new, who bought something and agreed to be shown what fits."""

    def __init__(self, edge: RunningEdge, *, agrees: bool | None = True) -> None:
        number = next(_numbers)
        self.anonymous_id, self.user_id = f"browser-{number}", f"customer-{number}"
        self.email = f"visitor{number}@example.com"
        self._edge = edge
        said = {} if agrees is None else {"consent": {"categoryPreferences": {"personalisation": agrees}}}
        self.tell(type="identify", traits={"email": self.email, "city": "Secretville"}, context=said)
        self.tell(event="Order Completed", properties={"order_id": f"o{number}"})
        edge.taken()

    def tell(self, **said: object) -> None:
        ids = {"anonymousId": self.anonymous_id, "userId": self.user_id, "messageId": f"v{next(_numbers)}"}
        assert self._edge.send({"type": "track", **ids, **said}).status == 200


def asked(edge: RunningEdge, *placements: str, key: str = PUBLIC, **said: object) -> Told:
    return edge.post("/v1/decide", {"writeKey": key, "placements": placements, **said})


def events_of_decisions(edge: RunningEdge) -> list[Accepted]:
    """Those since this was asked last: decisions do not wait for the log, but what is acknowledged later stands behind them."""
    assert (
        edge.post("/v1/track", {"writeKey": PUBLIC, "anonymousId": "behind", "event": "behind"}).status == 200
    )
    return [each for each in edge.accepted() if each.event == DECIDED]


def decided(edge: RunningEdge, placement: str, **said: object) -> dict:
    answer = asked(edge, placement, **said)
    assert answer.status == 200
    return answer.json()["decisions"][placement]


@pytest.fixture
def visitor(edge: RunningEdge) -> Visitor:
    """A visitor whom the edge knows by now."""
    made = Visitor(edge)
    eventually(lambda: decided(edge, "hero", anonymousId=made.anonymous_id)["reason"] == "rule")
    events_of_decisions(edge)
    return made


# Who may ask about whom


def test_a_browser_is_shown_what_fits_its_own_person(edge: RunningEdge, visitor: Visitor) -> None:
    told = decided(edge, "hero", anonymousId=visitor.anonymous_id)
    assert (told["variant"], told["content"], told["fallback"]) == (
        "thanks",
        {"headline": "Thank you"},
        False,
    )
    assert set(told) == {"variant", "content", "decision_id", "fallback", "reason"}


def test_nothing_personal_is_looked_at_for_a_browser_with_gpc(edge: RunningEdge, visitor: Visitor) -> None:
    asking = {"writeKey": PUBLIC, "placements": ["hero"], "anonymousId": visitor.anonymous_id}
    [told] = edge.post("/v1/decide", asking, sec_gpc="1").json()["decisions"].values()
    assert told["reason"] == "consent_denied"
    events_of_decisions(edge)
    assert decided(edge, "hero", anonymousId=visitor.anonymous_id)["reason"] == "rule"


def test_a_browser_cannot_ask_about_anybody_by_name(edge: RunningEdge, visitor: Visitor) -> None:
    for said in (
        {"userId": visitor.user_id},
        {"email": visitor.email},
        {"identifiers": {"user_id": visitor.user_id, "email": visitor.email}},
        {"userId": visitor.user_id, "anonymousId": "somebody-else"},
    ):
        assert decided(edge, "hero", **said)["reason"] == "unknown_person", said


def test_a_browser_cannot_ask_for_what_is_not_public(edge: RunningEdge, visitor: Visitor) -> None:
    told = decided(edge, "inbox", anonymousId=visitor.anonymous_id)
    nowhere = decided(edge, "no_such_placement", anonymousId=visitor.anonymous_id)
    for each in (told, nowhere):
        del each["decision_id"]
    assert told == nowhere
    assert (told["reason"], told["content"]) == ("not_found", None)


@pytest.mark.parametrize("by", ["anonymousId", "userId", "email", "identifiers"])
def test_a_server_may_ask_by_any_identifier_and_for_anything(edge: RunningEdge, visitor: Visitor, by) -> None:
    named = {
        "anonymousId": visitor.anonymous_id,
        "userId": visitor.user_id,
        "email": visitor.email.upper(),
        "identifiers": {"user_id": visitor.user_id},
    }
    told = decided(edge, "inbox", key=PRIVATE, **{by: named[by]})
    assert (told["variant"], told["audiences"]) == ("letter", ["buyers"])


def test_of_several_identifiers_the_surest_says_who_it_is(edge: RunningEdge, visitor: Visitor) -> None:
    other = Visitor(edge, agrees=False)
    eventually(lambda: decided(edge, "hero", anonymousId=other.anonymous_id)["reason"] != "unknown_person")
    told = decided(edge, "hero", key=PRIVATE, userId=visitor.user_id, anonymousId=other.anonymous_id)
    assert told["reason"] == "rule"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": "Basic V0tfdGVzdDo="}, id="Basic"),
        pytest.param({"Authorization": "Bearer WK_test"}, id="Bearer"),
    ],
)
def test_the_key_may_stand_in_a_header(edge: RunningEdge, headers) -> None:
    body = json.dumps({"placements": ["hero"]}).encode()
    assert edge.ask("POST", "/v1/decide", body, headers).status == 200
    assert edge.ask("POST", f"/v1/decide?writeKey={PUBLIC}", body).status == 200


@pytest.mark.parametrize("key", ["", "x", "*", "server", "website"])
def test_without_a_key_nobody_asks(edge: RunningEdge, visitor: Visitor, key) -> None:
    answer = asked(edge, "hero", key=key, anonymousId=visitor.anonymous_id)
    assert (answer.status, answer.json()) == (401, {"error": "no key that may ask"})
    assert events_of_decisions(edge) == []


# Consent


@pytest.mark.parametrize(
    ("agrees", "reason"),
    [pytest.param(False, "consent_denied", id="refused"), pytest.param(None, "no_consent", id="never asked")],
)
def test_nothing_known_is_used_of_who_did_not_agree(edge: RunningEdge, agrees, reason) -> None:
    visitor = Visitor(edge, agrees=agrees)
    eventually(lambda: decided(edge, "hero", anonymousId=visitor.anonymous_id)["reason"] == reason)
    told = decided(edge, "hero", anonymousId=visitor.anonymous_id)
    assert (told["content"], told["fallback"]) == ({"headline": "Welcome"}, True)


def test_who_takes_consent_back_is_no_longer_shown_anything(edge: RunningEdge, visitor: Visitor) -> None:
    visitor.tell(type="identify", context={"consent": {"categoryPreferences": {"personalisation": False}}})
    edge.taken()
    told = decided(edge, "hero", anonymousId=visitor.anonymous_id)
    assert (told["reason"], told["content"]) == ("consent_denied", {"headline": "Welcome"})


def test_of_somebody_nobody_met_nothing_is_known(edge: RunningEdge) -> None:
    assert decided(edge, "hero", anonymousId=f"new-{next(_numbers)}")["reason"] == "unknown_person"
    assert decided(edge, "hero")["reason"] == "unknown_person"


# Bodies


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        pytest.param(b"", 400, "JSON", id="nothing"),
        pytest.param(b"hello", 400, "JSON", id="no JSON"),
        pytest.param(b"[]", 400, "must be an object", id="a list"),
        pytest.param(b'{"writeKey":"WK_test"}', 400, "placements: is missing", id="no placements"),
        pytest.param(b'{"placements":"hero"}', 400, "placements: must be a list", id="a text"),
        pytest.param(b'{"placements":[7]}', 400, "placements[0]: must be text", id="numbers"),
        pytest.param(b'{"placements":[],"userId":["x"]}', 400, "userId: must be text", id="a wrong id"),
        pytest.param(
            json.dumps({"placements": [], "userId": "u" * 513}).encode(), 400, "userId: has more", id="long"
        ),
        pytest.param(b'{"placements":[],"userId":"a\\u0000"}', 400, "NUL", id="NUL"),
        pytest.param(b'{"placements":[],"x":' + b"[" * 16_000, 400, "nested", id="deep nesting"),
        pytest.param(b'{"placements":["\xff"]}', 400, "JSON", id="no UTF-8"),
        pytest.param(json.dumps({"placements": ["hero"] * 51}).encode(), 400, "50", id="too many"),
        pytest.param(b'{"placements":[]}' + b" " * 32_768, 413, "bytes", id="too long"),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(edge: RunningEdge, body, status, says) -> None:
    answer = edge.ask("POST", "/v1/decide", body, {"Authorization": "Basic V0tfdGVzdDo="})
    assert answer.status == status
    assert says in answer.json()["error"]
    assert edge.taken() == []


# What becomes of it


def test_a_decision_is_an_event_of_the_one_it_is_about(edge: RunningEdge, visitor: Visitor) -> None:
    told = asked(edge, "hero", "no_such_placement", "box", anonymousId=visitor.anonymous_id)
    decisions = told.json()["decisions"]
    hero, box = events_of_decisions(edge)
    assert [hero.event, box.event] == [DECIDED, DECIDED]
    assert hero.identifiers == {"anonymous_id": visitor.anonymous_id}
    assert hero.event_id == decisions["hero"]["decision_id"]
    assert hero.source == "website"
    assert {name: hero.properties[name] for name in ("placement", "variant", "reason", "propensity")} == {
        "placement": "hero",
        "variant": "thanks",
        "reason": "rule",
        "propensity": 1.0,
    }
    assert box.properties["variant"] in ("a", "b")


@pytest.mark.parametrize(
    ("placement", "said"),
    [
        pytest.param("no_such_placement", {"anonymousId": "known-1"}, id="no such placement"),
        pytest.param("inbox", {"anonymousId": "known-1"}, id="one that is not public"),
        pytest.param("hero", {}, id="about nobody"),
        pytest.param("hero", {"userId": "known-1"}, id="about somebody a browser may not name"),
    ],
)
def test_where_nothing_was_decided_about_anybody_there_is_no_event(
    edge: RunningEdge, placement, said
) -> None:
    events_of_decisions(edge)
    decided(edge, placement, **said)
    assert events_of_decisions(edge) == []


def test_bandits_learn_from_what_was_shown_and_rewarded(edge: RunningEdge, visitor: Visitor) -> None:
    before = edge.counts()
    for variant, n_shown in (("a", 40), ("b", 40)):
        for _ in range(n_shown):
            visitor.tell(event=SHOWN, properties={"placement": "box", "variant": variant})
            if variant == "b":
                visitor.tell(event="Order Completed", properties={"order_id": f"o{next(_numbers)}"})
    visitor.tell(event=SHOWN, properties={"placement": "box", "variant": "z" * 2_000})
    edge.taken()
    grown = {
        arm: (shown - before.get(arm, (0, 0))[0], rewarded - before.get(arm, (0, 0))[1])
        for arm, (shown, rewarded) in edge.counts().items()
    }
    assert grown == {("box", "a"): (40, 0), ("box", "b"): (40, 40)}
    about = {"anonymousId": visitor.anonymous_id}
    eventually(lambda: {decided(edge, "box", **about)["variant"] for _ in range(20)} == {"b"})


# Nothing else tells anything


def test_no_route_tells_anything_of_a_person(edge: RunningEdge, visitor: Visitor) -> None:
    """Every route there is, with a browser's key, a webhook's and none, with and without the person's identifiers."""
    routes = {(route.method, route.path) for each in formats().values() for route in each.routes}
    routes |= {
        *Pages()._pages,
        ("POST", "/v1/decide"),
        ("GET", "/v1/decide"),
        ("GET", "/metrics"),
        ("GET", "/shop/profile"),
    }
    about = {"anonymousId": visitor.anonymous_id, "userId": visitor.user_id, "email": visitor.email}
    told = b""
    for method, path in sorted(routes):
        for key in (PUBLIC, HOOK, ""):
            query = f"?writeKey={key}&userId={visitor.user_id}&uid={visitor.user_id}&e=pv&aid={key}"
            said = {"placements": ["hero", "inbox", "box"], "type": "identify", **about}
            body = json.dumps({**said, "batch": [said], "data": [{"e": "pv", "uid": visitor.user_id}]})
            answer = edge.ask(method, path.replace("*", f"{key}/settings") + query, body.encode())
            assert answer.status < 500
            told += answer.body + repr(dict(answer.headers)).encode()
    for secret in (visitor.user_id, visitor.email, "Secretville", "buyers", "Dear you"):
        assert secret.encode() not in told, secret
    edge.taken()
