"""The stream recorder: stamps in, one summary out."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.buffer import count_discards_in
from sonde.rtp.recorder import Arrivals, Departures, StreamRecorder, summarise
from sonde.rtp.summary import StreamSummary

MILLISECOND = 1_000_000
INTERVAL = 20 * MILLISECOND
START = 1_700_000_000_000_000_000
PACKETS = 40

copies = st.lists(
    st.tuples(
        st.integers(0, PACKETS - 1),
        st.integers(0, 300 * MILLISECOND),
        st.integers(0, 255),
        st.integers(1, 255),
    ),
    max_size=80,
)
"""Index, delay, TOS and TTL of each copy, in arrival order; delays need not agree with that order."""


def departures(count=PACKETS):
    """A steady stream of packets."""
    indexes = np.arange(count)
    return Departures(index=indexes, sent_at=START + indexes * INTERVAL)


def arrivals(rows, *, offset=0):
    """The copies as the receiver, whose clock is ahead by `offset`, wrote them down."""
    index, delay, tos, ttl = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Arrivals(index=index, received_at=START + index * INTERVAL + delay + offset, tos=tos, ttl=ttl)


def summary_of(rows, *, offset=0, clock_offset=0, jitter_buffer=0.040):
    """Summary of a steady stream with these arrivals."""
    seen = arrivals(rows, offset=offset)
    return summarise(departures(), seen, jitter_buffer=jitter_buffer, clock_offset=clock_offset)


def test_counts_of_the_vectors(scenario):
    """Loss counts packets, not copies; duplicates and late packets are told apart."""
    expected = scenario.expected["rfc3550"]
    summary = summarise(scenario.departures, scenario.arrivals, jitter_buffer=0.040, clock_offset=0)
    assert summary.packets_sent == expected["expected"]
    assert summary.packets_received == expected["unique"]
    assert summary.packets_lost == expected["lost_unique"]
    assert summary.packets_duplicated == expected["duplicates"]
    assert summary.packets_reordered == expected["reordered"]
    assert summary.loss_ratio == expected["lost_unique"] / expected["expected"]


def test_delays_of_the_vectors(scenario):
    """Every delay, PDV and jitter of the vectors comes out of the real stamps."""
    expected = scenario.expected["delay_ms"]
    summary = summarise(scenario.departures, scenario.arrivals, jitter_buffer=0.040, clock_offset=0)
    found = {
        "owd_min": summary.one_way_delay_min,
        "owd_mean": summary.one_way_delay_mean,
        "owd_p50": summary.one_way_delay_p50,
        "owd_p95": summary.one_way_delay_p95,
        "owd_p99": summary.one_way_delay_p99,
        "owd_max": summary.one_way_delay_max,
        "pdv_mean": summary.pdv_mean,
        "pdv_p50": summary.pdv_p50,
        "pdv_p95": summary.pdv_p95,
        "pdv_p99": summary.pdv_p99,
        "pdv_p99.9": summary.pdv_p999,
        "pdv_max": summary.pdv_max,
    }
    for name, seconds in found.items():
        assert seconds * 1000 == pytest.approx(expected[name], abs=1e-4), name
    assert summary.jitter * 1000 == pytest.approx(scenario.expected["rfc3550"]["jitter_ms"], abs=1e-4)


def test_code_points_of_the_bleached_vector(bleached):
    """Both code points are counted; the lower one of equals is the one named."""
    summary = summarise(bleached.departures, bleached.arrivals, jitter_buffer=0.040, clock_offset=0)
    assert summary.dscp_counts == {0: 40, 46: 40}
    assert summary.dscp_received == 0


@given(copies)
def test_summary_agrees_with_a_walk_over_the_packets(rows):
    """The array fold gives what a plain loop over the arrivals gives."""
    first, highest, reordered = {}, -1, 0
    for index, delay, tos, ttl in rows:
        if index not in first:
            first[index] = (delay, tos, ttl)
            reordered += index < highest
        highest = max(highest, index)
    summary = summary_of(rows)
    assert summary.packets_received == len(first)
    assert summary.packets_lost == PACKETS - len(first)
    assert summary.packets_duplicated == len(rows) - len(first)
    assert summary.packets_reordered == reordered
    least = min((delay for delay, _, _ in first.values()), default=0)
    assert summary.packets_discarded == sum(
        delay - least > 40 * MILLISECOND for delay, _, _ in first.values()
    )
    code_points = [tos >> 2 for _, tos, _ in first.values()]
    assert summary.dscp_counts == {point: code_points.count(point) for point in set(code_points)}
    assert summary.ttl_min == min((ttl for _, _, ttl in first.values()), default=None)
    assert summary.ttl_max == max((ttl for _, _, ttl in first.values()), default=None)
    changes = [abs(first[b][0] - first[a][0]) for a, b in pairwise(sorted(first))]
    mean_change = sum(changes) / len(changes) / 1e9 if changes else None
    assert summary.ipdv_abs_mean == (None if mean_change is None else pytest.approx(mean_change))


@given(copies.filter(bool))
def test_percentiles_agree_with_numpy(rows):
    """Delay and PDV percentiles are those numpy finds in the first copies."""
    first = {}
    for index, delay, _, _ in rows:
        first.setdefault(index, delay)
    delays = np.array(list(first.values()))
    p50, p95, p99, p999 = np.percentile(delays, [50, 95, 99, 99.9], method="inverted_cdf")
    summary = summary_of(rows)
    found = [summary.one_way_delay_p50, summary.one_way_delay_p95, summary.one_way_delay_p99]
    assert found == pytest.approx([p50 / 1e9, p95 / 1e9, p99 / 1e9])
    pdv = [summary.pdv_p50, summary.pdv_p95, summary.pdv_p99, summary.pdv_p999, summary.pdv_max]
    least = delays.min()
    assert pdv == pytest.approx([(p - least) / 1e9 for p in (p50, p95, p99, p999, delays.max())])
    assert summary.one_way_delay_mean == pytest.approx(delays.mean() / 1e9)
    assert summary.pdv_mean == pytest.approx((delays.mean() - least) / 1e9)


@given(copies, st.integers(-(10**18), 10**18))
def test_known_clock_offset_disappears(rows, offset):
    """Clocks years apart change not one bit of the summary when their offset is known."""
    assert summary_of(rows, offset=offset, clock_offset=offset) == summary_of(rows)


@given(copies, st.integers(-(10**18), 10**18))
def test_unknown_clock_offset_costs_only_the_one_way_delays(rows, offset):
    """Loss, discards, PDV, IPDV and jitter need no common clock."""
    unknown = msgspec.structs.asdict(summary_of(rows, offset=offset, clock_offset=None))
    known = msgspec.structs.asdict(summary_of(rows))
    for name, value in unknown.items():
        assert value == (None if name.startswith("one_way_delay") else known[name]), name


@given(copies.filter(bool), st.integers(1, 200))
def test_histogram_of_the_summary_tells_discards_of_other_buffers(rows, depth_ms):
    """The stored histogram gives the discards that a recorder with another buffer would have counted."""
    histogram = summary_of(rows).pdv_histogram
    other = summary_of(rows, jitter_buffer=depth_ms / 1000)
    assert count_discards_in(histogram, depth_ms / 1000) == other.packets_discarded
    assert other.discard_ratio == other.packets_discarded / PACKETS


@given(copies)
def test_summary_survives_json(rows):
    """What is uploaded is what was measured, limits of every field included."""
    summary = summary_of(rows)
    assert msgspec.json.decode(msgspec.json.encode(summary), type=StreamSummary) == summary


@given(copies)
def test_recorder_equals_the_array_path(rows):
    """Packet by packet or all at once, the summary is the same."""
    recorder = StreamRecorder(jitter_buffer=0.040, clock_offset=5)
    for index in range(PACKETS):
        recorder.sent(index, START + index * INTERVAL)
    for index, delay, tos, ttl in rows:
        recorder.received(index, START + index * INTERVAL + delay + 5, tos=tos, ttl=ttl)
    assert recorder.summary() == summary_of(rows)


def test_nothing_sent_has_no_ratios():
    """A stream that never started has no loss ratio rather than a loss of zero."""
    summary = StreamRecorder(jitter_buffer=0.040).summary()
    assert summary == StreamSummary(
        packets_sent=0,
        packets_received=0,
        packets_lost=0,
        packets_duplicated=0,
        packets_reordered=0,
        packets_discarded=0,
    )


def test_nothing_received_is_full_loss_without_delays():
    """All lost is a fact; delay, variation, code point and TTL are unknown."""
    summary = summary_of([])
    assert (summary.packets_lost, summary.loss_ratio, summary.discard_ratio) == (PACKETS, 1.0, 0.0)
    measured = ("one_way_delay", "pdv", "ipdv", "jitter", "ttl")
    fields = msgspec.structs.asdict(summary).items()
    assert {value for name, value in fields if name.startswith(measured)} == {None}
    assert (summary.dscp_received, summary.dscp_counts) == (None, {})


def test_single_packet_has_delay_but_no_change_of_delay():
    """One arrival gives a delay and a PDV of zero; jitter and IPDV need two."""
    summary = summary_of([(3, 25 * MILLISECOND, 184, 60)])
    assert summary.one_way_delay_min == summary.one_way_delay_max == pytest.approx(0.025)
    assert summary.pdv_max == 0.0
    assert (summary.jitter, summary.ipdv_abs_mean) == (None, None)


def test_packet_whose_send_failed_is_not_sent():
    """A hole in the send stamps is neither loss nor part of the ratio's base."""
    recorder = StreamRecorder(jitter_buffer=0.040)
    for index in (0, 1, 3):
        recorder.sent(index, START + index * INTERVAL)
        recorder.received(index, START + index * INTERVAL + 10)
    summary = recorder.summary()
    assert (summary.packets_sent, summary.packets_lost, summary.loss_ratio) == (3, 0, 0.0)


