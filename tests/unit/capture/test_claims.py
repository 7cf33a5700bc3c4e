"""What receivers reported of a stream stands beside it, and nothing else does."""

from dataclasses import replace

import pytest
from captures import START, Flow, frames, write_pcap
from scenarios import make

from sonde.rtp.rtcp import build_compound
from sonde.rtp.rtcp_reports import ReceiverReport, ReportBlock
from sonde.rtp.rtcp_xr import ExtendedReport, VoipMetrics

BACK = Flow(source="192.0.2.2", destination="192.0.2.1", source_port=40001, destination_port=41001)


@pytest.fixture
def reported(analyse, tmp_path, call):
    """A function that returns what is said of a stream after some RTCP datagrams."""

    def reported(*datagrams):
        captured = [(START, BACK.frame(each)) for each in datagrams]
        [stream] = analyse(write_pcap(tmp_path / "a", [*frames(call), *captured]))["streams"]
        return stream["reported"]

    return reported


def report(ssrc=0x11223344, **facts):
    """A receiver report with one block."""
    block = {
        "fraction_lost": 3, "packets_lost": 7, "highest_sequence": 1249, "jitter": 160, "last_report": 0,
        "delay_since_last_report": 0,
    }  # fmt: skip
    return build_compound([ReceiverReport(ssrc=9, reports=(ReportBlock(ssrc=ssrc, **{**block, **facts}),))])


def test_the_last_report_counts(reported):
    """Loss and jitter as the receiver had them in the end, the jitter in seconds too."""
    found = reported(report(packets_lost=2), report(packets_lost=7))
    assert found == {
        "reports": 2, "packets_lost": 7, "jitter_ticks": 160, "jitter": 0.02, "mos_lq": None, "mos_cq": None,
    }  # fmt: skip


def test_reports_on_other_streams_are_not_shown(reported):
    """They are about something else."""
    assert reported(report(ssrc=5)) is None


@pytest.mark.parametrize("cut", [1, 9, 20])
def test_damaged_reports_say_nothing(cut, reported):
    """As encrypted ones."""
    assert reported(report()[:-cut]) is None


def test_the_receivers_own_score_is_shown(reported):
    """From a VoIP metrics block, with the mark for a missing score read as missing."""
    block = VoipMetrics(ssrc=0x11223344, mos_lq=41)
    extended = build_compound([ReceiverReport(ssrc=9), ExtendedReport(ssrc=9, blocks=(block,))])
    found = reported(report(), extended)
    assert (found["mos_lq"], found["mos_cq"], found["packets_lost"]) == (4.1, None, 7)


def test_nothing_reported_is_null(analyse_packets):
    """A stream without RTCP."""
    [stream] = analyse_packets(make("call").packets)["streams"]
    assert stream["reported"] is None


def test_ecn_is_counted_beside_the_code_point(analyse_packets, call):
    """The lower two bits of the byte."""
    marked = [replace(packet, tos=46 << 2 | place % 2) for place, packet in enumerate(call)]
    [stream] = analyse_packets(marked)["streams"]
    assert (stream["dscp"], stream["ecn"]) == ({"46": 250}, {"0": 125, "1": 125})
