"""From captured frames to IP packets: link layers, VLAN tags and PPPoE, for thousands of frames at a time."""

from typing import Final

import dpkt.pcap
import numpy as np

from sonde.capture.records import Records, numbers
from sonde.rtp.units import Integers

_RAW: Final = frozenset((dpkt.pcap.DLT_RAW, 12, 14, 101, dpkt.pcap.DLT_IPV4, dpkt.pcap.DLT_IPV6))
"""No link layer; raw IP has had three numbers."""

_FAMILY: Final = frozenset((dpkt.pcap.DLT_NULL, 108))
"""Loopback: four bytes with the address family, whose numbers differ between systems."""

_TYPED: Final = {
    dpkt.pcap.DLT_EN10MB: (12, 14),
    dpkt.pcap.DLT_LINUX_SLL: (14, 16),
    dpkt.pcap.DLT_LINUX_SLL2: (0, 20),
}
"""Where the EtherType is, and how long the header."""

READABLE: Final = _RAW | _FAMILY | frozenset(_TYPED)
"""Link types that can be read."""

_IP: Final = (0x0800, 0x86DD)
_VLAN: Final = (0x8100, 0x88A8, 0x9100)
_PPPOE: Final = 0x8864
_PPP_IP: Final = (0x0021, 0x0057)
_MOST_TAGS: Final = 4


def find_ip(records: Records) -> tuple[Integers, Integers]:
    """Which records hold an IP packet, and where each of these begins."""
    at = np.full(len(records.start), -1, dtype=np.int64)
    for link in np.unique(records.link).tolist():
        which = np.flatnonzero(records.link == link)
        start = records.start[which]
        if link in _RAW:
            at[which] = start
        elif link in _FAMILY:
            at[which] = start + 4
        elif link in _TYPED:
            type_at, length = _TYPED[link]
            at[which] = _behind_tags(records, start + type_at, start + length)
    # A header that is not in the capture must not be read from the bytes of the next record.
    ends = records.start + records.captured
    found = np.flatnonzero((at >= 0) & (at < ends))
    return found, at[found]


def _behind_tags(records: Records, type_at: Integers, header: Integers) -> Integers:
    """Where IP begins behind VLAN tags and PPPoE; -1 where it is something else."""
    limit = len(records.data) - 32
    at = header.copy()
    kind = numbers(records.data, np.minimum(type_at, limit), ">u2")
    for _ in range(_MOST_TAGS):
        tagged = np.flatnonzero(np.isin(kind, _VLAN))
        if not len(tagged):
            break
        kind[tagged] = numbers(records.data, np.minimum(at[tagged] + 2, limit), ">u2")
        at[tagged] += 4
    dialled = np.flatnonzero(kind == _PPPOE)
    inner = numbers(records.data, np.minimum(at[dialled] + 6, limit), ">u2")
    at[dialled] += 8
    is_ip = np.isin(kind, _IP)
    is_ip[dialled] = np.isin(inner, _PPP_IP)
    return np.where(is_ip, at, -1)
