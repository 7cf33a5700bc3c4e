"""Sockets of streams: what a queue loses is told by stream, and without such sockets all else still works."""

import asyncio
import os
import resource
import signal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from engines import flowing

from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.keys import pair_key
from sonde.probe.measurement import sender_health, stream_summary
from sonde.probe.planning import StreamPlan, make_order
from sonde.probe.receiver import Listen
from sonde.quality.codecs import codec

pytestmark = pytest.mark.integration

KEY = pair_key("correct horse")
LISTEN = Listen(host="127.0.0.1", port=0)
FEW = 8 * 832
"""Bytes of a queue that holds a handful of packets."""

STREAMS = 3

LONG = 4
"""Seconds of a stream that is still being sent when the receiver, once a second, tells of it."""

PACKETS = 50 * LONG


def measured(listen, *, streams=1, seconds=2, before=None, during=None, realtime=True, host="127.0.0.1"):
    """Runs streams at once; `before` and `during` get the engines."""

    async def run():
        receiving, sending = ReceiveEngine(listen), SendEngine(realtime=realtime)
        try:
            port = await receiving.start()
            receiving.allow((KEY,))
            sending.start()
            if before:
                await before(receiving, sending)
            plan = StreamPlan(
                host=host, port=port, pair_key=KEY, codec=codec("g711"), duration=seconds, dscp=46
            )
            orders = [make_order(plan, sending.next_order_id()) for _ in range(streams)]
            outcomes = asyncio.gather(*[sending.run(order) for order in orders])
            if during:
                await during(receiving, sending)
            return await outcomes
        finally:
            await asyncio.gather(sending.stop(), receiving.stop())

    return asyncio.run(run())


async def stop_receiver(receiving, _sending):
    """Lets the receiver sleep in mid-stream for longer than its queues hold."""
    await flowing(receiving, STREAMS)
    os.kill(receiving._child.pid, signal.SIGSTOP)
    await asyncio.sleep(0.6)
    os.kill(receiving._child.pid, signal.SIGCONT)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_overflow_is_the_agents_and_not_the_networks(host):
    """Packets that only our own queue lost are agent drops, exactly, by stream; nothing is lost."""
    listen = msgspec.structs.replace(LISTEN, host=host, stream_buffer=FEW)
    for outcome in measured(listen, streams=STREAMS, seconds=LONG, during=stop_receiver, host=host):
        stream, health = stream_summary(outcome, 0.04), sender_health(outcome)
        received = np.unique(np.frombuffer(outcome.arrivals.indexes, dtype="<u2"))
        assert outcome.error is None
        assert health.agent_drops > 5
        assert health.agent_drops_of == "stream"
        assert stream.packets_lost == 0
        assert stream.packets_sent == stream.packets_received == len(received)
        assert health.agent_drops + len(received) == PACKETS


def test_a_queue_of_ordinary_size_survives_a_sleeping_receiver():
    """Half a second of sleep costs nothing: kernel stamps and deep queues."""
    for outcome in measured(LISTEN, streams=STREAMS, seconds=LONG, during=stop_receiver):
        stream, health = stream_summary(outcome, 0.04), sender_health(outcome)
        assert (stream.packets_lost, health.agent_drops, stream.packets_received) == (0, 0, PACKETS)
        assert stream.pdv_max < 0.3


def take_descriptors(pid):
    """Lets a process open no further file."""
    in_use = {int(file.name) for file in Path(f"/proc/{pid}/fd").iterdir()}
    lowest_free = next(number for number in range(10_000) if number not in in_use)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest_free, lowest_free))


def test_without_descriptors_streams_share_the_listener():
    """Where the system gives no more sockets, streams are measured all the same, and the result says so."""

    async def leave_no_descriptor(receiving, _sending):
        await asyncio.sleep(1)  # it opens its last files after it has said that it listens
        take_descriptors(receiving._child.pid)

    for outcome in measured(LISTEN, streams=3, seconds=1, before=leave_no_descriptor):
        stream, health = stream_summary(outcome, 0.04), sender_health(outcome)
        assert (outcome.error, stream.packets_received, stream.dscp_counts) == (None, 50, {46: 50})
        assert (health.agent_drops, health.agent_drops_of) == (0, "port")


def test_own_sockets_can_be_switched_off():
    """The fallback gives the same numbers."""
    (outcome,) = measured(msgspec.structs.replace(LISTEN, own_sockets=False), seconds=1)
    stream, health = stream_summary(outcome, 0.04), sender_health(outcome)
    assert (stream.packets_received, stream.dscp_counts, stream.ttl_min) == (50, {46: 50}, 64)
    assert (health.timestamp_source, health.agent_drops_of) == ("kernel", "port")


def test_a_crowd_of_streams_is_complete():
    """A hundred and fifty streams at once, so that both ends are in their busy mode: each one complete."""
    listen = msgspec.structs.replace(
        LISTEN, limits=msgspec.structs.replace(LISTEN.limits, streams_per_key=150)
    )
    outcomes = measured(listen, streams=150, seconds=1)
    assert [outcome.error for outcome in outcomes] == [None] * 150
    assert {len(outcome.arrivals.ttl) for outcome in outcomes} == {50}
    assert {sender_health(outcome).agent_drops_of for outcome in outcomes} == {"stream"}


@pytest.mark.parametrize("realtime", [True, False])
def test_the_priority_of_the_sender_is_told(realtime):
    """The report names the priority that the scheduler says the sender has."""
    seen = []

    async def look(receiving, sending):
        await flowing(receiving, 1)
        policy = os.sched_getscheduler(sending._child.pid) & ~os.SCHED_RESET_ON_FORK
        seen.append("realtime" if policy == os.SCHED_FIFO else "normal")

    (outcome,) = measured(LISTEN, seconds=LONG, during=look, realtime=realtime)
    assert [sender_health(outcome).priority] == seen
    assert realtime or seen == ["normal"]


def test_every_packet_has_its_time_of_sending():
    """How long each send call took is known for each packet, and ends with its lateness."""
    (outcome,) = measured(LISTEN)
    took = np.frombuffer(outcome.took, dtype=np.int64)
    late = np.frombuffer(outcome.lateness, dtype=np.int64)
    assert len(took) == len(late) == 100
    assert took.min() > 0
    assert (took <= late).all()
