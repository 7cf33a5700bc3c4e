"""BurstR: how much longer the runs of losses are than chance would make them.

BurstR is the mean length of the observed loss runs over the mean length under random loss of the same
ratio (ITU-T G.107 section 7.5); 1 is random, above is bursty.
"""

from typing import Final

import msgspec
import numpy as np

from sonde.rtp.bursts import Outcomes

ENOUGH_RUNS: Final = 10
"""Loss runs below which BurstR is mostly noise."""


class BurstRatio(msgspec.Struct, frozen=True, kw_only=True):
    """BurstR of a stream in both of its forms; they differ only by what happens at the stream's edges.

    Attributes:
        loss_ratio: lost of all packets, 0 to 1.
        loss_runs: runs of losses with received packets, or an edge of the stream, on either side.
        mean_run: their mean length in packets; 0 without a loss.
        p: odds that a loss follows a received packet; None when no packet follows a received one.
        q: odds that a received packet follows a loss; None when no packet follows a lost one.
        transition_raw: 1 / (p + q), which may be below 1; 1 without a loss, None without p or q or
            when both are 0.
        run_length_raw: mean_run (1 - loss_ratio), which may be below 1; 1 without a loss.
    """

    loss_ratio: float
    loss_runs: int
    mean_run: float
    p: float | None
    q: float | None
    transition_raw: float | None
    run_length_raw: float

    @property
    def too_few_runs(self) -> bool:
        """Whether there are too few runs for the raw values to mean anything."""
        return self.loss_runs < ENOUGH_RUNS

    @property
    def model_value(self) -> float:
        """What an E-model can take: the run-length form, at least 1, and 1 when there are too few runs."""
        return 1.0 if self.too_few_runs else max(1.0, self.run_length_raw)


def measure_burst_ratio(outcomes: Outcomes) -> BurstRatio:
    """BurstR of at least one packet.

    Raises:
        ValueError: there is no packet.
    """
    if not len(outcomes):
        raise ValueError("a stream without packets has no burst ratio")
    losses = np.flatnonzero(~outcomes)
    lost = len(losses)
    return burst_ratio_from(
        packets=len(outcomes),
        lost=lost,
        loss_runs=1 + int(np.count_nonzero(losses[1:] - losses[:-1] > 1)) if lost else 0,
        begins_lost=not outcomes[0],
        ends_lost=not outcomes[-1],
    )


def burst_ratio_from(
    *, packets: int, lost: int, loss_runs: int, begins_lost: bool, ends_lost: bool
) -> BurstRatio:
    """BurstR from counts, and from whether the first and the last of the packets were lost."""
    # Each run begins after a received packet and ends before one, but at the edges of the stream.
    p = _odds(loss_runs - begins_lost, of=packets - lost - (not ends_lost))
    q = _odds(loss_runs - ends_lost, of=lost - ends_lost)
    mean_run = lost / loss_runs if lost else 0.0
    return BurstRatio(
        loss_ratio=lost / packets,
        loss_runs=loss_runs,
        mean_run=mean_run,
        p=p,
        q=q,
        transition_raw=_transition_form(p, q) if lost else 1.0,
        run_length_raw=mean_run * (1 - lost / packets) if lost else 1.0,
    )


def _odds(changes: int, *, of: int) -> float | None:
    """How many of the packets in one state that another packet follows are followed by the other state."""
    return changes / of if of else None


def _transition_form(p: float | None, q: float | None) -> float | None:
    """1 / (p + q), when both are known and the chain ever changes."""
    if p is None or q is None or p + q == 0:
        return None
    return 1 / (p + q)