@pytest.mark.parametrize("index", [-1, 1, PACKETS, 10**6])
def test_arrival_that_was_never_sent_is_left_out(index):
    """Strange indexes neither crash the fold nor hide a loss."""
    recorder = StreamRecorder(jitter_buffer=0.040)
    recorder.sent(0, START)
    recorder.sent(2, START + 2 * INTERVAL)
    recorder.received(index, START + 10)
    recorder.received(0, START + 10)
    summary = recorder.summary()
    assert (summary.packets_received, summary.packets_lost, summary.packets_duplicated) == (1, 1, 0)


def test_duplicate_is_ignored_for_delay_and_discards():
    """The first copy counts, also when the second is very late and marked otherwise."""
    rows = [(0, 10 * MILLISECOND, 184, 60), (1, 10 * MILLISECOND, 184, 60), (0, 900 * MILLISECOND, 0, 9)]
    summary = summary_of(rows)
    assert (summary.packets_duplicated, summary.packets_discarded) == (1, 0)
    assert summary.one_way_delay_max == pytest.approx(0.010)
    assert (summary.dscp_counts, summary.ttl_min) == ({46: 2}, 60)


def test_negative_delay_is_shown():
    """A wrong clock offset shows as a negative delay; it is not clipped to zero."""
    summary = summary_of([(0, 5 * MILLISECOND, 0, 60)], clock_offset=8 * MILLISECOND)
    assert summary.one_way_delay_mean == pytest.approx(-0.003)


def test_unknown_tos_and_ttl_stay_unknown():
    """A platform that does not tell gives None, not best effort."""
    recorder = StreamRecorder(jitter_buffer=0.040)
    recorder.sent(0, START)
    recorder.received(0, START + 10)
    summary = recorder.summary()
    assert (summary.dscp_received, summary.dscp_counts, summary.ttl_min, summary.ttl_max) == (
        None,
        {},
        None,
        None,
    )


@pytest.mark.parametrize("indexes", [(0, 0), (0, -1)])
def test_impossible_departures_are_refused(indexes):
    """An index sent twice or below zero is a mistake of the caller, said at once."""
    recorder = StreamRecorder(jitter_buffer=0.040)
    for index in indexes:
        recorder.sent(index, START)
    with pytest.raises(ValueError, match="index"):
        recorder.summary()
