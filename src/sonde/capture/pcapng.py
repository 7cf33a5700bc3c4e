"""Records of pcapng files: several sections and interfaces, each with its own resolution.

dpkt reads the blocks that describe sections and interfaces, with their options. Its own reader knows one
interface, gives stamps as floats and trusts every length, so the blocks of packets are found here.
"""

from collections.abc import Iterator
from struct import Struct, error
from typing import Final, NamedTuple, TypeAlias

import dpkt
import dpkt.pcapng
import numpy as np
import numpy.typing as npt

from sonde.capture.records import LATEST, LONGEST_PACKET, Damage, Records, Source, as_array, numbers
from sonde.rtp.units import NANOSECONDS_PER_SECOND, Integers

Wide: TypeAlias = npt.NDArray[np.uint64]

MAGIC: Final = dpkt.pcapng.PCAPNG_BT_SHB.to_bytes(4, "big")
"""First four bytes of a pcapng file."""

MOST_INTERFACES: Final = 4096
_LONGEST_BLOCK: Final = LONGEST_PACKET + (1 << 16)
_SMALLEST_BLOCK: Final = 12
_PACKET_HEADER: Final = 28
_OLD: Final = dpkt.pcapng.PCAPNG_BT_PB
_PACKETS: Final = frozenset((dpkt.pcapng.PCAPNG_BT_EPB, _OLD))
"""Blocks with a packet and a stamp; Simple Packet Blocks have no stamp, so nothing in them can be judged."""


class Interface(NamedTuple):
    """What a capture says of one interface.

    Attributes:
        link: link type.
        units: of its stamps in a second.
        offset: seconds to add to them.
    """

    link: int
    units: int
    offset: int


def read_pcapng(source: Source) -> Iterator[Records]:
    """The records of a file that begins with `MAGIC`.

    Raises:
        Damage: a block is cut short or makes no sense.
    """
    sections = _Sections()
    while True:
        chunk = source.peek()
        starts, end, complaint = sections.find(chunk)
        if starts:
            records, wrong = sections.read(chunk, np.array(starts, dtype=np.int64))
            complaint = wrong or complaint
            if len(records.start):
                yield records
        source.skip(end)
        if complaint:
            raise Damage(f"A block before byte {source.consumed} {complaint}; the rest was not read.")
        if source.at_end and not end:
            break
    if chunk:
        raise Damage(f"The last block, at byte {source.consumed}, is cut short; it was left out.")


