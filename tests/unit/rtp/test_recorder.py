"""The stream recorder: stamps in, one summary out."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.buffer import count_discards_in
from sonde.rtp.recorder import SEND_TOLERANCE, Arrivals, Departures, StreamRecorder, summarise
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
    """Every delay, PDV, IPDV and jitter of the vectors comes out of the real stamps."""
    expected = scenario.expected["delay_ms"]
    summary = summarise(scenario.departures, scenario.arrivals, jitter_buffer=0.040, clock_offset=0)
    found = {
        "owd_min": summary.one_way_delay_min,
        "owd_mean": summary.one_way_delay_mean,
        "owd_p50": summary.one_way_delay_p50,
        "owd_p95": summary.one_way_delay_p95,
        "owd_p99": summary.one_way_delay_p99,
        "owd_p99.9": summary.one_way_delay_min + summary.pdv_p999,
        "owd_max": summary.one_way_delay_max,
        "pdv_mean": summary.pdv_mean,
        "pdv_p50": summary.pdv_p50,
        "pdv_p95": summary.pdv_p95,
        "pdv_p99": summary.pdv_p99,
        "pdv_p99.9": summary.pdv_p999,
        "pdv_max": summary.pdv_max,
        "ipdv_abs_mean": summary.ipdv_abs_mean,
        "ipdv_abs_p95": summary.ipdv_abs_p95,
        "ipdv_min": summary.ipdv_min,
        "ipdv_max": summary.ipdv_max,
    }
    assert set(found) == set(expected)
    for name, seconds in found.items():
        assert seconds * 1000 == pytest.approx(expected[name], abs=1e-4), name
    assert summary.jitter * 1000 == pytest.approx(scenario.expected["rfc3550"]["jitter_ms"], abs=1e-4)
    assert (summary.level_shift, summary.level_shift_at) == (0.0, None)


def test_bursts_of_the_vectors(scenario):
    """Without discards, bursts and gaps are those of the vectors, by the definition and by the appendix."""
    exact = scenario.expected["burst_gap_exact_gmin16"]
    chain = scenario.expected["burst_markov_rfc3611_A2"]
    summary = summarise(scenario.departures, scenario.arrivals, jitter_buffer=1.0, clock_offset=0)
    found = {
        "bursts": summary.bursts,
        "burst_density": round(summary.burst_density, 6),
        "gap_density": round(summary.gap_density, 6),
        "burst_duration_ms": round(summary.burst_duration * 1000, 4),
        "gap_duration_ms": round(summary.gap_duration * 1000, 4),
    }
    assert found == {name: exact[name] for name in found}
    for name in ("burst_density", "gap_density", "burst_duration", "gap_duration"):
        estimate = getattr(summary, f"{name}_estimate")
        wanted = chain.get(f"{name}_ms", chain.get(name))
        scale = 1000 if name.endswith("duration") else 1
        assert estimate == (None if wanted is None else pytest.approx(wanted / scale, abs=1e-6))
    ratio = scenario.expected["burst_ratio"]
    assert summary.loss_runs == ratio["loss_runs"]
    assert summary.burst_ratio == pytest.approx(ratio["BurstR_runlength_raw"], abs=1e-9)


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
    marks = [tos & 3 for _, tos, _ in first.values()]
    assert summary.ecn_counts == {mark: marks.count(mark) for mark in set(marks)}
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


def test_discards_count_in_bursts():
    """A listener hears no difference: of 40 packets one is lost and the next two are late."""
    rows = [(index, 100 * MILLISECOND if index in (11, 12) else 0, 0, 60) for index in range(PACKETS)]
    summary = summary_of([row for row in rows if row[0] != 10])
    assert (summary.packets_lost, summary.packets_discarded) == (1, 2)
    assert (summary.loss_runs, summary.burst_ratio) == (1, pytest.approx(3 * 37 / 40))
    assert (summary.bursts, summary.burst_density, summary.gap_density) == (1, 1.0, 0.0)
    assert summary.burst_duration == pytest.approx(0.060)
    assert summary.gap_duration == pytest.approx((0.200 + 0.540) / 2)


def test_everything_lost_is_one_burst():
    """All packets are missing in one run, and there is no gap."""
    summary = summary_of([])
    assert (summary.bursts, summary.burst_density, summary.gap_density) == (1, 1.0, 0.0)
    assert (summary.loss_runs, summary.burst_duration) == (1, pytest.approx(PACKETS * 0.020))


def test_single_packet_has_no_rhythm():
    """Densities need no time; durations do, and one packet tells none."""
    recorder = StreamRecorder(jitter_buffer=0.040)
    recorder.sent(0, START)
    summary = recorder.summary()
    assert (summary.burst_density, summary.gap_density, summary.burst_ratio) == (0.0, 1.0, 0.0)
    assert (summary.burst_duration, summary.gap_duration) == (None, None)


@given(copies, st.integers(0, 10**9), st.permutations(range(PACKETS)))
def test_neither_first_index_nor_order_of_departures_matters(rows, first_index, order):
    """Indexes may start anywhere below memory's limit, and departures be listed in any order."""
    shift = first_index % 10_000
    sent, seen = departures(), arrivals(rows)
    moved = summarise(
        Departures(index=sent.index[order] + shift, sent_at=sent.sent_at[order]),
        msgspec.structs.replace(seen, index=seen.index + shift),
        jitter_buffer=0.040,
        clock_offset=0,
    )
    assert moved == summary_of(rows)


