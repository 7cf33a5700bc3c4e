import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.webrtc.issues.episodes import find_episodes
from sonde.webrtc.issues.rules import Point, Pooled, Sustained

SECOND = 1_000_000_000
RULE = Sustained(on=10.0, off=5.0, critical=50.0)


def points(values, length=1):
    """One point each `length` seconds; None leaves one out."""
    return [
        Point(number * length * SECOND, (number + 1) * length * SECOND, float(value))
        for number, value in enumerate(values)
        if value is not None
    ]


def spans(values, *rules, length=1):
    """Start and end of the episodes, in seconds."""
    return [(each.start / SECOND, each.end / SECOND) for each in find_episodes(points(values, length), rules)]


def test_three_of_five():
    """Three bad seconds of five are an episode from the first bad one; two are none."""
    assert spans([0, 0, 20, 0, 20, 20, 0, 0, 0, 0, 0], RULE) == [(2, 6)]
    assert spans([0, 0, 20, 0, 20, 0, 0, 0, 0, 0, 0], RULE) == []


def test_hysteresis():
    """Between the limits an episode goes on but does not begin, and one quiet second does not end it."""
    assert spans([7] * 20, RULE) == []
    assert spans([20] * 3 + [7] * 5 + [0] * 9, RULE) == [(0, 8)]
    assert spans([20] * 3 + [0] * 3 + [20] * 3 + [0] * 9, RULE) == [(0, 9)]
    assert spans([20] * 3 + [0] * 5 + [20] * 3 + [0] * 9, RULE) == [(0, 3), (8, 11)]


@pytest.mark.parametrize("length", [1, 2, 5, 10])
def test_any_pace_of_sampling(length):
    """Twenty bad seconds are one episode of twenty seconds, however often the client looked."""
    bad = 20 // length
    values = [0] * bad + [20] * bad + [0] * bad
    assert spans(values, RULE, length=length) == [(20, 40)]


def test_points_without_value_are_passed_over():
    """Seconds that tell nothing neither open nor close; a long silence closes."""
    assert spans([20, None, 20, 20, None, None, 20, 0, 0, 0, 0, 0], RULE) == [(0, 7)]
    assert spans([20] * 3 + [None] * 16 + [20] * 3, RULE) == [(0, 3), (19, 22)]


def test_critical_needs_as_long():
    """One second above the critical limit is not critical, three are."""
    assert not find_episodes(points([20, 60, 20, 20]), (RULE,))[0].critical
    assert find_episodes(points([20, 60, 60, 60]), (RULE,))[0].critical


def test_bursts_are_bad_as_a_whole():
    """A second in five is never three in five, but bad over fifteen seconds."""
    rule = Pooled(on=3.0, off=1.0, of=15.0, need=2.0)
    values = [0] * 10 + [40, 0, 0, 0, 0] * 4 + [0] * 30
    assert spans(values, Sustained(on=3.0, off=1.0)) == []
    assert spans(values, rule) == [(10, 26)]


def test_one_burst_is_not_enough():
    """A single bad second is no pattern where two are asked for."""
    assert spans([0] * 10 + [60] + [0] * 20, Pooled(on=3.0, off=1.0, of=15.0, need=2.0)) == []


def test_a_bad_start_is_no_bad_quarter_minute():
    """Until a third of its window has been seen, a mean says nothing."""
    rule = Pooled(on=3.0, off=1.0, of=15.0)
    assert spans([10, 0, 0, 0, 0, 0, 0, 0], rule) == []
    assert spans([20, 0, 0, 0, 0, 0, 0, 0], rule) == [(0, 1)]


def test_weights_count():
    """A bad second of few packets weighs little among good ones of many."""
    heavy = [Point(number * SECOND, (number + 1) * SECOND, 0.0, 100.0) for number in range(9)]
    rule = Pooled(on=3.0, off=1.0)
    assert find_episodes([*heavy, Point(9 * SECOND, 10 * SECOND, 50.0, 1.0)], (rule,)) == []
    assert find_episodes([*heavy, Point(9 * SECOND, 10 * SECOND, 50.0, 100.0)], (rule,)) != []


def test_small_numbers_by_chance():
    """Ten packets of 250 may be lost by chance where 3 % are; sixteen are not."""
    rule = Sustained(on=0.03, off=0.01, by_chance=True)

    def shares(lost):
        return [
            Point(number * SECOND, (number + 1) * SECOND, one / 50, 50.0) for number, one in enumerate(lost)
        ]

    assert find_episodes(shares([0, 2, 2, 2, 2, 2, 0, 0, 0]), (rule,)) == []
    assert len(find_episodes(shares([0, 4, 4, 0, 4, 4, 0, 0, 0]), (rule,))) == 1


def test_what_chance_adds_at_the_edges_is_cut_off():
    """A bad point long after the trouble, among good ones, does not make it longer."""
    values = [0] * 5 + [20] * 10 + [0] * 4 + [11] + [0] * 20
    assert spans(values, Pooled(on=10.0, off=5.0, of=15.0)) == [(5, 15)]


def test_a_second_trouble_is_not_cut_off():
    """What lies behind a pause and is bad enough by itself is another episode."""
    values = [20] * 10 + [0] * 12 + [20] * 5 + [0] * 20
    assert spans(values, Pooled(on=5.0, off=4.0, of=15.0)) == [(0, 10), (22, 27)]


def test_shares_tell_where_long_points_begin_to_be_bad():
    """Of ten seconds half as bad as the others, half belong to the trouble."""
    rule = Sustained(on=0.03, off=0.01)
    (episode,) = find_episodes(points([0, 0.04, 0.08, 0.08, 0.04, 0], 10), (rule,), shares=True)
    assert (episode.start / SECOND, episode.end / SECOND) == (15, 45)


def test_two_rules_give_one_episode():
    """What two rules see at the same time is reported once, with mean and worst of all of it."""
    rules = (RULE, Pooled(on=10.0, off=1.0, of=10.0))
    (episode,) = find_episodes(points([0] * 5 + [20, 30, 40] + [0] * 20), rules)
    assert (episode.mean, episode.worst, episode.limit) == (30.0, 40.0, 10.0)


@given(st.lists(st.none() | st.floats(0, 100), max_size=60), st.integers(1, 10))
def test_episodes_are_apart_and_bad(values, length):
    """Whatever comes, episodes are in order, do not overlap, and begin with a point above the limit."""
    given_points = points(values, length)
    found = find_episodes(given_points, (RULE, Pooled(on=10.0, off=5.0)))
    assert all(before.end < after.start for before, after in itertools.pairwise(found))
    starts = {point.start for point in given_points if point.value > 10.0}
    assert all(episode.start in starts and episode.end > episode.start for episode in found)
    assert all(episode.worst > 10.0 for episode in found)
