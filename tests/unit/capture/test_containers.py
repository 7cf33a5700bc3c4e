"""Every kind of capture file gives the same stream, and damage is said and survived."""

import struct
from dataclasses import replace
from io import BytesIO

import pytest
from captures import (
    SECOND,
    Flow,
    Interface,
    block,
    frames,
    packet_block,
    section,
    write_pcap,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import make

from sonde.capture import records
from sonde.capture.analysis import AnalysisOptions, analyse
from sonde.capture.records import CHUNK
from sonde.model.errors import Invalid

FACTS = ("ssrc", "packets_received", "packets_lost", "jitter", "pdv", "ipdv", "discards", "dscp", "mos")


def facts(report):
    """What does not depend on the container."""
    [stream] = report["streams"]
    return {name: stream[name] for name in FACTS}


def analyse_bytes(content):
    """The report on a file's content."""
    return analyse(BytesIO(content), "made", AnalysisOptions())


@pytest.fixture
def uneven(call):
    """A stream whose arrivals are off by some microseconds, and which lost a packet."""
    return [
        replace(packet, arrival=packet.arrival + i * 7919 % 5000 * 1000)
        for i, packet in enumerate(call)
        if i != 77
    ]


@pytest.fixture
def usual(analyse_packets, uneven):
    """What an ordinary file says of it."""
    return facts(analyse_packets(uneven))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_pcap_of_every_kind(order, nanoseconds, uneven, usual, analyse, tmp_path):
    """Both orders of bytes, microseconds and nanoseconds."""
    path = write_pcap(tmp_path / "a", frames(uneven), order=order, nanoseconds=nanoseconds)
    assert facts(analyse(path)) == usual


def test_nanoseconds_are_kept(call, analyse, tmp_path):
    """A stamp that floats could not hold is exact."""
    odd = [replace(packet, arrival=packet.arrival + (i == 100) * 3) for i, packet in enumerate(call)]
    [stream] = analyse(write_pcap(tmp_path / "a", frames(odd), nanoseconds=True))["streams"]
    assert (stream["pdv"]["max"], stream["pdv"]["resolution"]) == (3e-9, 1e-9)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("resolution", [None, 9, 12, 0x80 | 40])
def test_pcapng_of_every_resolution(order, resolution, uneven, usual, analyse, tmp_path):
    """Decimal and binary ones, finer and coarser than ours, with an offset."""
    interface = Interface(resolution=resolution, offset=1_699_999_990)
    content = section([interface], order) + b"".join(
        packet_block(stamp, frame, number=0, interface=interface, order=order)
        for stamp, frame in frames(uneven)
    )
    path = tmp_path / "a"
    path.write_bytes(content)
    found = facts(analyse(path))
    assert found.pop("pdv") == pytest.approx(usual.pop("pdv"), abs=3e-9)
    assert found.pop("ipdv") == pytest.approx(usual.pop("ipdv"), abs=3e-9)
    assert found.pop("jitter") == pytest.approx(usual.pop("jitter"), abs=3e-9)
    assert found == usual


def test_pcapng_of_several_interfaces_and_sections(uneven, usual, analyse, tmp_path):
    """Each packet is read with the link type and resolution of its own interface, in its section's order."""
    raw, fine = Interface(link=101, resolution=9), Interface(resolution=9)
    parts = [section([fine, raw]), block(5, bytes(8), "<")]
    for place, packet in enumerate(uneven):
        if place == 120:
            parts.append(section([raw, fine], ">"))
        order, numbers = ("<", {False: 0, True: 1}) if place < 120 else (">", {False: 1, True: 0})
        is_raw = place % 3 == 0
        content = Flow().ip(packet.rtp, packet.tos) if is_raw else Flow().frame(packet.rtp, packet.tos)
        interface = raw if is_raw else fine
        parts.append(
            packet_block(packet.arrival, content, number=numbers[is_raw], interface=interface, order=order)
        )
    path = tmp_path / "a"
    path.write_bytes(b"".join(parts))
    assert facts(analyse(path)) == usual


def test_old_packet_blocks_are_read(uneven, usual, analyse, tmp_path):
    """The obsolete Packet Block, whose interface has 16 bits."""
    parts = [section([Interface()])]
    for stamp, frame in frames(uneven):
        ticks = stamp // 1000
        head = (0, 9, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        parts.append(block(2, struct.pack("<HHIIII", *head) + frame, "<"))
    path = tmp_path / "a"
    path.write_bytes(b"".join(parts))
    assert facts(analyse(path)) == usual


def test_headers_suffice(uneven, usual, analyse, tmp_path):
    """A file that kept 60 bytes of each packet says the same."""
    assert facts(analyse(write_pcap(tmp_path / "a", frames(uneven), snap=60))) == usual


def test_it_does_not_matter_where_chunks_meet(uneven, usual, analyse, tmp_path, monkeypatch):
    """Records that lie across the edge of two chunks are read once and whole, in both kinds of file."""
    for size in (300, 1021, 4096):
        monkeypatch.setattr(records, "CHUNK", size)
        assert facts(analyse(write_pcap(tmp_path / "a", frames(uneven)))) == usual
        blocks = [
            packet_block(stamp, frame, number=0, interface=Interface()) for stamp, frame in frames(uneven)
        ]
        (tmp_path / "b").write_bytes(section([Interface()]) + b"".join(blocks))
        assert facts(analyse(tmp_path / "b")) == usual


def test_files_larger_than_a_chunk_are_read_whole(call, analyse, tmp_path):
    """No packet is lost where two chunks meet."""
    many = [replace(packet, payload=bytes(1200)) for packet in call]
    padding = [(call[0].arrival, bytes(9000))] * (2 * CHUNK // 9000)
    report = analyse(write_pcap(tmp_path / "a", [*padding, *frames(many), *padding]))
    assert report["packets"] == len(many) + 2 * len(padding)
    assert report["streams"][0]["packets_received"] == len(many)


@pytest.mark.parametrize("missing", [1, 20, 210])
def test_a_cut_file_is_analysed_up_to_the_cut(missing, call, tmp_path):
    """The last record is left out, and a note says so."""
    content = write_pcap(tmp_path / "a", frames(call)).read_bytes()
    report = analyse_bytes(content[:-missing])
    assert report.streams[0].packets_received == len(call) - 1
    assert report.notes[0].startswith("The last record, at byte ")


def test_a_cut_pcapng_is_analysed_up_to_the_cut(call):
    """As a pcap file is."""
    parts = [section([Interface()])]
    parts += [packet_block(stamp, frame, number=0, interface=Interface()) for stamp, frame in frames(call)]
    report = analyse_bytes(b"".join(parts)[:-5])
    assert report.streams[0].packets_received == len(call) - 1
    assert report.notes[0].startswith("The last block, at byte ")


def test_damage_in_the_middle_ends_the_reading(call, tmp_path):
    """What comes before an impossible length is analysed, and a note names the place."""
    content = bytearray(write_pcap(tmp_path / "a", frames(call)).read_bytes())
    size = (len(content) - 24) // len(call)
    content[24 + 100 * size + 8 : 24 + 100 * size + 12] = b"\xff" * 4
    report = analyse_bytes(bytes(content))
    assert report.streams[0].packets_received == 100
    assert report.notes == (f"The record at byte {24 + 100 * size} is damaged; the rest was not read.",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "made is no capture file: it begins neither as pcap nor as pcapng."),
        (b"\x1f\x8b\x08 packed", "made is no capture file: it begins neither as pcap nor as pcapng."),
        (b"\xd4\xc3\xb2\xa1\x02", "made is damaged. The file's header is cut short after 5 bytes."),
        (section([]) + block(6, bytes(64), "<"), "is of an interface that is not described"),
        (struct.pack("<IIII", 0x0A0D0D0A, 5, 0x1A2B3C4D, 0), "claims a length of 5 bytes"),
    ],
)
def test_what_is_no_capture_is_refused(content, sentence):
    """With one sentence that says what is wrong."""
    with pytest.raises(Invalid) as refused:
        analyse_bytes(content)
    assert sentence in refused.value.message


def test_an_empty_capture_has_no_stream():
    """It is a capture all the same."""
    report = analyse_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    assert (report.packets, report.streams, report.started_at, report.duration) == (0, (), None, 0)


def test_an_unknown_link_layer_is_named(call, tmp_path):
    """So that nobody takes its silence for a file without calls."""
    path = write_pcap(tmp_path / "a", frames(call), link=147)
    with pytest.raises(Invalid, match=r"a link layer that is not read here \(type 147\)"):
        analyse_bytes(path.read_bytes())


headers = st.sampled_from(
    [
        struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1),
        struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 113),
        section([Interface(), Interface(link=101)]),
        section([Interface(resolution=0xFF)], ">"),
        b"",
    ]
)


