"""Clocks that are wrong, on real packets: the error bound of the one-way delay contains the truth of the log.

One machine has one clock, so the target's is made wrong afterwards, in every stamp it took.
"""

import msgspec
import numpy as np
import pytest

from sonde.impair.impairment import Impairment, JitterShape
from sonde.probe.measurement import sender_health, stream_summary

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(120),
    pytest.mark.parametrize("laboratory", ["bridge"], indirect=True),
]

JITTER_BUFFER = 0.04
THERE = Impairment(delay=0.020, jitter=0.003, jitter_shape=JitterShape.EXPONENTIAL)
ASYMMETRY = 0.015


@pytest.fixture(scope="module", params=[0.0, ASYMMETRY], ids=["symmetric", "asymmetric"])
def path(request, laboratory):
    """20 streams over a path with queues, of which the way back is longer or not, and how much longer."""
    back = msgspec.structs.replace(THERE, delay=THERE.delay + request.param)
    return laboratory.run(streams=20, waves=1, seconds=5.0, forward=THERE, reverse=back), request.param


def make_wrong(outcome, *, offset: float, skew: float):
    """The outcome, had the target's clock been this wrong: `offset` in seconds when the stream began."""
    begin = int(np.frombuffer(outcome.sent, dtype=np.int64)[0])

    def wrong(at):
        return at + round(offset * 1e9) + np.rint(skew * (at - begin)).astype(np.int64)

    stamps = wrong(np.frombuffer(outcome.arrivals.stamps, dtype="<i8"))
    exchanges = tuple(
        each._replace(heard_at=int(wrong(each.heard_at)), answered_at=int(wrong(each.answered_at)))
        for each in outcome.exchanges
    )
    arrivals = msgspec.structs.replace(outcome.arrivals, stamps=stamps.astype("<i8").tobytes())
    return msgspec.structs.replace(outcome, arrivals=arrivals, exchanges=exchanges, same_clock=False)


@pytest.mark.parametrize(
    ("offset", "skew"), [(0.0, 0.0), (1.23, 40e-6), (-0.5, -90e-6), (86_400.0, 0.0)], ids=str
)
def test_the_bound_contains_the_truth(path, offset, skew) -> None:
    """Whatever the clock, the true mean delay is inside; the estimate errs by half the asymmetry."""
    run, asymmetry = path
    for measured, logged in run.streams:
        outcome = make_wrong(measured.outcome, offset=offset, skew=skew)
        truth = np.mean(logged.delays(measured.timed)) / 1e9
        summary, health = stream_summary(outcome, JITTER_BUFFER), sender_health(outcome)
        error = summary.one_way_delay_mean - truth
        assert health.clock_method == "two-way"
        assert abs(error) <= health.clock_error_bound
        assert error == pytest.approx(asymmetry / 2, abs=0.001)


def test_a_clock_that_is_right_is_proven_so(path) -> None:
    """Without the shift both ends find out that they read one clock, and the bound is nothing."""
    run, _ = path
    for measured, logged in run.streams:
        summary, health = stream_summary(measured.outcome, JITTER_BUFFER), sender_health(measured.outcome)
        assert (health.clock_method, health.clock_error_bound) == ("same-clock", 0.0)
        assert summary.one_way_delay_mean == pytest.approx(
            np.mean(logged.delays(measured.timed)) / 1e9, abs=100e-6
        )
