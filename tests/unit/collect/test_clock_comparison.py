"""How clocks are compared when only the round trip is known."""

from hypothesis import given
from hypothesis import strategies as st

from sonde.collect.clock import ClockComparison

instants = st.integers(0, 2**53)
waits = st.integers(0, 60_000_000)


def test_a_clock_that_may_be_right_is_believed():
    """The answer may have come from any moment of the round trip."""
    clock = ClockComparison()
    clock.learn(1000, 3000, 2900)
    assert clock.offset == 0


def test_a_wrong_clock_is_moved_to_the_middle():
    """Nobody knows which way took longer."""
    clock = ClockComparison()
    clock.learn(1000, 3000, 3_600_002_000)
    assert clock.offset == 3_600_000_000


def test_an_offset_moves_no_further_than_an_answer_demands():
    """Times between ticks stay what they were."""
    clock = ClockComparison()
    clock.learn(1000, 3000, 3_600_002_000)
    clock.learn(5000, 9000, 3_600_008_000)
    assert clock.offset == 3_600_000_000
    clock.learn(10_000, 10_100, 3_600_010_200)
    assert clock.offset == 3_600_000_100


@given(error=st.integers(-(2**52), 2**52), trips=st.lists(st.tuples(instants, waits, waits), min_size=1))
def test_our_times_are_right_within_the_round_trip(error, trips):
    """Whatever the error of the clock and whichever way takes longer."""
    clock = ClockComparison()
    for sent, there, back in trips:
        clock.learn(sent, sent + there + back, sent + there + error)
        assert abs(clock.offset - error) <= there + back
