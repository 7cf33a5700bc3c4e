"""How sure a rating is, by draws from what a short stream leaves open.

A stream is a sample of what its path does to packets, and its delay is as wrong as the clocks. So

- the share of missing packets has the posterior of a binomial rate with Jeffreys' prior, Beta(m + 1/2,
  n - m + 1/2). Packets that go missing in a row are no independent evidence: n and m are the numbers of
  packets divided by the mean length of the runs.
- the one-way delay is anywhere within its error bound, with equal chance.

4000 draws of both go through the scoring model. The draws are stratified and their order comes from a fixed
seed, so the same stream always gets the same interval. How far the E-model is from what listeners would say,
some tenths of a MOS, is not in the interval: no longer stream makes it smaller.
"""

from functools import cache, lru_cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from sonde.quality.arrays import FloatArray, checked
from sonde.quality.ends import Ends, equipment, rate_arrays
from sonde.quality.scales import Scale

DRAWS: Final = 4000
COVERAGE: Final = 0.95
"""Share of the draws inside of the interval; as many of the others above it as below."""

SEED: Final = 107
STRATA: Final = 16
"""Delays that are drawn, equally likely."""

LONGEST: Final = 3.0
"""Seconds of network delay above which every connection is as hopeless as at this one."""

_GRID: Final = np.linspace(0.0, LONGEST, round(LONGEST * 1000) + 1)

REACH: Final = 7.0
"""Standard deviations of the posterior, in the angle, beyond which nothing is drawn."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the ratios and the delay of a stream rest on.

    Attributes:
        packets: packets sent, at least 1.
        loss_runs: runs of consecutive packets lost or discarded; 0 when unknown or when nothing is missing.
        burst_ratio: mean length of these runs over the mean length that chance would make, raw; None when
            unknown or when nothing is missing.
        delay_error: seconds the one-way delay may be wrong by, either way; None when unknown.
    """

    packets: int
    loss_runs: int = 0
    burst_ratio: float | None = None
    delay_error: float | None = None

    def check(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: a number is NaN, infinite or negative, or `packets` is 0; the message begins with
                its name.
        """
        checked("packets", float(self.packets), 1.0)
        checked("loss_runs", float(self.loss_runs), 0.0)
        for name in ("burst_ratio", "delay_error"):
            if (value := getattr(self, name)) is not None:
                checked(name, value, 0.0)


def interval_of_r(
    ends: Ends, *, delay: float, missing: float, burst_r: float, evidence: Evidence
) -> tuple[float, float]:
    """The ratings below and above which 2.5 % of the draws lie, not held within the scale.

    Args:
        ends: single values only; without a Bpl, the share of missing packets is taken as known to be 0.
        delay: one-way delay of the network, seconds.
        missing: packets lost or discarded, 0 to 1 of those sent.
        burst_r: burst ratio of every draw, at least 1.
        evidence: what delay and share rest on.
    """
    r = _draw_r_without_loss(ends, delay, evidence.delay_error or 0.0)
    if ends.bpl is not None:
        shares = draw_missing(missing, evidence)
        r = r - (equipment(ends, missing=shares, burst_r=burst_r) - ends.ie)
    outside = round(DRAWS * (1 - COVERAGE) / 2)
    low, high = outside, DRAWS - 1 - outside
    r = np.partition(r, (low, high))
    return float(r[low]), float(r[high])


def draw_missing(missing: float, evidence: Evidence) -> FloatArray:
    """Draw the share of packets that the path makes go missing, in rising order, for reading only.

    Args:
        missing: share that went missing, 0 to 1.
        evidence: of how many, and in how many runs; without runs each packet counts for itself.
    """
    lost = missing * evidence.packets
    runs = min(evidence.loss_runs or lost, lost)
    independent = evidence.packets * runs / lost if lost else float(evidence.packets)
    return _posterior(runs, max(independent - runs, 0.0))


@lru_cache(maxsize=64)
def _posterior(lost: float, received: float) -> FloatArray:
    """Quantiles of Beta(lost + 1/2, received + 1/2), `DRAWS` of them, equally likely.

    In the angle whose squared sine is the share, Jeffreys' prior is flat and no density has a pole.
    """
    count = lost + received
    centre, reach = np.arcsin(np.sqrt(lost / count)), REACH / (2 * np.sqrt(count))
    angle = np.linspace(max(centre - reach, 1e-9), min(centre + reach, np.pi / 2 - 1e-9), 512)
    log_density = 2 * lost * np.log(np.sin(angle)) + 2 * received * np.log(np.cos(angle))
    density = np.exp(log_density - log_density.max())
    below = np.cumsum(density) - density / 2
    levels = (np.arange(DRAWS) + 0.5) / DRAWS
    shares: FloatArray = np.sin(np.interp(levels * (below[-1] + density[-1] / 2), below, angle)) ** 2
    shares.flags.writeable = False
    return shares


def _draw_r_without_loss(ends: Ends, delay: float, error: float) -> FloatArray:
    """Draw the rating that the delay alone would leave, in an order that has nothing to do with the loss."""
    delays = delay + error * ((np.arange(STRATA) + 0.5) / STRATA * 2 - 1)
    curve = _curve(ends.scale, float(ends.delay), float(ends.echo_delay))
    drawn: FloatArray = (np.interp(delays, _GRID, curve) - ends.ie)[_order()]
    return drawn


@lru_cache(maxsize=64)
def _curve(scale: Scale, delay: float, echo_delay: float) -> FloatArray:
    """The rating that each delay of `_GRID` leaves between these ends with a codec of Ie 0.

    Computing the delay impairments of each stream would cost more than all the rest of its interval; test
    settings are few.
    """
    ends = Ends(scale=scale, ie=0.0, bpl=None, delay=delay, echo_delay=echo_delay)
    return rate_arrays(ends, delay=_GRID, missing=0.0).r


@cache
def _order() -> NDArray[np.intp]:
    """Which stratum of the delay each draw has."""
    return np.random.default_rng(SEED).permutation(np.arange(DRAWS) % STRATA)
