"""200 streams through relay and bridge: what the agents say is what the log says, packet by packet."""

from collections import Counter

import numpy as np
import pytest

from sonde.probe.measurement import sender_health, stream_summary
from sonde.rtp.jitter import interarrival_jitter

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

STREAMS = 200
JITTER_BUFFER = 0.04
ATTEMPTS = 3
"""Runs until one is left alone by the rest of the machine; what is asked of it stays the same."""


@pytest.fixture(scope="module")
def run(laboratory):
    """A run whose harness was in time, or the last one."""
    for _ in range(ATTEMPTS):
        run = laboratory.run(streams=STREAMS)
        if not run.was_starved:
            break
    return run


def test_the_log_is_the_truth(run) -> None:
    """The harness itself lost nothing and refused nobody, and every stamp in its log is the kernel's."""
    assert len(run.streams) == STREAMS
    assert (run.summary.socket_drops, run.summary.refused, run.summary.user_stamps) == (0, 0, 0)
    counts = run.summary.forward
    assert (counts.overflow, counts.failed) == (0, 0)
    assert counts.lost > 0
    assert counts.duplicated > 0


def test_each_packet_sent_came_to_the_path(run) -> None:
    """Neither the sender nor anything before the path loses a packet."""
    for measured, logged in run.streams:
        assert measured.sent_at.keys() == logged.received_at.keys()


def test_the_packets_lost_are_those_of_the_log(run) -> None:
    """Not only as many: the same ones, in every stream; and the summary counts them."""
    for measured, logged in run.streams:
        arrived = {each.place for each in measured.arrived}
        assert measured.sent_at.keys() - arrived == logged.lost
        summary = stream_summary(measured.outcome, JITTER_BUFFER)
        assert (summary.packets_lost, summary.packets_sent) == (len(logged.lost), len(logged.received_at))


def test_copies_come_in_the_order_in_which_they_were_sent_on(run) -> None:
    """Duplicates and reordering of every stream are those of the log, copy by copy."""
    duplicated = 0
    for measured, logged in run.streams:
        assert [each.place for each in measured.arrived] == [each.place for each in logged.sent]
        copies = Counter(each.place for each in logged.sent)
        summary = stream_summary(measured.outcome, JITTER_BUFFER)
        assert summary.packets_duplicated == sum(number - 1 for number in copies.values())
        assert summary.packets_reordered == _reordered([each.place for each in logged.sent])
        duplicated += summary.packets_duplicated
    assert duplicated == run.summary.forward.duplicated


def test_every_mark_received_is_the_one_sent_on(run) -> None:
    """The byte of each copy, which the path rewrites from the 50th packet of each stream on."""
    for measured, logged in run.streams:
        assert [each.tos for each in measured.arrived] == [each.tos for each in logged.sent]
        assert {each.tos for each in logged.sent} == {46 << 2, 8 << 2}
        first = {each.place: each.tos >> 2 for each in reversed(logged.sent)}
        assert stream_summary(measured.outcome, JITTER_BUFFER).dscp_counts == Counter(first.values())


def test_one_way_delay_is_within_microseconds_of_the_log(run) -> None:
    """Packet by packet: half of them within 5 us, 99 of 100 within 50 us."""
    assert _has_kernel_stamps(run)
    errors = np.concatenate(
        [
            np.abs(np.array(measured.delays()) - np.array(logged.delays(measured.timed)))
            for measured, logged in run.streams
        ]
    )
    p50, p99 = np.percentile(errors, [50, 99]) / 1e3
    assert (p50 <= 5, p99 <= 50) == (True, True), f"{p50:.1f} and {p99:.1f} us"


def test_jitter_is_within_microseconds_of_the_log(run) -> None:
    """RFC 3550 jitter of each stream differs by 20 us at most from that of the log's delays."""
    for measured, logged in run.streams:
        truth = interarrival_jitter(np.array(logged.delays(measured.timed)))
        assert stream_summary(measured.outcome, JITTER_BUFFER).jitter == pytest.approx(truth, abs=20e-6)


def _reordered(places: list[int]) -> int:
    """Packets whose first copy comes after one sent later (RFC 4737 section 3.3)."""
    seen: set[int] = set()
    late = [place for place in places if not (place in seen or seen.add(place)) and place < max(seen)]
    return len(late)


def _has_kernel_stamps(run) -> bool:
    return all(sender_health(measured.outcome).timestamp_source == "kernel" for measured, _ in run.streams)
