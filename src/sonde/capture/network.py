"""From IP packets to UDP and TCP payloads: IPv4 with options, IPv6 with extension headers."""

from typing import Final, NamedTuple

import numpy as np

from sonde.capture.link import find_ip
from sonde.capture.records import Mask, Records, fields, numbers
from sonde.rtp.units import Integers

TCP: Final = 6
UDP: Final = 17

_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION = 0, 43, 44, 51, 60
_EXTENSIONS: Final = (_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION)
_MOST_EXTENSIONS: Final = 8
_MAPPED: Final = 0xFFFF << 32
"""Upper part of an IPv4 address written as one of IPv6 (RFC 4291 section 2.5.5.2)."""


class Segments(NamedTuple):
    """Payloads of UDP and TCP, one entry of each column for each, in the order of the file.

    Attributes:
        record: number of the record it is in.
        protocol: `UDP` or `TCP`.
        addresses: source (upper, lower half) and destination (upper, lower half), four columns of a row.
        ports: source port in the upper, destination port in the lower 16 bits.
        tos: IPv4 TOS byte or IPv6 traffic class.
        start: place of the first byte of the payload.
        captured: bytes of the payload that the capture kept.
        length: bytes it had.
    """

    record: Integers
    protocol: Integers
    addresses: Integers
    ports: Integers
    tos: Integers
    start: Integers
    captured: Integers
    length: Integers

    def where(self, chosen: Integers | Mask) -> "Segments":
        """Some of them, by number or by mask."""
        return Segments._make(column[chosen] for column in self)


class _Hops(NamedTuple):
    """IP packets of one version, and where the transport header of each begins."""

    record: Integers
    protocol: Integers
    addresses: Integers
    tos: Integers
    at: Integers
    fragment: Integers


class Dissected(NamedTuple):
    """What a chunk of records holds.

    Attributes:
        segments: payloads of UDP and TCP.
        fragments: later fragments of IP packets, which have no ports and are only counted.
    """

    segments: Segments
    fragments: int


def dissect(records: Records) -> Dissected:
    """Find the payloads of UDP and TCP; whatever is something else or cut short is left out."""
    record, at = find_ip(records)
    version = records.data[at] >> 4
    four, six = version == 4, version == 6
    hops = _join(_read_ipv4(records, record[four], at[four]), _read_ipv6(records, record[six], at[six]))
    later = int(np.count_nonzero(hops.fragment))
    wanted = ((hops.protocol == UDP) | (hops.protocol == TCP)) & (hops.fragment == 0)
    return Dissected(_read_transport(records, _Hops._make(column[wanted] for column in hops)), later)


def _join(first: _Hops, second: _Hops) -> _Hops:
    """Packets of both versions in the order of the file."""
    order = np.argsort(np.concatenate([first.record, second.record]), kind="stable")
    return _Hops._make(np.concatenate(pair)[order] for pair in zip(first, second, strict=True))


def _read_ipv4(records: Records, record: Integers, at: Integers) -> _Hops:
    whole = at + 20 <= (records.start + records.captured)[record]
    record, at = record[whole], at[whole]
    header = fields(records.data, at, 20)
    words = np.ascontiguousarray(header[:, 12:20]).view(">u4").astype(np.int64)
    addresses = np.zeros((len(at), 4), dtype=np.int64)
    addresses[:, 1::2] = words | _MAPPED
    return _Hops(
        record=record,
        protocol=header[:, 9].astype(np.int64),
        addresses=addresses,
        tos=header[:, 1].astype(np.int64),
        at=at + np.maximum(header[:, 0] & 0x0F, 5).astype(np.int64) * 4,
        fragment=(header[:, 6] & 0x1F).astype(np.int64) << 8 | header[:, 7],
    )


def _read_ipv6(records: Records, record: Integers, at: Integers) -> _Hops:
    ends = (records.start + records.captured)[record]
    whole = at + 40 <= ends
    record, at, ends = record[whole], at[whole], ends[whole]
    header = fields(records.data, at, 40)
    protocol, at, fragment = _behind_extensions(records, header[:, 6].astype(np.int64), at + 40, ends)
    return _Hops(
        record=record,
        protocol=protocol,
        addresses=np.ascontiguousarray(header[:, 8:40]).view(">i8").astype(np.int64),
        tos=(header[:, 0] & 0x0F).astype(np.int64) << 4 | header[:, 1] >> 4,
        at=at,
        fragment=fragment,
    )


def _behind_extensions(
    records: Records, protocol: Integers, at: Integers, ends: Integers
) -> tuple[Integers, Integers, Integers]:
    """Protocol behind the extension headers of IPv6, where it begins, and the fragment offset."""
    fragment = np.zeros(len(at), dtype=np.int64)
    for _ in range(_MOST_EXTENSIONS):
        which = np.flatnonzero(np.isin(protocol, _EXTENSIONS) & (at + 8 <= ends) & (fragment == 0))
        if not len(which):
            break
        header = fields(records.data, at[which], 4).astype(np.int64)
        kind = protocol[which]
        units = np.where(kind == _AUTHENTICATION, (header[:, 1] + 2) * 4, (header[:, 1] + 1) * 8)
        at[which] += np.where(kind == _FRAGMENT, 8, units)
        offsets = (header[:, 2] << 8 | header[:, 3]) >> 3
        fragment[which] = np.where(kind == _FRAGMENT, offsets, 0)
        protocol[which] = header[:, 0]
    return protocol, at, fragment


def _read_transport(records: Records, hops: _Hops) -> Segments:
    ends = (records.start + records.captured)[hops.record]
    header_length = np.where(hops.protocol == UDP, 8, 20)
    whole = hops.at + header_length <= ends
    hops, ends = _Hops._make(column[whole] for column in hops), ends[whole]
    is_udp = hops.protocol == UDP
    data_offset = (records.data[np.where(is_udp, hops.at, hops.at + 12)] >> 4).astype(np.int64) * 4
    start = hops.at + np.where(is_udp, 8, np.maximum(data_offset, 20))
    kept = np.maximum(ends - start, 0)
    announced = numbers(records.data, hops.at + 4, ">u2") - 8
    length = np.where(is_udp & (announced >= 0), announced, kept)
    return Segments(
        record=hops.record,
        protocol=hops.protocol,
        addresses=hops.addresses,
        ports=numbers(records.data, hops.at, ">u4"),
        tos=hops.tos,
        start=start,
        captured=np.minimum(kept, length),
        length=length,
    )
