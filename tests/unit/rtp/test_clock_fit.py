"""The clock fit against simulated paths whose truth is known."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde.rtp.clock_fit import MAX_SKEW_SLEWING, Directions, fit_clocks

MS = 1e6
MINUTE = 60 * 10**9


def any_path(clock_path, seed):
    """A path of which hardly anything is certain."""
    chance = np.random.default_rng(seed)
    return clock_path(
        there=chance.uniform(0.1, 60),
        back=chance.uniform(0.1, 60),
        queue=10 ** chance.uniform(-2, 1),
        tail=chance.choice([0, 0.1]),
        standing=chance.choice([0, 10]),
        loss=chance.choice([0, 0.3]),
        offset=chance.uniform(-500, 500),
        skew=chance.choice([-100e-6, 100e-6, chance.uniform(-100e-6, 100e-6)]),
    )


def fits_of(path, seeds):
    """One of each run."""
    return [fit_clocks(path.run(seed).directions) for seed in seeds]


def errors(path, fits):
    """How wrong each fit is beyond the asymmetry of the path, ns."""
    return np.array([abs(fit.offset_ns - path.truth - path.irreducible) for fit in fits])


def test_the_bound_covers_the_truth_a_thousand_times_in_a_thousand(clock_path):
    """Over offsets, skews, queues, losses and lopsided paths the true offset is never outside of it."""
    for seed in range(1000):
        path = any_path(clock_path, seed)
        fit = fit_clocks(path.run(seed).directions)
        assert fit.lowest <= path.offset_at(fit.at) <= fit.highest, seed
        assert fit.lowest <= fit.offset_ns <= fit.highest


def test_beyond_asymmetry_the_error_is_microseconds(clock_path):
    """At 20 ms each way with 2 ms of queueing, 95 of 100 fits are within 60 us, half within 20 us."""
    chance = np.random.default_rng(2)
    paths = [
        clock_path(offset=chance.uniform(-500, 500), skew=chance.uniform(-100e-6, 100e-6))
        for _ in range(1000)
    ]
    found = [errors(path, fits_of(path, [seed])).item() for seed, path in enumerate(paths)]
    assert np.percentile(found, 50) < 20_000
    assert np.percentile(found, 95) <= 60_000


@pytest.mark.parametrize(
    ("numbers", "p95"),
    [
        ({"there": 0.5, "back": 0.5, "queue": 0.1}, 5_000),
        ({"tail": 0.1}, 60_000),
        ({"there": 20, "back": 35}, 60_000),
        ({"loss": 0.3}, 90_000),
        ({"queue": 10}, 300_000),
    ],
)
def test_on_other_paths_too(clock_path, numbers, p95):
    """A local network, a heavy tail, uneven directions, 30 % loss, long queues; ns."""
    path = clock_path(skew=30e-6, **numbers)
    assert np.percentile(errors(path, fits_of(path, range(100))), 95) <= p95


def test_the_statistical_error_is_what_queues_make_of_it(clock_path):
    """It covers about 95 of 100 errors, on a short path as on a long one, and is not much larger."""
    for numbers in ({"there": 0.5, "back": 0.5, "queue": 0.1}, {}, {"queue": 10}):
        path = clock_path(skew=-20e-6, **numbers)
        fits = fits_of(path, range(150))
        stated, found = np.array([fit.stat_error for fit in fits]) * 1e9, errors(path, fits)
        assert 0.85 <= np.mean(found <= stated) <= 0.99
        assert np.median(stated) < 2 * np.percentile(found, 95)


def test_the_skew_is_found_as_well_as_it_says(clock_path):
    """Five seconds tell the skew to some tens of ppm, and the fit knows it."""
    path = clock_path(skew=70e-6)
    fits = [fit_clocks(path.run(seed).directions, max_skew=MAX_SKEW_SLEWING) for seed in range(200)]
    wrong = np.array([abs(fit.skew - 70e-6) for fit in fits])
    assert np.percentile(wrong, 95) < 60e-6
    assert np.mean(wrong <= [fit.skew_error for fit in fits]) >= 0.85


def three_rounds(path, seed):
    """The last fit of three rounds a minute apart, and the same without the first two."""
    chance, earlier = np.random.default_rng(seed), []
    for number in range(3):
        directions = path.run(1000 * seed + number).directions
        joint, alone = fit_clocks(directions, earlier=earlier), fit_clocks(directions)
        earlier = [*earlier, joint.outlines]
        truth = path.truth
        wandered = path.skew + chance.normal(0, 0.2e-6)
        # The clock goes on from where it is at the end of the minute, at its new speed.
        start = path.start + MINUTE
        turned = (path.skew - wandered) * (start - 1_700_000_000 * 10**9) / MS
        path = path.but(offset=path.offset + turned, skew=wandered, start=start)
    return abs(joint.offset_ns - truth), abs(alone.offset_ns - truth), joint


def test_three_rounds_know_the_skew_better_than_one(clock_path):
    """While the speed wanders by 0.2 ppm a minute, a skew from three rounds makes the offset better."""
    rounds = [three_rounds(clock_path(offset=77, skew=-40e-6), seed) for seed in range(100)]
    joint, alone = np.array([(a, b) for a, b, _ in rounds]).T
    assert {fit.rounds for _, _, fit in rounds} == {3}
    assert np.percentile(joint, 50) < 0.8 * np.percentile(alone, 50)
    assert np.percentile(joint, 95) < 0.9 * np.percentile(alone, 95) < 60_000
    assert max(fit.skew_error for _, _, fit in rounds) < 5e-6


def test_the_bound_is_as_hard_with_three_rounds(clock_path):
    """It rests on the present round alone, so a wrong past cannot make it too narrow."""
    for seed in range(40):
        path = any_path(clock_path, seed)
        present = path.run(seed).directions
        past = [
            fit_clocks(path.but(start=path.start - ago * MINUTE).run(ago).directions).outlines
            for ago in (2, 1)
        ]
        assert fit_clocks(present, earlier=past).lowest == fit_clocks(present).lowest
        moved = [msgspec.structs.replace(each, base=each.base + 10**10) for each in past]
        fit = fit_clocks(present, earlier=moved)
        assert fit.rounds == 1
        assert fit.lowest <= path.offset_at(fit.at) <= fit.highest


def test_asymmetry_shows_in_the_bound_and_moves_the_offset_by_half_of_itself(clock_path):
    """No filter sees it; the bound of half a round trip contains it."""
    path = clock_path(there=20, back=50, queue=0.001)
    fit = fit_clocks(path.run(7).directions)
    assert fit.offset_ns - path.truth == pytest.approx(-15 * MS, abs=0.1 * MS)
    assert fit.error_bound == pytest.approx(0.035, abs=0.001)


@settings(max_examples=30)
@given(years=st.integers(-(10**18), 10**18), seed=st.integers(0, 50))
def test_the_offset_does_not_depend_on_where_the_clocks_stand(clock_path, years, seed):
    """Years apart or not: only the difference counts, to the nanosecond."""
    directions = clock_path().run(seed).directions
    moved = msgspec.structs.replace(
        directions, arrived=directions.arrived + years, answered=directions.answered + years
    )
    near, far = fit_clocks(directions), fit_clocks(moved)
    assert (far.offset_ns, far.lowest, far.highest) == tuple(
        each + years for each in (near.offset_ns, near.lowest, near.highest)
    )
    assert (far.skew, far.stat_error, far.at) == (near.skew, near.stat_error, near.at)


def test_a_clock_that_was_set_fits_no_line(clock_path):
    """A step of more than the round trip in the middle of the stream is not explained away."""
    for step in (-1000, 1000):
        assert fit_clocks(clock_path(target_step=step).run(5).directions) is None


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=4, max_size=40))
def test_any_stamps_give_a_fit_or_none(stamps):
    """Stamps that no clocks could have made end no agent."""
    quarter = len(stamps) // 4
    columns = np.array(stamps[: 4 * quarter], dtype=np.int64).reshape(4, quarter)
    fit = fit_clocks(
        Directions(sent=columns[0], arrived=columns[1], answered=columns[2], returned=columns[3])
    )
    assert fit is None or fit.lowest <= fit.highest


def test_one_direction_alone_says_nothing(clock_path):
    """Without an answer there is no fit, and no guess."""
    directions = clock_path().run(5).directions
    nothing = np.array([], dtype=np.int64)
    assert fit_clocks(msgspec.structs.replace(directions, answered=nothing, returned=nothing)) is None


def test_few_packets_give_a_bound_and_no_statistical_error(clock_path):
    """The bound of a few packets is hard; how much their queues vary they do not tell."""
    path = clock_path()
    directions = path.run(5).directions
    few = Directions(**{name: stamps[:6] for name, stamps in msgspec.structs.asdict(directions).items()})
    fit = fit_clocks(few)
    assert fit.lowest <= path.offset_at(fit.at) <= fit.highest
    assert (fit.stat_error, fit.skew_error) == (None, None)
