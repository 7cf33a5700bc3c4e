"""RFC 3550 jitter by RTP timestamps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.media_jitter import TIMESTAMP_MODULUS, MediaJitter, timestamp_difference

CLOCK_RATE = 8000
PACKET = 160
INTERVAL = 20_000_000

arrivals = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 10**9)), min_size=2, max_size=40)
"""Place in the stream and delay of each copy, in arrival order."""


def jitter_of(rows, *, first_timestamp=0, epoch=0):
    """The filter after a stream of 20 ms packets with these arrivals."""
    found = MediaJitter(CLOCK_RATE)
    for index, delay in rows:
        found.take(
            timestamp=(first_timestamp + index * PACKET) % TIMESTAMP_MODULUS,
            received_at=epoch + index * INTERVAL + delay,
        )
    return found


def test_every_form_of_jitter_in_the_vectors(scenario):
    """The unrounded and the integer form, the largest and the mean are those of the shared vectors."""
    expected = scenario.expected["rfc3550"]
    clock_rate = scenario.expected["clock_rate"]
    found = MediaJitter(clock_rate)
    for timestamp, received_at in zip(scenario.timestamps, scenario.received_at, strict=True):
        found.take(timestamp=timestamp, received_at=received_at)
    assert found.jitter * clock_rate == pytest.approx(expected["jitter_ticks_float"], abs=6e-5)
    assert found.jitter * 1000 == pytest.approx(expected["jitter_ms"], abs=6e-5)
    assert found.ticks == expected["jitter_ticks_int"]
    assert found.jitter_max * 1000 == pytest.approx(expected["jitter_max_ms"], abs=6e-5)
    assert found.jitter_mean * 1000 == pytest.approx(expected["jitter_mean_ms"], abs=6e-5)


def test_jitter_moves_by_a_sixteenth():
    """One difference of 16 ms from rest gives 1 ms in both forms, and a mean over both arrivals of half."""
    found = jitter_of([(0, 0), (1, 16_000_000)])
    assert found.jitter == found.jitter_max == pytest.approx(0.001)
    assert found.ticks == CLOCK_RATE // 1000
    assert found.jitter_mean == pytest.approx(0.0005)


@pytest.mark.parametrize("count", [0, 1])
def test_jitter_needs_two_arrivals(count):
    """Nothing to compare gives None, not zero."""
    found = jitter_of([(0, 0)] * count)
    assert {found.jitter, found.ticks, found.jitter_max, found.jitter_mean} == {None}


@given(arrivals, st.integers(0, TIMESTAMP_MODULUS - 1))
def test_a_wrap_of_the_timestamp_makes_no_jitter(rows, first_timestamp):
    """Wherever the timestamps begin, the jitter is the same."""
    assert jitter_of(rows, first_timestamp=first_timestamp).jitter == jitter_of(rows).jitter


@given(arrivals, st.integers(0, 2 * 10**9))
def test_the_epoch_of_the_receiver_does_not_matter(rows, seconds):
    """A constant clock offset changes neither form; whole seconds leave even the rounding alone."""
    shifted, found = jitter_of(rows, epoch=seconds * 10**9), jitter_of(rows)
    assert (shifted.jitter, shifted.ticks) == (found.jitter, found.ticks)


def test_a_restart_makes_no_jitter():
    """Timestamps that begin anew are not compared with the old ones."""
    found = jitter_of([(0, 0), (1, 0)])
    found.restart()
    found.take(timestamp=3_000_000_000, received_at=2 * INTERVAL)
    found.take(timestamp=3_000_000_000 + PACKET, received_at=3 * INTERVAL)
    assert found.jitter == 0.0


@given(st.integers(0, TIMESTAMP_MODULUS - 1), st.integers(-(2**31), 2**31 - 1))
def test_differences_go_the_shorter_way(earlier, step):
    """Forward or back by less than half of the range, the difference is the step that was made."""
    assert timestamp_difference((earlier + step) % TIMESTAMP_MODULUS, earlier) == step
