"""The collector in a real browser, whose network is bad and whose server comes and goes."""

from itertools import pairwise
from statistics import median

import pytest
from batch_receiver import BatchReceiver
from browser_call import open_call

from sonde.webrtc.event import EventKind

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

LOSS, DELAY = 0.05, 0.05
"""Of each passage. Both ends of the call are in the page, so a packet passes twice on its way."""

LOST = 1 - (1 - LOSS) ** 2
ROUND_TRIP = 4 * DELAY

OPTIONS = {"key": "k", "meeting": "m", "participant": {"id": "u", "name": "Ann"}, "batch": 2000}


@pytest.fixture(scope="module")
def receiver():
    """A server that takes batches."""
    receiver = BatchReceiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def batches_without_network(receiver):
    """A call that was well, impaired, without network, without server, reloaded and left."""
    with open_call() as call:
        call.begin(url=receiver.url, **OPTIONS)
        call.wait(4)
        call.impair(loss=LOSS, delay=DELAY)
        call.wait(15)
        call.impair(offline=True)
        call.wait(1)  # what is on its way arrives
        before = len(receiver.batches)
        call.wait(20)
        came = len(receiver.batches) - before
        call.impair()
        call.wait(3)
        receiver.is_mute = True  # takes batches and dies before it says so
        call.wait(3)
        receiver.stop()
        receiver.is_mute = False
        call.wait(3)
        call.page.reload()
        receiver.start()
        call.begin(url=receiver.url, **OPTIONS)
        call.wait(4)
        call.leave()
    return came


@pytest.fixture
def calls(batches_without_network, receiver):
    """The snapshots of each connection, by peer."""
    found = {}
    for (peer, _), snapshots in receiver.snapshots().items():
        found.setdefault(peer, []).append(snapshots)
    return found


def test_no_sample_is_lost_and_none_doubled(calls, batches_without_network, receiver):
    """Numbers have no gap, through no network, a killed server and a reload, and repeats say the same."""
    assert batches_without_network == 0
    assert len(calls) == 2
    for connections in calls.values():
        assert len(connections) == 2
        for snapshots in connections:
            assert [each.number for each in snapshots] == list(range(len(snapshots)))
    seen = [(batch.peer, each.key, each.first) for batch in receiver.batches for each in batch.connections]
    assert len(seen) > len(set(seen)), "the server that died before its answer should have got repeats"


def test_ticks_come_each_second(calls):
    """The first life of the page was watched all the time, without network too."""
    for snapshots in calls[next(iter(calls))]:
        steps = [later.at - earlier.at for earlier, later in pairwise(snapshots)]
        assert 0.9e9 < median(steps) < 1.3e9
        assert snapshots[-1].at - snapshots[0].at > 40e9


def test_impairment_is_in_the_samples(calls):
    """Loss and round trip are those that were set, and before that there is none."""
    for snapshots in calls[next(iter(calls))]:
        clean, first, last = (
            next(
                stream
                for stream in snapshots[n].streams
                if (stream.direction, stream.kind) == ("recv", "audio")
            )
            for n in (2, 6, 17)
        )
        assert clean.packets_lost == 0
        lost = last.packets_lost - first.packets_lost
        assert 0.4 * LOST < lost / (lost + last.packets_received - first.packets_received) < 2 * LOST
        trips = [
            transport.current_round_trip_time for each in snapshots[10:17] for transport in each.transports
        ]
        assert ROUND_TRIP * 0.9 < median(trips) < ROUND_TRIP * 1.5
        assert snapshots[2].transports[0].current_round_trip_time < ROUND_TRIP / 4


def test_what_happened_is_told(calls, receiver):
    """States, tracks, devices asked for, the page's end and the person's leave are among the events."""
    kinds = {event.kind for event in receiver.events()}
    assert kinds >= {
        EventKind.JOINED,
        EventKind.CREATED,
        EventKind.MEDIA_GRANTED,
        EventKind.CONNECTION_STATE,
        EventKind.TRACK_ADDED,
        EventKind.TRACK_RECEIVED,
        EventKind.PAGE_UNLOADED,
        EventKind.LEFT,
    }


def test_batches_say_who_and_where(calls, receiver):
    """Each batch stands by itself: person, meeting, browser, and the server's clock once it is known."""
    assert {batch.participant.name for batch in receiver.batches} == {"Ann"}
    assert {batch.meeting for batch in receiver.batches} == {"m"}
    assert all("Chrome" in batch.user_agent for batch in receiver.batches)
    assert abs(receiver.batches[2].clock_offset) < 1e6
