"""Keep as much of the client's address as its source keeps: the network, all of it, or nothing."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network

from headwater.collect.event import Event
from headwater.collect.step import Surroundings

BITS_KEPT = {4: 24, 6: 48}
"""Of an address, by version: about what a provider gives to a neighbourhood, and to one customer."""


def scrub_ip(event: Event, around: Surroundings) -> None:
    """Cut the address; what is no address goes, unless all is kept."""
    if not event.ip:
        return
    kept = around.ip_kept.get(event.source, "truncated")
    if kept != "full":
        event.ip = truncated(event.ip) if kept == "truncated" else ""


@lru_cache(maxsize=8192)
def truncated(ip: str) -> str:
    """The network that an address lies in, as its first address; empty if it is none.

    >>> truncated("203.0.113.77"), truncated("2001:db8:1:2::3"), truncated("::ffff:203.0.113.77")
    ('203.0.113.0', '2001:db8:1::', '203.0.113.0')
    """
    try:
        address = ip_address(ip.strip().partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(address, IPv4Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network((address, BITS_KEPT[address.version]), strict=False).network_address)
