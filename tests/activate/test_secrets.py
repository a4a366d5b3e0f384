"""Secrets in settings: taken from the environment, never shown."""

from __future__ import annotations

import pytest

from headwater.activate.destinations.webhook import Webhook
from headwater.activate.secrets import secrets_in, with_secrets
from headwater.core.errors import SettingsError


def test_every_variable_is_replaced_wherever_it_stands():
    said = Webhook(url="https://${HOST}/in?k=${KEY}", headers={"x-key": "a${KEY}"})
    own = with_secrets(said, "destinations/crm.yaml", {"HOST": "example.com", "KEY": "1"})
    assert (own.url, own.headers) == ("https://example.com/in?k=1", {"x-key": "a1"})


def test_settings_without_variables_stay_as_they_are():
    said = Webhook(url="https://example.com", headers={"x": "$5 {a}"})
    assert with_secrets(said, "f", {}) == said


@pytest.mark.parametrize("environment", [{}, {"KEY": ""}])
def test_a_variable_that_is_not_set_or_empty_is_named(environment):
    with pytest.raises(SettingsError, match=r"f\.yaml: the environment variable KEY is not set"):
        with_secrets(Webhook(url="https://example.com", bearer="${KEY}"), "f.yaml", environment)


def test_what_must_not_be_seen_is_every_value_and_every_text_that_may_be_a_secret():
    said = Webhook(
        url="https://x.example/hooks/T0AB1CD2EF3G?pin=${PIN}", bearer="written-here", headers={"x": "${PIN}"}
    )
    environment = {"PIN": "7"}
    hidden = secrets_in(said, with_secrets(said, "f", environment), environment)
    assert hidden >= {"7", "written-here", "T0AB1CD2EF3G"}
    assert not hidden & {"hooks", "x.example", "https"}
