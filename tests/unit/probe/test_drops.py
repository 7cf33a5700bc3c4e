"""What the target's own queue dropped is told from what the network lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.probe import frames, tags
from sonde.probe.arrival_log import NONE, ArrivalLog
from sonde.probe.drops import find_dropped
from sonde.probe.frames import Hello, Sync
from sonde.probe.record import ArrivalRecord, DropWindow

PACKETS = 60
SENT = np.arange(1, PACKETS + 1, dtype=np.int64)
NEVER_ASKED = np.empty(0, dtype=np.int64)
HELLO = Hello(
    protocol=frames.PROTOCOL,
    nonce=bytes(16),
    attempt=1,
    ssrc=0x01020304,
    first_sequence=65_530,
    payload_type=0,
    packets=PACKETS,
    packet_interval=0.02,
    packet_size=172,
    dscp=46,
    sent_at=0,
    host_proof=b"",
    version="1",
)
TAGS = tags.packet_tags(bytes(32), HELLO.nonce, PACKETS)
SYNC_TAGS = tags.sync_tags(bytes(32), HELLO.nonce, PACKETS)


def record(indexes, *windows):
    """A record with these arrivals and overflows."""
    return ArrivalRecord(
        indexes=np.array(indexes, dtype="<u2").tobytes(),
        stamps=bytes(8 * len(indexes)),
        tos=bytes(2 * len(indexes)),
        ttl=bytes(len(indexes)),
        socket_drops=sum(window.dropped for window in windows),
        forged=0,
        timestamp_source="kernel",
        drops_of="stream",
        drop_windows=windows,
    )


def packet(index):
    """The RTP packet of that index."""
    sequence = (HELLO.first_sequence + index) & 0xFFFF
    tag = int.from_bytes(TAGS[8 * index : 8 * index + 8], "big")
    data = bytearray(172)
    data[0] = 0x80
    frames.RTP_FIELDS.pack_into(data, 2, sequence, 0, HELLO.ssrc, 0, tag)
    return bytes(data)


def question(number):
    """The clock question of that number."""
    return frames.build_sync(HELLO.ssrc, Sync(number, SYNC_TAGS[8 * number : 8 * number + 8]), 172)


@given(st.data())
def test_drops_are_found_one_by_one_when_the_network_loses_nothing(data):
    """Whatever a queue refuses of packets and questions in order, exactly these packets are named."""
    stream = [("packet", n) for n in range(PACKETS)]
    for number, place in enumerate(sorted(data.draw(st.lists(st.integers(0, PACKETS), max_size=20)))):
        stream.insert(place + number, ("question", number))
    refused = data.draw(st.lists(st.booleans(), min_size=len(stream), max_size=len(stream)))
    log, drops, expected = ArrivalLog(HELLO, TAGS, SYNC_TAGS), 0, []
    for (kind, number), is_refused in zip(stream, refused, strict=True):
        if is_refused:
            drops += 1
            expected += [number] if kind == "packet" else []
        else:
            datagram = packet(number) if kind == "packet" else question(number)
            log.note(datagram, (1000, 184, 64), drops)
    log.finish(drops)
    index, _, _, _ = log.columns
    sent = np.array([1 + at for at, (kind, _) in enumerate(stream) if kind == "packet"])
    asked = np.array([1 + at for at, (kind, _) in enumerate(stream) if kind == "question"], dtype=np.int64)
    found = find_dropped(record(index.tolist(), *log.windows), sent, asked)
    assert found.tolist() == expected


def test_loss_outside_the_windows_stays_loss():
    """A packet missing where no queue overflowed was lost by the network."""
    arrived = [n for n in range(PACKETS) if n not in (5, 30, 31)]
    window = DropWindow(after=arrived.index(32), last_sync=NONE, next_sync=NONE, dropped=2)
    assert find_dropped(record(arrived, window), SENT, NEVER_ASKED).tolist() == [30, 31]


def test_more_missing_than_dropped_is_shared():
    """When the network lost some beside an overflow, as many as were dropped are excused, the last ones."""
    arrived = [n for n in range(PACKETS) if not 10 <= n < 20]
    window = DropWindow(after=10, last_sync=NONE, next_sync=NONE, dropped=4)
    assert find_dropped(record(arrived, window), SENT, NEVER_ASKED).tolist() == [16, 17, 18, 19]
    mixed = DropWindow(after=10, last_sync=0, next_sync=11, dropped=10)
    asked = np.array([10, *range(11, 21), 21], dtype=np.int64)
    assert find_dropped(record(arrived, mixed), SENT, asked).tolist() == [15, 16, 17, 18, 19]


def test_packets_that_were_never_sent_are_not_dropped():
    """A packet the source's kernel refused cannot have reached the target."""
    sent = SENT.copy()
    sent[50:] = 0
    window = DropWindow(after=40, last_sync=NONE, next_sync=NONE, dropped=30)
    assert find_dropped(record(range(40), window), sent, NEVER_ASKED).tolist() == list(range(40, 50))


@pytest.mark.parametrize("window", [DropWindow(99, 7, 3, 5), DropWindow(0, -1, -1, 10**9)])
def test_an_impossible_window_invents_nothing(window):
    """Whatever a target says, only packets that were sent and are missing can be excused."""
    assert find_dropped(record(range(PACKETS), window), SENT, NEVER_ASKED).tolist() == []
