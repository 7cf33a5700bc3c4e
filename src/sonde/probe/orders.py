"""What the runner asks the data plane to do, and what it gets back."""

import msgspec

from sonde.model.control import PairKey
from sonde.model.rounds import RoundError
from sonde.probe.record import ArrivalRecord
from sonde.rtp.clock import Exchange
from sonde.rtp.clock_readings import ClockWatch


class StreamOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One stream to send now.

    Attributes:
        order_id: names the order between runner and sender process.
        address: numeric IPv4 or IPv6 address of the target.
        wants_progress: somebody listens to `StreamProgress`.
        payload_type, packets, packet_interval, timestamp_step, payload_bytes: of the codec; the interval in
            seconds, the step in RTP clock ticks per packet, the payload counted after the RTP header.
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
    wants_progress: bool = False


class StreamOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order: the raw stamps of both ends.

    Attributes:
        sent: int64 array as bytes, ns since the epoch before each send, 0 for a packet that was not sent.
        lateness: int64 array as bytes, ns of each send after its schedule.
        arrivals: None when the target's record could not be fetched.
        exchanges: clock exchanges, the handshake first.
        clock: the source's clock before and after; None where its system does not tell.
    """

    order_id: int
    sent: bytes = b""
    lateness: bytes = b""
    send_errors: int = 0
    arrivals: ArrivalRecord | None = None
    exchanges: tuple[Exchange, ...] = ()
    same_clock: bool = False
    clock: ClockWatch | None = None
    target_version: str = ""
    error: RoundError | None = None
    error_detail: str = ""


class StreamProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a running order is."""

    order_id: int
    phase: str
    sent: int
    packets: int
