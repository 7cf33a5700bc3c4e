"""The packets a relay holds: decided on arrival, handed out when due, recorded when finished."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Generic, NamedTuple, TypeVar

import msgspec

from sonde.impair.bottleneck import Bottleneck
from sonde.impair.config import PathConfig
from sonde.impair.conversation import Conversation
from sonde.impair.impairment import Impairment, choose, spare
from sonde.impair.log import Outcome, PacketRecord
from sonde.impair.payload import damage, remark, rtp_name
from sonde.impair.plan import Decision, Direction, Kind, PacketName, decide

Origin = TypeVar("Origin")
"""Whatever relay or bridge want to know again when a packet is due."""


class Arrival(msgspec.Struct, Generic[Origin], frozen=True, kw_only=True, gc=False):
    """A packet that came.

    Attributes:
        received_at: ns since the epoch, by the kernel where `kernel_stamp` is true.
        tos: TOS or traffic class byte.
        size: bytes of the IP packet, for the bottleneck.
    """

    direction: Direction
    conversation: Conversation
    origin: Origin
    payload: bytes
    received_at: int
    kernel_stamp: bool
    tos: int
    size: int


class Waiting(msgspec.Struct, Generic[Origin], frozen=True, gc=False):
    """A packet that will be sent `copies` times when `record.due_at` has come."""

    payload: bytes
    copies: int
    origin: Origin
    record: PacketRecord


class SendStamp(NamedTuple):
    """When a copy left, in ns since the epoch, and whether the kernel says so."""

    at: int
    by_kernel: bool


class Schedule(Generic[Origin]):
    """Turns arrivals into departures. Reads no clock and touches no socket.

    Args:
        started_at: ns since the epoch from which a `Scenario` counts.
        finish: called once with the record of every packet, when its outcome is known.
    """

    def __init__(
        self, config: PathConfig, started_at: int, *, finish: Callable[[PacketRecord], None]
    ) -> None:
        self._config = config
        self._plans = {Direction.FORWARD: config.forward, Direction.REVERSE: config.reverse}
        self._bottlenecks = {direction: Bottleneck() for direction in Direction}
        self._started_at = started_at
        self._finish = finish
        self._heap: list[tuple[int, int, Waiting[Origin]]] = []
        # Packets due at the same time leave in the order in which they came.
        self._arrivals = count()

    def admit(self, arrival: Arrival[Origin]) -> PacketRecord:
        """Decide an arrival's fate and keep it until it is due, unless it is lost."""
        name = _name(arrival)
        impairment = self._impairment(arrival, name.kind)
        decision = decide(self._config.seed, name, impairment)
        ready_at = None if decision.drop else self._pass_bottleneck(arrival, impairment)
        payload, inverted_at = damage(arrival.payload, decision)
        record = PacketRecord(
            direction=name.direction,
            kind=name.kind,
            flow=arrival.conversation.number,
            ssrc=name.ssrc,
            sequence=name.sequence,
            place=name.place,
            received_at=arrival.received_at,
            due_at=arrival.received_at if ready_at is None else ready_at + round(decision.delay * 1e9),
            tos_in=arrival.tos,
            tos_out=remark(arrival.tos, decision.dscp),
            size_in=len(arrival.payload),
            size_out=len(payload),
            inverted_at=inverted_at,
            kernel_stamps=arrival.kernel_stamp,
        )
        if ready_at is None or len(self._heap) >= self._config.max_queued:
            outcome = _why_lost(decision, ready_at)
            self._finish(msgspec.structs.replace(record, outcome=outcome))
        else:
            waiting = Waiting(payload, decision.copies, arrival.origin, record)
            heapq.heappush(self._heap, (record.due_at, next(self._arrivals), waiting))
        return record

    def take_due(self, now: int) -> Iterator[Waiting[Origin]]:
        """Hand out the packets due at `now`, earliest first; the caller sends them and calls `sent`."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def sent(self, waiting: Waiting[Origin], stamps: Sequence[SendStamp]) -> None:
        """Record a packet of which these copies were sent, or none at all when there are none."""
        record = msgspec.structs.replace(
            waiting.record,
            sent_at=tuple(stamp.at for stamp in stamps),
            kernel_stamps=waiting.record.kernel_stamps and all(stamp.by_kernel for stamp in stamps),
            outcome=Outcome.SENT if stamps else Outcome.FAILED,
        )
        self._finish(record)

    def next_due(self) -> int | None:
        """When the next packet is due, None when none waits."""
        return self._heap[0][0] if self._heap else None

    def abandon(self) -> None:
        """Record everything still waiting as stopped."""
        for _, _, waiting in sorted(self._heap, key=lambda entry: entry[:2]):
            self._finish(waiting.record)
        self._heap.clear()

    def _impairment(self, arrival: Arrival[Origin], kind: Kind) -> Impairment:
        elapsed = (arrival.received_at - self._started_at) / 1e9
        impairment = choose(self._plans[arrival.direction], elapsed)
        return spare(impairment) if kind is Kind.CONTROL and self._config.spare_control else impairment

    def _pass_bottleneck(self, arrival: Arrival[Origin], impairment: Impairment) -> int | None:
        """When the packet is through, None when it is not let in."""
        if impairment.rate is None:
            return arrival.received_at
        return self._bottlenecks[arrival.direction].take(
            arrival.received_at, arrival.size, rate=impairment.rate, queue=impairment.queue
        )


def _name(arrival: Arrival[Origin]) -> PacketName:
    direction, conversation = arrival.direction, arrival.conversation
    named = rtp_name(arrival.payload)
    if named is None:
        count = conversation.count_control(direction)
        return PacketName(
            ssrc=conversation.number, sequence=count, place=count, direction=direction, kind=Kind.CONTROL
        )
    ssrc, sequence = named
    place = conversation.place(direction, ssrc, sequence)
    return PacketName(ssrc=ssrc, sequence=sequence, place=place, direction=direction)


def _why_lost(decision: Decision, ready_at: int | None) -> Outcome:
    if decision.drop:
        return Outcome.LOST
    return Outcome.CONGESTED if ready_at is None else Outcome.OVERFLOW
