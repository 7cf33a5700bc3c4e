"""What the machine grants a measuring program: to be woken in time, enough files, a place for results."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sonde.probe import sockets
from sonde.probe.doctor.finding import Finding, Verdict
from sonde.probe.limits import Limits

SLEEPS = 100
SLEEP = 0.001
LATE = 0.001
"""Seconds of lateness at the 99th percentile from which pacing is called degraded."""

FILES_BESIDE_STREAMS = 64
"""Open files of an agent that are no stream's socket."""

REAL_TIME_PRIORITY = 10

_TRY_REAL_TIME = f"import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param({REAL_TIME_PRIORITY}))"


def check_timers() -> Finding:
    """How late a sleeping thread is woken, with the timer slack that the data plane asks for."""
    sockets.sharpen_timers()
    late = sorted(_lateness() for _ in range(SLEEPS))
    median, p99 = late[SLEEPS // 2 - 1], late[SLEEPS * 99 // 100 - 1]
    is_prompt = p99 <= LATE
    return Finding(
        check="timer_lateness",
        verdict=Verdict.OK if is_prompt else Verdict.DEGRADED,
        seen=f"p50 {1000 * median:.3f} ms, p99 {1000 * p99:.3f} ms",
        meaning="Packets leave on schedule."
        if is_prompt
        else "Packets leave late now and then; delays do not show it, but the stream is less like a call, "
        "and pacing_error_p99 says how much.",
        advice=()
        if is_prompt
        else ("uptime", "give the agent a core of its own, or permit real-time priority"),
        facts={"late_p50": median, "late_p99": p99},
    )


def _lateness() -> float:
    due = time.monotonic() + SLEEP
    time.sleep(SLEEP)
    return time.monotonic() - due


def check_real_time() -> Finding:
    """Whether a process of this user may run at real-time priority: one that ends at once tries it."""
    tried = subprocess.run(  # noqa: S603 - our own interpreter and our own line
        [sys.executable, "-I", "-S", "-c", _TRY_REAL_TIME], check=False, capture_output=True
    )
    is_permitted = tried.returncode == 0
    limit, _ = resource.getrlimit(resource.RLIMIT_RTPRIO)
    return Finding(
        check="real_time_priority",
        verdict=Verdict.OK if is_permitted else Verdict.DEGRADED,
        seen=f"permitted, SCHED_FIFO {REAL_TIME_PRIORITY}" if is_permitted else "not permitted",
        meaning="Other programs cannot keep packets waiting."
        if is_permitted
        else "On a busy machine packets leave some milliseconds late; delays do not show it, "
        "pacing_error_p99 does.",
        advice=()
        if is_permitted
        else (
            f"systemd: LimitRTPRIO={REAL_TIME_PRIORITY}",
            f"shell: ulimit -r {REAL_TIME_PRIORITY} (limits.conf: rtprio {REAL_TIME_PRIORITY})",
            f"container: --ulimit rtprio={REAL_TIME_PRIORITY} or --cap-add SYS_NICE",
        ),
        facts={"permitted": is_permitted, "rlimit_rtprio": limit},
    )


def check_open_files() -> Finding:
    """Whether there can be a socket for each stream that an agent may send at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = sys.maxsize if soft == resource.RLIM_INFINITY else soft
    wanted = Limits().streams + FILES_BESIDE_STREAMS
    is_enough = limit >= wanted
    return Finding(
        check="open_files",
        verdict=Verdict.OK if is_enough else Verdict.DEGRADED,
        seen="no limit" if soft == resource.RLIM_INFINITY else f"{soft} may be open",
        meaning=f"{Limits().streams} streams can be sent at once."
        if is_enough
        else f"At most about {max(0, limit - FILES_BESIDE_STREAMS)} streams can be sent at once; more fail "
        "as unreachable.",
        advice=() if is_enough else (f"ulimit -n {wanted}", f"systemd: LimitNOFILE={wanted}"),
        facts={"soft": soft, "hard": hard, "wanted": wanted},
    )


def check_folder(folder: Path, outbox_bytes: int) -> Finding:
    """Whether results can wait on the disk: a file is written, synced and removed again.

    Args:
        folder: the agent's state folder; one that is not there yet is judged by where it would be made.
        outbox_bytes: how much disk waiting results may take.
    """
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    try:
        took, free = _write_into(there), shutil.disk_usage(there).free
    except OSError as error:
        return Finding(
            check="state_folder",
            verdict=Verdict.FAILED,
            seen=f"{there}: {error.strerror or error}",
            meaning="An agent cannot keep who it is, nor any result until it is uploaded.",
            advice=(f"ls -ld {there}", "choose another folder with --state-dir, or make this one writable"),
        )
    is_roomy = free >= outbox_bytes
    return Finding(
        check="state_folder",
        verdict=Verdict.OK if is_roomy else Verdict.DEGRADED,
        seen=f"{there}: {free // 2**20} MiB free, a synced write took {1000 * took:.1f} ms",
        meaning="Results are safe here while the server is away."
        if is_roomy
        else "The disk may be full before the outbox is, and then results are lost.",
        advice=() if is_roomy else (f"make {outbox_bytes // 2**20} MiB of room on the disk",),
        facts={"folder": str(there), "bytes_free": free, "write_time": took},
    )


def _write_into(folder: Path) -> float:
    """Seconds that a synced write took."""
    before = time.monotonic()
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
    return time.monotonic() - before
