"""What a target saw of one stream, and how it travels to the source: msgpack, compressed, in parts."""

import zlib

import msgspec

from sonde.rtp.clock_readings import ClockWatch

UNPACKED_LIMIT = 2**20
"""Bytes a record may unpack to: four times that of the longest stream with every packet doubled."""


class ArrivalRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the target saw of one stream, in arrival order, as little-endian arrays.

    Attributes:
        indexes: uint16, position of the packet in the stream.
        stamps: int64, arrival in ns since the epoch by the target's clock.
        tos: int16, the byte as received, -1 where the system did not tell.
        ttl: uint8, as received, 0 where the system did not tell.
        socket_drops: packets the target's socket queue lost while the stream ran (SO_RXQ_OVFL).
        forged: packets for this stream with a wrong tag or size.
        timestamp_source: `kernel` or `user`.
        clock: the target's clock when it accepted the stream and when it was asked for the record; None
            where its system does not tell.
    """

    indexes: bytes
    stamps: bytes
    tos: bytes
    ttl: bytes
    socket_drops: int
    forged: int
    timestamp_source: str
    clock: ClockWatch | None = None


def pack(record: ArrivalRecord, part_bytes: int) -> list[bytes]:
    """The record in parts of at most `part_bytes` each; at least one."""
    packed = zlib.compress(msgspec.msgpack.encode(record), level=1)
    return [packed[at : at + part_bytes] for at in range(0, len(packed), part_bytes)]


def unpack(packed: bytes) -> ArrivalRecord:
    """The record from its parts joined.

    Raises:
        ValueError: it is damaged, or larger than any honest record.
    """
    unpacker = zlib.decompressobj()
    try:
        record = msgspec.msgpack.decode(unpacker.decompress(packed, UNPACKED_LIMIT), type=ArrivalRecord)
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    count = len(record.ttl)
    sizes = tuple(map(len, (record.indexes, record.stamps, record.tos)))
    if not unpacker.eof or sizes != (2 * count, 8 * count, 2 * count):
        raise ValueError("wrong length")
    return record
