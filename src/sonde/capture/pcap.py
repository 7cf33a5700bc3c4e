"""Records of pcap files: microseconds or nanoseconds, either order of bytes.

dpkt reads the header. Its own reader of records gives stamps as floats, a quarter of a microsecond coarse
in our century, and trusts every length; here they are found by one pass over the lengths.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Final

import dpkt.pcap
import numpy as np

from sonde.capture.records import LONGEST_PACKET, Damage, Records, Source, as_array, numbers

_NANOSECONDS: Final = (dpkt.pcap.TCPDUMP_MAGIC_NANO, dpkt.pcap.PMUDPCT_MAGIC_NANO)
_LITTLE: Final = (dpkt.pcap.PMUDPCT_MAGIC, dpkt.pcap.PMUDPCT_MAGIC_NANO, dpkt.pcap.PACPDOM_MAGIC)
MAGICS: Final = frozenset(magic.to_bytes(4, "big") for magic in dpkt.pcap.MAGIC_TO_PKT_HDR)
"""First four bytes of a pcap file."""

_LINK_BITS: Final = 0x0FFF_FFFF
"""The rest tells of a checksum behind each packet."""


def read_pcap(source: Source) -> Iterator[Records]:
    """The records of a file whose first bytes are one of `MAGICS`.

    Raises:
        Damage: the header is cut short, or a record is.
    """
    content = source.take(dpkt.pcap.FileHdr.__hdr_len__)
    if len(content) < dpkt.pcap.FileHdr.__hdr_len__:
        raise Damage(f"The file's header is cut short after {len(content)} bytes.")
    magic = int.from_bytes(content[:4], "big")
    order = "<" if magic in _LITTLE else ">"
    header = (dpkt.pcap.LEFileHdr if magic in _LITTLE else dpkt.pcap.FileHdr)(content)
    unit = 1 if magic in _NANOSECONDS else 1000
    head = dpkt.pcap.MAGIC_TO_PKT_HDR[magic].__hdr_len__
    yield from _read_records(source, order, unit, head, header.linktype & _LINK_BITS)


def _read_records(source: Source, order: str, unit: int, head: int, link: int) -> Iterator[Records]:
    """Records with headers of `head` bytes, chunk by chunk."""
    while True:
        chunk = source.peek()
        starts, end, whole = _find_records(chunk, Struct(f"{order}I"), head)
        if starts:
            data, places = as_array(chunk), np.array(starts, dtype=np.int64)
            seconds, fraction = (numbers(data, places + field, f"{order}u4") for field in (0, 4))
            yield Records(
                data=data,
                start=places + head,
                captured=numbers(data, places + 8, f"{order}u4"),
                stamp=seconds * 1_000_000_000 + fraction * unit,
                link=np.full(len(places), link),
            )
        source.skip(end)
        if not whole:
            raise Damage(f"The record at byte {source.consumed} is damaged; the rest was not read.")
        if source.at_end:
            break
    if len(chunk) > end:
        raise Damage(f"The last record, at byte {source.consumed}, is cut short; it was left out.")


def _find_records(chunk: bytes, length: Struct, head: int) -> tuple[list[int], int, bool]:
    """Where complete records begin, where they end, and whether all lengths were possible."""
    starts: list[int] = []
    at, last = 0, len(chunk) - head
    unpack, append = length.unpack_from, starts.append
    while at <= last:
        (captured,) = unpack(chunk, at + 8)
        if captured > LONGEST_PACKET:
            return starts, at, False
        following = at + head + captured
        if following > len(chunk):
            break
        append(at)
        at = following
    return starts, at, True
