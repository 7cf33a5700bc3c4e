"""What one direction of a path does to packets, and when it does something else."""

from bisect import bisect_right
from enum import StrEnum
from itertools import pairwise

import msgspec

from sonde.model.errors import Invalid

DELAY_MAX = 10.0
"""Longest delay, jitter, reordering delay or queue in seconds; bounds what a relay must hold."""

BURST_RATIO_MAX = 100.0
"""Highest burst ratio; one outage of 2 s is 100 packets of most voice codecs."""

PATTERN_MAX = 65_536
"""Longest loss pattern, in packets."""

RATE_MIN = 8_000.0
"""Slowest bottleneck in bit/s; the longest datagram takes a minute through it."""


class JitterShape(StrEnum):
    """How the time that a packet is held beyond `Impairment.delay` is spread."""

    UNIFORM = "uniform"
    """Evenly from 0 to `jitter`."""

    EXPONENTIAL = "exponential"
    """With `jitter` as its mean, as queues do it; cut at ten times that."""

    NORMAL = "normal"
    """With `jitter` as its standard deviation around three times that; cut at 0 and at six times."""


class Impairment(msgspec.Struct, frozen=True, kw_only=True):
    """What one direction of a path does to packets.

    Attributes:
        loss: ratio of packets that vanish, 0 to 1.
        burst_ratio: how much longer the runs of lost packets are than those of independent losses (BurstR of
            G.107), 1 to `BURST_RATIO_MAX`. 1 is independent loss, more is the two-state model of Gilbert.
        loss_pattern: one character for each packet of a stream in its order, `1` arrives and `0` is lost,
            from the stream's first packet on and over again; "" loses none. Losses of `loss` come on top.
        delay: seconds every packet is held.
        jitter: further seconds, drawn for each packet from a distribution of this size. Packets closer to
            each other than their difference change places, as they do in a network.
        jitter_shape: the distribution; none of them holds a packet for less than `delay`.
        duplicate: ratio of the packets not lost that are sent twice.
        reorder: ratio of the packets not lost that are held back by `reorder_delay`.
        reorder_delay: seconds a reordered packet is held on top of `delay` and `jitter`; the default is
            longer than the packet interval of every voice codec.
        dscp: code point written into packets, 0 to 63; None leaves it as it came. ECN stays.
        dscp_from: packets at the beginning of each stream that keep their code point all the same.
        truncate: ratio of the packets not lost that lose the end of their payload.
        corrupt: ratio of the packets not lost of which one byte of the payload is inverted. Checksums are
            made to fit again, as those of a broken middlebox are.
        rate: bit/s of the bottleneck all packets of the direction go through in the order in which they came,
            counted in IP packets; None has no bottleneck.
        queue: seconds a packet may wait for the bottleneck; one that would wait longer is lost.

    Raises:
        Invalid: a value is out of range; `field` names it.
    """

    loss: float = 0.0
    burst_ratio: float = 1.0
    loss_pattern: str = ""
    delay: float = 0.0
    jitter: float = 0.0
    jitter_shape: JitterShape = JitterShape.UNIFORM
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_delay: float = 0.05
    dscp: int | None = None
    dscp_from: int = 0
    truncate: float = 0.0
    corrupt: float = 0.0
    rate: float | None = None
    queue: float = 0.2

    def __post_init__(self) -> None:
        for field in ("loss", "duplicate", "reorder", "truncate", "corrupt"):
            self._require_range(field, 0.0, 1.0, unit=" as a ratio")
        for field in ("delay", "jitter", "reorder_delay", "queue"):
            self._require_range(field, 0.0, DELAY_MAX, unit=" seconds")
        self._require_range("burst_ratio", 1.0, BURST_RATIO_MAX)
        self._require_range("dscp", 0, 63)
        self._require_range("dscp_from", 0, 2**31)
        self._require_range("rate", RATE_MIN, 1e12, unit=" bit/s")
        if len(self.loss_pattern) > PATTERN_MAX or self.loss_pattern.strip("01"):
            raise Invalid(f"loss_pattern must be at most {PATTERN_MAX} times 1 or 0.", field="loss_pattern")

    def _require_range(self, field: str, lowest: float, highest: float, *, unit: str = "") -> None:
        value = getattr(self, field)
        if value is not None and not lowest <= value <= highest:
            limits = f"from {lowest:.12g} to {highest:.12g}{unit}"
            raise Invalid(f"{field} must be {limits}, not {value}.", field=field)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An impairment that holds from `start` seconds into the period until the next step."""

    start: float
    impairment: Impairment


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Impairments that follow each other and begin again after `period` seconds.

    Raises:
        Invalid: the steps do not begin at 0, do not rise, or do not fit into the period.
    """

    steps: tuple[Step, ...]
    period: float

    def __post_init__(self) -> None:
        starts = [step.start for step in self.steps]
        rising = all(earlier < later for earlier, later in pairwise(starts))
        if not starts or starts[0] != 0 or not rising or not starts[-1] < self.period:
            raise Invalid("steps must begin at 0, rise, and end before the period.", field="steps")


def choose(plan: Impairment | Scenario, elapsed: float) -> Impairment:
    """The impairment in force `elapsed` seconds after the relay started."""
    if isinstance(plan, Impairment):
        return plan
    following = bisect_right(plan.steps, elapsed % plan.period, key=lambda step: step.start)
    return plan.steps[following - 1].impairment


def spare(impairment: Impairment) -> Impairment:
    """The same path for packets that must arrive once, whole and in order: it still delays and remarks."""
    return msgspec.structs.replace(
        impairment, loss=0.0, loss_pattern="", duplicate=0.0, reorder=0.0, truncate=0.0, corrupt=0.0
    )
