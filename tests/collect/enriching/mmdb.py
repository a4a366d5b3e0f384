"""A file in MaxMind's format, as small as can be, for tests: the package maxminddb only reads.

Reads nothing; writes bytes as the specification of MaxMind DB 2.0 says: a tree of 32-bit records over IPv6, data, metadata.
"""

from __future__ import annotations

import struct
from ipaddress import ip_network

_MARKER = b"\xab\xcd\xefMaxMind.com"
_V4_IN_V6 = 96
_UINT16, _UINT32, _UINT64 = 5, 6, 9


def mmdb(records: dict[str, object]) -> bytes:
    """The bytes of a file that holds these records by network."""
    nodes: list[list[int | tuple[int]]] = [[0, 0]]  # 0: nothing, a number: a node, a tuple: where data begins
    data = b""
    for network, record in records.items():
        _insert(nodes, network, len(data))
        data += _encoded(record)
    n = len(nodes)
    tree = b"".join(struct.pack(">II", *(_pointer(child, n) for child in node)) for node in nodes)
    about = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": (_UINT64, 1),
        "database_type": "Test",
        "description": {"en": "test"},
        "ip_version": 6,
        "languages": ["en"],
        "node_count": (_UINT32, n),
        "record_size": 32,
    }
    return tree + bytes(16) + data + _MARKER + _encoded(about)


def _insert(nodes: list[list[int | tuple[int]]], network: str, offset: int) -> None:
    net = ip_network(network)
    shift = _V4_IN_V6 if net.version == 4 else 0
    bits = [int(net.network_address) >> (127 - at) & 1 for at in range(net.prefixlen + shift)]
    node = 0
    for bit in bits[:-1]:
        child = nodes[node][bit]
        if not isinstance(child, int) or child == 0:
            nodes.append([0, 0])
            child = nodes[node][bit] = len(nodes) - 1
        node = child
    nodes[node][bits[-1]] = (offset,)


def _pointer(child: int | tuple[int], n: int) -> int:
    return child[0] + n + 16 if isinstance(child, tuple) else child or n


def _encoded(value: object) -> bytes:
    if isinstance(value, str):
        return _head(2, len(value.encode())) + value.encode()
    if isinstance(value, int):
        return _encoded((_UINT16, value))
    if isinstance(value, tuple):
        kind, number = value
        size = (number.bit_length() + 7) // 8
        return _head(kind, size) + number.to_bytes(size, "big")
    if isinstance(value, dict):
        return _head(7, len(value)) + b"".join(_encoded(key) + _encoded(each) for key, each in value.items())
    assert isinstance(value, list)
    return _head(11, len(value)) + b"".join(map(_encoded, value))


def _head(kind: int, size: int) -> bytes:
    assert size < 285
    low, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return bytes([kind << 5 | low]) + more if kind < 8 else bytes([low, kind - 7]) + more
