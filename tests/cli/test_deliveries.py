"""What `run` and `deliveries` say of deliveries: who was taken, refused and left out, and why something was not sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headwater.testing.fake_destination import Accept, Answer, FakeDestination, Throttle, _Handler
from headwater.testing.shop import make_shop

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater, Said

AUDIENCES = ["coffee_lovers", "everyone", "tea_not_coffee"]
WORDS = b'{"error": "no such list\x1b[31m [/x]", "auth": "Bearer hunter2hunter2"}'


class Speaking(_Handler):
    """Says the same whenever it would answer without a word."""

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super()._answer(status, headers, body or WORDS)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDestination]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("HEADWATER_HTTP_ATTEMPTS", "1")
    monkeypatch.setenv("CRM_TOKEN", "hunter2hunter2")
    with FakeDestination() as fake:
        fake._server.RequestHandlerClass = Speaking
        yield fake


@dataclass(frozen=True)
class Shop:
    """A project with a webhook that takes everybody who agreed, and how to run it."""

    folder: Path
    headwater: Headwater

    def __call__(self, *words: str) -> Said:
        return self.headwater(*words, "-p", self.folder)

    def nobody_agrees(self) -> None:
        path = self.folder / "data" / "members.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(",yes\n", ",no\n"), encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path, fake: FakeDestination, headwater: Headwater) -> Shop:
    folder = make_shop(tmp_path / "shop", n_people=40, n_purchases=300).folder
    (folder / "destinations" / "mailing.yaml").unlink()
    (folder / "audiences" / "everyone.yaml").write_text("rule: {did: purchase}\n")
    settings = json.dumps({"url": fake.url, "bearer": "${CRM_TOKEN}"})
    (folder / "destinations" / "crm.yaml").write_text(
        f"kind: webhook\npurpose: newsletter\naudiences: {json.dumps(AUDIENCES)}\n"
        f"identifiers: {{email: plain}}\nsettings: {settings}\n"
    )
    return Shop(folder, headwater)


def told_of(audience: str, said: Said) -> str:
    """The line of a table that tells of an audience."""
    [line] = [line for line in said.out.splitlines() if re.search(rf"\bcrm +{audience}\b", line)]
    return line


def row_of(audience: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    [row] = [row for row in rows if row["audience"] == audience]
    return row


@pytest.mark.slow
def test_who_was_refused_is_told_with_the_reasons_and_not_as_added(shop: Shop, fake: FakeDestination) -> None:
    fake.behave(Accept(), Accept({0: "invalid address", 1: "invalid address", 2: "[too] old"}))
    ran = shop("run")
    assert ran.exit_code == 0
    n_sent = len(json.loads(fake.received[1].body)["members"])
    line = told_of("everyone", ran)
    assert re.search(rf" done +{n_sent - 3} +0 +2: invalid address; 1: \[too\] old ", line)
    listed = shop("deliveries")
    assert re.search(rf" done +{n_sent} +{n_sent - 3} +0 +3 ", told_of("everyone", listed))
    assert "refused 2: invalid address; 1: [too] old" in listed.out
    row = row_of("everyone", shop("deliveries", "--json").json["deliveries"])
    assert (row["status"], row["n_planned"], row["n_added"], row["n_refused"]) == (
        "done",
        n_sent,
        n_sent - 3,
        3,
    )
    assert row["refused"] == {"invalid address": 2, "[too] old": 1}
    assert sum(row[name] for name in ("n_added", "n_removed", "n_refused")) == row["n_planned"]
    again = row_of("everyone", shop("run", "--json").json["deliveries"])
    assert (again["status"], again["left_out"]["refused_before"]) == ("nothing", 3)


@pytest.mark.slow
def test_run_tells_as_data_who_was_refused(shop: Shop, fake: FakeDestination) -> None:
    fake.behave(Accept({0: "invalid address"}))
    ran = row_of("coffee_lovers", shop("run", "--json").json["deliveries"])
    kept = row_of("coffee_lovers", shop("deliveries", "--json").json["deliveries"])
    shared = ("delivery_id", "status", "n_added", "n_removed", "n_refused", "refused", "left_out", "detail")
    assert {name: ran[name] for name in shared} == {name: kept[name] for name in shared}
    assert ran["refused"] == {"invalid address": 1}


@pytest.mark.slow
def test_who_is_left_out_is_told_when_everybody_is_and_nothing_was_sent(shop: Shop) -> None:
    shop.nobody_agrees()
    for _ in range(2):
        ran = shop("run")
        assert "Nothing to deliver." in ran.out
        assert re.search(r"nothing .*\d+ for no consent, \d+ for consent denied", told_of("everyone", ran))
    listed = shop("deliveries")
    assert "Nothing was delivered yet." in listed.out
    assert re.search(r"nothing +\d+ for no consent, \d+ for consent denied", told_of("everyone", listed))
    said = shop("deliveries", "--json").json
    assert said["deliveries"] == []
    assert row_of("everyone", said["nothing_sent"])["left_out"].keys() == {"no_consent", "consent_denied"}


@pytest.mark.slow
def test_who_is_left_out_is_told_by_a_second_run_and_by_deliveries(shop: Shop) -> None:
    first = row_of("everyone", shop("run", "--json").json["deliveries"])
    again = row_of("everyone", shop("run", "--json").json["deliveries"])
    assert (first["status"], again["status"]) == ("done", "nothing")
    assert first["left_out"] == again["left_out"] != {}
    n = first["left_out"]["no_consent"]
    assert f"left out {n} for no consent" in shop("deliveries").out
    assert f"{n} for no consent" in told_of("everyone", shop("run"))


@pytest.mark.slow
def test_a_refusal_for_good_is_told_in_the_destinations_words_and_is_the_users_to_mend(
    shop: Shop, fake: FakeDestination
) -> None:
    fake.behave(Answer(400))
    ran = shop("run")
    assert ran.exit_code == 2
    words = 'it answered 400: {"error": "no such list [31m [/x]", "auth": "Bearer …"}'
    assert f"refused batch 1 of 'coffee_lovers' for good: {words}\n" in ran.err
    assert f"crm, coffee_lovers, failed: {words}\n" in ran.out
    listed = shop("deliveries")
    assert words in listed.out
    assert "hunter2" not in ran.out + ran.err + listed.out
    fake.behave(Answer(400))
    [failure] = shop("run", "--json").json["failures"]
    assert (failure["code"], failure["retryable"]) == ("delivery_refused", False)


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", [Answer(500), Throttle(3600)], ids=["fails", "asks to wait"])
def test_a_delivery_that_goes_on_later_is_unfinished_everywhere_and_the_rest_not_tried(
    behaviour: Answer | Throttle, shop: Shop, fake: FakeDestination
) -> None:
    fake.behave(Accept(), behaviour)
    ran = shop("run")
    assert ran.exit_code == 4
    listed = shop("deliveries")
    for told in (ran, listed):
        assert " done " in told_of("coffee_lovers", told)
        assert " unfinished " in told_of("everyone", told)
        assert " not tried " in told_of("tea_not_coffee", told)
        assert "crm, not tried: it did not take 'everyone' just before: it answered " in told.out
        assert "sending" not in told.out
    said = shop("deliveries", "--json").json
    assert row_of("everyone", said["deliveries"])["status"] == "unfinished"
    assert row_of("tea_not_coffee", said["nothing_sent"])["status"] == "not_tried"
    assert shop("run").exit_code == 0
    assert [row["status"] for row in shop("deliveries", "--json").json["deliveries"]] == ["done"] * 3


@pytest.mark.slow
def test_a_secret_that_is_not_set_is_told_with_destination_variable_and_what_to_do(
    shop: Shop, fake: FakeDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_TOKEN")
    monkeypatch.setenv("HEADWATER_PROGRESS", "off")
    ran = shop("run")
    assert (ran.exit_code, fake.received) == (2, [])
    assert ran.err == (
        "error: destination 'crm' (destinations/crm.yaml): the environment variable CRM_TOKEN is not set\n"
        "next: set it in the environment of this command, then run again\n"
    )
    for told in (ran, shop("deliveries")):
        assert "crm, not tried: the environment variable CRM_TOKEN is not set\n" in told.out
        assert all(" not tried " in told_of(audience, told) for audience in AUDIENCES)
    assert len(shop("run", "--json").json["failures"]) == 1


@pytest.mark.slow
def test_the_page_of_webhooks_shows_requests_as_they_are_sent(shop: Shop, fake: FakeDestination) -> None:
    shop("run")
    page = (Path(__file__).parents[2] / "docs" / "destinations" / "webhook.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"^POST .*?\n```$", page, re.DOTALL | re.MULTILINE)
    head, body = shown.removesuffix("\n```").split("\n\n")
    names = [line.split(":")[0] for line in head.splitlines()[1:]]
    for sent in fake.received:
        assert {*names} - {"webhook-signature"} <= sent.headers.keys()
        assert list(json.loads(sent.body)) == list(json.loads(body))
        assert json.loads(sent.body)["members"][0].keys() == json.loads(body)["members"][0].keys()
        assert json.loads(sent.body)["key"] == sent.headers["webhook-id"]
        assert _shape(sent.key) == _shape(json.loads(body)["key"])
    kept = {row["delivery_id"] for row in shop("deliveries", "--json").json["deliveries"]}
    assert {sent.key.rpartition("-")[0] for sent in fake.received} == kept


def _shape(key: str) -> str:
    return re.sub("[0-9a-f]", "0", key)


def test_a_test_call_says_whether_a_destination_works(shop: Shop, fake: FakeDestination) -> None:
    told = shop("test-call", "crm")
    assert (told.exit_code, told.err) == (0, "")
    assert told.out.startswith("It works: it took a batch of nobody")
    fake.behave(Answer(403), Answer(403))
    refused = shop("test-call", "crm")
    assert (refused.exit_code, refused.out) == (4, "")
    assert "crm did not take it: it answered 403" in refused.err
    assert "hunter2hunter2" not in refused.err
    as_json = shop("test-call", "crm", "--json")
    assert (as_json.exit_code, as_json.json["is_taken"]) == (4, False)


def test_a_test_call_of_what_is_not_there_names_the_nearest(shop: Shop) -> None:
    told = shop("test-call", "crn")
    assert told.exit_code == 2
    assert "crm" in told.err