@given(headers, st.binary(max_size=400))
def test_any_bytes_give_a_report_or_one_error(header, content):
    """Nothing that a file holds makes anything else happen."""
    try:
        report = analyse_bytes(header + content)
    except Invalid:
        return
    assert report.packets >= 0


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.binary(max_size=90), st.integers(0, 2**32 - 1)), max_size=12),
    st.sampled_from([0, 1, 12, 101, 108, 113, 228, 229, 276]),
)
def test_any_packets_give_a_report(packets, link):
    """Whatever link layer they claim to be of."""
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for packet, seconds in packets:
        content += struct.pack("<IIII", seconds, SECOND - 1, len(packet), len(packet)) + packet
    assert analyse_bytes(content).packets == len(packets)


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_stream_gives_a_report_or_one_error(data):
    """Bytes changed anywhere in a file with a stream, which exercises every layer."""
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for stamp, frame in frames(make("short", count=30, payload=20).packets):
        head = (stamp // SECOND, stamp % SECOND // 1000, len(frame), len(frame))
        content += struct.pack("<IIII", *head) + frame
    damaged = bytearray(content)
    for place in data.draw(st.lists(st.integers(24, len(content) - 1), max_size=20)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        report = analyse_bytes(bytes(damaged))
    except Invalid:
        return
    assert report.packets <= 30
