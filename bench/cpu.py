"""CPU time of other processes, which is what a client or a network costs its server."""

import time
from pathlib import Path

_SCHEDULER_CLOCK = 2


def process_cpu(pid: int) -> float:
    """CPU seconds of a running process, all its threads included, those that have ended as well.

    Reads the process's CPU clock (clock_getcpuclockid(3)): nanoseconds, where /proc counts in hundredths
    of a second, too coarse for a single stream.
    """
    return time.clock_gettime((~pid << 3) | _SCHEDULER_CLOCK)


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process and of all its running descendants."""
    return process_cpu(pid) + sum(tree_cpu(child) for child in _children(pid))


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in lists for child in children.read_text(encoding="ascii").split()]
