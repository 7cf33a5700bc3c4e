"""The clock fit against simulated paths whose truth is known."""

import numpy as np
import pytest

from sonde.rtp.clock_fit import Directions, fit_clocks

MS = 1e6
START = 1_700_000_000 * 10**9


def simulate(seed, *, there=20.0, back=20.0, queue=2.0, offset=0.0, skew=0.0):
    """A stream of 5 s with an answer each 50 ms; delays in ms, offset in ms, skew in seconds per second.

    Returns the stamps and the true offset in the middle of the stream, ns.
    """
    chance = np.random.default_rng(seed)

    def target_clock(at):
        return at + offset * MS + skew * (at - START)

    def stamp(times):
        return np.rint(times).astype(np.int64)

    sent = START + np.arange(250) * 20 * MS
    arrived = sent + there * MS + chance.exponential(queue, 250) * MS
    asked = START + np.arange(100) * 50 * MS
    answered = asked + there * MS + chance.exponential(queue, 100) * MS
    returned = answered + back * MS + chance.exponential(queue, 100) * MS
    directions = Directions(
        sent=stamp(sent),
        arrived=stamp(target_clock(arrived)),
        answered=stamp(target_clock(answered)),
        returned=stamp(returned),
    )
    return directions, offset * MS + skew * 2.49e9


def test_the_bound_always_covers_the_truth():
    """Over offsets, skews, queues and lopsided paths the true offset is never outside of the bound."""
    chance = np.random.default_rng(1)
    for seed in range(300):
        directions, truth = simulate(
            seed,
            there=chance.uniform(0.1, 60),
            back=chance.uniform(0.1, 60),
            queue=chance.uniform(0.01, 10),
            offset=chance.uniform(-500, 500),
            skew=chance.uniform(-99e-6, 99e-6),
        )
        fit = fit_clocks(directions)
        assert abs(fit.offset_ns - truth) <= fit.error_bound * 1e9


def test_on_a_symmetric_path_the_error_is_microseconds():
    """At 20 ms each way with 2 ms of queueing, 95 of 100 fits are within 60 us, and half within 20 us."""
    errors = []
    for seed in range(200):
        directions, truth = simulate(seed, offset=123.4, skew=(seed % 11 - 5) * 1e-5)
        errors.append(abs(fit_clocks(directions).offset_ns - truth))
    assert np.percentile(errors, 50) < 20_000
    assert np.percentile(errors, 95) < 60_000


def test_asymmetry_shows_in_the_bound_and_moves_the_offset_by_half_of_itself():
    """No filter sees it; the bound of half a round trip contains it."""
    directions, truth = simulate(7, there=20, back=50, queue=0.001)
    fit = fit_clocks(directions)
    assert fit.offset_ns - truth == pytest.approx(-15 * MS, abs=0.1 * MS)
    assert fit.error_bound == pytest.approx(0.035, abs=0.001)


def test_the_offset_does_not_depend_on_where_the_clocks_stand():
    """Years apart or not: only the difference counts, to the nanosecond."""
    directions, _ = simulate(3)
    years = 10**17
    moved = Directions(
        sent=directions.sent,
        arrived=directions.arrived + years,
        answered=directions.answered + years,
        returned=directions.returned,
    )
    near, far = fit_clocks(directions), fit_clocks(moved)
    assert (far.offset_ns, far.lowest, far.highest) == tuple(
        each + years for each in (near.offset_ns, near.lowest, near.highest)
    )
    assert (far.skew, far.stat_error, far.at) == (near.skew, near.stat_error, near.at)


def test_a_clock_that_was_set_fits_no_line():
    """A step of more than the round trip in the middle of the stream is not explained away."""
    directions, _ = simulate(5)
    jump = np.where(np.arange(250) < 125, 0, -(10**9))
    stepped = Directions(
        sent=directions.sent,
        arrived=directions.arrived + jump,
        answered=directions.answered,
        returned=directions.returned,
    )
    assert fit_clocks(stepped) is None


def test_one_direction_alone_says_nothing():
    """Without an answer there is no fit, and no guess."""
    directions, _ = simulate(5)
    nothing = np.array([], dtype=np.int64)
    assert (
        fit_clocks(
            Directions(sent=directions.sent, arrived=directions.arrived, answered=nothing, returned=nothing)
        )
        is None
    )
