"""Clients whose clock is wrong are read as if it were right."""

from pathlib import Path

import msgspec
import pytest
from client_batches import make_batch, read_series
from collector_ticks import read_batch
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.dialects.collector import INSTANT_MAX, Batch
from sonde.webrtc.dialects.collector_clock import OWN_INSTANTS
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.links import find_links

SERIES = Path(__file__).parents[2] / "data/webrtc/chromium-getstats-series-loss5_delay100.jsonl.gz"
PEER = "6f0c2b9e-3c64-4d51-9f0e-0a5a5a0d7c11"
BEGIN = 1_795_211_191_305_000
HOUR = 3_600_000_000


def batch_of(reports, *, error=0, told=True, events=()):
    """What a client sends whose clock is so many microseconds ahead, and which knows it or not."""
    shown = [[wrong(stats, error // 1000) for stats in report] for report in reports]
    at = [BEGIN + error + tick * 1_000_000 for tick in range(len(reports))]
    moved = [{**event, "at": event["at"] + error} for event in events]
    head = {"clock_offset": -error} if told else {}
    return msgspec.convert(make_batch(shown, at, peer=PEER, events=moved, **head), Batch)


def wrong(stats, milliseconds):
    """A statistics object as that client's browser gives it; what it knows of the other's stays."""
    own = {name: round(stats[name]) + milliseconds for name in OWN_INSTANTS if name in stats}
    return {**stats, **own}


@pytest.fixture(scope="module")
def calls():
    """Some seconds of both ends of a call over a bad network."""
    return [read_series(SERIES, peer)[2:12] for peer in "ab"]


@pytest.mark.parametrize("error", [HOUR, -HOUR, 20 * 365 * 24 * HOUR, 7000])
def test_a_wrong_clock_changes_nothing_when_it_is_told(calls, error):
    """Ticks, events and the arrival of packets and reports have the times that a right clock gives."""
    events = [{"at": BEGIN + 1, "kind": "joined"}, {"at": BEGIN + 2, "kind": "created", "connection": "1"}]
    for reports in calls:
        right = read_batch(batch_of(reports, events=events))
        assert read_batch(batch_of(reports, error=error, events=events)) == right
        assert right.peers[0].snapshots[0].at == BEGIN * 1000


def test_a_clock_of_which_nothing_is_told_is_believed(calls):
    """Without an offset times are the client's."""
    recording = read_batch(batch_of(calls[0], error=HOUR, told=False))
    assert recording.peers[0].snapshots[0].at == (BEGIN + HOUR) * 1000


def test_ends_with_different_clocks_find_each_other(calls):
    """Who is an hour slow and who is a day fast were in the same call at the same time."""
    peers = {
        name: peer_intervals(read_batch(batch_of(reports, error=error)).peers[0].snapshots)
        for name, reports, error in zip("ab", calls, (-HOUR, 24 * HOUR), strict=True)
    }
    links = find_links(peers)
    assert {(link.sender.peer, link.receiver.peer) for link in links} == {("a", "b"), ("b", "a")}
    spans = [(stream.first, stream.last) for peer in peers.values() for stream in peer.streams]
    assert max(first for first, _ in spans) < min(last for _, last in spans)


def test_never_is_never_by_every_clock():
    """The 0 that stands for "not yet" is no time and is not moved."""
    values = {"kind": "audio", "ssrc": 1, "lastPacketReceivedTimestamp": [0, None, BEGIN // 1000, 20]}
    connection = {"key": "1", "first": 0, "at": [BEGIN, 1, 1, 1]}
    stats = [{"id": "I", "type": "inbound-rtp", "values": values}]
    content = {"version": 1, "peer": PEER, "collector": {"name": "test"}, "clock_offset": HOUR}
    batch = msgspec.convert({**content, "connections": [{**connection, "stats": stats}]}, Batch)
    found = [each.streams[0].last_packet_received_at for each in read_batch(batch).peers[0].snapshots]
    moved = (BEGIN // 1000 * 1000 + HOUR) * 1000
    assert found == [None, None, moved, moved + 20_000_000]


strange = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
columns = strange | st.lists(strange, max_size=4) | st.dictionaries(st.text(max_size=3), strange, max_size=2)


@given(
    offset=st.integers(-INSTANT_MAX, INSTANT_MAX),
    values=strange | st.dictionaries(st.sampled_from(OWN_INSTANTS), columns),
    events=st.lists(strange | st.dictionaries(st.sampled_from(["at", "kind"]), strange), max_size=3),
    begin=st.integers(-INSTANT_MAX, INSTANT_MAX),
)
def test_strange_times_are_left_out_and_never_fatal(offset, values, events, begin):
    """Whatever stands where times should, and whatever shall be added, the batch is read."""
    stats = [{"id": "I", "type": "inbound-rtp", "values": values}, values]
    content = {"version": 1, "peer": PEER, "collector": {"name": "test"}, "clock_offset": offset}
    connection = {"key": "1", "first": 0, "at": [begin, 1], "stats": stats}
    batch = msgspec.convert({**content, "connections": [connection], "events": events}, Batch)
    assert len(read_batch(batch).peers) >= 1
