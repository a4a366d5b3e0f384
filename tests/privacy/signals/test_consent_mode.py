"""Google Consent Mode: defaults, then what was chosen."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from tests.privacy.signals.strategies import consent_modes

from headwater.core.errors import SignalError
from headwater.privacy.signals.consent_mode import ConsentMode, Storage, read, write
from headwater.privacy.signals.statement import State

ADS, STATISTICS = Storage.AD_STORAGE, Storage.ANALYTICS_STORAGE
GRANTED, DENIED = State.GRANTED, State.DENIED


@given(consent_modes)
def test_what_is_written_is_read_again(said):
    assert read(write(said)) == said


def test_there_are_seven_storages():
    assert len(Storage) == 7


def test_what_was_chosen_counts_before_the_default_whatever_came_first():
    said = read([("update", {"ad_storage": "granted"}), ("default", {"ad_storage": "denied"})])
    assert said.state(ADS) is GRANTED
    assert said.defaults == {ADS: DENIED}


def test_the_later_update_counts_storage_by_storage():
    said = read(
        [
            ("default", {"ad_storage": "denied", "analytics_storage": "denied", "wait_for_update": 500}),
            ("update", {"ad_storage": "granted", "analytics_storage": "granted"}),
            ("update", {"ad_storage": "denied"}),
        ]
    )
    assert said.chosen == {ADS: DENIED, STATISTICS: GRANTED}


def test_what_nobody_stated_is_absent():
    said = read([("default", {"ad_storage": "denied"})])
    assert said.state(STATISTICS) is None
    assert not said.chosen
    assert read([]) == ConsentMode()


@pytest.mark.parametrize(
    ("region", "state"),
    [("US-CA", DENIED), ("US-NY", GRANTED), ("US", GRANTED), ("DE", DENIED), ("USX", DENIED), (None, DENIED)],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_default_for_the_narrower_region_counts(region, state, order):
    defaults = [
        ("default", {"ad_storage": "denied"}),
        ("default", {"ad_storage": "granted", "region": ["FR", "US"]}),
        ("default", {"ad_storage": "denied", "region": ["US-CA"]}),
    ]
    assert read(defaults[::order], region).state(ADS) is state


@pytest.mark.parametrize("region", ["DE", "US", None])
def test_a_default_for_elsewhere_does_not_count(region):
    defaults = [
        ("default", {"ad_storage": "denied"}),
        ("default", {"ad_storage": "granted", "region": ["FR", "US-CA"]}),
    ]
    assert read(defaults, region).state(ADS) is DENIED
    assert read(defaults[1:], region).state(ADS) is None


def test_of_two_defaults_for_the_same_region_the_later_counts():
    defaults = [("default", {"ad_storage": state, "region": ["DE"]}) for state in ("denied", "granted")]
    assert read(defaults, "DE").state(ADS) is GRANTED


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("reset", {}), "consent mode, command 1: must be 'default' or 'update'"),
        (("update", {"ads_storage": "granted"}), "there is no such storage; did you mean 'ad_storage'"),
        (("update", {"ad_storage": "yes"}), "ad_storage must be 'granted' or 'denied'"),
        (("update", {"ad_storage": True}), "ad_storage must be 'granted' or 'denied'"),
        (("update", {"ad_storage": ["granted"]}), "ad_storage must be 'granted' or 'denied'"),
        (("default", {"ad_storage": "granted", "region": "DE"}), "region must be a list such as"),
        (("default", {"ad_storage": "granted", "region": [1]}), "region must be a list such as"),
    ],
)
def test_what_is_none_is_refused(command, message):
    with pytest.raises(SignalError, match=message):
        read([command])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["default", "update", ""]),
            st.dictionaries(
                st.sampled_from([*Storage, "region", "x"]), st.sampled_from([*State, 1, None, ["DE"]])
            ),
        )
    )
)
def test_whatever_comes_is_read_or_a_signal_error(commands):
    try:
        read(commands, "DE")
    except SignalError:
        return
