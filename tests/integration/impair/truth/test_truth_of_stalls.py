"""A sender that the machine stops for a while: its streams show it as the sender's, and not as the path's."""

import asyncio
import os
import signal

import numpy as np
import pytest
from engines import flowing

from sonde.impair.impairment import Impairment
from sonde.probe.measurement import sender_health, stream_summary
from sonde.rtp.buffer import count_discards
from sonde.rtp.delay import delay_variation

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

STALL = 0.050
INTERVAL = 0.020
JITTER_BUFFER = 0.04

STREAMS = 50


async def stall(sending, receiving) -> None:
    """Stop the sender process in mid-stream, as a busy hypervisor does."""
    await flowing(receiving, STREAMS)
    os.kill(sending._child.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(STALL)
    finally:
        os.kill(sending._child.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def run(laboratory):
    """50 streams on an even path, all stalled at once."""
    even = Impairment(delay=0.02)
    return laboratory.run(streams=STREAMS, waves=1, forward=even, reverse=even, disturb=stall)


def test_a_stall_is_no_delay_variation(run) -> None:
    """The highest PDV is within 1 ms of the log's, and nothing is discarded that would not have been."""
    for measured, logged in run.streams:
        summary = stream_summary(measured.outcome, JITTER_BUFFER)
        truth = delay_variation(np.array(logged.delays(measured.timed)))
        assert summary.pdv_max == pytest.approx(truth.max() / 1e9, abs=0.001)
        assert summary.packets_discarded == count_discards(truth, JITTER_BUFFER)
        assert summary.packets_lost == 0


def test_a_stall_is_told(run) -> None:
    """The longest gap beyond the packet interval, as the path saw it, is what the sender says of itself."""
    for measured, logged in run.streams:
        came = np.array([logged.received_at[place] for place in sorted(logged.received_at)])
        gap = np.diff(came).max() / 1e9 - INTERVAL
        stall_max = sender_health(measured.outcome).stall_max
        assert stall_max == pytest.approx(gap, abs=0.001)
        assert stall_max > STALL - INTERVAL - 0.001
