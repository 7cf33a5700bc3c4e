"""What shall happen to each packet: a pure function of the packet's name, the seed and the impairment.

Nothing here depends on time, order or chance, so a test computes the same schedule without running
a relay. Only `Impairment.rate` is not decided here: how long a packet waits depends on who came before it.
"""

from enum import StrEnum
from hashlib import blake2b
from math import log1p
from statistics import NormalDist
from struct import Struct

import msgspec

from sonde.impair.bursts import last_draw
from sonde.impair.impairment import Impairment, JitterShape

SEED_MAX = 2**64 - 1

_NAME = Struct(">QQQ??")
_WORDS = Struct(">4Q")
_UNIT = 2.0**-53
_DAMAGE = b"damage"
_NORMAL = NormalDist()


class Direction(StrEnum):
    """Which way a packet travels through the relay."""

    FORWARD = "forward"
    """From the client that spoke first to the target, or from the bridge's first interface to its second."""

    REVERSE = "reverse"
    """The other way."""


class Kind(StrEnum):
    """How a packet is named."""

    RTP = "rtp"
    """By its own SSRC and sequence number."""

    CONTROL = "control"
    """By the number of its flow and a count of such packets in its direction."""


class PacketName(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that a decision knows of a packet.

    Attributes:
        ssrc: of an RTP packet; the number of the flow for `Kind.CONTROL`.
        sequence: of an RTP packet (a wrapped number has the same fate again); the count of earlier
            control packets of the same flow and direction for `Kind.CONTROL`.
        direction: both ways have schedules of their own.
        kind: how the packet is named.
        place: packets of the stream before this one, counted by sequence numbers from the first packet that
            came, without wrapping; below zero for one that was overtaken by the first. Only `loss_pattern`
            and `dscp_from` look at it.
    """

    ssrc: int
    sequence: int
    direction: Direction
    kind: Kind = Kind.RTP
    place: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What happens to one packet.

    Attributes:
        copies: how often it is sent: 0 when it is lost, 2 when it is duplicated.
        delay: seconds from its arrival, or from its way out of the bottleneck, to its departure; 0 when it
            is lost.
        dscp: code point to write, None to leave it.
        kept: part of the payload that is left, 1 for all of it.
        inverted: where in what is left a byte is inverted, from 0 to below 1; None leaves all as they are.
    """

    copies: int
    delay: float
    dscp: int | None
    kept: float = 1.0
    inverted: float | None = None

    @property
    def drop(self) -> bool:
        """Whether the packet is lost on purpose."""
        return self.copies == 0


def decide(seed: int, name: PacketName, impairment: Impairment) -> Decision:
    """Decide one packet's fate from its name alone.

    The uniform numbers behind a decision do not depend on the impairment: whoever is lost at 2 % is also
    lost at 5 %, and changing the delay changes no loss.

    Args:
        seed: 0 to `SEED_MAX`; another seed is another schedule.
        name: the packet.
        impairment: what the path does in its direction.
    """
    lost, doubled, held_back, spread = _uniforms(seed, name, name.sequence)
    dscp = impairment.dscp if name.place >= impairment.dscp_from else None
    if impairment.burst_ratio > 1:
        place_drawn = last_draw(_pack(seed, name, 0), name.sequence, impairment.burst_ratio)
        if place_drawn != name.sequence:
            lost = _uniforms(seed, name, place_drawn)[0]
    if lost < impairment.loss or _is_in_pattern(impairment.loss_pattern, name.place):
        return Decision(copies=0, delay=0.0, dscp=dscp)
    delay = impairment.delay + _jitter(impairment, spread)
    if held_back < impairment.reorder:
        delay += impairment.reorder_delay
    copies = 2 if doubled < impairment.duplicate else 1
    if not impairment.truncate and not impairment.corrupt:
        return Decision(copies=copies, delay=delay, dscp=dscp)
    cut, kept, corrupted, inverted = _uniforms(seed, name, name.sequence, purpose=_DAMAGE)
    return Decision(
        copies=copies,
        delay=delay,
        dscp=dscp,
        kept=kept if cut < impairment.truncate else 1.0,
        inverted=inverted if corrupted < impairment.corrupt else None,
    )


def _pack(seed: int, name: PacketName, sequence: int) -> bytes:
    reverse, control = name.direction is Direction.REVERSE, name.kind is Kind.CONTROL
    return _NAME.pack(seed, name.ssrc, sequence, reverse, control)


def _uniforms(seed: int, name: PacketName, sequence: int, *, purpose: bytes = b"") -> tuple[float, ...]:
    """Four numbers from 0 to below 1 that belong to this sequence number of the packet's stream."""
    packed = _pack(seed, name, sequence)
    a, b, c, d = _WORDS.unpack(blake2b(packed, digest_size=_WORDS.size, person=purpose).digest())
    # 53 bits fill a float exactly; with all 64 the largest words would round up to 1.0.
    return (a >> 11) * _UNIT, (b >> 11) * _UNIT, (c >> 11) * _UNIT, (d >> 11) * _UNIT


def _is_in_pattern(pattern: str, place: int) -> bool:
    return bool(pattern) and pattern[place % len(pattern)] == "0"


def _jitter(impairment: Impairment, uniform: float) -> float:
    """Seconds beyond the fixed delay."""
    size = impairment.jitter
    if impairment.jitter_shape is JitterShape.UNIFORM:
        return uniform * size
    if impairment.jitter_shape is JitterShape.EXPONENTIAL:
        return min(-log1p(-uniform), 10.0) * size
    return min(max(3.0 + _NORMAL.inv_cdf(max(uniform, 2.0**-54)), 0.0), 6.0) * size
