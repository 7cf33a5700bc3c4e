"""What shall happen to each packet: a pure function of the packet's name, the seed and the impairment.

Nothing here depends on time, order or chance, so a test computes the same schedule without running
a relay.
"""

from bisect import bisect_right
from enum import StrEnum
from hashlib import blake2b
from itertools import pairwise
from struct import Struct, unpack_from

import msgspec

from sonde.model.errors import Invalid

DELAY_MAX = 10.0
"""Longest delay, jitter or reordering delay in seconds; bounds what a relay must hold."""

SEED_MAX = 2**64 - 1

_NAME = Struct(">QQQ??")
_WORDS = Struct(">4Q")


class Direction(StrEnum):
    """Which way a packet travels through the relay."""

    FORWARD = "forward"
    """From the client that spoke first to the target."""

    REVERSE = "reverse"
    """From the target back to the client."""


class Kind(StrEnum):
    """How a packet is named."""

    RTP = "rtp"
    """By its own SSRC and sequence number."""

    CONTROL = "control"
    """By the number of its flow and a count of such packets in its direction."""


class Impairment(msgspec.Struct, frozen=True, kw_only=True):
    """What one direction of a path does to packets.

    Attributes:
        loss: ratio of packets that vanish, 0 to 1.
        delay: seconds every packet is held.
        jitter: further seconds, uniform from 0 to this value for each packet. Packets closer to each
            other than their difference change places, as they do in a network.
        duplicate: ratio of the packets not lost that are sent twice.
        reorder: ratio of the packets not lost that are held back by `reorder_delay`.
        reorder_delay: seconds a reordered packet is held on top of `delay` and `jitter`; the default is
            longer than the packet interval of every voice codec.
        dscp: code point written into every packet, 0 to 63; None leaves it as it came. ECN stays.

    Raises:
        Invalid: a value is out of range; `field` names it.
    """

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_delay: float = 0.05
    dscp: int | None = None

    def __post_init__(self) -> None:
        for field in ("loss", "duplicate", "reorder"):
            _require_range(field, getattr(self, field), 1.0, unit="as a ratio")
        for field in ("delay", "jitter", "reorder_delay"):
            _require_range(field, getattr(self, field), DELAY_MAX, unit="seconds")
        if self.dscp is not None and not 0 <= self.dscp <= 63:
            raise Invalid(f"dscp must be from 0 to 63, not {self.dscp}.", field="dscp")


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one packet.

    Attributes:
        copies: how often it is sent: 0 when it is lost, 2 when it is duplicated.
        delay: seconds from its arrival at the relay to its departure; 0 when it is lost.
        dscp: code point to write, None to leave it.
    """

    copies: int
    delay: float
    dscp: int | None

    @property
    def drop(self) -> bool:
        """Whether the packet is lost on purpose."""
        return self.copies == 0


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
    """The same path for packets that must arrive once and in order: it still delays and remarks."""
    return msgspec.structs.replace(impairment, loss=0.0, duplicate=0.0, reorder=0.0)


def decide(
    seed: int,
    ssrc: int,
    *,
    sequence: int,
    direction: Direction,
    impairment: Impairment,
    kind: Kind = Kind.RTP,
) -> Decision:
    """Decide one packet's fate from its name alone.

    The four uniform numbers behind a decision do not depend on the impairment: whoever is lost at
    2 % is also lost at 5 %, and changing the delay changes no loss.

    Args:
        seed: 0 to `SEED_MAX`; another seed is another schedule.
        ssrc: of an RTP packet; the number of the flow for `Kind.CONTROL`.
        sequence: of an RTP packet (a wrapped number has the same fate again); the count of earlier
            control packets of the same flow and direction for `Kind.CONTROL`.
        direction: both ways have schedules of their own.
        impairment: what the path does in this direction.
        kind: how the packet is named.
    """
    name = _NAME.pack(seed, ssrc, sequence, direction is Direction.REVERSE, kind is Kind.CONTROL)
    words = _WORDS.unpack(blake2b(name, digest_size=_WORDS.size).digest())
    # 53 bits fill a float exactly; with all 64 the largest words would round up to 1.0.
    lost, doubled, held_back, spread = ((word >> 11) * 2.0**-53 for word in words)
    if lost < impairment.loss:
        return Decision(copies=0, delay=0.0, dscp=impairment.dscp)
    delay = impairment.delay + spread * impairment.jitter
    if held_back < impairment.reorder:
        delay += impairment.reorder_delay
    return Decision(copies=2 if doubled < impairment.duplicate else 1, delay=delay, dscp=impairment.dscp)


def remark(tos: int, dscp: int | None) -> int:
    """The TOS or traffic class byte with another code point; ECN, its two low bits, is kept."""
    return tos if dscp is None else dscp << 2 | tos & 0b11


def rtp_name(payload: bytes) -> tuple[int, int] | None:
    """SSRC and sequence number of an RTP packet (RFC 3550 5.1), None for anything else.

    RTCP on the same port is told apart by its packet type (RFC 5761 4).
    """
    if len(payload) < 12 or payload[0] >> 6 != 2 or 192 <= payload[1] <= 223:
        return None
    sequence, ssrc = unpack_from(">HxxxxI", payload, 2)
    return ssrc, sequence


def _require_range(field: str, value: float, highest: float, *, unit: str) -> None:
    if not 0 <= value <= highest:
        raise Invalid(f"{field} must be from 0 to {highest:g} {unit}, not {value}.", field=field)
