"""How soon the kernel lets a thread run when its time has come."""

import ctypes
import os
from contextlib import suppress

from sonde.model.errors import Unavailable

REALTIME_PRIORITY = 10
"""Before all ordinary processes, behind the kernel's own threads."""

_PR_SET_TIMERSLACK = 29


def sharpen_timers() -> None:
    """Ask the kernel to wake this thread when it said, not up to 50 us later (unprivileged on Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)


def take_realtime_priority() -> None:
    """Let this thread run before all ordinary ones (SCHED_FIFO).

    Raises:
        Unavailable: it is not allowed.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except OSError as error:
        raise Unavailable(
            f"Real-time priority is not allowed here: {error.strerror}.",
            hint="Run as root, give CAP_SYS_NICE or RLIMIT_RTPRIO, or leave --realtime out.",
        ) from error
