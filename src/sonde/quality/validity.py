"""What of a stream can be scored, and what limits trust in the score."""

from typing import Final

import msgspec

from sonde.quality.arrays import checked
from sonde.quality.emodel import VALIDATED_PPL, VALIDATED_TA
from sonde.quality.interval import Evidence
from sonde.quality.registry import CodecValue

LONGEST: Final = 1e9
"""Seconds that no delay or buffer exceeds, thirty years; more can only be a mistake."""

ENOUGH_RUNS: Final = 10
"""Runs of loss below which an observed burst ratio is mostly noise."""

BURST_R_MAX: Final = 8.0
"""The largest burst ratio that G.107 admits."""

VALIDATED_BURST_R: Final = 2.0
VALIDATED_BURST_PPL: Final = 2.0
"""Percent of loss below which larger burst ratios are validated too."""

_BEYOND: Final = "beyond what G.107 is validated for"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What reached the listener of a stream that can be scored.

    Attributes:
        latency: one-way delay of the network, seconds.
        missing: lost or discarded, 0 to 1 of the packets sent.
        burst_r: burst ratio to rate with.
        burst_r_drawn: burst ratio to draw the interval with: what is too uncertain for the verdict is not
            too uncertain for the doubt.
    """

    latency: float
    missing: float
    burst_r: float = 1.0
    burst_r_drawn: float = 1.0


def check_stream(
    one_way_delay: float | None,
    jitter_buffer: float,
    loss_ratio: float | None,
    discard_ratio: float | None,
    evidence: Evidence | None,
) -> None:
    """Refuse numbers that cannot be.

    Raises:
        ValueError: a value is NaN, infinite, negative or above 1 where it must not be; the message
            begins with its name.
    """
    checked("jitter_buffer", jitter_buffer, 0.0, LONGEST)
    if one_way_delay is not None:
        checked("one_way_delay", one_way_delay, 0.0, LONGEST)
    for name, ratio in (("loss_ratio", loss_ratio), ("discard_ratio", discard_ratio)):
        if ratio is not None:
            checked(name, ratio, 0.0, 1.0)
    checked("loss_ratio + discard_ratio", (loss_ratio or 0.0) + (discard_ratio or 0.0), 0.0, 1.0)
    if evidence is not None:
        evidence.check()


def hear(one_way_delay: float | None, loss_ratio: float | None, discard_ratio: float | None) -> Heard | str:
    """What there is to score or, as a sentence, why there is nothing."""
    if loss_ratio is None:
        return "There is no record of any packet."
    if loss_ratio == 1:
        return "No packet arrived, so the delay is unknown."
    if discard_ratio is None:
        return "It is unknown how many packets came too late."
    if one_way_delay is None:
        return "The one-way delay is unknown."
    return Heard(latency=one_way_delay, missing=loss_ratio + discard_ratio)


def with_bursts(heard: Heard, evidence: Evidence | None) -> Heard:
    """The same with the burst ratio that was observed, held within 1 to 8.

    It is rated as observed where G.107 has not validated it either, with a note: were it held to 2 from 2 %
    of loss on, the loss of one more packet could make a stream better.
    """
    if evidence is None or evidence.burst_ratio is None:
        return heard
    observed = min(max(evidence.burst_ratio, 1.0), BURST_R_MAX)
    rated = observed if evidence.loss_runs >= ENOUGH_RUNS else 1.0
    return msgspec.structs.replace(heard, burst_r=rated, burst_r_drawn=observed)


def limits_of_model(heard: Heard, delay_name: str, absolute_delay: float) -> tuple[str, ...]:
    """Say which numbers are beyond the model's validity.

    Args:
        heard: what is scored.
        delay_name: what `absolute_delay` consists of.
        absolute_delay: Ta, seconds.
    """
    notes = []
    if 100 * heard.missing > VALIDATED_PPL:
        share = f"{100 * heard.missing:.1f} %"
        notes.append(f"Loss and discards of {share} are {_BEYOND}, {VALIDATED_PPL:g} %.")
    if 1000 * absolute_delay > VALIDATED_TA:
        notes.append(f"{delay_name} of {1000 * absolute_delay:.0f} ms is {_BEYOND}, {VALIDATED_TA:g} ms.")
    return tuple(notes)


def limits_of_bursts(heard: Heard, evidence: Evidence | None) -> tuple[str, ...]:
    """Say where the burst ratio rated is not the one observed, or not one that G.107 is validated for."""
    if heard.missing == 0:
        return ()
    if evidence is None or evidence.burst_ratio is None:
        return ("How the losses cluster is unknown, so they count as random.",)
    if evidence.loss_runs < ENOUGH_RUNS:
        return (f"Fewer than {ENOUGH_RUNS} runs of loss tell no burst ratio, so the losses count as random.",)
    notes = []
    if evidence.burst_ratio > BURST_R_MAX:
        notes.append(
            f"The burst ratio of {evidence.burst_ratio:.1f} counts as {BURST_R_MAX:g}, G.107's largest."
        )
    if heard.burst_r > VALIDATED_BURST_R and 100 * heard.missing >= VALIDATED_BURST_PPL:
        loss = f"at {100 * heard.missing:.1f} % of loss"
        notes.append(f"A burst ratio of {heard.burst_r:.1f} {loss} is {_BEYOND}, {VALIDATED_BURST_R:g}.")
    return tuple(notes)


def doubts_of(value: CodecValue) -> tuple[str, ...]:
    """Say where the codec's value comes from, unless it is one that the ITU is known to have published."""
    return () if value.itu and value.confirmed else (f"{value.name}: {value.source}.",)


def gaps_of_interval(evidence: Evidence | None, *, robustness_known: bool) -> tuple[str, ...]:
    """Say what the interval leaves out."""
    if evidence is None:
        return ()
    notes = []
    if evidence.delay_error is None:
        notes.append("How wrong the delay may be is unknown and not in the interval.")
    if not robustness_known:
        notes.append("Without a Bpl the interval takes it as certain that nothing gets lost.")
    return tuple(notes)
