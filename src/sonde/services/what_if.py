"""What a result would have been with a de-jitter buffer of another depth."""

from collections.abc import Sequence

import msgspec
import numpy as np

from sonde.model.rounds import RoundResult, score_report
from sonde.quality.voice import VoiceScore
from sonde.rtp.buffer_sizing import depth_for, discards_at, tabulate
from sonde.rtp.delay import UPPER_EDGES, PdvHistogram
from sonde.rtp.units import to_nanoseconds

NEW_CLUSTERS = (
    "Which packets are missing in a row is not known at this depth; they are taken to be missing at random."
)


class BufferOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One stream, played through one buffer.

    Attributes:
        depth: of the buffer, seconds.
        is_exact: the depth is an edge of the histogram's bins; at any other, discards are an upper bound.
        packets_discarded: packets that would have come too late.
        discard_ratio: of the packets sent; None when none was.
        score, sonde_score: by both models, as for a result.
    """

    depth: float
    is_exact: bool
    packets_discarded: int
    discard_ratio: float | None
    score: VoiceScore
    sonde_score: VoiceScore


def try_depths(result: RoundResult, histogram: PdvHistogram, depths: Sequence[float]) -> list[BufferOutcome]:
    """The outcomes for some depths, in seconds and not negative; the result must have a stream."""
    [discards] = discards_at(tabulate([histogram]), depths).tolist()
    return [_outcome(result, depth, discarded) for depth, discarded in zip(depths, discards, strict=True)]


def smallest_depth(result: RoundResult, histogram: PdvHistogram, *, discard_ratio: float) -> float | None:
    """The smallest depth in seconds that keeps discards within a share of the packets sent.

    None when too many packets varied by more than a second.
    """
    stream = result.report.stream
    sent = np.array([stream.packets_sent if stream else 0], dtype=np.int64)
    [depth] = depth_for(tabulate([histogram]), sent, discard_ratio=discard_ratio).tolist()
    return None if depth == float("inf") else depth


def _outcome(result: RoundResult, depth: float, discarded: int) -> BufferOutcome:
    report = result.report
    stream = report.stream
    if stream is None:
        raise ValueError("the result must have a stream")
    ratio = discarded / stream.packets_sent if stream.packets_sent else None
    # The later packets are, the more are discarded: as many discards are the same discards, in the same runs.
    is_same = discarded == stream.packets_discarded
    changed = msgspec.structs.replace(
        stream,
        packets_discarded=discarded,
        discard_ratio=ratio,
        loss_runs=stream.loss_runs if is_same else 0,
        burst_ratio=stream.burst_ratio if is_same else None,
    )
    verdicts = score_report(msgspec.structs.replace(report, jitter_buffer=depth, stream=changed))
    notes = () if is_same or not discarded + stream.packets_lost else (NEW_CLUSTERS,)
    return BufferOutcome(
        depth=depth,
        is_exact=to_nanoseconds(depth) in {0, *UPPER_EDGES.tolist()},
        packets_discarded=discarded,
        discard_ratio=ratio,
        score=_noted(verdicts.score, notes),
        sonde_score=_noted(verdicts.sonde_score, notes),
    )


def _noted(score: VoiceScore, notes: tuple[str, ...]) -> VoiceScore:
    return msgspec.structs.replace(score, notes=(*score.notes, *notes))
