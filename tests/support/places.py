"""Writes MaxMind DB files, of which the library can only read."""

import ipaddress
from pathlib import Path
from typing import Any

_MARKER = b"\xab\xcd\xefMaxMind.com"
_STRING, _MAP, _ARRAY = 2, 7, 11
_UNSIGNED = {"16": 5, "32": 6, "64": 9}


def write_places(file: Path, places: dict[str, Any]) -> Path:
    """A database that knows these networks and nothing else; IPv6 with IPv4 inside, 32-bit records."""
    nodes: list[list[Any]] = [[None, None]]
    for network, record in places.items():
        _plant(nodes, _bits(network), record)
    data, offsets = b"", {}
    for record in places.values():
        offsets[id(record)] = len(data)
        data += _encode(record)
    tree = b"".join(_pointer(side, len(nodes), offsets).to_bytes(4, "big") for node in nodes for side in node)
    metadata = {
        "node_count": ("32", len(nodes)),
        "record_size": ("16", 32),
        "ip_version": ("16", 6),
        "database_type": "Test",
        "languages": ["en"],
        "binary_format_major_version": ("16", 2),
        "binary_format_minor_version": ("16", 0),
        "build_epoch": ("64", 1_700_000_000),
        "description": {"en": "made by a test"},
    }
    file.write_bytes(tree + bytes(16) + data + _MARKER + _encode(metadata))
    return file


def _bits(network: str) -> str:
    parsed = ipaddress.ip_network(network)
    bits = f"{int(parsed.network_address):0{parsed.max_prefixlen}b}"[: parsed.prefixlen]
    return bits if parsed.version == 6 else "0" * 96 + bits


def _plant(nodes: list[list[Any]], bits: str, record: Any) -> None:
    place = 0
    for bit in map(int, bits[:-1]):
        if nodes[place][bit] is None:
            nodes.append([None, None])
            nodes[place][bit] = len(nodes) - 1
        place = nodes[place][bit]
    nodes[place][int(bits[-1])] = (record,)


def _pointer(side: Any, node_count: int, offsets: dict[int, int]) -> int:
    match side:
        case None:
            return node_count
        case (record,):
            return node_count + 16 + offsets[id(record)]
    return side


def _encode(value: Any) -> bytes:
    match value:
        case str():
            return _control(_STRING, len(value.encode())) + value.encode()
        case dict():
            pairs = b"".join(_encode(key) + _encode(each) for key, each in value.items())
            return _control(_MAP, len(value)) + pairs
        case list():
            return _control(_ARRAY, len(value)) + b"".join(map(_encode, value))
        case (width, number):
            encoded = number.to_bytes((number.bit_length() + 7) // 8, "big")
            return _control(_UNSIGNED[width], len(encoded)) + encoded
        case int():
            return _encode(("32", value))
    raise TypeError(value)


def _control(kind: int, size: int) -> bytes:
    if size > 28:
        assert size < 285
        size, more = 29, bytes([size - 29])
    else:
        more = b""
    head = bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
    return head + more
