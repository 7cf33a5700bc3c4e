"""Real-time priority: taken where permitted, told truly, given back by a process that never sleeps."""

import subprocess
import sys

RUN = [sys.executable, "-c"]


def said(script):
    """What a process of its own prints."""
    return subprocess.run(
        [*RUN, script], capture_output=True, text=True, check=True, timeout=30
    ).stdout.split()


def test_what_is_told_is_what_the_system_says():
    """Whether or not it is permitted here, the answer is the scheduler's own, and off means off."""
    script = """
import os
from sonde.probe.priority import SENDING, claim_realtime
print(claim_realtime(SENDING, wanted=False), os.sched_getscheduler(0) & 7 == os.SCHED_FIFO)
print(claim_realtime(SENDING, wanted=True), os.sched_getscheduler(0) & 7 == os.SCHED_FIFO)
"""
    off, off_is_fifo, on, on_is_fifo = said(script)
    assert (off, off_is_fifo) == ("normal", "False")
    assert (on == "realtime") == (on_is_fifo == "True")


def test_a_process_that_never_sleeps_steps_back():
    """A busy loop ends at normal priority, and its children never have any other."""
    script = """
import os, time
from sonde.probe import priority
priority.claim_realtime(priority.SENDING, wanted=True)
print(os.popen("chrt -p $$ || true").read().count("SCHED_FIFO"))
while priority.priority() == "realtime":
    pass
time.sleep(0.001)
print(priority.priority())
"""
    assert said(script) == ["0", "normal"]
