"""What is believed to be a stream, what is not, and how much of it is kept."""

import random
import struct
from dataclasses import replace

import pytest
from captures import MILLISECOND, SECOND, START, Flow, Packet, frames, write_pcap
from scenarios import make

from sonde.capture import records, streams


def datagrams(payloads, flow=None):
    """Stamped frames with these payloads, one each 10 ms."""
    return [
        (START + place * 10 * MILLISECOND, (flow or Flow()).frame(payload))
        for place, payload in enumerate(payloads)
    ]


@pytest.fixture
def found(analyse, tmp_path):
    """A function that returns the streams in some frames."""

    def found(captured):
        return analyse(write_pcap(tmp_path / "a", captured))["streams"]

    return found


CHANCE = random.Random(4)
OTHERS = {
    "DNS": [
        struct.pack("!HH", CHANCE.randrange(0x8000, 0xC000), 0x0100) + CHANCE.randbytes(40)
        for _ in range(200)
    ],
    "STUN": [b"\x00\x01\x00\x08\x21\x12\xa4\x42" + CHANCE.randbytes(20) for _ in range(50)],
    "DTLS": [b"\x16\xfe\xfd" + CHANCE.randbytes(60) for _ in range(50)],
    "RTCP": [struct.pack("!BBHI", 0x80, 201, 1, place) for place in range(50)],
    "chance": [bytes([0x80]) + CHANCE.randbytes(80) for _ in range(2000)],
    "the same bytes": [b"\x80\x00\x12\x34" + bytes(20)] * 200,
    "a chance with one SSRC": [b"\x80\x00" + CHANCE.randbytes(6) + b"SSRC" + bytes(20) for _ in range(500)],
    "standing timestamps": [struct.pack("!BBHII", 0x80, 0, place, 77, 5) for place in range(100)],
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_protocols_are_no_streams(kind, found):
    """However much of it there is."""
    assert found(datagrams(OTHERS[kind])) == []


@pytest.mark.parametrize(("packets", "streams"), [(2, 0), (3, 1)])
def test_three_packets_in_sequence_are_believed(packets, streams, found, call):
    """Two are not."""
    assert len(found(frames(call[:packets]))) == streams


def test_rtcp_beside_a_stream_does_not_join_it(found, call):
    """Although it comes on the same ports with the same SSRC (RFC 5761)."""
    report = struct.pack("!BBHI", 0x80, 201, 1, call[0].ssrc)
    [stream] = found(sorted([*frames(call), *datagrams([report] * 20)]))
    assert (stream["packets_received"], stream["packets_stray"]) == (250, 0)


def test_relayed_streams_are_unwrapped(found, call):
    """A TURN relay puts four bytes before each packet."""
    wrapped = [
        (packet.arrival, Flow().frame(struct.pack("!HH", 0x4001, len(packet.rtp)) + packet.rtp))
        for packet in call
    ]
    [stream] = found(wrapped)
    assert (stream["packets_received"], stream["ssrc"]) == (250, call[0].ssrc)


def test_streams_are_told_apart(found):
    """By SSRC, by either end, in the order they begin."""
    flows = [Flow(), Flow(source_port=41002), Flow(destination="192.0.2.9"), Flow()]
    captured = []
    for place, (flow, ssrc) in enumerate(zip(flows, (5, 5, 5, 6), strict=True)):
        packets = make("one", count=50 + place, ssrc=ssrc).packets
        captured += frames(
            [replace(packet, arrival=packet.arrival + place * MILLISECOND) for packet in packets], flow
        )
    seen = found(sorted(captured))
    assert [stream["packets_received"] for stream in seen] == [50, 51, 52, 53]
    assert [stream["ssrc"] for stream in seen] == [5, 5, 5, 6]


def test_streams_beyond_the_limit_are_counted(analyse, tmp_path, monkeypatch):
    """So that a file made on purpose cannot exhaust the memory, and nobody overlooks a stream."""
    monkeypatch.setattr(streams, "MOST_STREAMS", 5)
    captured = []
    for ssrc in range(8):
        captured += frames([replace(packet, ssrc=ssrc) for packet in make("one", count=20).packets])
    report = analyse(write_pcap(tmp_path / "a", captured))
    assert (len(report["streams"]), report["streams_left_out"]) == (5, 3)
    assert report["notes"] == ["3 further streams were left out; split the file to see them."]


def test_candidates_are_forgotten_before_streams(analyse, tmp_path, monkeypatch):
    """A flood of packets that look like RTP costs bounded memory and no stream that is known."""
    monkeypatch.setattr(streams, "MOST_CANDIDATES", 50)
    call = make("call", count=300).packets
    flood = [
        Packet(arrival=call[100].arrival + i, sequence=i, timestamp=i, ssrc=10_000 + i) for i in range(500)
    ]
    report = analyse(write_pcap(tmp_path / "a", [*frames(call[:101]), *frames(flood), *frames(call[101:])]))
    [stream] = report["streams"]
    assert stream["packets_received"] == 300
    assert report["notes"] == ["475 flows too short to be sure of were forgotten."]


def test_delays_are_rounded_when_there_are_too_many(analyse, tmp_path, monkeypatch):
    """Percentiles then say how coarse they are, and are at most that much too small."""
    packets = [
        replace(packet, arrival=packet.arrival + i * i % 1009 * 1000)
        for i, packet in enumerate(make("long", count=2000).packets)
    ]
    path = write_pcap(tmp_path / "a", frames(packets))
    exact = analyse(path)["streams"][0]["pdv"]
    monkeypatch.setattr(streams, "_MOST_VALUES", 100)
    monkeypatch.setattr(streams, "_MOST_WAITING", 64)
    monkeypatch.setattr(records, "CHUNK", 1 << 14)
    coarse = analyse(path)["streams"][0]["pdv"]
    assert exact["resolution"] == 1e-9 < coarse["resolution"] < 1e-3
    for name in ("p50", "p95", "p99", "p999", "max"):
        assert abs(coarse[name] - exact[name]) <= coarse["resolution"]


def test_late_beginnings_and_ends_are_kept(found, call):
    """Start and duration are those of the stream, not of the file."""
    captured = [(START, bytes(60)), *frames(call), (START + 900 * SECOND, bytes(60))]
    [stream] = found(captured)
    assert stream["started_at"] == pytest.approx(call[0].arrival / SECOND)
    assert stream["duration"] == pytest.approx(249 * 0.02)
