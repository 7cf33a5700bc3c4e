from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.rounds import RoundError, RoundReport, SenderHealth
from sonde.model.voice_tests import ON_REQUEST, REQUEST_LIFE
from sonde.rtp.delay import PdvHistogram
from sonde.rtp.recorder import StreamRecorder, StreamSummary
from sonde.services.report_checks import AGE_MAX, AHEAD_MAX, START_SLACK, find_fault

ROUND = 1_767_225_600
NOW = ROUND + 10.0
MS = 1_000_000

STREAM = StreamSummary(
    packets_sent=250,
    packets_received=240,
    packets_lost=10,
    packets_duplicated=3,
    packets_reordered=2,
    packets_discarded=5,
    loss_ratio=0.04,
    discard_ratio=0.02,
    one_way_delay_mean=0.02,
    pdv_mean=0.001,
    dscp_received=46,
    dscp_counts={46: 239, 0: 1},
    ttl_min=60,
    ttl_max=64,
    pdv_histogram=PdvHistogram(counts={0: 200, 5: 40}),
)
REPORT = RoundReport(
    test_id=1,
    round_id=ROUND,
    target_agent_id=2,
    interval=60,
    duration=5,
    codec="g711",
    dscp=46,
    jitter_buffer=0.04,
    started_at=ROUND + 1.5,
    target_address="192.0.2.1",
    target_port=49152,
    stream=STREAM,
)


def fault_of(stream: dict[str, Any] | None = None, **changes: Any) -> str:
    """What is wrong with the good report after these changes."""
    if stream is not None:
        changes["stream"] = msgspec.structs.replace(STREAM, **stream)
    return find_fault(msgspec.structs.replace(REPORT, **changes), now=NOW)


def test_a_good_report_has_no_fault() -> None:
    """With a stream, with a part of one, or with an error in its place."""
    assert fault_of() == ""
    assert fault_of(error=RoundError.CONSENT_LOST, error_detail="The target fell silent.") == ""
    silent = msgspec.structs.replace(REPORT, stream=None, error=RoundError.NO_CONSENT)
    assert find_fault(silent, now=NOW) == ""


@pytest.mark.parametrize(
    ("word", "changes"),
    [
        ("interval", {"interval": 5}),
        ("interval", {"interval": 61}),
        ("duration", {"duration": 0}),
        ("duration", {"duration": 61}),
        ("codec", {"codec": "opus"}),
        ("dscp", {"dscp": 64}),
        ("jitter_buffer", {"jitter_buffer": 0.2}),
        ("jitter_buffer", {"jitter_buffer": float("nan")}),
        ("target_port", {"target_port": 65536}),
        ("target_address", {"target_address": "x" * 256}),
        ("error_detail", {"error_detail": "x" * 2001}),
        ("divisible", {"round_id": ROUND + 1}),
        ("future", {"round_id": ROUND + AHEAD_MAX + 60}),
        ("year ago", {"round_id": ROUND - AGE_MAX}),
        ("started_at", {"started_at": ROUND + 121.0}),
        ("started_at", {"started_at": float("inf")}),
        ("health.send_errors", {"health": SenderHealth(send_errors=-1)}),
        ("health.agent_drops", {"health": SenderHealth(agent_drops=2**32)}),
        ("health.stall_max", {"health": SenderHealth(stall_max=float("nan"))}),
    ],
    ids=str,
)
def test_a_fault_in_the_report_is_named(word: str, changes: dict[str, Any]) -> None:
    """One sentence says which part is wrong."""
    assert word in fault_of(**changes)


def test_a_round_that_was_asked_for_has_any_second() -> None:
    """It is in no timetable, but it must have begun while somebody still waited for it."""
    asked = {"interval": ON_REQUEST, "round_id": ROUND + 7}
    assert fault_of(**asked, started_at=ROUND + 7 + REQUEST_LIFE) == ""
    assert "started_at" in fault_of(**asked, started_at=ROUND + 7 + REQUEST_LIFE + START_SLACK + 1)


def test_a_report_without_stream_and_error_says_nothing() -> None:
    """So it is not taken."""
    mute = msgspec.structs.replace(REPORT, stream=None)
    assert "without a stream" in find_fault(mute, now=NOW)


@pytest.mark.parametrize(
    ("word", "stream"),
    [
        ("packets_sent", {"packets_sent": 252, "packets_lost": 12}),
        ("add up", {"packets_lost": 9}),
        ("packets_duplicated", {"packets_duplicated": -1}),
        ("packets_discarded", {"packets_discarded": 241}),
        ("packets_reordered", {"packets_reordered": 241}),
        ("loss_ratio", {"loss_ratio": 0.05}),
        ("loss_ratio", {"loss_ratio": 0.0, "packets_sent": 0, "packets_received": 0, "packets_lost": 0,
                        "packets_discarded": 0, "packets_reordered": 0}),
        ("discard_ratio", {"discard_ratio": 0.5}),
        ("one_way_delay_mean", {"one_way_delay_mean": float("nan")}),
        ("one_way_delay_mean", {"one_way_delay_mean": -3601.0}),
        ("pdv_mean", {"pdv_mean": float("inf")}),
        ("dscp_counts", {"dscp_counts": {64: 1}}),
        ("dscp_counts", {"dscp_counts": {46: -1}}),
        ("dscp_counts", {"dscp_counts": {46: 241}}),
        ("pdv_histogram", {"pdv_histogram": PdvHistogram(counts={361: 1})}),
        ("pdv_histogram", {"pdv_histogram": PdvHistogram(counts={0: 241})}),
        ("TTL", {"ttl_max": 256}),
        ("dscp_received", {"dscp_received": 64}),
    ],
    ids=str,
)  # fmt: skip
def test_a_fault_in_the_stream_is_named(word: str, stream: dict[str, Any]) -> None:
    """Numbers that contradict each other are not kept."""
    assert word in fault_of(stream)


@given(
    fates=st.lists(
        st.tuples(st.integers(0, 3), st.integers(-50 * MS, 500 * MS), st.integers(-1, 255)), max_size=50
    )
)
def test_whatever_the_recorder_sums_up_is_believed(fates: list[tuple[int, int, int]]) -> None:
    """Of any mixture of losses, copies, delays and marks."""
    recorder = StreamRecorder(jitter_buffer=REPORT.jitter_buffer)
    for index, (copies, delay, tos) in enumerate(fates):
        sent_at = ROUND * 1000 * MS + index * 20 * MS
        recorder.sent(index, sent_at)
        for copy in range(copies):
            recorder.received(index, sent_at + delay + copy * MS, tos=tos, ttl=64)
    report = msgspec.structs.replace(REPORT, stream=recorder.summary())
    assert find_fault(report, now=NOW) == ""
