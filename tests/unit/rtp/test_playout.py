"""De-jitter buffers packet by packet: fixed ones and Ramjee's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.adaptive_buffer import play_adaptive
from sonde.rtp.buffer import count_discards
from sonde.rtp.burst_ratio import measure_burst_ratio
from sonde.rtp.playout import (
    NEVER,
    Fate,
    Transit,
    find_spurts,
    first_delay,
    make_transit,
    play_fixed,
    play_spurts,
    smallest_delay,
)

MILLISECOND = 1_000_000
INTERVAL = 20 * MILLISECOND
DEPTHS = (0, 20, 40, 60, 80, 100)

delays_in_ms = st.lists(st.none() | st.integers(0, 400), min_size=1, max_size=60)
"""Delay of each packet of a stream, None for one that was lost."""


def transit_of(delays, *, offset=0):
    """A steady stream with these delays in milliseconds, by clocks that differ by `offset`."""
    sent = np.arange(len(delays)) * INTERVAL
    received = [
        NEVER if delay is None else at + delay * MILLISECOND + offset
        for at, delay in zip(sent.tolist(), delays, strict=True)
    ]
    return Transit(sent_at=sent, received_at=np.array(received))


def in_one_spurt(transit):
    """Ramjee's buffer for speech without a pause."""
    return play_spurts(transit, begins=find_spurts(transit.sent_at, packet_interval=0.02))


def fixed_at_minimum(transit):
    """A fixed buffer of 40 ms on the smallest delay."""
    return play_fixed(transit, depth=0.04, anchor=smallest_delay(transit))


BUFFERS = [fixed_at_minimum, in_one_spurt, play_adaptive]


@pytest.mark.parametrize("depth", DEPTHS)
def test_fixed_buffers_of_the_vectors(scenario, depth):
    """Counts, share and BurstR are those of the vectors, which anchor at the first packet."""
    expected = scenario.expected["jitter_buffer_fixed"][str(depth)]
    transit = make_transit(
        scenario.departures.sent_at, indexes=scenario.indexes, received_at=np.array(scenario.received_at)
    )
    played = play_fixed(transit, depth=depth / 1000, anchor=first_delay(transit))
    measured = measure_burst_ratio(played.outcomes)
    assert played.count(Fate.PLAYED) == expected["played"]
    assert played.count(Fate.LATE) == expected["discarded"]
    assert played.count(Fate.LOST) == expected["lost"]
    assert 100 * measured.loss_ratio == pytest.approx(expected["ppl_pct"], abs=6e-5)
    assert max(1.0, measured.transition_raw) == pytest.approx(expected["BurstR"], abs=1e-6)


@given(delays_in_ms, st.integers(0, 200))
def test_fixed_buffer_at_the_minimum_is_a_count_of_pdv(delays, depth_ms):
    """Playing packet by packet and counting PDV above the depth are the same."""
    transit = transit_of(delays)
    pdv = np.array([delay for delay in delays if delay is not None], dtype=np.int64) * MILLISECOND
    late = count_discards(pdv - pdv.min(initial=NEVER), depth_ms / 1000)
    anchor = smallest_delay(transit)
    assert play_fixed(transit, depth=depth_ms / 1000, anchor=anchor).count(Fate.LATE) == late


@given(delays_in_ms, st.integers(0, 200), st.integers(0, 200))
def test_deeper_fixed_buffer_never_discards_more(delays, one, other):
    """With either anchor, discards fall with depth."""
    transit = transit_of(delays)
    for anchor in (first_delay(transit), smallest_delay(transit)):
        shallow, deep = (
            play_fixed(transit, depth=depth / 1000, anchor=anchor).count(Fate.LATE)
            for depth in (min(one, other), max(one, other))
        )
        assert deep <= shallow


@pytest.mark.parametrize("play", BUFFERS)
@given(delays=delays_in_ms)
def test_nothing_is_played_before_it_arrives(play, delays):
    """Every packet has one fate, and one that was played had come by then."""
    transit = transit_of(delays)
    played = play(transit)
    assert sum(played.count(fate) for fate in Fate) == len(delays)
    assert played.count(Fate.LOST) == delays.count(None)
    due = transit.sent_at + played.delays
    assert np.all(transit.received_at[played.outcomes] <= due[played.outcomes])
    assert np.all(transit.received_at[played.fates == Fate.LATE] > due[played.fates == Fate.LATE])


