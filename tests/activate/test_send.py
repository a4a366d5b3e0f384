"""Delivery: what reaches a destination, in what order, and what the ledger says of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from headwater.activate.destination import Change, Form
from headwater.activate.forms import write
from headwater.activate.outgoing import Outgoing
from headwater.activate.records import Status
from headwater.activate.send import Ending, deliver, take_back
from headwater.core.errors import DeliveryError, DestinationError, Refusal, SettingsError
from headwater.privacy.labels import Label
from headwater.tables.consents import TABLE as CONSENTS
from headwater.tables.identity_map import TABLE as IDENTITY_MAP
from headwater.tables.workspace import work
from headwater.testing.fake_destination import (
    Accept,
    Answer,
    Drop,
    FakeDestination,
    Hang,
    Throttle,
    _Handler,
)


@pytest.fixture
def fake():
    with FakeDestination() as fake:
        yield fake


def say(fake, words):
    """Let a destination say this whenever it would answer without a word."""

    class Speaking(_Handler):
        def _answer(self, status, headers, body):
            super()._answer(status, headers, body or words)

    fake._server.RequestHandlerClass = Speaking


def endings(delivered):
    return [one.ending for one in delivered]


def households(fake, change="added"):
    return [one["household_id"][0] for one in fake.members(change)]


class TestWhatIsSent:
    def test_permitted_members_arrive_once_in_batches_within_the_limit(self, shop, fake):
        shop.households(8, denied=[4])
        shop.webhook(fake.url, rows=3)
        (done,) = shop.deliver()
        assert (done.ending, done.n_added, done.n_left_out) == (Ending.DONE, 7, {"consent_denied": 1})
        assert households(fake) == ["h1", "h2", "h3", "h5", "h6", "h7", "h8"]
        assert [len(json.loads(one.body)["members"]) for one in fake.received] == [3, 3, 1]

    def test_a_second_run_sends_nothing_and_leaves_no_trace(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        shop.deliver()
        assert endings(shop.deliver()) == [Ending.NOTHING]
        assert len(fake.received) == 1
        with shop.ledger() as ledger:
            assert len(ledger.deliveries()) == 1

    def test_only_the_difference_is_sent_and_removals_go_first(self, shop, fake):
        people = {i: [(i, "household_id", f"h{i}")] for i in range(1, 6)}
        shop.fill(people, {"buyers": [1, 2, 3]})
        shop.webhook(fake.url)
        shop.deliver()
        shop.fill(people, {"buyers": [2, 3, 4, 5]})
        (done,) = shop.deliver()
        assert (done.n_added, done.n_removed) == (2, 1)
        assert [json.loads(one.body)["change"] for one in fake.received[1:]] == ["removed", "added"]
        assert households(fake, "removed") == ["h1"]
        assert households(fake)[3:] == ["h4", "h5"]

    def test_who_withdraws_consent_is_removed(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        shop.deliver()
        shop.households(3, denied=[2])
        (done,) = shop.deliver()
        assert (done.n_removed, households(fake, "removed")) == (1, ["h2"])

    def test_an_audience_no_longer_listed_is_taken_back(self, shop, fake):
        people = {i: [(i, "household_id", f"h{i}")] for i in (1, 2)}
        shop.fill(people, {"buyers": [1], "lapsed": [2]})
        shop.webhook(fake.url, audiences="[buyers, lapsed]")
        shop.deliver(["buyers", "lapsed"])
        shop.webhook(fake.url, audiences="[buyers]")
        shop.deliver(["buyers", "lapsed"])
        assert households(fake, "removed") == ["h2"]

    def test_identifiers_leave_in_the_form_that_was_asked(self, shop, fake):
        shop.fill({1: [(1, "email", "test@example.com"), (2, "phone", "+4930123")]}, {"buyers": [1]})
        shop.webhook(fake.url, identifiers="{email: sha256_hex, phone: sha256_base64}")
        shop.deliver()
        (member,) = fake.members()
        assert member == {
            "email": ["973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"],
            "phone": [write("+4930123", Form.SHA256_BASE64)],
        }
        assert b"example.com" not in fake.received[0].body

    def test_a_person_with_several_identifiers_is_one_member_with_all_of_them(self, shop, fake):
        shop.fill(
            {1: [(1, "email", "a@x"), (5, "email", "b@x")], 2: [(2, "email", "c@x")]}, {"buyers": [1, 2]}
        )
        shop.webhook(fake.url, identifiers="{email: plain}")
        (done,) = shop.deliver()
        assert fake.members() == [{"email": ["a@x", "b@x"]}, {"email": ["c@x"]}]
        assert done.n_added == 2

    def test_people_the_destination_cannot_name_are_left_out_and_counted(self, shop, fake):
        shop.fill({1: [(1, "email", "a@x")], 2: [(2, "cookie", "c")]}, {"buyers": [1, 2]})
        shop.webhook(fake.url, identifiers="{email: plain}")
        (done,) = shop.deliver()
        assert (done.n_added, done.n_left_out) == (1, {"no_identifier": 1})

    def test_merging_profiles_sends_nobody_again(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        shop.deliver()
        shop.write({IDENTITY_MAP: [{"node_id": n, "profile_id": 1} for n in (1, 2, 3)]})
        assert endings(shop.deliver()) == [Ending.NOTHING]

    def test_a_person_who_splits_off_without_consent_is_removed(self, shop, fake):
        shop.fill({1: [(1, "email", "a@x"), (2, "email", "b@x")]}, {"buyers": [1]})
        shop.webhook(fake.url, identifiers="{email: plain}")
        shop.deliver()
        shop.write({IDENTITY_MAP: [{"node_id": n, "profile_id": n} for n in (1, 2)]})
        shop.deliver()
        assert fake.members("removed") == [{"email": ["b@x"]}]

    def test_a_change_of_form_takes_back_the_old_before_it_sends_the_new(self, shop, fake):
        shop.households(2)
        shop.webhook(fake.url)
        shop.deliver()
        shop.webhook(fake.url, identifiers="{household_id: sha256_hex}")
        assert endings(shop.deliver()) == [Ending.DONE, Ending.DONE]
        assert households(fake, "removed") == ["h1", "h2"]
        assert households(fake)[2:] == [write("h1", Form.SHA256_HEX), write("h2", Form.SHA256_HEX)]

    def test_a_batch_is_cut_where_the_request_would_grow_too_large(self, shop, fake):
        shop.fill({i: [(i, "note", "x" * 300_000)] for i in range(1, 6)}, {"buyers": [1, 2, 3, 4, 5]})
        shop.webhook(fake.url, rows=5, identifiers="{note: plain}")
        (done,) = shop.deliver()
        assert done.n_added == 5
        assert all(len(one.body) <= 1_000_000 for one in fake.received)

    def test_one_person_too_large_for_any_request_is_left_out(self, shop, fake):
        shop.fill({1: [(1, "note", "x" * 1_000_000)], 2: [(2, "note", "y")]}, {"buyers": [1, 2]})
        shop.webhook(fake.url, identifiers="{note: plain}")
        (done,) = shop.deliver()
        assert (done.n_added, done.n_left_out) == (1, {"too_large": 1})


class TestWhatTheDestinationSays:
    def test_it_asks_to_wait_and_is_given_the_time(self, shop, fake):
        shop.households(1)
        shop.webhook(fake.url)
        fake.behave(Throttle(7), Throttle(3, as_date=True, status=503))
        waits = []
        assert endings(shop.deliver(waits=waits)) == [Ending.DONE]
        assert waits[0] == 7
        assert 2 <= waits[1] <= 3
        assert len(set(fake.keys)) == 1

    def test_it_fails_and_is_tried_with_growing_pauses_then_left_for_the_next_run(self, shop, fake):
        shop.households(5)
        shop.webhook(fake.url)
        fake.behave(Accept(), Answer(500), Answer(502), Answer(503))
        waits = []
        (stopped,) = shop.deliver(waits=waits)
        assert (stopped.ending, stopped.n_added) == (Ending.UNFINISHED, 3)
        assert isinstance(stopped.error, DestinationError)
        assert "destination 'crm' (destinations/crm.yaml) did not take batch 2" in stopped.error.message
        assert 0.5 <= waits[0] < waits[1]
        (done,) = shop.deliver()
        assert (done.ending, done.delivery_id, done.n_added) == (Ending.DONE, stopped.delivery_id, 2)
        assert len(set(fake.keys)) == 2
        assert households(fake) == ["h1", "h2", "h3", "h4", "h5"]

    def test_it_asks_to_wait_too_long_and_is_left_for_the_next_run(self, shop, fake):
        shop.households(1)
        shop.webhook(fake.url)
        fake.behave(Throttle(3600))
        waits = []
        (stopped,) = shop.deliver(waits=waits)
        assert (stopped.ending, waits) == (Ending.UNFINISHED, [])
        assert "answered 429 and asks to wait 3600 seconds" in stopped.error.message

    @pytest.mark.parametrize(
        "behaviour", [Hang(takes=True), Drop(takes=True)], ids=["hangs", "drops the connection"]
    )
    def test_it_took_a_batch_without_saying_so_and_the_repeat_has_the_same_key(
        self, shop, fake, behaviour, monkeypatch
    ):
        monkeypatch.setenv("HEADWATER_HTTP_TIMEOUT_SECONDS", "0.3")
        shop.households(2)
        shop.webhook(fake.url)
        fake.behave(behaviour)
        assert endings(shop.deliver()) == [Ending.DONE]
        assert len(fake.keys) == 2
        assert len(set(fake.keys)) == 1
        assert households(fake) == ["h1", "h2"]

    def test_it_refuses_for_good_and_nobody_counts_as_delivered(self, shop, fake):
        shop.households(5)
        shop.webhook(fake.url)
        fake.behave(Accept(), Answer(400))
        (failed,) = shop.deliver()
        assert (failed.ending, failed.n_added) == (Ending.FAILED, 3)
        assert isinstance(failed.error, DeliveryError)
        assert "refused batch 2 of 'buyers' for good: it answered 400" in failed.error.message
        with shop.ledger() as ledger:
            assert ledger.deliveries()[0].status is Ending.FAILED
            assert ledger.tally(failed.delivery_id).n_added == 3
            assert ledger.holding("crm", "buyers").held.tolist() == [1, 2, 3]
        (done,) = shop.deliver()
        assert done.delivery_id != failed.delivery_id
        assert households(fake) == ["h1", "h2", "h3", "h4", "h5"]

    def test_a_redirect_is_not_followed(self, shop, fake):
        shop.households(1)
        shop.webhook(fake.url)
        fake.behave(Answer(307, {"location": fake.url}))
        (failed,) = shop.deliver()
        assert failed.ending is Ending.FAILED
        assert len(fake.received) == 1

    def test_members_refused_by_name_are_noted_and_not_sent_again(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        fake.behave(Accept({1: "unknown: h2"}))
        (done,) = shop.deliver()
        assert (done.n_added, done.refused) == (2, {"unknown: …": 1})
        with shop.ledger() as ledger:
            assert ledger.holding("crm", "buyers").held.tolist() == [1, 3]
            assert ledger.holding("crm", "buyers").refused.tolist() == [2]
        (nothing,) = shop.deliver()
        assert (nothing.ending, nothing.n_left_out) == (Ending.NOTHING, {"refused_before": 1})

    def test_members_refused_by_name_get_another_chance_when_the_declaration_changes(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        fake.behave(Accept({1: "no"}))
        shop.deliver()
        shop.webhook(fake.url, headers={"x-list": "other"})
        (done,) = shop.deliver()
        assert done.n_added == 1
        assert json.loads(fake.received[-1].body)["members"] == [{"identifiers": {"household_id": ["h2"]}}]

    def test_reasons_keep_no_identifier(self, shop, fake):
        shop.fill({1: [(1, "email", "jane@example.com")]}, {"buyers": [1]})
        shop.webhook(fake.url, identifiers="{email: plain}")
        fake.behave(Accept({0: "jane@example.com is not valid", 7: "nobody", -1: "nobody"}))
        shop.deliver()
        stored = b"".join(path.read_bytes() for path in (shop.root / "state").iterdir())
        assert b"is not valid" in stored
        assert b"jane@example.com" not in stored

    @pytest.mark.slow
    def test_who_could_not_be_removed_by_name_is_tried_again(self, shop, fake):
        shop.households(2)
        shop.webhook(fake.url)
        shop.deliver()
        shop.households(2, denied=[2])
        fake.behave(Accept({0: "busy"}))
        shop.deliver()
        (done,) = shop.deliver()
        assert (done.n_removed, done.refused) == (1, {})


class TestWhoWasRefused:
    def test_they_are_counted_by_reason_and_never_as_taken(self, shop, fake):
        shop.households(7)
        shop.webhook(fake.url, rows=3)
        fake.behave(Accept({0: "too old", 2: "h3 moved"}), Accept({1: "h5 moved"}))
        (done,) = shop.deliver()
        assert (done.ending, done.n_added, done.refused) == (Ending.DONE, 4, {"too old": 1, "… moved": 2})
        with shop.ledger() as ledger:
            tally = ledger.tally(done.delivery_id)
        assert (tally.n_added, tally.n_removed, tally.refused) == (4, 0, done.refused)

    def test_a_delivery_in_two_runs_counts_in_the_ledger_what_both_counted(self, shop, fake):
        shop.households(7)
        shop.webhook(fake.url, rows=3)
        fake.behave(Accept({0: "no"}), *[Answer(500)] * 3)
        (first,) = shop.deliver()
        fake.behave(Accept({1: "no"}))
        second, nothing = shop.deliver()
        assert nothing.n_left_out == {"refused_before": 2}
        assert (first.n_added, first.refused, second.n_added, second.refused) == (2, {"no": 1}, 3, {"no": 1})
        with shop.ledger() as ledger:
            tally = ledger.tally(first.delivery_id)
            assert (tally.n_added, tally.refused) == (5, {"no": 2})

    def test_who_could_not_be_removed_is_not_counted_as_removed(self, shop, fake):
        shop.households(2)
        shop.webhook(fake.url)
        shop.deliver()
        shop.households(2, denied=[1, 2])
        fake.behave(Accept({0: ""}))
        (done,) = shop.deliver()
        assert (done.n_removed, done.refused) == (1, {"no reason given": 1})

    def test_they_are_tried_again_after_having_been_out_of_the_audience(self, shop, fake):
        people = {i: [(i, "household_id", f"h{i}")] for i in (1, 2)}
        shop.fill(people, {"buyers": [1, 2]})
        shop.webhook(fake.url)
        fake.behave(Accept({1: "no"}))
        shop.deliver()
        shop.fill(people, {"buyers": [1]})
        assert endings(shop.deliver()) == [Ending.NOTHING]
        shop.fill(people, {"buyers": [1, 2]})
        (done,) = shop.deliver()
        assert (done.n_added, households(fake)[2:]) == (1, ["h2"])

    def test_they_are_tried_again_by_an_identifier_that_is_new(self, shop, fake):
        shop.fill({1: [(1, "email", "a@x")]}, {"buyers": [1]})
        shop.webhook(fake.url, identifiers="{email: plain}")
        fake.behave(Accept({0: "no"}))
        shop.deliver()
        shop.fill({1: [(1, "email", "a@x"), (2, "email", "b@x")]}, {"buyers": [1]})
        (done,) = shop.deliver()
        assert (done.n_added, fake.members()[1:]) == (1, [{"email": ["b@x"]}])


class TestWhoIsLeftOut:
    def test_they_are_counted_where_nobody_is_left_to_be_sent(self, shop, fake):
        shop.households(3, denied=[1, 2, 3])
        shop.webhook(fake.url)
        (nothing,) = shop.deliver()
        assert (nothing.ending, nothing.n_left_out) == (Ending.NOTHING, {"consent_denied": 3})
        with shop.ledger() as ledger:
            (look,) = ledger.looks()
            assert (look.audience, look.status, look.n_left_out) == (
                "buyers",
                Ending.NOTHING,
                {"consent_denied": 3},
            )

    def test_one_destination_brought_up_to_date_leaves_what_was_seen_at_the_others(self, shop, fake):
        shop.households(2, denied=[1, 2])
        shop.webhook(fake.url)
        shop.csv_file()
        shop.deliver()
        with work(shop.project) as workspace:
            (one, *_) = shop.destinations(("buyers",)).values()
            deliver(workspace, [one], {"buyers": Outgoing()}, are_all=False)
        with shop.ledger() as ledger:
            assert sorted(look.destination for look in ledger.looks()) == ["crm", "house"]

    def test_they_are_counted_by_every_run_as_they_are_then(self, shop, fake):
        shop.households(4, denied=[1])
        shop.webhook(fake.url)
        (done,) = shop.deliver()
        assert done.n_left_out == {"consent_denied": 1}
        (nothing,) = shop.deliver()
        assert (nothing.ending, nothing.n_left_out) == (Ending.NOTHING, {"consent_denied": 1})
        shop.households(4, denied=[])
        shop.deliver()
        (nothing,) = shop.deliver()
        assert nothing.n_left_out == {}

    def test_a_delivery_that_goes_on_does_not_hide_who_is_left_out_now(self, shop, fake):
        shop.households(4, denied=[4])
        shop.webhook(fake.url, rows=2)
        fake.behave(Accept(), *[Answer(500)] * 3)
        (stopped,) = shop.deliver()
        assert stopped.n_left_out == {"consent_denied": 1}
        shop.households(5, denied=[4, 5])
        done, nothing = shop.deliver()
        assert (done.ending, done.n_added, done.n_left_out) == (Ending.DONE, 1, {})
        assert (nothing.ending, nothing.n_left_out) == (Ending.NOTHING, {"consent_denied": 2})

    def test_forms_change_although_those_sent_in_the_old_ones_were_erased(self, shop, fake):
        shop.households(1)
        shop.webhook(fake.url)
        shop.deliver()
        shop.fill({1: [(1, "household_id", None)], 2: [(2, "household_id", "h2")]}, {"buyers": [2]})
        shop.webhook(fake.url, identifiers="{household_id: sha256_hex}")
        (done,) = shop.deliver()
        assert (done.n_added, done.n_left_out) == (1, {"cannot_be_named": 1})


class TestItsOwnWords:
    def test_they_are_told_and_kept_without_secret_identifier_or_control_characters(
        self, shop, fake, monkeypatch
    ):
        monkeypatch.setenv("CRM_TOKEN", "hunter2hunter2")
        shop.households(1)
        shop.webhook(fake.url, bearer="${CRM_TOKEN}")
        say(fake, b'{"error": "no list \x1b[31mfor h1",\r\n "auth": "Bearer hunter2hunter2"}' + b"!" * 400)
        fake.behave(Answer(400))
        (failed,) = shop.deliver()
        told = 'it answered 400: {"error": "no list [31mfor …", "auth": "Bearer …"}'
        assert failed.detail.startswith(told + "!!!")
        assert len(failed.detail) == len("it answered 400: ") + 200
        assert failed.detail in failed.error.message
        with shop.ledger() as ledger:
            assert ledger.deliveries()[0].detail == failed.detail
        stored = b"".join(path.read_bytes() for path in (shop.root / "state").iterdir())
        assert b"hunter2" not in stored

    def test_they_are_told_when_it_asks_for_patience_too(self, shop, fake):
        shop.households(1)
        shop.webhook(fake.url)
        say(fake, b"closed for the night")
        fake.behave(Throttle(3600))
        (stopped,) = shop.deliver()
        assert stopped.detail == "it answered 429 and asks to wait 3600 seconds: closed for the night"

    def test_reasons_hold_no_secret_either(self, shop, fake, monkeypatch):
        monkeypatch.setenv("CRM_TOKEN", "hunter2hunter2")
        shop.households(1)
        shop.webhook(fake.url, bearer="${CRM_TOKEN}")
        fake.behave(Accept({0: "not with\u001b[2J hunter2hunter2"}))
        (done,) = shop.deliver()
        assert done.refused == {"not with [2J …": 1}


class TestPermissionsThatEndMeanwhile:
    def cut_short(self, shop, fake, behaviour):
        shop.households(6)
        shop.webhook(fake.url)
        fake.behave(Accept(), behaviour, Answer(500), Answer(500))
        assert endings(shop.deliver()) == [Ending.UNFINISHED]

    def test_who_withdrew_before_the_rest_was_sent_is_not_sent(self, shop, fake):
        self.cut_short(shop, fake, Answer(500))
        shop.households(6, denied=[5])
        shop.deliver()
        assert "h5" not in households(fake)
        with shop.ledger() as ledger:
            assert ledger.holding("crm", "buyers").held.tolist() == [1, 2, 3, 4, 6]

    def test_who_withdrew_before_the_rest_was_sent_is_on_record_as_not_sent(self, shop, fake):
        shop.households(6)
        shop.webhook(fake.url, rows=3)
        fake.behave(*[Answer(500)] * 3)
        (stopped,) = shop.deliver()
        shop.households(6, denied=[5])
        shop.deliver()
        with shop.ledger() as ledger:
            assert ledger.tally(stopped.delivery_id).n_added == 5
            assert ledger.sent_of(np.array([5])) == []
            assert len(ledger.sent_of(np.array([4]))) == 1

    def test_who_withdrew_after_a_send_without_answer_is_removed_to_be_sure(self, shop, fake):
        self.cut_short(shop, fake, Drop(takes=True))
        shop.households(6, denied=[5])
        shop.deliver()
        assert "h5" in households(fake)
        assert households(fake, "removed") == ["h5"]
        with shop.ledger() as ledger:
            assert ledger.holding("crm", "buyers").possible.tolist() == [1, 2, 3, 4, 6]

    def test_a_batch_of_which_nobody_is_left_is_not_sent(self, shop, fake):
        shop.households(2)
        shop.webhook(fake.url)
        fake.behave(*[Answer(500)] * 3)
        shop.deliver()
        shop.write({CONSENTS: []})
        waits = []
        shop.deliver(waits=waits)
        assert households(fake) == []
        with shop.ledger() as ledger:
            first, *_ = ledger.deliveries()
            assert [one.status for one in ledger.batches(first.delivery_id)] == [Status.VOID]


class TestThingsAround:
    def test_a_dead_destination_does_not_hold_up_the_others(self, shop, fake):
        shop.households(2)
        shop.webhook("http://127.0.0.1:9/in", "a_dead_one")
        shop.webhook(fake.url, "b_alive")
        shop.csv_file("c_files")
        assert endings(shop.deliver()) == [Ending.UNFINISHED, Ending.DONE, Ending.DONE]
        (dead, *_) = shop.deliver()
        assert "127.0.0.1 could not be reached" in dead.error.message

    def test_a_destination_that_fails_is_not_tried_for_its_other_audiences_and_that_is_told(self, shop, fake):
        shop.fill(
            {1: [(1, "household_id", "h1")]}, {"buyers": [1], "lapsed": [1], "old": [1], "a_first": [1]}
        )
        shop.webhook(fake.url)
        fake.behave(Accept(), *[Answer(500)] * 3)
        done, stopped, *others = shop.deliver(["a_first", "buyers", "lapsed", "old"])
        assert (done.ending, stopped.ending) == (Ending.DONE, Ending.UNFINISHED)
        why = "it did not take 'buyers' just before: it answered 500"
        assert [(one.audience, one.ending, one.detail, one.error) for one in others] == [
            ("lapsed", Ending.NOT_TRIED, why, None),
            ("old", Ending.NOT_TRIED, why, None),
        ]
        with shop.ledger() as ledger:
            assert [(one.audience, one.status, one.detail) for one in ledger.looks()] == [
                ("lapsed", Ending.NOT_TRIED, why),
                ("old", Ending.NOT_TRIED, why),
            ]
        assert endings(shop.deliver(["a_first", "buyers", "lapsed", "old"])) == [
            Ending.NOTHING,
            *[Ending.DONE] * 3,
        ]
        with shop.ledger() as ledger:
            assert [(one.audience, one.status) for one in ledger.looks()] == [("a_first", Ending.NOTHING)]

    def test_a_host_that_does_not_exist_is_told(self, shop):
        shop.households(1)
        shop.webhook("https://nowhere.invalid/in")
        (stopped,) = shop.deliver()
        assert "nowhere.invalid could not be reached" in stopped.error.message

    def test_a_missing_secret_is_named_and_nothing_is_sent(self, shop, fake, monkeypatch):
        monkeypatch.delenv("CRM_SECRET", raising=False)
        shop.households(1)
        shop.webhook(fake.url, secret="${CRM_SECRET}", bearer="${CRM_TOKEN}")
        (failed,) = shop.deliver()
        assert isinstance(failed.error, SettingsError)
        assert failed.error.message == (
            "destination 'crm' (destinations/crm.yaml): the environment variables CRM_SECRET, CRM_TOKEN are not set"
        )
        assert failed.error.next_step == "set them in the environment of this command, then run again"
        assert fake.received == []

    def test_a_missing_secret_keeps_every_audience_from_being_tried_and_is_told_once(
        self, shop, fake, monkeypatch
    ):
        monkeypatch.delenv("CRM_TOKEN", raising=False)
        shop.fill({1: [(1, "household_id", "h1")]}, {"buyers": [1], "lapsed": [1]})
        shop.webhook(fake.url, bearer="${CRM_TOKEN}")
        delivered = shop.deliver(["buyers", "lapsed"])
        why = "the environment variable CRM_TOKEN is not set"
        assert [(one.audience, one.ending, one.detail) for one in delivered] == [
            ("buyers", Ending.NOT_TRIED, why),
            ("lapsed", Ending.NOT_TRIED, why),
        ]
        assert len([one for one in delivered if one.error]) == 1

    def test_a_token_with_a_line_break_is_told_and_not_shown(self, shop, fake, monkeypatch):
        monkeypatch.setenv("CRM_TOKEN", "hunter2\n")
        shop.households(1)
        shop.webhook(fake.url, bearer="${CRM_TOKEN}")
        (failed,) = shop.deliver()
        assert isinstance(failed.error, SettingsError)
        assert "settings.bearer cannot be used" in failed.error.message
        assert "hunter2" not in repr(failed)

    def test_a_secret_reaches_the_destination_and_nothing_that_is_kept(self, shop, fake, monkeypatch):
        monkeypatch.setenv("CRM_TOKEN", "hunter2hunter2")
        shop.households(1)
        shop.webhook(fake.url, bearer="${CRM_TOKEN}")
        assert "hunter2" not in repr(shop.deliver())
        assert fake.received[0].headers["authorization"] == "Bearer hunter2hunter2"
        assert all(b"hunter2" not in path.read_bytes() for path in (shop.root / "state").iterdir())

    def test_a_secret_that_cannot_be_used_is_not_shown(self, shop, fake, monkeypatch):
        monkeypatch.setenv("CRM_SECRET", "whsec_hunter2*")
        shop.households(1)
        shop.webhook(fake.url, secret="${CRM_SECRET}")
        (failed,) = shop.deliver()
        assert "settings.secret cannot be used" in failed.error.message
        assert "hunter2" not in str(failed.error)

    def test_plain_identifiers_are_refused_where_only_hashes_are_accepted(self, shop, fake, monkeypatch):
        shop.households(1)
        shop.webhook(fake.url)
        (to,) = shop.destinations().values()
        monkeypatch.setattr(type(shop), "destinations", lambda *_: {"crm": _hashed_only(to)})
        (refused,) = shop.deliver()
        assert refused.ending is Ending.REFUSED
        assert isinstance(refused.error, Refusal)
        assert "the field 'household_id' is labelled identifier" in refused.error.message
        assert fake.received == []

    def test_the_ledger_says_who_was_sent_what_and_when(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        shop.deliver()
        shop.households(3, denied=[2])
        shop.deliver()
        with shop.ledger() as ledger:
            said = [
                (one.destination, one.audience, change) for one, change, _ in ledger.sent_of(np.array([2]))
            ]
            assert said == [("crm", "buyers", Change.ADDED), ("crm", "buyers", Change.REMOVED)]
            assert ledger.sent_of(np.array([99])) == []


def _hashed_only(to):
    return replace(to, accepts=frozenset({Label.PSEUDONYM}))


class TestTakingBack:
    def take_back(self, shop, *node_ids, audiences=("buyers",)):
        with work(shop.project) as workspace:
            return take_back(
                workspace,
                shop.destinations(audiences).values(),
                dict.fromkeys(audiences, Outgoing()),
                np.array(node_ids),
                sleep=lambda _: None,
            )

    def test_nobody_else_is_removed_or_added(self, shop, fake):
        shop.households(5)
        shop.webhook(fake.url)
        shop.deliver()
        shop.households(5, start=3)
        (done,) = self.take_back(shop, 4)
        assert (done.ending, done.n_added, done.n_removed) == (Ending.DONE, 0, 1)
        assert households(fake, "removed") == ["h4"]
        assert len(households(fake)) == 5
        with shop.ledger() as ledger:
            assert ledger.holding("crm", "buyers").held.tolist() == [1, 2, 3, 5]

    def test_a_destination_that_holds_none_of_them_is_not_asked(self, shop, fake):
        shop.households(2)
        shop.webhook(fake.url)
        shop.webhook(fake.url, "other", bearer="${NOT_THERE}")
        assert self.take_back(shop, 1) == []
        assert not fake.received

    def test_what_was_cut_short_still_waits_and_who_may_have_arrived_is_removed(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        fake.behave(Drop(), Drop(), Drop())
        assert endings(shop.deliver()) == [Ending.UNFINISHED]
        (done,) = self.take_back(shop, 2)
        assert (done.n_added, done.n_removed, households(fake, "removed")) == (0, 1, ["h2"])
        with shop.ledger() as ledger:
            assert len(ledger.unfinished("crm", "buyers")) == 1
            ledger.forget(np.array([2]))
        shop.households(3, denied=[2])
        shop.deliver()
        with shop.ledger() as ledger:
            assert ledger.holding("crm", "buyers").possible.tolist() == [1, 3]

    def test_they_are_named_in_the_forms_in_which_they_were_sent(self, shop, fake):
        shop.fill({1: [(1, "email", "test@example.com")]}, {"buyers": [1]})
        shop.webhook(fake.url, identifiers="{email: plain}")
        shop.deliver()
        shop.webhook(fake.url, identifiers="{email: sha256_hex}")
        self.take_back(shop, 1)
        assert fake.members("removed") == [{"email": ["test@example.com"]}]

    def test_who_was_refused_by_name_is_not_tried_again(self, shop, fake):
        shop.households(3)
        shop.webhook(fake.url)
        fake.behave(Accept(rejected={1: "unknown"}))
        shop.deliver()
        self.take_back(shop, 1)
        with shop.ledger() as ledger:
            assert ledger.holding("crm", "buyers").refused.tolist() == [2]
