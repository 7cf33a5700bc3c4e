"""What the runner asks the data plane to do, and what it gets back."""

import msgspec

from sonde.model.control import PairKey
from sonde.model.rounds import RoundError
from sonde.probe.record import ArrivalRecord
from sonde.rtp.clock import Exchange
from sonde.rtp.clock_readings import ClockWatch

SETTLING = 1.0
"""Seconds to wait for late packets on a network."""


class StreamOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One stream to send now.

    Attributes:
        order_id: names the order between runner and sender process.
        address: numeric IPv4 or IPv6 address of the target.
        wants_progress: somebody listens to `StreamProgress`.
        payload_type, packets, packet_interval, timestamp_step, payload_bytes: of the codec; the interval in
            seconds, the step in RTP clock ticks per packet, the payload counted after the RTP header.
        settling: seconds; a packet that arrives later than this after the last one was sent counts as lost.
    """

    order_id: int
    address: str
    port: int
    pair_key: PairKey
    dscp: int
    payload_type: int
    packets: int
    packet_interval: float
    timestamp_step: int
    payload_bytes: int
    settling: float = SETTLING
    wants_progress: bool = False


class StreamOutcome(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What became of an order: the raw stamps of both ends.

    Attributes:
        sent: int64 array as bytes, ns since the epoch before each send, 0 for a packet that was not sent.
        lateness: int64 array as bytes, ns from each packet's schedule to the end of its send call.
        took: int64 array as bytes, ns from the stamp in `sent` to the end of the send call; a preempted
            sender shows here.
        syncs: int64 array as bytes, ns since the epoch before each clock question.
        arrivals: None when the target's record could not be fetched.
        exchanges: clock exchanges, the handshake first.
        clock: the source's clock before and after; None where its system does not tell.
        priority: `realtime` or `normal`, of the sending process when the stream ended.
    """

    order_id: int
    sent: bytes = b""
    lateness: bytes = b""
    took: bytes = b""
    syncs: bytes = b""
    send_errors: int = 0
    arrivals: ArrivalRecord | None = None
    exchanges: tuple[Exchange, ...] = ()
    same_clock: bool = False
    clock: ClockWatch | None = None
    target_version: str = ""
    priority: str = "normal"
    error: RoundError | None = None
    error_detail: str = ""


class StreamProgress(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How far a running order is."""

    order_id: int
    phase: str
    sent: int
    packets: int


_DECODER = msgspec.msgpack.Decoder(StreamOutcome | StreamProgress)

encode_news = msgspec.msgpack.Encoder().encode
"""What the sender process tells, as bytes: a third of what pickling it costs."""

decode_news = _DECODER.decode
"""What `encode_news` made."""
