"""Two clocks and a path between them, whose truth is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from sonde.rtp.clock import Exchange
from sonde.rtp.clock_fit import Directions

MS = 1_000_000
START = 1_700_000_000 * 10**9
PACKETS, PACKET_EVERY = 250, 20 * MS
QUESTIONS, QUESTION_EVERY = 100, 50 * MS


@dataclass(frozen=True, kw_only=True)
class ClockPath:
    """Five seconds of a stream with a question and answer each 50 ms. Delays and steps in ms.

    Attributes:
        there, back: smallest delay of each direction.
        queue: mean of the exponential queueing of each packet.
        tail: share of the packets that queue for another, Pareto distributed time.
        standing: queue that every packet of one direction meets during a part of the stream.
        loss: share of the packets that get lost.
        offset: target's clock minus source's when the first round starts; ms.
        skew: how much faster the target's clock runs, seconds per second.
        start: ns since the epoch.
        target_step, source_step: by how much a clock is set at `step_at` (seconds after the start), ms.
    """

    there: float = 20.0
    back: float = 20.0
    queue: float = 2.0
    tail: float = 0.0
    standing: float = 0.0
    loss: float = 0.0
    offset: float = 0.0
    skew: float = 0.0
    start: int = START
    target_step: float = 0.0
    source_step: float = 0.0
    step_at: float = 2.0

    @property
    def truth(self) -> float:
        """Offset in the middle of the stream, were no clock set; ns."""
        return self.offset_at(self.start + (PACKETS - 1) * PACKET_EVERY // 2)

    def offset_at(self, at: int) -> float:
        """Offset at a moment of the source's clock, were no clock set; ns."""
        return self.offset * MS + self.skew * (at - START)

    @property
    def irreducible(self) -> float:
        """By how much the best estimate is wrong because the directions are not equally long; ns."""
        return (self.there - self.back) / 2 * MS

    def but(self, **changes: float) -> "ClockPath":
        """The same path with other numbers."""
        return replace(self, **changes)

    def run(self, seed: int) -> "ClockTraces":
        """What both ends write down."""
        chance = np.random.default_rng(seed)
        sent = self.start + np.arange(PACKETS) * PACKET_EVERY
        asked = self.start + np.arange(QUESTIONS) * QUESTION_EVERY
        arrived = sent + self._delays(chance, sent, self.there)
        heard = asked + self._delays(chance, asked, self.there)
        returned = heard + self._delays(chance, heard, self.back)
        got = np.flatnonzero(chance.random(PACKETS) >= self.loss)
        order = got[np.argsort(arrived[got], kind="stable")]
        answered = np.flatnonzero(chance.random(QUESTIONS) >= self.loss)
        answered = answered[np.argsort(returned[answered], kind="stable")]
        return ClockTraces(
            sent=self._source(sent),
            index=order,
            arrived=self._target(arrived[order]),
            asked=self._source(asked[answered]),
            answered=self._target(heard[answered]),
            returned=self._source(returned[answered]),
        )

    def _delays(self, chance: np.random.Generator, at: np.ndarray, least: float) -> np.ndarray:
        count = len(at)
        queues = chance.exponential(self.queue, count)
        queues += np.where(chance.random(count) < self.tail, chance.pareto(1.5, count) * 5, 0)
        since, until = np.sort(chance.uniform(self.start, self.start + 5e9, 2))
        standing = chance.random() < 0.5
        queues += np.where((at >= since) & (at <= until) & standing, self.standing, 0)
        return np.rint((least + queues) * MS).astype(np.int64)

    def _source(self, at: np.ndarray) -> np.ndarray:
        return at + np.rint(self._stepped(at, self.source_step)).astype(np.int64)

    def _target(self, at: np.ndarray) -> np.ndarray:
        stepped = self._stepped(at, self.target_step)
        return at + np.rint(self.offset * MS + self.skew * (at - START) + stepped).astype(np.int64)

    def _stepped(self, at: np.ndarray, step: float) -> np.ndarray | float:
        return np.where(at >= self.start + self.step_at * 1e9, step * MS, 0) if step else 0.0


@dataclass(frozen=True, kw_only=True)
class ClockTraces:
    """The stamps of one run: all packets sent, and what came through, in order of arrival."""

    sent: np.ndarray
    index: np.ndarray
    arrived: np.ndarray
    asked: np.ndarray
    answered: np.ndarray
    returned: np.ndarray

    @property
    def directions(self) -> Directions:
        """As the fit wants them."""
        return Directions(
            sent=self.sent[self.index],
            arrived=self.arrived,
            answered=self.answered,
            returned=self.returned,
        )

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """As the source keeps them."""
        stamps = zip(self.asked, self.answered, self.answered, self.returned, strict=True)
        return tuple(Exchange(*map(int, four)) for four in stamps)


@pytest.fixture(scope="session")
def clock_path() -> Callable[..., ClockPath]:
    """Makes paths; see `ClockPath`."""
    return ClockPath
