"""The stream: whatever it is cut into and wherever it dies, the outcomes and the profiles are those of one undisturbed pass."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.core.sealing.ring import SEALS

from headwater.collect.kept import keep
from headwater.collect.log.frame import SIZE
from headwater.collect.log.reader import read_all
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, Moved, Outcome, Refused, unpacked
from headwater.collect.request import Request
from headwater.core.project import open_project
from headwater.flow import stream as module
from headwater.flow.definitions import read_definitions
from headwater.flow.live_log import Folders
from headwater.flow.stream import Stream, Treatment
from headwater.flow.treatment import make_treatment
from headwater.live.asked import NoBase
from headwater.live.people import People
from headwater.live.state import Card, Node, Past, Person, micros
from headwater.live.store import Draft
from headwater.tables.rejection import Reason
from headwater.tables.workspace import read

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
FILES = {
    "headwater.yaml": "project: shop\ntime_zone: Europe/Berlin\nsettings:\n  threads: 1\n",
    "collectors/website.yaml": "keys: [w]\n",
    "traits/n_purchases.yaml": "kind: count\ndescription: Purchases\nevent: purchase\n",
    "audiences/buyers.yaml": "description: b\nrule: {did: purchase}\n",
    "audiences/regulars.yaml": "description: r\nrule: {trait: n_purchases, is: {at_least: 3}}\n",
    "audiences/recent.yaml": "description: r\nrule: {did: purchase, within: {last: 90 minutes}}\n",
    "audiences/lapsed.yaml": "description: l\nrule: {all: [{in_audience: buyers}, {not: {in_audience: recent}}]}\n",
}
Call = Mapping[str, Any]


@pytest.fixture(scope="module")
def treatment(tmp_path_factory: pytest.TempPathFactory) -> Treatment:
    root = tmp_path_factory.mktemp("project") / "shop"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with read(open_project(root)) as workspace:
        return make_treatment(read_definitions(workspace), workspace)


@dataclass(frozen=True)
class Sent:
    """A request: its calls, or bytes that are none, and when it came."""

    calls: tuple[Call, ...] | bytes
    after: timedelta = timedelta()

    def payload(self, received_at: datetime) -> bytes:
        body = self.calls if isinstance(self.calls, bytes) else json.dumps({"batch": self.calls}).encode()
        request = Request(
            method="POST", path="/v1/batch", body=body, received_at=received_at, source="website"
        )
        return keep(request, "segment", "not readable" if isinstance(self.calls, bytes) else "")


class DiedError(Exception):
    """What a killed process would not even raise."""


class Mortal(Stream):
    """A stream that dies in its next transaction, before or after it has written the outcomes."""

    dies = ""

    def _settle(self, people: People, draft: Draft, outcomes: list[Outcome], position: int) -> None:
        if self.dies == "before":
            raise DiedError
        super()._settle(people, draft, outcomes, position)
        if self.dies == "after":
            raise DiedError


def collected(root: Path, requests: list[Sent]) -> Folders:
    """A log with these requests."""
    folders, at = Folders.of(root), NOON
    writer = Writer(folders.requests, SEALS)
    for sent in requests:
        at += sent.after
        writer.append([sent.payload(at)])
    writer.close()
    return folders


def outcomes(folders: Folders) -> list[Outcome]:
    return [
        each for record in read_all(folders.outcomes, SEALS, 0, 1 << 62) for each in unpacked(record.payload)
    ]


def people(stream: Stream) -> list[Person]:
    with stream._store.reading() as view:
        return [view.person(key) for key in view.people()]


def undisturbed(folders: Folders, treatment: Treatment) -> tuple[list[Outcome], list[Person]]:
    stream = Stream(folders, SEALS, treatment)
    while stream.take_some():
        pass
    found = people(stream)
    stream.close()
    return outcomes(folders), found


ids = st.sampled_from(["a", "b", "c", "d"])
calls = st.one_of(
    st.builds(
        lambda user, anonymous, event, message, revenue: {
            "type": "track",
            "event": event,
            "messageId": message,
            "properties": {"revenue": revenue},
            **({"userId": user} if user else {}),
            **({"anonymousId": f"browser {anonymous}"} if anonymous else {}),
        },
        st.none() | ids,
        st.none() | ids,
        st.sampled_from(["purchase", "view"]),
        st.integers(0, 12).map(str) | st.uuids().map(str),
        st.integers(0, 9),
    ),
    st.builds(
        lambda user, anonymous, message: {
            "type": "identify",
            "userId": user,
            "anonymousId": f"browser {anonymous}",
            "messageId": message,
            "traits": {"email": f"{user}@shop.example", "plan": message[:1]},
        },
        ids,
        ids,
        st.uuids().map(str),
    ),
    st.just({"type": "track", "messageId": "of nobody", "event": "purchase"}),
)
requests = st.lists(
    st.builds(
        Sent,
        st.lists(calls, min_size=1, max_size=4).map(tuple) | st.just(b"{"),
        st.sampled_from(
            [timedelta(seconds=1), timedelta(minutes=50), timedelta(days=1), -timedelta(seconds=2)]
        ),
    ),
    max_size=12,
)
steps = st.lists(
    st.tuples(st.integers(SIZE, 1500), st.sampled_from(["", "", "before", "after"])), max_size=20
)


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=requests, cuts=steps)
def test_cut_and_killed_anywhere_the_outcomes_and_profiles_are_those_of_one_pass(
    tmp_path_factory: pytest.TempPathFactory,
    treatment: Treatment,
    sent: list[Sent],
    cuts: list[tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1 << 20)
    expected = undisturbed(collected(tmp_path_factory.mktemp("one"), sent), treatment)
    folders = collected(tmp_path_factory.mktemp("many"), sent)
    stream = Mortal(folders, SEALS, treatment)
    for size, dies in cuts:
        monkeypatch.setattr(module, "AT_ONCE", size)
        stream.dies = dies
        try:
            stream.take_some()
        except DiedError:
            stream.close()
            stream = Mortal(folders, SEALS, treatment)
    stream.dies = ""
    while stream.take_some():
        pass
    found = people(stream)
    stream.close()
    assert (outcomes(folders), found) == expected


def test_a_stream_killed_after_it_wrote_outcomes_writes_them_once(
    tmp_path: Path, treatment: Treatment
) -> None:
    folders = collected(tmp_path, [Sent((track("ann"),)), Sent((track("bob"),))])
    for dies in ("after", "before", "after"):
        stream = Mortal(folders, SEALS, treatment)
        stream.dies = dies
        with pytest.raises(DiedError):
            stream.take_some()
        stream.close()
    assert undisturbed(folders, treatment)[0] == outcomes(folders)
    assert [each.identifiers["user_id"] for each in outcomes(folders) if isinstance(each, Accepted)] == [
        "ann",
        "bob",
    ]


def track(user: str, event: str = "purchase", message_id: str = "") -> Call:
    return {"type": "track", "userId": user, "event": event, "messageId": message_id or f"of {user}"}


class TestRepeats:
    def reasons(self, folders: Folders, treatment: Treatment) -> list[str]:
        return [
            each.reason if isinstance(each, Refused) else "accepted"
            for each in undisturbed(folders, treatment)[0]
            if not isinstance(each, Moved)
        ]

    def test_a_message_counts_once_within_a_request_and_across_days(
        self, tmp_path: Path, treatment: Treatment
    ) -> None:
        twice = (track("ann"), track("ann"))
        folders = collected(tmp_path, [Sent(twice), Sent(twice[:1], timedelta(days=2))])
        assert self.reasons(folders, treatment) == ["accepted", *[Reason.DUPLICATE.value] * 2]

    def test_a_clock_that_jumped_for_a_while_makes_nothing_count_twice(
        self, tmp_path: Path, treatment: Treatment
    ) -> None:
        ahead, back = timedelta(days=400), timedelta(days=-400)
        folders = collected(
            tmp_path,
            [
                Sent((track("ann"),)),
                Sent((track("ann"), track("bob")), ahead),
                Sent((track("ann"), track("bob")), back),
                Sent((track("ann"), track("bob")), timedelta(days=1)),
            ],
        )
        duplicate = Reason.DUPLICATE.value
        assert self.reasons(folders, treatment) == ["accepted", duplicate, "accepted", *[duplicate] * 4]


class TestTime:
    @pytest.fixture
    def stream(self, tmp_path: Path, treatment: Treatment) -> Iterator[Stream]:
        made = Stream(collected(tmp_path, [Sent((track("ann"),))]), SEALS, treatment)
        made.take_some()
        yield made
        made.close()

    def audiences(self, stream: Stream) -> set[str]:
        [person] = people(stream)
        return set(person.card.audiences)

    def test_who_leaves_by_time_alone_does_so_at_that_very_moment(
        self, stream: Stream, tmp_path: Path
    ) -> None:
        leaves = NOON + timedelta(minutes=90)
        assert stream.pass_time(micros(leaves) - 1) == 0
        assert self.audiences(stream) == {"buyers", "recent"}
        assert stream.pass_time(micros(leaves + timedelta(days=3))) == 1
        assert self.audiences(stream) == {"buyers", "lapsed"}
        moved = [each for each in outcomes(Folders.of(tmp_path)) if isinstance(each, Moved)][-2:]
        assert {(each.audience, each.entered, each.at, each.reason) for each in moved} == {
            ("recent", False, micros(leaves), "time"),
            ("lapsed", True, micros(leaves), "time"),
        }

    def test_a_clock_that_is_put_back_is_followed(self, stream: Stream) -> None:
        stream.pass_time(micros(NOON + timedelta(days=400)))
        assert self.audiences(stream) == {"buyers", "lapsed"}
        stream.pass_time(micros(NOON + timedelta(minutes=1)))
        assert self.audiences(stream) == {"buyers", "recent"}
        stream.pass_time(micros(NOON + timedelta(minutes=91)))
        assert self.audiences(stream) == {"buyers", "lapsed"}


def test_a_record_that_is_none_of_ours_is_passed_over(tmp_path: Path, treatment: Treatment) -> None:
    folders = collected(tmp_path, [Sent((track("ann"),))])
    writer = Writer(folders.requests, SEALS)
    writer.append([b"\x00 of no request"])
    writer.append([Sent((track("bob"),)).payload(NOON)])
    writer.close()
    assert len(undisturbed(folders, treatment)[1]) == 2


class OneAndTheSame(NoBase):
    """A lake that knows ann and ben to be one, by evidence that the stream has not."""

    name, position = "base of one", -1

    def find(self, node: Node) -> Person | None:
        nodes = [("user_id", "ann"), ("user_id", "ben")]
        card, past = Card(identifiers=nodes, first=nodes[0]), Past(base=self.name, profile_id=1)
        return Person(0, card, past) if node in nodes else None


@pytest.mark.parametrize("at_once", [1, 2, 200])
def test_those_whom_a_new_base_says_to_be_one_become_one_and_the_rest_stay(
    tmp_path: Path, treatment: Treatment, at_once: int
) -> None:
    stream = Stream(
        collected(tmp_path, [Sent((track("ann"), track("ben"), track("cleo")))]), SEALS, treatment
    )
    stream.take_some()
    stream.turn_to(OneAndTheSame())
    n_judged = 0
    while n := stream.renew_some(at_once):
        n_judged += n
    found = {tuple(value for _, value in person.card.identifiers) for person in people(stream)}
    stream.close()
    assert found == {("ann", "ben"), ("cleo",)}
    assert n_judged <= 3
