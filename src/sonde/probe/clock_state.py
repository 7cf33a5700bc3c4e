"""What the kernel says of this machine's clock; needs no privilege and works under every NTP program."""

import ctypes
import time
from collections.abc import Awaitable
from typing import Final

import msgspec

from sonde.probe.orders import StreamOutcome
from sonde.rtp.clock_readings import ClockReader, ClockReading, watch

_STA_UNSYNC: Final = 0x40
_TIME_ERROR: Final = 5
_MICROSECOND: Final = 1000
_NOMINAL_TICK: Final = 10_000
"""Microseconds of a tick at which the clock is neither faster nor slower."""
_ATTEMPTS: Final = 5


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), with room for what later kernels append."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", ctypes.c_long * 2),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_char * 256),
    )


def clock_reader() -> ClockReader:
    """A function that reads the clocks of this machine; it gives None where the system does not tell."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return lambda: None

    def read() -> ClockReading | None:
        timex = _Timex()
        state = adjtimex(ctypes.byref(timex))
        if state < 0:
            return None
        at, beyond_raw = _compare()
        is_synchronised = state != _TIME_ERROR and not timex.status & _STA_UNSYNC
        return ClockReading(
            at=at,
            beyond_raw=beyond_raw,
            rate=_rate(timex.freq, timex.tick),
            error_max=timex.maxerror * _MICROSECOND if is_synchronised else None,
        )

    return read


async def with_clock_watch(stream: Awaitable[StreamOutcome], read: ClockReader) -> StreamOutcome:
    """Waits for a stream and adds what this machine's clock did meanwhile."""
    before = read()
    outcome = await stream
    return msgspec.structs.replace(outcome, clock=watch(before, read()))


def _compare() -> tuple[int, int]:
    """The clock, and how far it is beyond the raw one, from the attempt that was interrupted least."""
    best = (2**63, 0, 0)
    for _ in range(_ATTEMPTS):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        at = time.time_ns()
        took = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) - before
        best = min(best, (took, at, at - before - took // 2))
    return best[1:]


def _rate(frequency: int, tick: int) -> int:
    """Parts in 10^12 of `freq` (2^-16 ppm) and `tick` (us per 10 ms)."""
    return frequency * 10**6 // 2**16 + (tick - _NOMINAL_TICK) * 10**12 // _NOMINAL_TICK
