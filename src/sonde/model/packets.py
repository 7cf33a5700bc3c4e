"""What happened to each packet of one stream: some 23 bytes for each, packed for the way to the server.

Packed means: array after array, differences instead of values where values grow, bytes of equal
significance side by side, then zlib (RFC 1950). A voice stream of 5 s shrinks to a fifth of its arrays so.
"""

import zlib
from enum import IntFlag
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import numpy as np

Array: TypeAlias = "np.ndarray[tuple[int], np.dtype[Any]]"

_LAYOUT: Final = {"index": "<u2", "sent": "<i8", "delay": "<i8", "tos": "<i2", "ttl": "<i2", "flags": "u1"}
"""The arrays in their order, and what one value of each is, little-endian."""

_AS_DIFFERENCES: Final = ("index", "sent", "delay")

ROW_BYTES: Final = sum(np.dtype(kind).itemsize for kind in _LAYOUT.values())
"""Bytes of one row when it is unpacked."""


class PacketFlag(IntFlag):
    """What else is to be said of a row."""

    LOST = 1
    """No copy arrived: `delay`, `tos` and `ttl` mean nothing."""

    DUPLICATE = 2
    """A further copy of a packet that had arrived."""

    REORDERED = 4
    """A first copy that came after a packet sent later (RFC 4737 section 3.3)."""

    DISCARDED = 8
    """A first copy that came too late for the de-jitter buffer."""


class PacketTrace(msgspec.Struct, frozen=True, kw_only=True):
    """The packets of one stream, packed; see `unpack_packets`.

    Attributes:
        rows: one for each packet sent, and one for each further copy that arrived.
        is_one_way: delays are one-way delays. False when the clock offset is unknown; then they are counted
            from the smallest of the stream.
        data: the arrays, packed.
    """

    rows: Annotated[int, msgspec.Meta(ge=0, le=0xFFFF_FFFF)]
    is_one_way: bool
    data: bytes


class PacketTable(msgspec.Struct, frozen=True, kw_only=True):
    """The same as arrays of equal length, by index, copies of one packet as they arrived.

    Attributes:
        is_one_way: as in `PacketTrace`.
        index: place of the packet in the stream, 0 to 65535; one that is missing was not sent.
        sent: nanoseconds from the first packet's send stamp to this one's.
        delay: nanoseconds from send stamp to arrival by one clock, or above the stream's smallest.
        tos: byte with the code point as received, -1 when not known.
        ttl: IPv4 TTL or IPv6 hop limit as received, -1 when not known.
        flags: see `PacketFlag`.
    """

    is_one_way: bool
    index: Array
    sent: Array
    delay: Array
    tos: Array
    ttl: Array
    flags: Array


def pack_packets(table: PacketTable) -> PacketTrace:
    """The trace of these packets."""
    planes = b"".join(_to_bytes(name, getattr(table, name)) for name in _LAYOUT)
    return PacketTrace(rows=len(table.index), is_one_way=table.is_one_way, data=zlib.compress(planes))


def unpack_packets(trace: PacketTrace) -> PacketTable:
    """The packets of a trace.

    Raises:
        ValueError: it is damaged; the message begins with the name of the field that is.
    """
    size = trace.rows * ROW_BYTES
    unpacker = zlib.decompressobj()
    try:
        # One byte more than there must be shows what is too long, and never makes more of it.
        planes = unpacker.decompress(trace.data, size + 1)
    except zlib.error as error:
        raise ValueError(f"data is not packed as it should be: {error}") from error
    if len(planes) != size or not unpacker.eof or unpacker.unused_data:
        raise ValueError(f"data does not unpack to {trace.rows} rows of {ROW_BYTES} bytes")
    return PacketTable(is_one_way=trace.is_one_way, **_from_bytes(planes, trace.rows))


def _to_bytes(name: str, values: Array) -> bytes:
    kind = np.dtype(_LAYOUT[name])
    if name in _AS_DIFFERENCES:
        values = np.diff(values.astype(np.int64), prepend=0)
    return values.astype(kind).view(np.uint8).reshape(-1, kind.itemsize).T.tobytes()


def _from_bytes(planes: bytes, rows: int) -> dict[str, Array]:
    arrays, at = {}, 0
    for name, code in _LAYOUT.items():
        kind = np.dtype(code)
        plane = np.frombuffer(planes, np.uint8, rows * kind.itemsize, at).reshape(kind.itemsize, rows)
        values: Array = np.ascontiguousarray(plane.T).view(kind).reshape(rows)
        arrays[name] = np.cumsum(values, dtype=kind) if name in _AS_DIFFERENCES else values
        at += rows * kind.itemsize
    return arrays
