"""The de-jitter buffer that stretches time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.adaptive_buffer import STRETCH, FadingHistogram, TargetDelay, play_adaptive
from sonde.rtp.playout import NEVER, Fate, Transit

MILLISECOND = 1_000_000
INTERVAL = 20 * MILLISECOND


def transit_of(delays_ms):
    """A steady stream with these delays; None for a lost packet."""
    sent = np.arange(len(delays_ms)) * INTERVAL
    received = [
        NEVER if delay is None else at + round(delay * MILLISECOND)
        for at, delay in zip(sent.tolist(), delays_ms, strict=True)
    ]
    return Transit(sent_at=sent, received_at=np.array(received))


def target_after(delays_ms, *, places=None):
    """What the buffer aims at after packets with these delays, in milliseconds."""
    target = TargetDelay()
    for number, delay in enumerate(delays_ms):
        place = number if places is None else places[number]
        target.take(place, delay=delay * MILLISECOND, received_at=number * INTERVAL)
    return target.delay / MILLISECOND


def test_histogram_forgets_from_the_first_value_on():
    """The first value is all there is, the second weighs two thirds, the third half."""
    histogram = FadingHistogram(0.983)
    assert histogram.quantile(0.95) is None
    for value, shares in ((5, [1, 0, 0]), (25, [1 / 3, 2 / 3, 0]), (45, [1 / 6, 1 / 3, 1 / 2])):
        histogram.add(value * MILLISECOND)
        assert histogram.shares[:3].tolist() == pytest.approx(shares)
    assert histogram.quantile(0.5) == 40 * MILLISECOND
    assert histogram.quantile(0.95) == 60 * MILLISECOND


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=100))
def test_shares_of_the_histogram_add_up(values):
    """Whatever comes in, also beyond the last bucket, it stays a distribution."""
    histogram = FadingHistogram(0.9)
    for value in values:
        histogram.add(value)
    assert histogram.shares.sum() == pytest.approx(1)
    assert histogram.quantile(1.0) >= histogram.quantile(0.5) > 0


def test_long_memory_keeps_what_it_is_told_to():
    """After many equal values another one weighs what the factor leaves for it."""
    histogram = FadingHistogram(0.983)
    for _ in range(1000):
        histogram.add(0)
    histogram.add(30 * MILLISECOND)
    assert histogram.shares[1] == pytest.approx(0.017)


def test_buffer_starts_at_eighty_milliseconds_and_comes_down():
    """Before half a second has passed nothing is known; then an even stream needs one bucket."""
    assert target_after([50] * 20) == 50 + 80
    assert target_after([50] * 40) == 50 + 20


def test_target_covers_the_worst_of_each_half_second():
    """A packet in each half second that is 50 ms late moves the target to the end of its bucket."""
    assert target_after(([50] * 10 + [100] + [50] * 14) * 8) == 50 + 60


def test_overtaken_packets_are_waited_for_only_where_that_saves_enough():
    """One of ten overtaken by 30 ms is worth waiting 20 ms for; one of a thousand is not."""
    often = [
        number + 1 if number % 10 == 8 else number - 1 if number % 10 == 9 else number
        for number in range(500)
    ]
    late = [50 + 30 * (number % 10 == 9) for number in range(500)]
    assert target_after(late, places=often) == 50 + 40
    seldom = [*range(500)]
    seldom[480], seldom[481] = 481, 480
    assert target_after([50] * 481 + [80] + [50] * 18, places=seldom) == 50 + 20


def test_playing_follows_the_target_a_quarter_packet_at_a_time():
    """Each packet is due at most 5 ms earlier or later than the one before it would have it."""
    delays = 50 + np.random.default_rng(2).exponential(15, 1000)
    played = play_adaptive(transit_of(delays.tolist()))
    assert np.abs(np.diff(played.delays)).max() <= STRETCH * INTERVAL
    assert played.delays[-1] < played.delays[0]


def test_buffer_converges_where_nothing_varies():
    """After some seconds of even arrivals the buffer adds one bucket, 20 ms, and no more."""
    played = play_adaptive(transit_of([50] * 200))
    assert (played.delays[0], played.delays[-1]) == (130 * MILLISECOND, 70 * MILLISECOND)
    assert played.count(Fate.PLAYED) == 200


def test_buffer_grows_after_a_change_of_route():
    """When all packets take 200 ms longer it discards at first and plays them all later."""
    played = play_adaptive(transit_of([50] * 200 + [250] * 400))
    assert Fate.LATE in played.fates[200:240]
    assert set(played.fates[400:].tolist()) == {Fate.PLAYED}


def test_packets_far_ahead_find_no_room():
    """A path that gets five seconds shorter delivers packets 250 ahead of their turn; three make 150."""
    dropped = play_adaptive(transit_of([5050] * 300 + [50] * 50)).fates == Fate.EARLY
    assert np.flatnonzero(dropped).min() == 300
    assert play_adaptive(transit_of([3050] * 300 + [50] * 50)).count(Fate.EARLY) == 0


def test_packets_lost_before_the_first_arrival_take_no_room():
    """The first packet to come starts the buffer, however many were lost before it."""
    played = play_adaptive(transit_of([None] * 300 + [50] * 50))
    assert (played.count(Fate.LOST), played.count(Fate.PLAYED)) == (300, 50)
