"""RTCP source descriptions and goodbyes (RFC 3550 sections 6.5 and 6.6)."""

from typing import Final

import msgspec

from sonde.rtp.wire import WORD, Reader, pad, require_fit

CNAME: Final = 1
"""Kind of the item that names a participant for as long as it is there (RFC 3550 section 6.5.1)."""

_END_OF_ITEMS: Final = 0


class SdesItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing said of a source.

    Attributes:
        kind: 1 to 255, such as `CNAME` (RFC 3550 section 6.5).
        value: up to 255 bytes, by rule UTF-8; of a private extension (kind 8), prefix and value as sent.
    """

    kind: int
    value: bytes


class SdesChunk(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one source.

    Attributes:
        ssrc: 32 bits that name the source.
        items: in the order sent.
    """

    ssrc: int
    items: tuple[SdesItem, ...] = ()


class SourceDescription(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind the numbers.

    Attributes:
        chunks: up to 31, one for each source.
    """

    chunks: tuple[SdesChunk, ...] = ()


class Goodbye(msgspec.Struct, frozen=True, kw_only=True):
    """Sources that leave.

    Attributes:
        ssrcs: up to 31.
        reason: up to 255 bytes, by rule UTF-8; None when none is given.
    """

    ssrcs: tuple[int, ...] = ()
    reason: bytes | None = None


def read_source_description(reader: Reader, count: int) -> SourceDescription:
    """Read the body of a source description with `count` chunks.

    Raises:
        MalformedPacket: it is too short for them, or longer.
    """
    chunks = tuple(_read_chunk(reader) for _ in range(count))
    reader.finish("source description")
    return SourceDescription(chunks=chunks)


def _read_chunk(reader: Reader) -> SdesChunk:
    """One source and its items up to the zero that ends them, and the rest of that word."""
    ssrc = reader.take_uint32("source of a chunk")
    items = []
    while kind := reader.take_uint8("list of items"):
        size = reader.take_uint8("length of an item")
        items.append(SdesItem(kind=kind, value=reader.take(size, f"item of {size} bytes")))
    reader.align()
    return SdesChunk(ssrc=ssrc, items=tuple(items))


def read_goodbye(reader: Reader, count: int) -> Goodbye:
    """Read the body of a goodbye of `count` sources.

    Raises:
        MalformedPacket: it is too short for them or for its reason, or longer.
    """
    ssrcs = tuple(reader.take_uint32(f"list of {count} sources") for _ in range(count))
    reason = None
    if reader.remaining:
        size = reader.take_uint8("length of the reason")
        reason = reader.take(size, f"reason of {size} bytes")
        reader.align()
    reader.finish("goodbye")
    return Goodbye(ssrcs=ssrcs, reason=reason)


def build_source_description(description: SourceDescription) -> bytes:
    """The body of a source description.

    Raises:
        ValueError: a field does not fit its place; the message names it.
    """
    return b"".join(map(_build_chunk, description.chunks))


def _build_chunk(chunk: SdesChunk) -> bytes:
    """One chunk, ended by at least one zero."""
    require_fit([("ssrc", chunk.ssrc, 32)])
    items = b"".join(map(_build_item, chunk.items))
    return chunk.ssrc.to_bytes(WORD) + pad(items + bytes([_END_OF_ITEMS]))


def _build_item(item: SdesItem) -> bytes:
    """One item."""
    require_fit([("kind of item", item.kind, 8), ("bytes of item", len(item.value), 8)])
    if item.kind == _END_OF_ITEMS:
        raise ValueError("kind of item 0 would end the chunk")
    return bytes([item.kind, len(item.value)]) + item.value


def build_goodbye(goodbye: Goodbye) -> bytes:
    """The body of a goodbye.

    Raises:
        ValueError: a field does not fit its place; the message names it.
    """
    require_fit(("ssrc", ssrc, 32) for ssrc in goodbye.ssrcs)
    ssrcs = b"".join(ssrc.to_bytes(WORD) for ssrc in goodbye.ssrcs)
    if goodbye.reason is None:
        return ssrcs
    require_fit([("bytes of reason", len(goodbye.reason), 8)])
    return ssrcs + pad(bytes([len(goodbye.reason)]) + goodbye.reason)