@given(copies, st.floats(-1e-4, 1e-4), st.integers(-(10**18), 10**18))
def test_known_skew_disappears(rows, skew, offset):
    """A clock that gains or loses steadily changes no number by more than its rounding, once known."""
    sent, seen = departures(), arrivals(rows)
    drift = np.rint(skew * (seen.index * INTERVAL)).astype(np.int64) + offset
    found = summarise(
        sent,
        msgspec.structs.replace(seen, received_at=seen.received_at + drift),
        jitter_buffer=0.040,
        clock_offset=offset,
        clock_skew=skew,
        offset_at=START,
    )
    assert found == summary_of(rows)


def test_offset_holds_at_the_time_that_is_named():
    """With the offset of the middle of the stream both halves are corrected, in opposite directions."""
    sent = departures()
    drift = np.rint(1e-4 * (np.arange(PACKETS) - 20) * INTERVAL).astype(np.int64)
    seen = arrivals([(index, MILLISECOND, 0, 60) for index in range(PACKETS)])
    drifting = msgspec.structs.replace(seen, received_at=seen.received_at + drift + 7 * MILLISECOND)
    settings = {"jitter_buffer": 0.04, "clock_offset": 7 * MILLISECOND, "clock_skew": 1e-4}
    found = summarise(sent, drifting, **settings, offset_at=START + 20 * INTERVAL)
    assert (found.one_way_delay_min, found.one_way_delay_max) == (0.001, 0.001)
    unremoved = summarise(sent, drifting, **settings)
    assert unremoved.pdv_max == pytest.approx(1e-4 * 39 * 0.020)


def took(*slow):
    """How long each send call took: 8 us, or a millisecond for these indexes."""
    return np.where(np.isin(np.arange(PACKETS), slow), MILLISECOND, 8_000)


def test_doubtful_send_stamps_are_left_out_of_delays_only():
    """Two packets seem 90 ms late because their sender slept: they count everywhere but in delays."""
    rows = [(index, (90 if index in (5, 30) else 2) * MILLISECOND, 184, 60) for index in range(PACKETS)]
    sent = msgspec.structs.replace(departures(), took=took(5, 30))
    found = summarise(sent, arrivals(rows[:-1]), jitter_buffer=0.040, clock_offset=0)
    assert (found.packets_untimed, found.packets_discarded, found.packets_lost) == (2, 0, 1)
    assert (found.pdv_max, found.one_way_delay_max, found.ipdv_max, found.jitter) == (0, 0.002, 0, 0)
    assert found.pdv_histogram.counts == {0: PACKETS - 3}
    assert found.dscp_counts == {46: PACKETS - 1}


@given(copies, st.sets(st.integers(0, PACKETS - 1)))
def test_doubtful_stamps_change_no_count(rows, slow):
    """Loss, order, duplicates and marks are the same, and no packet has two fates."""
    sent = msgspec.structs.replace(departures(), took=took(*slow))
    found = summarise(sent, arrivals(rows), jitter_buffer=0.040, clock_offset=0)
    plain = summary_of(rows)
    for name in ("received", "lost", "duplicated", "reordered"):
        assert getattr(found, f"packets_{name}") == getattr(plain, f"packets_{name}")
    assert (found.dscp_counts, found.ecn_counts) == (plain.dscp_counts, plain.ecn_counts)
    assert found.packets_discarded + found.packets_untimed <= found.packets_received
    timed = {index for index, *_ in rows} - slow
    assert found.packets_untimed == (plain.packets_received - len(timed) if timed else 0)
    if not timed:
        assert found == plain


def test_send_tolerance_itself_is_believed():
    """A call of exactly 50 us is not doubtful; one nanosecond more is."""
    seen = arrivals([(0, 5, 0, 60), (1, 5, 0, 60)])
    for extra, untimed in ((0, 0), (1, 1)):
        sent = Departures(
            index=np.arange(2),
            sent_at=START + np.arange(2) * INTERVAL,
            took=np.array([SEND_TOLERANCE + extra, 0]),
        )
        found = summarise(sent, seen, jitter_buffer=0.040, clock_offset=0)
        assert found.packets_untimed == untimed


def test_ecn_is_counted_beside_the_code_point():
    """The lower two bits of the same byte, over all code points."""
    rows = [(0, 0, 46 << 2 | 3, 60), (1, 0, 3, 60), (2, 0, 46 << 2 | 1, 60), (3, 0, -1, 60)]
    summary = summary_of(rows)
    assert summary.dscp_counts == {0: 1, 46: 2}
    assert summary.ecn_counts == {1: 1, 3: 2}


def test_route_change_is_told_from_variation():
    """After half of the stream the path is 60 ms longer; the variation around both levels is 1 ms."""
    rows = [(index, (60 * (index >= 20) + index % 2) * MILLISECOND, 0, 60) for index in range(PACKETS)]
    summary = summary_of(rows)
    assert (summary.level_shift, summary.level_shift_at) == (pytest.approx(0.060), pytest.approx(0.400))
    assert (summary.pdv_max, summary.pdv_restarted_max) == (pytest.approx(0.061), 0.001)
    assert (summary.pdv_restarted_p95, summary.pdv_restarted_p99) == (0.001, 0.001)


def test_clock_set_back_while_sending_makes_no_negative_duration():
    """Stamps that run backwards give no interval instead of a negative one."""
    sent_at = START - np.arange(PACKETS) * INTERVAL
    seen = arrivals([(index, 60 * MILLISECOND * (index >= 20), 0, 60) for index in range(PACKETS)])
    received_at = sent_at + 60 * MILLISECOND * (np.arange(PACKETS) >= 20)
    summary = summarise(
        Departures(index=np.arange(PACKETS), sent_at=sent_at),
        msgspec.structs.replace(seen, received_at=received_at),
        jitter_buffer=0.040,
        clock_offset=0,
    )
    assert (summary.gap_duration, summary.level_shift_at) == (None, 0.0)
    assert msgspec.json.decode(msgspec.json.encode(summary), type=StreamSummary) == summary
