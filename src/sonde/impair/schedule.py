"""The packets a relay holds: decided on arrival, handed out when due, recorded when finished."""

import heapq
from collections.abc import Callable, Iterator
from itertools import count

import msgspec

from sonde.impair.config import RelayConfig
from sonde.impair.flows import Flow
from sonde.impair.log import Outcome, PacketRecord
from sonde.impair.plan import Decision, Direction, Kind, choose, decide, remark, rtp_name, spare
from sonde.impair.port import Datagram


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A packet that will be sent `copies` times when `record.due_at` has come."""

    payload: bytes
    copies: int
    flow: Flow
    record: PacketRecord


class Schedule:
    """Turns arrivals into departures. Reads no clock and touches no socket.

    Args:
        started_at: ns since the epoch from which a `Scenario` counts.
        finish: called once with the record of every packet, when its outcome is known.
    """

    def __init__(
        self, config: RelayConfig, started_at: int, *, finish: Callable[[PacketRecord], None]
    ) -> None:
        self._config = config
        self._plans = {Direction.FORWARD: config.forward, Direction.REVERSE: config.reverse}
        self._started_at = started_at
        self._finish = finish
        self._heap: list[tuple[int, int, Waiting]] = []
        # Packets due at the same time leave in the order in which they came.
        self._arrivals = count()

    def admit(self, flow: Flow, direction: Direction, datagram: Datagram) -> None:
        """Decide an arrival's fate and keep it until it is due, unless it is lost."""
        decision, record = self._judge(flow, direction, datagram)
        flow.touch(record.due_at)
        if decision.drop:
            self._finish(msgspec.structs.replace(record, outcome=Outcome.LOST))
        elif len(self._heap) >= self._config.max_queued:
            self._finish(msgspec.structs.replace(record, outcome=Outcome.OVERFLOW))
        else:
            waiting = Waiting(datagram.payload, decision.copies, flow, record)
            heapq.heappush(self._heap, (record.due_at, next(self._arrivals), waiting))

    def take_due(self, now: int) -> Iterator[Waiting]:
        """Hand out the packets due at `now`, earliest first; the caller sends them and calls `sent`."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def sent(self, waiting: Waiting, sent_at: tuple[int, ...]) -> None:
        """Record a packet that was sent at these times, or not at all when there are none."""
        outcome = Outcome.SENT if sent_at else Outcome.FAILED
        self._finish(msgspec.structs.replace(waiting.record, sent_at=sent_at, outcome=outcome))

    def next_due(self) -> int | None:
        """When the next packet is due, None when none waits."""
        return self._heap[0][0] if self._heap else None

    def abandon(self) -> None:
        """Record everything still waiting as stopped."""
        for _, _, waiting in sorted(self._heap, key=lambda entry: entry[:2]):
            self._finish(waiting.record)
        self._heap.clear()

    def _judge(self, flow: Flow, direction: Direction, datagram: Datagram) -> tuple[Decision, PacketRecord]:
        impairment = choose(self._plans[direction], (datagram.received_at - self._started_at) / 1e9)
        name = rtp_name(datagram.payload)
        kind = Kind.CONTROL if name is None else Kind.RTP
        if kind is Kind.CONTROL and self._config.spare_control:
            impairment = spare(impairment)
        ssrc, sequence = name or (flow.number, flow.count_control(direction))
        decision = decide(
            self._config.seed, ssrc, sequence=sequence, direction=direction, impairment=impairment, kind=kind
        )
        record = PacketRecord(
            direction=direction,
            kind=kind,
            flow=flow.number,
            ssrc=ssrc,
            sequence=sequence,
            received_at=datagram.received_at,
            due_at=datagram.received_at + round(decision.delay * 1e9),
            tos_in=datagram.tos,
            tos_out=remark(datagram.tos, decision.dscp),
        )
        return decision, record
