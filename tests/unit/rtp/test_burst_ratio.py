"""BurstR, measured."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.burst_ratio import measure_burst_ratio

streams = st.lists(st.booleans(), min_size=1, max_size=80)


def read(pattern):
    """Outcomes of a string in which 1 is received and 0 is lost."""
    return np.array([letter == "1" for letter in pattern], dtype=bool)


def test_burst_ratios_of_the_vectors_are_measured(scenario):
    """Runs, odds and both raw forms are those of the shared vectors."""
    expected = scenario.expected["burst_ratio"]
    packets = np.arange(scenario.expected["rfc3550"]["expected"])
    measured = measure_burst_ratio(np.isin(packets, scenario.indexes))
    assert measured.loss_runs == expected["loss_runs"]
    assert 100 * measured.loss_ratio == pytest.approx(expected["loss_pct"], abs=1e-6)
    assert measured.mean_run == pytest.approx(expected["mean_run"], abs=1e-6)
    assert measured.p == pytest.approx(expected["p"], abs=1e-9)
    assert measured.q == (pytest.approx(expected["q"], abs=1e-9) if expected["loss_runs"] else None)
    assert measured.transition_raw == pytest.approx(expected["BurstR_gilbert_raw"], abs=1e-9)
    assert measured.run_length_raw == pytest.approx(expected["BurstR_runlength_raw"], abs=1e-9)


@pytest.mark.parametrize(
    ("pattern", "p", "q", "transition", "run_length"),
    [
        ("1", None, None, 1.0, 1.0),
        ("0", None, None, None, 0.0),
        ("0000", None, 0.0, None, 0.0),
        ("1110", 1 / 3, None, None, 0.75),
        ("0111", 0.0, 1.0, 1.0, 0.75),
        ("1100", 0.5, 0.0, 2.0, 1.0),
    ],
)
def test_edges_of_a_stream_leave_odds_unknown(pattern, p, q, transition, run_length):
    """A state that no packet follows has no odds, and the transition form is missing with them."""
    measured = measure_burst_ratio(read(pattern))
    assert (measured.p, measured.q) == (p, q)
    assert (measured.transition_raw, measured.run_length_raw) == (transition, run_length)


@pytest.mark.parametrize(("runs", "too_few", "value"), [(9, True, 1.0), (10, False, 3 * 0.7)])
def test_few_runs_are_flagged_and_taken_as_random(runs, too_few, value):
    """Fewer than ten runs of losses are noise, which a model must not see."""
    measured = measure_burst_ratio(read("1111111000" * runs))
    assert measured.too_few_runs is too_few
    assert measured.model_value == pytest.approx(value)
    assert measured.run_length_raw == pytest.approx(3 * 0.7)


def test_model_never_sees_less_than_random_loss():
    """Losses more regular than chance keep their raw value and count as random."""
    measured = measure_burst_ratio(read("10" * 20))
    assert (measured.run_length_raw, measured.model_value) == (0.5, 1.0)


def test_stream_without_packets_has_no_burst_ratio():
    """Nothing expected is an error of the caller, not a ratio."""
    with pytest.raises(ValueError, match="without packets"):
        measure_burst_ratio(read(""))


@given(streams)
def test_run_lengths_are_the_same_backwards(outcomes):
    """Runs of losses, and with them the run-length form, do not depend on the direction of time."""
    forwards = measure_burst_ratio(np.array(outcomes))
    backwards = measure_burst_ratio(np.array(outcomes[::-1]))
    assert (forwards.loss_runs, forwards.run_length_raw) == (backwards.loss_runs, backwards.run_length_raw)


@given(streams)
def test_odds_are_those_of_looking_at_each_pair(outcomes):
    """Counting runs and edges gives what counting the changes from packet to packet gives."""
    pairs = list(pairwise(outcomes))
    measured = measure_burst_ratio(np.array(outcomes))
    for state, odds in ((True, measured.p), (False, measured.q)):
        followed = [after for before, after in pairs if before is state]
        changed = sum(after is not state for after in followed)
        assert odds == (changed / len(followed) if followed else None)
