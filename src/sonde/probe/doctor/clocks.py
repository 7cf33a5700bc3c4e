"""Whether this machine's clock is steered by a reference, and whether it runs evenly."""

import time
from typing import NamedTuple

from sonde.probe.clock_state import clock_reader
from sonde.probe.doctor.finding import Fact, Finding, Verdict

STEP = 100_000
"""Nanoseconds of a jump that would show in a stream's delays."""

RATE = 100e-6
"""How much faster or slower a clock may run; the fit of two clocks allows no more."""

ATTEMPTS = 5
"""Readings of which the least interrupted one counts: a pause between two clocks would look like a jump."""

_UNKNOWN = Finding(
    check="clock_synchronised",
    verdict=Verdict.DEGRADED,
    seen="the system does not tell",
    meaning="Outside synchronisation is unknown, so one-way delays rest on packets both ways alone.",
    advice=("allow the adjtimex system call, which reading needs no privilege for",),
)


class Instant(NamedTuple):
    """One moment by three clocks, in ns: the one that stamps, the one never set, the one never steered."""

    wall: int
    steady: int
    raw: int


def read_instant() -> Instant:
    """Now."""
    return min((_read() for _ in range(ATTEMPTS)), key=lambda attempt: attempt[0])[1]


def _read() -> tuple[int, Instant]:
    """One attempt, and the ns that it took."""
    before = time.monotonic_ns()
    instant = Instant(time.time_ns(), time.monotonic_ns(), time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW))
    return time.monotonic_ns() - before, instant


def check_synchronisation() -> Finding:
    """Whether a program steers the clock by a reference."""
    reading = clock_reader()()
    if reading is None:
        return _UNKNOWN
    max_error = None if reading.error_max is None else reading.error_max / 1e9
    facts: dict[str, Fact] = {
        "synchronised": max_error is not None,
        "max_error": max_error,
        "frequency": reading.rate / 1e12,
    }
    if max_error is not None:
        return Finding(
            check="clock_synchronised",
            verdict=Verdict.OK,
            seen=f"within {1000 * max_error:.3f} ms, by its own account",
            meaning="The clock follows a reference, so rounds start when other agents expect them.",
            facts=facts,
        )
    return Finding(
        check="clock_synchronised",
        verdict=Verdict.DEGRADED,
        seen="no program keeps it",
        meaning="One-way delays rest on packets both ways alone, which cannot see an asymmetric path, "
        "and rounds drift away from those of other agents.",
        advice=("apt-get install chrony", "timedatectl set-ntp true", "chronyc tracking"),
        facts=facts,
    )


def check_run(before: Instant, after: Instant) -> Finding:
    """Whether the clock jumped or ran unevenly between two moments."""
    step = (after.wall - before.wall) - (after.steady - before.steady)
    rate = (after.steady - before.steady) / (after.raw - before.raw) - 1
    is_even = abs(step) <= STEP and abs(rate) <= RATE
    return Finding(
        check="clock_runs_evenly",
        verdict=Verdict.OK if is_even else Verdict.DEGRADED,
        seen=f"stepped {step / 1e6:+.3f} ms and steered {rate * 1e6:+.1f} ppm during these checks",
        meaning="Delays within a stream compare with each other."
        if is_even
        else "A clock that jumps or races in mid-stream makes delays and PDV of that stream wrong.",
        advice=() if is_even else ("chronyc tracking", "run one time service only, and let it slew"),
        facts={"step": step / 1e9, "rate": rate},
    )
