"""What readings of a clock before and after a stream prove."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.clock_fit import MAX_SKEW, MAX_SKEW_SLEWING
from sonde.rtp.clock_readings import ClockReading, ClockWatch, Watches, ran_evenly, unexplained, watch

SECOND = 10**9
BEFORE = ClockReading(at=1_700_000_000 * SECOND, beyond_raw=1_699_000_000 * SECOND, rate=0)


def later(seconds=7, *, rate=0, moved=0, error_max=None, before=BEFORE):
    """A reading so much later by the oscillator, with a rate (10^-12) that held all the time."""
    passed = seconds * SECOND
    beyond = passed * rate // 10**12 + moved
    return ClockReading(
        at=before.at + passed + beyond, beyond_raw=before.beyond_raw + beyond, rate=rate, error_max=error_max
    )


def pair(source, target=None):
    return Watches(
        source=ClockWatch(before=BEFORE, after=source),
        target=ClockWatch(before=BEFORE, after=target) if target else None,
    )


@given(st.integers(0, 3600), st.integers(-500 * 10**6, 500 * 10**6), st.integers(-(10**15), 10**15))
def test_what_the_rate_does_not_explain_is_a_step(seconds, rate, moved):
    """The difference to the oscillator grows by the rate, and by nothing else unless the clock is set."""
    before = msgspec.structs.replace(BEFORE, rate=rate)
    assert unexplained(before, later(seconds, rate=rate, moved=moved)) == pytest.approx(moved, abs=2)


def test_ten_milliseconds_are_a_step_and_ten_microseconds_are_not():
    """Noise of reading is no step; a step is one, with its sign, and at the source it has the other."""
    assert pair(later(moved=9_000)).change == 0
    assert pair(later(moved=10_000_000)).change == -10_000_000
    assert pair(later(), later(moved=10_000_000)).change == 10_000_000
    assert not pair(later(moved=10_000_000)).ran_evenly
    assert pair(later(moved=90_000)).ran_evenly


def test_another_rate_bends_the_line():
    """A clock made faster by 2 ppm did not run evenly; one made faster by 0.5 ppm did, nearly enough."""
    assert not pair(later(0, rate=2_000_000)).ran_evenly
    assert pair(later(0, rate=2_000_000)).is_rate_changed
    assert pair(later(0, rate=500_000)).ran_evenly
    assert not pair(later(0, rate=500_000)).is_rate_changed


def test_a_restarted_machine_is_another_clock():
    """The oscillator's count begins anew, which no rate explains."""
    restarted = msgspec.structs.replace(later(), beyond_raw=later().at - 60 * SECOND)
    assert not ran_evenly(BEFORE, restarted)


def test_a_slewed_clock_may_run_faster_than_a_free_one():
    """The fit must allow for it, or its bound would not be hard."""
    assert pair(later()).max_skew == MAX_SKEW
    assert pair(later(moved=500_000)).max_skew == MAX_SKEW_SLEWING
    assert pair(later(), later(0, rate=400 * 10**6)).max_skew == MAX_SKEW_SLEWING


def test_only_two_synchronised_clocks_tell_anything():
    """One alone, or one that lost its source meanwhile, says nothing of the difference."""
    synchronised = msgspec.structs.replace(BEFORE, error_max=2_000)
    both = ClockWatch(before=synchronised, after=later(error_max=3_000))
    lost = ClockWatch(before=synchronised, after=later())
    assert Watches(source=both, target=both).error_max == 6_000
    assert Watches(source=both, target=lost).error_max is None
    assert Watches(source=both, target=None).error_max is None


def test_half_a_watch_is_none():
    """Two readings make a watch."""
    assert watch(BEFORE, None) is None
    assert watch(None, BEFORE) is None
    assert watch(BEFORE, later()) == ClockWatch(before=BEFORE, after=later())
