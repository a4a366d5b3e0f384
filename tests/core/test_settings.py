"""Settings: every name is known, and the environment outranks the file."""

from __future__ import annotations

import os

import pytest

from headwater.core.errors import SettingsError
from headwater.core.settings import load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)


def test_defaults_hold_when_nothing_is_said() -> None:
    assert load_settings().http_attempts == 5


def test_the_file_sets_and_the_environment_outranks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_THREADS", "3")
    settings = load_settings({"threads": 7, "memory_mb": 512})
    assert (settings.threads, settings.memory_mb) == (3, 512)


def test_a_value_in_the_environment_rescues_an_impossible_one_in_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEADWATER_THREADS", "3")
    assert load_settings({"threads": -1}).threads == 3


def test_an_unknown_variable_names_the_nearest_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_THREAD", "3")
    with pytest.raises(SettingsError, match="unknown setting HEADWATER_THREAD; did you mean 'threads'"):
        load_settings()


def test_all_unknown_names_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_MEMORY", "3")
    with pytest.raises(SettingsError) as caught:
        load_settings({"keep_hour": 3})
    assert "keep_hours" in str(caught.value)
    assert "HEADWATER_MEMORY" in str(caught.value)


@pytest.mark.parametrize(
    "block", [{"threads": "many"}, {"keep_hours": -1}, {"progress": "loud"}, {"http_attempts": 0}]
)
def test_an_impossible_value_is_named_with_its_setting(block: dict[str, object]) -> None:
    [(name, value)] = block.items()
    with pytest.raises(SettingsError) as caught:
        load_settings(block)
    assert f"setting {name}:" in str(caught.value)
    assert repr(value) in str(caught.value)


def test_the_variable_with_the_keys_is_no_setting_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_KEYS", "a secret")
    assert "a secret" not in str(load_settings())
    with pytest.raises(SettingsError, match="unknown setting keys"):
        load_settings({"keys": "a secret"})