@pytest.mark.parametrize("play", BUFFERS)
@given(delays=delays_in_ms, offset=st.integers(-(10**18), 10**18))
def test_clock_offset_does_not_change_any_fate(play, delays, offset):
    """Buffers know one clock only, so that of the sender may be anything."""
    assert play(transit_of(delays, offset=offset)).fates.tolist() == play(transit_of(delays)).fates.tolist()


@pytest.mark.parametrize("play", BUFFERS)
@given(delay=st.integers(0, 10**4), packets=st.integers(1, 60), offset=st.integers(-(10**18), 10**18))
def test_constant_delay_discards_nothing(play, delay, packets, offset):
    """Where nothing varies, no buffer has anything to discard, whatever its clock shows."""
    assert play(transit_of([delay] * packets, offset=offset)).count(Fate.PLAYED) == packets


@pytest.mark.parametrize("play", BUFFERS)
def test_stream_of_which_nothing_arrives_is_lost(play):
    """Without an arrival every packet is lost and none discarded."""
    assert play(transit_of([None] * 3)).fates.tolist() == [Fate.LOST] * 3


def test_copies_after_the_first_are_ignored():
    """A copy in time does not save a packet whose first copy was late, nor does a late one spoil it."""
    sent = np.arange(3) * INTERVAL
    received = np.array([10, 30, 31, 500, 510]) * MILLISECOND
    transit = make_transit(sent, indexes=np.array([0, 1, 1, 0, 2]), received_at=received)
    assert transit.received_at.tolist() == [10 * MILLISECOND, 30 * MILLISECOND, 510 * MILLISECOND]
    played = play_fixed(transit, depth=0.04, anchor=first_delay(transit))
    assert played.fates.tolist() == [Fate.PLAYED, Fate.PLAYED, Fate.LATE]


def test_unlucky_first_packet_shifts_one_anchor_only():
    """The first packet took 10 ms longer; the smallest delay of a start window does not care."""
    transit = transit_of([60, 50, 60, 50, 40])
    assert first_delay(transit) == 60 * MILLISECOND
    assert smallest_delay(transit, window=0.05) == 50 * MILLISECOND
    assert smallest_delay(transit) == 40 * MILLISECOND


def test_a_spurt_begins_after_a_pause():
    """Half a packet more than the rhythm is a pause; a lost packet in between is none, as all are listed."""
    sent = np.array([0, 20, 40, 69, 99, 300]) * MILLISECOND
    assert find_spurts(sent, packet_interval=0.02).tolist() == [True, False, False, False, True, True]


def test_ramjee_by_hand():
    """With half of the memory the estimates of three delays are plain halves."""
    sent = np.array([0, 20, 100, 120]) * MILLISECOND
    transit = Transit(sent_at=sent, received_at=sent + np.array([10, 30, 30, 70]) * MILLISECOND)
    begins = np.array([True, False, True, False])
    played = play_spurts(transit, begins=begins, memory=0.5)
    # After the first: delay 10, deviation 0. After the second: 20 and 5. After the third: 25 and 5.
    assert (played.delays / MILLISECOND).tolist() == [10, 10, 45, 45]
    assert played.fates.tolist() == [Fate.PLAYED, Fate.LATE, Fate.PLAYED, Fate.LATE]


def test_ramjee_learns_the_spread():
    """After long speech with even jitter of 0 to 20 ms, a spurt waits for the mean and four deviations."""
    delays = 50 + np.random.default_rng(7).integers(0, 21, 20_000)
    transit = transit_of(delays.tolist())
    begins = np.arange(len(delays)) % 50 == 0
    played = play_spurts(transit, begins=begins)
    # The mean is 60 ms and the mean deviation of an even spread is a quarter of it.
    assert played.delays[-1] / MILLISECOND == pytest.approx(60 + 4 * 5.24, abs=1)
    assert np.all(played.fates[-5000:] == Fate.PLAYED)
