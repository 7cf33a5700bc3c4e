"""The fixed de-jitter buffer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.buffer import count_discards, count_discards_in
from sonde.rtp.delay import delay_variation, histogram

MILLISECOND = 1_000_000
DEPTHS = (0, 20, 40, 60, 80, 100)

delays = st.lists(st.integers(0, 1_500 * MILLISECOND), min_size=1, max_size=100).map(np.array)


@pytest.mark.parametrize("depth", DEPTHS)
def test_discards_of_the_vectors_with_their_anchor(scenario, depth):
    """The vectors anchor at the first packet; with lateness counted from it, every depth agrees."""
    _, first = np.unique(scenario.indexes, return_index=True)
    lateness = scenario.delays[first] - scenario.delays[0]
    expected = scenario.expected["jitter_buffer_fixed"][str(depth)]
    assert count_discards(lateness, depth / 1000) == expected["discarded"]


@pytest.mark.parametrize("depth", DEPTHS)
def test_minimum_anchor_plays_each_packet_at_its_own_time(scenario, depth):
    """Counting PDV above the depth is the same as simulating playout deadlines packet by packet."""
    _, first = np.unique(scenario.indexes, return_index=True)
    sent, received = np.array(scenario.sent_at)[first], np.array(scenario.received_at)[first]
    anchor = min(r - s for s, r in zip(sent, received, strict=True))
    late = sum(r > s + anchor + depth * MILLISECOND for s, r in zip(sent, received, strict=True))
    assert count_discards(delay_variation(received - sent), depth / 1000) == late


def test_packet_at_the_moment_of_its_playout_is_played():
    """The limit itself is in time; one nanosecond later is not."""
    assert count_discards(np.array([0, 40 * MILLISECOND]), 0.040) == 0
    assert count_discards(np.array([0, 40 * MILLISECOND + 1]), 0.040) == 1


@given(delays, st.integers(1, 200) | st.integers(41, 200).map(lambda step: step * 5))
def test_histogram_answers_exactly_on_its_edges(delay, depth_ms):
    """Any buffer depth on an edge can be tried after the fact, from the histogram alone."""
    pdv = delay_variation(delay)
    assert count_discards_in(histogram(pdv), depth_ms / 1000) == count_discards(pdv, depth_ms / 1000)


@given(delays, st.floats(0, 2))
def test_histogram_never_promises_too_little(delay, depth):
    """Between edges the answer errs on the side of discards, by at most one bin."""
    pdv = delay_variation(delay)
    counts = histogram(pdv).counts
    found, exact = count_discards_in(histogram(pdv), depth), count_discards(pdv, depth)
    assert exact <= found <= exact + max(counts.values())


@given(delays, st.floats(0, 1), st.floats(0, 1))
def test_deeper_buffer_never_discards_more(delay, one, other):
    """Discards fall with depth."""
    pdv = delay_variation(delay)
    assert count_discards(pdv, max(one, other)) <= count_discards(pdv, min(one, other))
