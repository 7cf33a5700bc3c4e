"""Rows of received datagrams as columns: a block at a time, whatever order the kernel tells things in."""

import socket
import struct
import sys
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sonde.probe.batch import CONTROL, CONTROL_LENGTH_AT, HEAD, HEADER, LENGTH_AT, ROW
from sonde.rtp.units import Integers

NOT_TOLD: Final = -1
"""Value of a stamp, code point, TTL or count that the kernel did not give."""

SO_TIMESTAMPNS: Final = 35
SO_RXQ_OVFL: Final = 40

_CMSGHDR = struct.Struct("@Nii")
_TOS = ((socket.IPPROTO_IP, socket.IP_TOS), (socket.IPPROTO_IPV6, socket.IPV6_TCLASS))
_TTL = ((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT))
_STAMP = ((socket.SOL_SOCKET, SO_TIMESTAMPNS),)
_DROPS = ((socket.SOL_SOCKET, SO_RXQ_OVFL),)

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]


class Columns(NamedTuple):
    """Datagrams in arrival order.

    Attributes:
        heads: the first 32 bytes of each, a row of eight times four; past its end whatever was there before.
        sizes: bytes of UDP payload.
        stamps: ns since the epoch.
        tos, ttl: as received.
        drops: the socket's running count of datagrams its queue lost before this one came.
    """

    heads: Bytes
    sizes: Integers
    stamps: Integers
    tos: Integers
    ttl: Integers
    drops: Integers


def decode(rows: bytes | bytearray | memoryview, headers: bytes | bytearray | memoryview) -> Columns:
    """The rows and message headers that `Batch` filled, as columns."""
    table = np.frombuffer(rows, dtype=np.uint8).reshape(-1, ROW)
    words = np.frombuffer(rows, dtype=np.uint64).reshape(-1, ROW // 8)
    sizes = np.frombuffer(headers, dtype=np.uint32).reshape(-1, HEADER // 4)[:, LENGTH_AT // 4]
    lengths = np.frombuffer(headers, dtype=np.uint64).reshape(-1, HEADER // 8)[:, CONTROL_LENGTH_AT // 8]
    values = [np.full(len(table), NOT_TOLD, dtype=np.int64) for _ in range(3)]
    values.append(np.zeros(len(table), dtype=np.int64))  # the kernel is silent as long as nothing was lost
    is_open = np.ones(len(table), dtype=np.bool_)
    while is_open.any():
        first = int(is_open.argmax())
        messages = _messages(table[first].tobytes(), HEAD + min(int(lengths[first]), CONTROL))
        labels = [place // 8 + n for place, _ in messages for n in (0, 1)]
        alike = is_open & (lengths == lengths[first])
        alike &= (words[:, labels] == words[first, labels]).all(axis=1)
        for place, kind in messages:
            for number, kinds in enumerate((_STAMP, _TOS, _TTL, _DROPS)):
                if kind in kinds:
                    data = _data(table, words, place + _CMSGHDR.size, kind)
                    np.copyto(values[number], data, where=alike, casting="unsafe")
        is_open &= ~alike
    return Columns(table[:, :HEAD], sizes.astype(np.int64), *values)


def _data(table: Bytes, words: Words, place: int, kind: tuple[int, int]) -> npt.NDArray[np.generic]:
    """What a kind of ancillary message says in each row."""
    if kind in _STAMP:
        seconds, nanoseconds = words[:, place // 8].view(np.int64), words[:, place // 8 + 1].view(np.int64)
        return seconds * 10**9 + nanoseconds
    if kind in _DROPS:
        return table[:, place : place + 4].copy().view(np.uint32)[:, 0]
    # A value below 256: IPv4's code point is a byte, all others are ints.
    is_byte = sys.byteorder == "little" or kind == (socket.IPPROTO_IP, socket.IP_TOS)
    return table[:, place if is_byte else place + 3]


def _messages(row: bytes, end: int) -> list[tuple[int, tuple[int, int]]]:
    """Place and kind of each ancillary message of a row."""
    found, place = [], HEAD
    while place + _CMSGHDR.size < end:
        size, level, kind = _CMSGHDR.unpack_from(row, place)
        if size < _CMSGHDR.size:
            break
        found.append((place, (level, kind)))
        place += (size + 7) & ~7
    return found