class _Sections:
    """What sections and interfaces have said so far."""

    def __init__(self) -> None:
        self._order = "<"
        self._head = Struct("<II")
        self._interfaces: list[Interface] = []

    def find(self, chunk: bytes) -> tuple[list[int], int, str]:
        """Where complete blocks of packets begin, where the last complete block ends, what is wrong there.

        It ends before a new section once there are packets, because that may have another order of bytes.
        """
        starts: list[int] = []
        at, size = 0, len(chunk)
        unpack = self._head.unpack_from
        while at + _SMALLEST_BLOCK <= size:
            kind, length = unpack(chunk, at)
            if chunk[at : at + 4] == MAGIC:
                if starts:
                    break
                kind, length = self._begin_section(chunk, at)
                unpack = self._head.unpack_from
            if length < _SMALLEST_BLOCK or length > _LONGEST_BLOCK:
                return starts, at, f"claims a length of {length} bytes"
            if at + length > size:
                break
            if kind in _PACKETS:
                starts.append(at)
            elif kind == dpkt.pcapng.PCAPNG_BT_IDB:
                complaint = self._describe(chunk[at : at + length])
                if complaint:
                    return starts, at, complaint
            at += length
        return starts, at, ""

    def _begin_section(self, chunk: bytes, at: int) -> tuple[int, int]:
        """Forget the interfaces, and read the block's kind and length in the section's order of bytes."""
        little = chunk[at + 8 : at + 12] == dpkt.pcapng.BYTE_ORDER_MAGIC.to_bytes(4, "little")
        self._order = "<" if little else ">"
        self._head = Struct(f"{self._order}II")
        self._interfaces = []
        return self._head.unpack_from(chunk, at)

    def _describe(self, block: bytes) -> str:
        """Take note of an interface; returns what is wrong with it."""
        if len(self._interfaces) == MOST_INTERFACES:
            return f"describes more than {MOST_INTERFACES} interfaces"
        try:
            self._interfaces.append(_interface(block, little=self._order == "<"))
        except (dpkt.Error, error, UnicodeDecodeError, IndexError):
            return "describes an interface and is damaged"
        return ""

    def read(self, chunk: bytes, starts: Integers) -> tuple[Records, str]:
        """The packets of blocks, up to the first that makes no sense, and what is wrong with that one."""
        data = as_array(chunk)
        word = f"{self._order}u4"
        interface = numbers(data, starts + 8, word)
        old = numbers(data, starts, word) == _OLD
        interface[old] = numbers(data, starts[old] + 8, f"{self._order}u2")
        captured = numbers(data, starts + 20, word)
        unknown = interface >= len(self._interfaces)
        too_long = captured + _PACKET_HEADER + 4 > numbers(data, starts + 4, word)
        strange = unknown | too_long
        count = int(strange.argmax()) if strange.any() else len(starts)
        complaint = ""
        if count < len(starts):
            complaint = "is of an interface that is not described" if unknown[count] else "is too short"
        starts, interface = starts[:count], interface[:count]
        high, low = (numbers(data, starts + field, word) for field in (12, 16))
        return Records(
            data=data,
            start=starts + _PACKET_HEADER,
            captured=captured[:count],
            stamp=self._stamps(high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64), interface),
            link=np.array([each.link for each in self._interfaces], dtype=np.int64)[interface],
        ), complaint

    def _stamps(self, stamps: Wide, interface: Integers) -> Integers:
        """Nanoseconds since the epoch from stamps in the units of each packet's interface."""
        found = np.zeros(len(stamps), dtype=np.int64)
        for number in np.unique(interface).tolist():
            which = interface == number
            found[which] = _nanoseconds(stamps[which], self._interfaces[number])
        return found


def _interface(block: bytes, *, little: bool) -> Interface:
    """Read an Interface Description Block with its options."""
    kind = dpkt.pcapng.InterfaceDescriptionBlockLE if little else dpkt.pcapng.InterfaceDescriptionBlock
    described = kind(block)
    options = {option.code: bytes(option.data) for option in described.opts}
    resolution = options.get(dpkt.pcapng.PCAPNG_OPT_IF_TSRESOL, b"\x06")[0]
    offset = options.get(dpkt.pcapng.PCAPNG_OPT_IF_TSOFFSET, b"")
    exponent = resolution & 0x7F
    units = 1 << min(exponent, 63) if resolution & 0x80 else 10 ** min(exponent, 19)
    seconds = int.from_bytes(offset[:8], "little" if little else "big", signed=True)
    return Interface(described.linktype, units, seconds)


def _nanoseconds(stamps: Wide, interface: Interface) -> Integers:
    """Whole seconds apart from the fraction, so that nothing leaves 64 bits."""
    seconds, fraction = np.divmod(stamps, np.uint64(interface.units))
    units = interface.units
    while units > NANOSECONDS_PER_SECOND:
        units, fraction = units // 2, fraction // np.uint64(2)
    nanoseconds = fraction * np.uint64(NANOSECONDS_PER_SECOND) // np.uint64(units)
    whole = np.minimum(seconds, np.uint64(LATEST // NANOSECONDS_PER_SECOND)).astype(np.int64)
    whole = np.clip(whole + max(-LATEST, min(interface.offset, LATEST)), 0, LATEST // NANOSECONDS_PER_SECOND)
    result: Integers = whole * NANOSECONDS_PER_SECOND + nanoseconds.astype(np.int64)
    return result
