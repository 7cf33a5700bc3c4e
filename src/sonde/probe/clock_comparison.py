"""How the clocks of two agents compare while a stream runs: all that is known, put together."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
import numpy as np

from sonde.probe.orders import StreamOutcome
from sonde.probe.record import ArrivalRecord
from sonde.rtp.clock import ClockOffset, Exchange, estimate_offset
from sonde.rtp.clock_fit import MAX_SKEW_SLEWING, ClockFit, Directions, Outlines, fit_clocks
from sonde.rtp.clock_readings import STEP, ClockWatch, Watches, ran_evenly
from sonde.rtp.clock_steps import find_step
from sonde.rtp.units import to_nanoseconds, to_seconds

ROUNDS_KEPT: Final = 2
"""Rounds before the present one that help to find the skew."""

KEPT_FOR: Final = 7200 * 10**9
"""Nanoseconds after which a round no longer helps: temperature has changed the clocks' rates."""

LATEST: Final = 2**62
"""Nanoseconds since the epoch, in 2116; differences of earlier stamps fit into 64 bits."""

SUSPICIOUS: Final = 500_000
"""Nanoseconds, or a quarter of the shortest round trip if that is less, that queues leave unexplained."""


class ClockRound(msgspec.Struct, frozen=True, kw_only=True):
    """What a round leaves to the next ones of the same two agents."""

    outlines: Outlines
    source: ClockWatch
    target: ClockWatch


ClockHistory: TypeAlias = tuple[ClockRound, ...]
"""The last rounds of two agents since which both clocks ran evenly, the latest last."""


class ClockComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The difference of two clocks during one stream.

    Attributes:
        method: `same-clock`, `two-way`, `two-way+ntp` or `none`.
        offset: None when nothing tells it.
        at: the source's clock at which the offset holds, nanoseconds since the epoch; None for all the time.
        skew: how much faster the target's clock runs, seconds per second; None when not known.
        skew_error, stat_error: see `ClockFit`.
        conflict: both clocks are declared to be synchronised, and the packets prove that they are not.
        step: seconds by which the target's clock was set against the source's meanwhile; None for not.
        rate_change: how much faster the target's clock was made against the source's meanwhile, seconds per
            second; None for not.
        history: for the next round.
    """

    method: str = "none"
    offset: ClockOffset | None = None
    at: int | None = None
    skew: float | None = None
    skew_error: float | None = None
    stat_error: float | None = None
    conflict: bool = False
    step: float | None = None
    rate_change: float | None = None
    history: ClockHistory = ()

    @property
    def skew_to_remove(self) -> float:
        """The skew, or 0 when it may as well be the work of queues."""
        if self.skew is None or self.skew_error is None or abs(self.skew) <= self.skew_error:
            return 0.0
        return self.skew


class _Possible(msgspec.Struct, frozen=True):
    """Offsets that are possible, nanoseconds, and the likeliest of them."""

    lowest: int
    offset: int
    highest: int

    def wider_by(self, width: int) -> "_Possible":
        return _Possible(self.lowest - width, self.offset, self.highest + width)

    def within(self, most: int) -> "_Possible | None":
        """What is left when the offset is at most so far from 0; None for nothing."""
        lowest, highest = max(self.lowest, -most), min(self.highest, most)
        if lowest > highest:
            return None
        return _Possible(lowest, min(max(self.offset, lowest), highest), highest)

    @property
    def error_bound(self) -> float:
        """Seconds; the true offset is at most this far away."""
        return to_seconds(max(self.highest - self.offset, self.offset - self.lowest))


def compare_clocks(outcome: StreamOutcome, history: ClockHistory = ()) -> ClockComparison:
    """How the two clocks compare, and how we know.

    Two agents on one kernel read one clock, which they prove to each other in the handshake; then the offset
    is zero and exact. Otherwise the whole stream and its answers tell it, or, when no line fits them, the
    exchange with the shortest round trip alone.

    Args:
        outcome: the stamps of both ends.
        history: what the comparison of the same two agents' last stream left.
    """
    outcome = _credible(outcome)
    record = outcome.arrivals
    watches = Watches(source=outcome.clock, target=record.clock if record else None)
    shortest = estimate_offset(outcome.exchanges)
    if outcome.same_clock:
        return _one_clock(shortest, watches)
    if shortest is None:
        return ClockComparison(history=history)
    usable = _usable(history, watches)
    fit, step = _fit(outcome, shortest, watches, usable)
    if abs(watches.change) > abs(step):
        step = watches.change
    unsure = max(abs(step), _closeness(fit, shortest) if fit else 0)
    possible = _possible(fit, shortest).wider_by(unsure)
    method, conflict = "two-way", False
    if watches.error_max is not None and abs(step) <= STEP:
        narrower = possible.within(watches.error_max)
        method, conflict = ("two-way", True) if narrower is None else ("two-way+ntp", False)
        possible = narrower or possible
    return ClockComparison(
        method=method,
        offset=msgspec.structs.replace(shortest, offset_ns=possible.offset, error_bound=possible.error_bound),
        at=fit.at if fit else None,
        skew=fit.skew if fit else None,
        skew_error=fit.skew_error if fit else None,
        stat_error=fit.stat_error if fit else None,
        conflict=conflict,
        step=to_seconds(step) if abs(step) > STEP else None,
        rate_change=watches.rate_change / 10**12 if watches.is_rate_changed else None,
        history=_continued(usable, fit, watches) if abs(step) <= STEP else (),
    )


def _credible(outcome: StreamOutcome) -> StreamOutcome:
    """The outcome without exchanges that no clock of a target stamped."""
    exchanges = tuple(each for each in outcome.exchanges if max(each.heard_at, each.answered_at) <= LATEST)
    return msgspec.structs.replace(outcome, exchanges=exchanges)


def _one_clock(shortest: ClockOffset | None, watches: Watches) -> ClockComparison:
    round_trip_time = shortest.round_trip_time_min if shortest else 0.0
    change = watches.source.change if watches.source else 0
    # The offset stays 0, yet packets that were under way when the clock was set are wrong by as much.
    step = to_seconds(change) if abs(change) > STEP else None
    return ClockComparison(
        method="same-clock",
        offset=ClockOffset(offset_ns=0, error_bound=abs(step or 0.0), round_trip_time_min=round_trip_time),
        skew=0.0,
        skew_error=0.0,
        stat_error=0.0,
        step=step,
    )


def _possible(fit: ClockFit | None, shortest: ClockOffset) -> _Possible:
    if fit:
        return _Possible(fit.lowest, fit.offset_ns, fit.highest)
    width = to_nanoseconds(shortest.error_bound)
    return _Possible(shortest.offset_ns - width, shortest.offset_ns, shortest.offset_ns + width)


def _fit(
    outcome: StreamOutcome, shortest: ClockOffset, watches: Watches, usable: ClockHistory
) -> tuple[ClockFit | None, int]:
    """The line through the stream, or its longer part if a clock was set, and by how much it was set, ns."""
    if outcome.arrivals is None:
        return None, 0
    directions = _directions(outcome, outcome.arrivals)
    earlier = [each.outlines for each in usable]
    fit = fit_clocks(directions, max_skew=watches.max_skew, earlier=earlier)
    if fit and not _closeness(fit, shortest):
        return fit, 0
    if step := find_step(directions):
        return fit_clocks(step.longer_part, max_skew=watches.max_skew), step.size
    fit = fit or fit_clocks(directions, max_skew=MAX_SKEW_SLEWING)
    return fit, 0 if fit else _spread(outcome.exchanges)


def _closeness(fit: ClockFit, shortest: ClockOffset) -> int:
    """By how much both directions come closer than any exchange took, ns; 0 for as much as queues explain.

    A clock that is set by less than a round trip leaves room for a line, but so much less of it.
    """
    round_trip_time = to_nanoseconds(shortest.round_trip_time_min)
    closeness = round_trip_time - round(fit.gap)
    return closeness if closeness > min(SUSPICIOUS, round_trip_time // 4) else 0


def _spread(exchanges: Sequence[Exchange]) -> int:
    """By how much the offsets of exchanges differ at most, below zero when the largest came first; ns."""
    offsets = [each.offset for each in exchanges if each.round_trip_time >= 0]
    highest, lowest = max(offsets), min(offsets)
    return highest - lowest if offsets.index(highest) > offsets.index(lowest) else lowest - highest


def _directions(outcome: StreamOutcome, record: ArrivalRecord) -> Directions:
    """All packets of the stream one way, all answers the other way."""
    index = np.frombuffer(record.indexes, dtype="<u2")
    received_at = np.frombuffer(record.stamps, dtype="<i8")
    stamps = np.frombuffer(outcome.sent, dtype=np.int64)
    is_ours = (index < len(stamps)) & (received_at >= 0) & (received_at <= LATEST)
    sent = stamps[index[is_ours]]
    was_sent = sent != 0
    return Directions(
        sent=sent[was_sent],
        arrived=received_at[is_ours][was_sent].astype(np.int64),
        answered=np.array([each.answered_at for each in outcome.exchanges], dtype=np.int64),
        returned=np.array([each.returned_at for each in outcome.exchanges], dtype=np.int64),
    )


def _usable(history: ClockHistory, watches: Watches) -> ClockHistory:
    """The latest rounds since which both clocks ran evenly, not older than `KEPT_FOR`."""
    if watches.source is None or watches.target is None or not watches.ran_evenly:
        return ()
    usable: ClockHistory = ()
    source, target = watches.source, watches.target
    for each in reversed(history):
        is_recent = abs(watches.source.before.at - each.source.after.at) <= KEPT_FOR
        is_even = ran_evenly(each.source.after, source.before) and ran_evenly(
            each.target.after, target.before
        )
        if not (is_recent and is_even):
            break
        usable = (each, *usable)
        source, target = each.source, each.target
    return usable


def _continued(usable: ClockHistory, fit: ClockFit | None, watches: Watches) -> ClockHistory:
    """What the next round gets: the latest rounds, this one included."""
    if fit is None or watches.source is None or watches.target is None or not watches.ran_evenly:
        return ()
    present = ClockRound(outlines=fit.outlines, source=watches.source, target=watches.target)
    # Rounds that no common line fits were not even, whatever the kernels say.
    return (*(usable if fit.rounds > 1 else ()), present)[-ROUNDS_KEPT:]
