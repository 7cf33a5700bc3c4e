"""What the kernel says of its clock: adjtimex(2), which needs no privileges to read."""

import ctypes
import os

import msgspec

_STA_UNSYNC = 0x0040
_PPM = 1e-6 / 2**16
"""The kernel counts frequencies in 2**-16 parts per million."""


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    """The system clock as its own discipline sees it.

    Attributes:
        synchronised: some program steers the clock by a reference.
        max_error: seconds the clock may be off at most, None when nobody claims anything.
        estimated_error: seconds it probably is off, None as above.
        frequency: correction of the oscillator in force, as a ratio.
    """

    synchronised: bool
    max_error: float | None
    estimated_error: float | None
    frequency: float


class _Timex(ctypes.Structure):
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
        ("seconds", ctypes.c_long),
        ("microseconds", ctypes.c_long),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_byte * 128),
    )


def read_clock() -> ClockState:
    """The state of the clock now.

    Raises:
        OSError: the system does not tell.
    """
    timex = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    is_synchronised = not timex.status & _STA_UNSYNC
    return ClockState(
        synchronised=is_synchronised,
        max_error=timex.maxerror / 1e6 if is_synchronised else None,
        estimated_error=timex.esterror / 1e6 if is_synchronised else None,
        frequency=timex.freq * _PPM,
    )
