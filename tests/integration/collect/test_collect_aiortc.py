"""The collector for aiortc in a real call, whose server goes away and comes back."""

import asyncio

import pytest
from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack
from batch_receiver import BatchReceiver

from sonde.collect import Collector
from sonde.webrtc.event import EventKind

SLACK = 5 * 10**9
"""Nanoseconds within which a busy machine answers."""

pytestmark = pytest.mark.integration


@pytest.fixture
def receiver():
    """A server that takes batches."""
    receiver = BatchReceiver()
    yield receiver
    receiver.stop()


async def connect(caller, callee):
    """Lets one connection call the other."""
    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription)


async def call(receiver):
    """Some seconds of sound from one end to the other, and what the collector made of it."""
    caller, callee = RTCPeerConnection(), RTCPeerConnection()
    caller.addTrack(AudioStreamTrack())
    async with Collector(receiver.url, "k", meeting="m", interval=0.2, batch=0.4) as collector:
        collector.watch(caller, label="caller")
        collector.watch(callee, label="callee")
        await connect(caller, callee)
        receiver.is_mute = True
        await asyncio.sleep(1)
        receiver.is_mute = False
        await asyncio.sleep(1)
        collector.event("feedback", {"stars": 4})
        await collector.flush()
    await asyncio.gather(caller.close(), callee.close())


def test_a_wrong_clock_is_set_right(receiver):
    """Seen from a server that is an hour ahead the call was now, tick by tick."""
    receiver.clock_error = 3600.0
    begun = receiver.time() * 1000
    asyncio.run(call(receiver))
    for snapshots in receiver.snapshots().values():
        times = [each.at for each in snapshots]
        assert begun - SLACK < times[0] < times[-1] < receiver.time() * 1000 + SLACK
        assert times == sorted(set(times))


def test_a_call_arrives_whole_and_once(receiver):
    """No tick is missing or doubled though a server took batches and did not say so; streams are there."""
    asyncio.run(call(receiver))
    (caller, callee) = receiver.snapshots().values()
    for snapshots in (caller, callee):
        assert len(snapshots) > 5
        assert [each.number for each in snapshots] == list(range(len(snapshots)))
    assert len(receiver.batches) > len({str(batch) for batch in receiver.batches})
    assert {stream.direction for stream in caller[-1].streams} == {"send"}
    [received] = [stream for stream in callee[-1].streams if stream.direction == "recv"]
    assert received.packets_received > 50
    kinds = [event.kind for event in receiver.events()]
    assert kinds[0] == EventKind.JOINED
    assert kinds[-1] == EventKind.LEFT
    assert {EventKind.APPLICATION, EventKind.CONNECTION_STATE} <= set(kinds)
