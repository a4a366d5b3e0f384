"""Of an address is kept what the source keeps."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, strategies as st
from tests.collect.told import told

from headwater.collect.step import Surroundings
from headwater.collect.steps.scrub_ip import scrub_ip


@pytest.mark.parametrize(
    ("kept", "ip", "left"),
    [
        ("truncated", "203.0.113.77", "203.0.113.0"),
        ("truncated", " 203.0.113.77 ", "203.0.113.0"),
        ("truncated", "2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"),
        ("truncated", "::ffff:203.0.113.77", "203.0.113.0"),
        ("truncated", "fe80::1%eth0", "fe80::"),
        ("truncated", "no address", ""),
        ("full", "203.0.113.77", "203.0.113.77"),
        ("none", "203.0.113.77", ""),
        (None, "203.0.113.77", "203.0.113.0"),
        ("truncated", "", ""),
    ],
)
def test_an_address_is_cut_as_its_source_says(kept: str | None, ip: str, left: str) -> None:
    event = told(ip=ip)
    scrub_ip(event, Surroundings(ip_kept={"website": kept} if kept else {"other": "full"}))
    assert event.ip == left


@given(ip=st.ip_addresses())
def test_what_is_left_is_the_network_the_address_lies_in(ip: object) -> None:
    event = told(ip=str(ip))
    scrub_ip(event, Surroundings())
    left, address = ip_address(event.ip), ip_address(str(ip))
    if left.version == address.version:
        assert address in ip_network((left, 24 if left.version == 4 else 48))
