"""Real-time priority for the processes of the data plane, where the system permits it.

At normal priority a busy machine lets a due packet wait for whole time slices of others, some milliseconds;
at real-time priority for tens of microseconds. The delays that are measured do not depend on it, since each
packet carries the time at which it really left; the evenness of the stream does.
"""

import contextlib
import os
import resource
import signal
from types import FrameType
from typing import Literal, TypeAlias

Priority: TypeAlias = Literal["realtime", "normal"]

SENDING, RECEIVING = 10, 9
"""Levels of SCHED_FIFO, 1 to 99: above everything ordinary, below what drives the hardware.

Sending comes first, since the kernel stamps what arrives.
"""

LONGEST_RUN = 500_000
"""Microseconds without a sleep after which the process steps back: a machine of one core stays usable."""


def claim_realtime(level: int, *, wanted: bool) -> Priority:
    """Gives this process real-time priority, if it is wanted and permitted; tells which one it has.

    Permitted means CAP_SYS_NICE or RLIMIT_RTPRIO (sched(7)). Children do not inherit it.
    """
    if wanted:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            signal.signal(signal.SIGXCPU, _step_back)
            _, most = resource.getrlimit(resource.RLIMIT_RTTIME)
            resource.setrlimit(resource.RLIMIT_RTTIME, (LONGEST_RUN, most))
            policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(0, policy, os.sched_param(level))
    return priority()


def priority() -> Priority:
    """What this process has now; an overloaded one has lost its real-time priority."""
    try:
        policy = os.sched_getscheduler(0)
    except (OSError, AttributeError):
        return "normal"
    return "realtime" if policy & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO else "normal"


def _step_back(_signal: int, _frame: FrameType | None) -> None:
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
