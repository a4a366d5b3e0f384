"""A test call tells whether a destination works, with nobody in it and nothing left of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.activate.conftest import Shop

from headwater.activate.trial import AUDIENCE, Tried, try_out
from headwater.core.errors import SettingsError
from headwater.testing.fake_destination import Accept, Answer, FakeDestination


@pytest.fixture
def fake() -> Iterator[FakeDestination]:
    with FakeDestination() as running:
        yield running


def tried(shop: Shop, name: str) -> Tried:
    return try_out(shop.destinations()[name], shop.project)


def test_one_that_answers_works_and_hears_of_nobody(shop: Shop, fake: FakeDestination) -> None:
    shop.households(3)
    shop.webhook(fake.url)
    found = tried(shop, "crm")
    assert (found.is_taken, found.said) == (True, "it took a batch of nobody")
    (heard,) = fake.received
    said = json.loads(heard.body)
    assert (said["audience"], said["members"], said["destination"]) == (AUDIENCE, [], "crm")
    with shop.ledger() as ledger:
        assert ledger.deliveries() == []
        assert ledger.audiences_at("crm") == []
    (done,) = shop.deliver()
    assert done.n_added == 3


def test_one_that_refuses_says_why_and_is_asked_once(shop: Shop, fake: FakeDestination) -> None:
    shop.webhook(fake.url)
    fake.behave(Answer(403), Accept())
    found = tried(shop, "crm")
    assert (found.is_taken, found.said.startswith("it answered 403")) == (False, True)
    assert len(fake.received) <= 1
    fake.behave(Answer(503), Accept())
    assert tried(shop, "crm").said.startswith("it answered 503")


def test_one_that_is_not_there_says_so(shop: Shop) -> None:
    shop.webhook("http://127.0.0.1:9")
    found = tried(shop, "crm")
    assert not found.is_taken
    assert "127.0.0.1 could not be reached" in found.said


def test_a_folder_that_can_be_written_stays_as_it_was(shop: Shop) -> None:
    shop.csv_file()
    found = tried(shop, "house")
    assert (found.is_taken, found.said) == (True, "files can be written to deliveries/")
    assert list((shop.root / "deliveries").iterdir()) == []


def test_a_folder_that_is_a_file_is_told(shop: Shop) -> None:
    shop.csv_file()
    (shop.root / "deliveries").write_text("not a folder")
    found = tried(shop, "house")
    assert not found.is_taken
    assert "could not be written" in found.said


def test_a_secret_that_is_not_there_is_named(shop: Shop) -> None:
    shop.webhook("https://example.com", bearer="${NOT_THERE}")
    with pytest.raises(SettingsError, match="NOT_THERE is not set"):
        tried(shop, "crm")
