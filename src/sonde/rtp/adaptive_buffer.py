"""A de-jitter buffer that stretches time while it plays, as browsers have one (libwebrtc's NetEQ).

It watches how much later than the fastest recent packet each one comes, keeps a histogram of the worst of
each half second that slowly forgets, and aims at the delay that nineteen of twenty of them do not exceed.
Packets that were overtaken are weighed apart: waiting for them pays only if it saves enough loss.

The way to that aim is ours, and simpler than a real one: speech is stretched or shortened by up to a
quarter of a packet for each packet played, and a packet that has missed its turn is never played late.
"""

from collections import deque
from typing import Final

import numpy as np

from sonde.rtp.playout import Fate, Playout, Transit, judge
from sonde.rtp.units import to_nanoseconds

HISTORY: Final = to_nanoseconds(2.0)
"""Nanoseconds in which the fastest packet is looked for."""

PERIOD: Final = to_nanoseconds(0.5)
"""Nanoseconds of which only the latest packet enters the histogram."""

BUCKET: Final = to_nanoseconds(0.020)
BUCKETS: Final = 100
START_LEVEL: Final = to_nanoseconds(0.080)
QUANTILE: Final = 0.95
FORGET_FACTOR: Final = 0.983
REORDER_FORGET_FACTOR: Final = 0.9993
START_WEIGHT: Final = 2.0
COST_OF_LOSS: Final = 100 * BUCKET
"""Nanoseconds of delay that are as bad as losing everything: 20 ms for each percent."""

CAPACITY: Final = 200
"""Packets ahead of the one to be played from which on there is no room."""

STRETCH: Final = 0.25
"""Share of a packet by which its playing may be made longer or shorter; about a pitch period."""


class FadingHistogram:
    """Shares of values by bucket, in which older values count less.

    Args:
        forget_factor: what each value leaves of those before it once there are many, 0 to 1.
    """

    def __init__(self, forget_factor: float) -> None:
        self._forget_factor = forget_factor
        self._values = 0
        self.shares = np.zeros(BUCKETS)

    def add(self, value: int) -> None:
        """Count a value in nanoseconds, at least 0; what is beyond the last bucket falls into it."""
        self._values += 1
        kept = min(self._forget_factor, max(0.0, 1 - START_WEIGHT / (self._values + 1)))
        self.shares *= kept
        self.shares[min(value // BUCKET, BUCKETS - 1)] += 1 - kept

    def quantile(self, share: float) -> int | None:
        """Upper edge of the bucket up to which at least `share` of the values lie; None without values."""
        if not self._values:
            return None
        # The shares add up to 1 only within rounding.
        reached = np.cumsum(self.shares) >= share - 1e-9
        return (int(np.argmax(reached)) + 1) * BUCKET

    def cheapest(self, base: int) -> int:
        """Upper edge of the bucket at which waiting beyond `base` and losing the rest cost least."""
        waiting = np.maximum(np.arange(1, BUCKETS + 1) * BUCKET - base, 0)
        cost = waiting + COST_OF_LOSS * (1 - np.cumsum(self.shares))
        return (int(np.argmin(np.round(cost))) + 1) * BUCKET


class TargetDelay:
    """The delay that the buffer aims at, told by the packets that have arrived."""

    def __init__(self) -> None:
        self._recent: deque[tuple[int, int]] = deque()
        self._on_time = FadingHistogram(FORGET_FACTOR)
        self._overtaken = FadingHistogram(REORDER_FORGET_FACTOR)
        self._highest = -1
        self._period_ends = 0
        self._worst: int | None = None
        self._level = START_LEVEL

    @property
    def delay(self) -> int:
        """From sending to playing, in nanoseconds; after at least one packet."""
        return self._recent[0][1] + self._level

    def take(self, place: int, *, delay: int, received_at: int) -> None:
        """Note a packet; in arrival order.

        Args:
            place: in the stream.
            delay: from sending to arrival in nanoseconds.
            received_at: nanoseconds.
        """
        self._remember(delay, received_at)
        lateness = delay - self._recent[0][1]
        is_overtaken = place < self._highest
        self._highest = max(self._highest, place)
        if not is_overtaken:
            self._watch(lateness, received_at)
        self._overtaken.add(lateness if is_overtaken else 0)
        level = self._on_time.quantile(QUANTILE) or START_LEVEL
        self._level = max(level, self._overtaken.cheapest(level))

    def _remember(self, delay: int, received_at: int) -> None:
        """Keep the delays that are or may become the smallest of the history, smallest first."""
        while self._recent and self._recent[-1][1] >= delay:
            self._recent.pop()
        self._recent.append((received_at, delay))
        while self._recent[0][0] < received_at - HISTORY:
            self._recent.popleft()

    def _watch(self, lateness: int, received_at: int) -> None:
        """Put the worst of each period into the histogram when the period is over."""
        if self._worst is None or received_at > self._period_ends:
            if self._worst is not None:
                self._on_time.add(self._worst)
            self._worst, self._period_ends = 0, received_at + PERIOD
        self._worst = max(self._worst, lateness)


def play_adaptive(transit: Transit) -> Playout:
    """Play a stream through this buffer.

    A packet that is `CAPACITY` or more ahead of the one to be played when it arrives is dropped as early.
    """
    sent, received = transit.sent_at.tolist(), transit.received_at.tolist()
    coming = deque(transit.arrived.tolist())
    if not coming:
        return judge(transit, np.zeros(len(sent), dtype=np.int64))
    target, begins = TargetDelay(), coming[0]
    early: list[int] = []
    delays: list[int] = []
    # The first packet to come starts the clock. A packet is played by what had come when the one before was.
    now = received[begins]
    for place, sent_at in enumerate(sent):
        while coming and received[coming[0]] <= now:
            arrived = coming.popleft()
            target.take(arrived, delay=received[arrived] - sent[arrived], received_at=received[arrived])
            if arrived - max(place, begins) >= CAPACITY:
                early.append(arrived)
        before = delays[-1] if delays else target.delay
        room = round(STRETCH * (sent_at - sent[place - 1])) if place else 0
        delays.append(before + min(max(target.delay - before, -room), room))
        now = sent_at + delays[-1]
    playout = judge(transit, np.array(delays, dtype=np.int64))
    playout.fates[early] = Fate.EARLY
    return playout
