"""Rows of received datagrams as columns: decoded a block at a time, whatever order the kernel's data comes in."""

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
    count = len(table)
    sizes = np.frombuffer(headers, dtype=np.uint32).reshape(-1, HEADER // 4)[:, LENGTH_AT // 4]
    lengths = np.frombuffer(headers, dtype=np.uint64).reshape(-1, HEADER // 8)[:, CONTROL_LENGTH_AT // 8]
    values = {name: np.full(count, NOT_TOLD, dtype=np.int64) for name in ("stamps", "tos", "ttl")}
    values["drops"] = np.zeros(count, dtype=np.int64)  # the kernel is silent as long as nothing was lost
    control = np.ascontiguousarray(table[:, HEAD:])
    todo = np.arange(count)
    while len(todo):
        alike = _read_alike(control, lengths, todo, values)
        todo = todo[~alike]
    heads = np.ascontiguousarray(table[:, :HEAD])
    return Columns(heads, sizes.astype(np.int64), **values)


def _read_alike(control: Bytes, lengths: Words, todo: Integers, values: dict[str, Integers]) -> npt.NDArray[np.bool_]:
    """Reads the rows whose ancillary data is laid out as in the first; tells which of `todo` they were."""
    first = int(todo[0])
    end = min(int(lengths[first]), CONTROL)
    messages = _messages(control[first].tobytes(), end)
    mine = control[todo]
    alike = lengths[todo] == lengths[first]
    for place, _ in messages:
        at = slice(place // 8, place // 8 + 2)
        words = mine.view(np.uint64)[:, at]
        alike &= (words == words[0]).all(axis=1)
    rows, picked = todo[alike], mine[alike]
    for place, kind in messages:
        data = picked[:, place + _CMSGHDR.size : place + _CMSGHDR.size + 16]
        if kind in _STAMP:
            seconds, nanoseconds = np.ascontiguousarray(data).view(np.int64).T
            values["stamps"][rows] = seconds * 10**9 + nanoseconds
        elif kind in _DROPS:
            values["drops"][rows] = np.ascontiguousarray(data[:, :4]).view(np.uint32)[:, 0]
        elif kind in _TOS:
            values["tos"][rows] = _small(data, kind)
        elif kind in _TTL:
            values["ttl"][rows] = _small(data, kind)
    return alike


def _messages(control: bytes, end: int) -> list[tuple[int, tuple[int, int]]]:
    """Place and kind of each ancillary message."""
    found, place = [], 0
    while place + _CMSGHDR.size < end:
        size, level, kind = _CMSGHDR.unpack_from(control, place)
        if size < _CMSGHDR.size:
            break
        found.append((place, (level, kind)))
        place += (size + 7) & ~7
    return found


def _small(data: Bytes, kind: tuple[int, int]) -> Bytes:
    """A value below 256: IPv4's code point is a byte, all others are ints."""
    at = 0 if sys.byteorder == "little" or kind == (socket.IPPROTO_IP, socket.IP_TOS) else 3
    return data[:, at]
