"""What this machine's kernel says of its clock."""

import asyncio
import time

from sonde.probe.clock_state import clock_reader, with_clock_watch
from sonde.probe.orders import StreamOutcome
from sonde.rtp.clock_readings import ran_evenly


def test_the_kernel_tells_without_privilege():
    """A reading has the present time and the distance to the raw clock, as they can be read otherwise."""
    wall, raw = time.time_ns(), time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
    reading = clock_reader()()
    assert reading is not None
    assert wall <= reading.at <= time.time_ns()
    assert raw <= reading.at - reading.beyond_raw <= time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
    assert reading.error_max is None or reading.error_max > 0


def test_a_clock_nobody_touches_runs_evenly():
    """Two readings of one clock differ by what its rate explains."""
    read = clock_reader()
    first = read()
    assert ran_evenly(first, read())


def test_a_stream_gets_the_readings_around_it():
    """The first is from before the stream began, the second from after its end."""
    during = []

    async def stream():
        during.append(time.time_ns())
        return StreamOutcome(order_id=1)

    outcome = asyncio.run(with_clock_watch(stream(), clock_reader()))
    assert outcome.clock.before.at <= during[0] <= outcome.clock.after.at


def test_a_system_that_does_not_tell_leaves_it_open():
    """Without readings a stream has no watch, and is measured all the same."""

    async def stream():
        return StreamOutcome(order_id=1)

    assert asyncio.run(with_clock_watch(stream(), lambda: None)).clock is None
