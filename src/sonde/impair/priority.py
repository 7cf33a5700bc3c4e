"""How soon the kernel lets a thread run when its time has come."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sonde.model.errors import Unavailable

REALTIME_PRIORITY = 10
"""Before all ordinary processes, behind the kernel's own threads."""

_PR_SET_TIMERSLACK = 29


def sharpen_timers() -> None:
    """Ask the kernel to wake this thread when it said, not up to 50 us later (unprivileged on Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)


@contextmanager
def realtime_priority() -> Iterator[None]:
    """This thread runs before all ordinary ones (SCHED_FIFO) meanwhile.

    Raises:
        Unavailable: it is not allowed.
    """
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except OSError as error:
        raise Unavailable(
            f"Real-time priority is not allowed here: {error.strerror}.",
            hint="Run as root, give CAP_SYS_NICE or RLIMIT_RTPRIO, or leave --realtime out.",
        ) from error
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)
