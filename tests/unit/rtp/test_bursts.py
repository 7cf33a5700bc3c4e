"""Bursts and gaps by definition and by the chain of RFC 3611."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.rtp.bursts import TransitionCounts, count_transitions, estimate_bursts, find_bursts

INTERVAL = 0.02
streams = st.lists(st.integers(0, 7).map(bool) | st.booleans(), max_size=200).map(
    lambda bits: np.array(bits, dtype=bool)
)


def read(pattern):
    """Outcomes of a string in which 1 is received and 0 is lost."""
    return np.array([letter == "1" for letter in pattern], dtype=bool)


def count_step_by_step(outcomes, gmin):
    """The transition counts with the loop of RFC 3611 appendix A.2."""
    counts = dict.fromkeys(TransitionCounts.__struct_fields__, 0)
    received = lost = 0
    for outcome in outcomes:
        if outcome:
            received += 1
            continue
        if received >= gmin:
            counts["c14" if lost == 1 else "c13"] += 1
            counts["c11"] += received
            lost = 1
        else:
            counts["c23" if received else "c33"] += 1
            counts["c22"] += max(received - 1, 0)
            lost += 1
        received = 0
    return TransitionCounts(**counts)


def divide_step_by_step(outcomes, gmin):
    """The packets of each burst by its definition, found by looking at every pair of neighbouring losses."""
    bursts, current = [], []
    for place in np.flatnonzero(~outcomes).tolist():
        if current and place - current[-1] - 1 >= gmin:
            bursts.append(current)
            current = []
        current.append(place)
    return [range(burst[0], burst[-1] + 1) for burst in [*bursts, current] if len(burst) > 1]


@pytest.fixture
def outcomes(scenario):
    """Which packets of a vector's stream arrived."""
    return np.isin(np.arange(scenario.expected["rfc3550"]["expected"]), scenario.indexes)


def test_bursts_of_the_vectors_are_found(scenario, outcomes):
    """Counts, densities and durations are those of the shared vectors."""
    expected = scenario.expected["burst_gap_exact_gmin16"]
    found = find_bursts(outcomes, packet_interval=scenario.expected["ptime_ms"] / 1000)
    assert {
        "bursts": found.burst.periods,
        "burst_packets": found.burst.packets,
        "burst_lost": found.burst.lost,
        "burst_density": round(found.burst.density, 6),
        "gap_density": round(found.gap.density, 6),
        "burst_duration_ms": round(found.burst.duration * 1000, 4),
        "gap_duration_ms": round(found.gap.duration * 1000, 4),
    } == expected


def test_transitions_of_the_vectors_are_counted(scenario, outcomes):
    """Each count of the chain and their sum are those of the shared vectors."""
    expected = scenario.expected["burst_markov_rfc3611_A2"]
    counts = count_transitions(outcomes)
    names = TransitionCounts.__struct_fields__
    assert {name: getattr(counts, name) for name in names} == {name: expected[name] for name in names}
    assert counts.total == expected["ctotal"]


def test_estimates_of_the_vectors_follow(scenario, outcomes):
    """Densities and durations of the chain are those of the shared vectors, missing where they are there."""
    expected = scenario.expected["burst_markov_rfc3611_A2"]
    estimate = estimate_bursts(outcomes, packet_interval=scenario.expected["ptime_ms"] / 1000)
    assert estimate.burst_density == pytest.approx(expected.get("burst_density"), abs=1e-6)
    assert estimate.gap_density == pytest.approx(expected.get("gap_density"), abs=1e-6)
    for name in ("burst_duration", "gap_duration"):
        milliseconds = expected.get(f"{name}_ms")
        wanted = None if milliseconds is None else pytest.approx(milliseconds / 1000, abs=1e-7)
        assert getattr(estimate, name) == wanted


@given(streams, st.integers(1, 20))
def test_chain_counts_as_the_loop_of_the_rfc(outcomes, gmin):
    """Counting all losses at once gives what going through the packets one by one gives."""
    assert count_transitions(outcomes, gmin=gmin) == count_step_by_step(outcomes, gmin)


@given(streams, st.integers(1, 20))
def test_bursts_and_gaps_are_those_of_the_definition(outcomes, gmin):
    """Whatever the stream, its bursts are those a plain loop finds, and the rest of it is gap."""
    bursts = divide_step_by_step(outcomes, gmin)
    inside = np.zeros(len(outcomes), dtype=bool)
    for burst in bursts:
        inside[burst.start : burst.stop] = True
    gap_starts = np.diff(~inside, prepend=False) & ~inside if len(inside) else inside
    found = find_bursts(outcomes, packet_interval=INTERVAL, gmin=gmin)
    assert (found.burst.periods, found.gap.periods) == (len(bursts), np.count_nonzero(gap_starts))
    assert (found.burst.packets, found.gap.packets) == (inside.sum(), (~inside).sum())
    assert (found.burst.lost, found.gap.lost) == ((inside & ~outcomes).sum(), (~inside & ~outcomes).sum())


@given(streams)
def test_estimates_stay_in_their_ranges(outcomes):
    """No stream makes a density outside 0 to 1 or a duration below zero."""
    estimate = estimate_bursts(outcomes, packet_interval=INTERVAL)
    for density in (estimate.burst_density, estimate.gap_density):
        assert density is None or 0 <= density <= 1
    for duration in (estimate.burst_duration, estimate.gap_duration):
        assert duration is None or duration >= 0


@pytest.mark.parametrize(("received", "bursts"), [(15, 1), (16, 0)])
def test_sixteen_received_packets_part_two_losses(received, bursts):
    """Two losses make a burst with fewer than Gmin packets between them, and none with Gmin."""
    outcomes = read("1" * 20 + "0" + "1" * received + "0" + "1" * 20)
    assert find_bursts(outcomes, packet_interval=INTERVAL).burst.periods == bursts


def test_loss_at_the_start_is_no_burst():
    """The stream counts as surrounded by received packets, so its edge adds no loss."""
    found = find_bursts(read("0" + "1" * 9), packet_interval=INTERVAL)
    assert (found.burst.periods, found.gap.lost, found.gap.density) == (0, 1, 0.1)


def test_stream_of_losses_is_one_burst_without_gap():
    """What has no period has density and duration zero."""
    found = find_bursts(read("0000"), packet_interval=INTERVAL)
    assert (found.burst.periods, found.burst.density, found.burst.duration) == (1, 1.0, 0.08)
    assert (found.gap.periods, found.gap.density, found.gap.duration) == (0, 0.0, 0.0)


def test_solid_bursts_have_full_density():
    """With no packet received inside a burst the chain says that every one was lost."""
    estimate = estimate_bursts(read("1" * 30 + "0000" + "1" * 30), packet_interval=INTERVAL)
    assert estimate.burst_density == 1.0


def test_no_loss_leaves_nothing_to_estimate():
    """Without a loss the chain takes no step."""
    estimate = estimate_bursts(read("1" * 50), packet_interval=INTERVAL)
    assert estimate.counts.total == 0
    assert {estimate.burst_density, estimate.gap_density, estimate.burst_duration} == {None}
