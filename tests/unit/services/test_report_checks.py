from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.model.packets import PacketFlag, PacketTable, PacketTrace, pack_packets
from sonde.model.rounds import RoundError, RoundReport, SenderHealth, score_report
from sonde.model.voice_tests import ON_REQUEST, REQUEST_LIFE
from sonde.rtp.delay import PdvHistogram
from sonde.rtp.recorder import StreamRecorder
from sonde.rtp.summary import StreamSummary
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
        ("health.clock_error_bound", {"health": SenderHealth(clock_error_bound=-0.001)}),
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
        ("packets_untimed", {"packets_untimed": 236}),
        ("loss_runs", {"loss_runs": 16}),
        ("bursts", {"loss_runs": 2, "bursts": 3}),
        ("ecn_counts", {"ecn_counts": {4: 1}}),
        ("ecn_counts", {"ecn_counts": {0: 241}}),
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
        ("burst_ratio", {"burst_ratio": -0.1}),
        ("burst_ratio", {"burst_ratio": float("nan")}),
    ],
    ids=str,
)  # fmt: skip
def test_a_fault_in_the_stream_is_named(word: str, stream: dict[str, Any]) -> None:
    """Numbers that contradict each other are not kept."""
    assert word in fault_of(stream)


@given(
    runs=st.integers(0, 100),
    ratio=st.none() | st.floats(),
    bound=st.none() | st.floats(),
    delay=st.none() | st.floats(),
)
def test_whatever_is_believed_can_be_scored(
    runs: int, ratio: float | None, bound: float | None, delay: float | None
) -> None:
    """A report without a fault never fails the models, so one bad report cannot spoil an upload."""
    stream = msgspec.structs.replace(STREAM, loss_runs=runs, burst_ratio=ratio, one_way_delay_mean=delay)
    health = SenderHealth(clock_error_bound=bound)
    report = msgspec.structs.replace(REPORT, stream=stream, health=health)
    if not find_fault(report, now=NOW):
        assert score_report(report).score.codec_max_mos > 4.4


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


def packets(**changes: Any) -> PacketTrace:
    """The packets of the good report: 250 sent, 10 lost, 3 further copies, with some arrays changed."""
    flags = np.zeros(253, dtype=int)
    flags[:10], flags[[11, 13, 15]] = PacketFlag.LOST, PacketFlag.DUPLICATE
    index = np.sort(np.concatenate((np.arange(250), [10, 11, 12])))
    arrays = {
        "index": index,
        "sent": index * 20 * MS,
        "delay": np.full(253, 20 * MS),
        "tos": np.full(253, 184),
        "ttl": np.full(253, 60),
        "flags": flags,
    }
    return pack_packets(PacketTable(is_one_way=True, **{**arrays, **changes}))


def test_good_packets_have_no_fault() -> None:
    """They agree with the summary beside them."""
    assert fault_of(packets=packets()) == ""


@pytest.mark.parametrize(
    ("word", "trace"),
    [
        ("packets.rows", PacketTrace(rows=252, is_one_way=True, data=packets().data)),
        ("packets.data does not unpack", PacketTrace(rows=253, is_one_way=True, data=b"")),
        ("packets.data is not packed", PacketTrace(rows=253, is_one_way=True, data=b"junk")),
        ("packets.data is too long", PacketTrace(rows=253, is_one_way=True, data=bytes(8000))),
        ("lost and duplicate", packets(flags=np.zeros(253))),
        ("order of index", packets(index=np.arange(253)[::-1])),
        ("have sent within", packets(sent=np.full(253, 4 * 10**12))),
        ("have delay within", packets(delay=np.full(253, -(2**63)))),
        ("have tos within", packets(tos=np.full(253, 256))),
        ("have ttl within", packets(ttl=np.full(253, -2))),
    ],
)
def test_packets_that_cannot_be_are_refused(word: str, trace: PacketTrace) -> None:
    """By the name of the field and what was expected of it."""
    assert word in fault_of(packets=trace)


def test_packets_need_a_stream_and_no_more_copies_than_there_can_be() -> None:
    """However the counts are made to agree."""
    silent = {"stream": None, "error": RoundError.REPORT_LOST}
    assert "packets must be absent" in find_fault(
        msgspec.structs.replace(REPORT, packets=packets(), **silent), now=NOW
    )
    many = PacketTrace(rows=10**6, is_one_way=True, data=b"")
    assert "at most 753" in fault_of(stream={"packets_duplicated": 10**6 - 250}, packets=many)


@pytest.mark.parametrize("flag", [32, 3, 5, 6, 9, 10, 17, 18, 24])
def test_flags_that_cannot_stand_together_are_refused(flag: int) -> None:
    """Nor any that this release does not know: it could not say what they mean."""
    flags = np.zeros(253, dtype=int)
    flags[:10], flags[[11, 13, 15]], flags[20] = PacketFlag.LOST, PacketFlag.DUPLICATE, flag
    assert "cannot stand together" in fault_of(packets=packets(flags=flags))
