"""A bridge between two network interfaces; needs the right to read and send whole frames."""

import select
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import NamedTuple

from sonde.impair.carrier import BATCH, Carrier, Outlet
from sonde.impair.config import BridgeConfig
from sonde.impair.conversation import Conversation
from sonde.impair.frames import Packet, find_packet, rebuild
from sonde.impair.link import Link, Received
from sonde.impair.log import PacketRecord, Summary
from sonde.impair.plan import Direction
from sonde.impair.schedule import Arrival, Waiting
from sonde.impair.stamps import Departure, SendStamps


class Held(NamedTuple):
    """A packet on its way through the bridge."""

    packet: Packet
    lacks_checksum: bool
    exit: Link


class Bridge(Carrier[Held]):
    """Passes frames from one interface to the other and back, see `Carrier`, and impairs IP packets.

    What a network needs to live, ARP and IPv6 neighbour discovery, passes at once and unlogged, as does all
    that is not IP.

    Attributes:
        interfaces: the names of the two.

    Raises:
        Unavailable: see `link.Link`.
    """

    def __init__(
        self,
        config: BridgeConfig,
        *,
        sink: Callable[[PacketRecord], None] | None = None,
        watch: Callable[[Summary], None] | None = None,
    ) -> None:
        self.interfaces = (config.first, config.second)
        self._first, self._second = Link(config.first), Link(config.second)
        super().__init__(config, sink=sink, watch=watch)
        self._numbers = count()
        self._opened = 0
        self._socket_drops = 0
        self._conversations: dict[frozenset[bytes], Conversation] = {}
        for link in (self._first, self._second):
            self._epoll.register(link, select.EPOLLIN)

    def _flow_count(self) -> int:
        return self._opened

    def _count_socket_drops(self) -> int:
        with suppress(OSError):  # they are closed
            self._socket_drops = self._first.overflowed + self._second.overflowed
        return self._socket_drops

    def _outlet(self, descriptor: int) -> Link | None:
        return next((link for link in (self._first, self._second) if link.fileno() == descriptor), None)

    def _take_from(self, outlet: Outlet) -> None:
        forward = outlet is self._first
        entrance, exit_ = (self._first, self._second) if forward else (self._second, self._first)
        direction = Direction.FORWARD if forward else Direction.REVERSE
        for _ in range(BATCH):
            received = entrance.receive()
            if received is None:
                return
            packet = find_packet(received.frame)
            if packet is None:
                self._pass(received, exit_)
            else:
                self._admit(Held(packet, received.lacks_checksum, exit_), received, direction)

    def _pass(self, received: Received, exit_: Link) -> None:
        self._passed += 1
        with suppress(OSError):  # lost as on any full link
            exit_.send(received.frame)
            self._unstamped[exit_.stamps] = None

    def _admit(self, held: Held, received: Received, direction: Direction) -> None:
        packet = held.packet
        self._schedule.admit(
            Arrival(
                direction=direction,
                conversation=self._conversation(packet),
                origin=held,
                payload=packet.payload,
                received_at=received.received_at,
                kernel_stamp=received.kernel_stamp,
                tos=packet.tos,
                size=packet.size,
            )
        )

    def _conversation(self, packet: Packet) -> Conversation:
        """That of these two ends; the one silent for longest is forgotten to make room."""
        ends = frozenset(packet.ends)
        conversation = self._conversations.pop(ends, None)
        if conversation is None:
            if len(self._conversations) >= self._config.max_flows:
                del self._conversations[next(iter(self._conversations))]
            conversation = Conversation(next(self._numbers))
            self._opened += 1
        self._conversations[ends] = conversation
        return conversation

    def _exit(self, waiting: Waiting[Held]) -> tuple[SendStamps, Callable[[], Departure]]:
        packet, lacks_checksum, link = waiting.origin
        frame = rebuild(packet, waiting.payload, waiting.record.tos_out, with_checksum=lacks_checksum)
        return link.stamps, partial(link.send, frame)

    def _close_outlets(self) -> None:
        self._count_socket_drops()
        for link in (self._first, self._second):
            link.close()
