"""A UDP relay between clients and one target, without privileges."""

import select
import time
from collections.abc import Callable, Iterator
from functools import partial

from sonde.impair.carrier import BATCH, Carrier, Outlet
from sonde.impair.config import RelayConfig
from sonde.impair.flows import Flow, FlowTable
from sonde.impair.log import PacketRecord, Summary
from sonde.impair.notation import Endpoint
from sonde.impair.plan import Direction
from sonde.impair.port import Datagram, Port, open_listener
from sonde.impair.schedule import Arrival, Waiting
from sonde.impair.stamps import Departure, SendStamps
from sonde.model.errors import Limited


class Relay(Carrier[Flow]):
    """Carries packets between clients and one target, see `Carrier`. It listens from the moment it is made.

    Attributes:
        address: where clients reach it.
        target: where their packets go.

    Raises:
        Unavailable: it cannot listen there, or a name does not resolve.
    """

    def __init__(
        self,
        config: RelayConfig,
        *,
        sink: Callable[[PacketRecord], None] | None = None,
        watch: Callable[[Summary], None] | None = None,
    ) -> None:
        self._flows = FlowTable(config.target, limit=config.max_flows, idle=config.flow_idle)
        self._listener = open_listener(config.listen)
        super().__init__(config, sink=sink, watch=watch)
        self.address: Endpoint = self._listener.address
        self.target = config.target
        self._flow_at: dict[int, Flow] = {}
        self._epoll.register(self._listener, select.EPOLLIN)

    def _flow_count(self) -> int:
        return self._flows.opened

    def _count_socket_drops(self) -> int:
        ports = [self._listener, *(flow.port for flow in list(self._flows))]
        return self._flows.overflowed + sum(port.overflowed for port in ports)

    def _outlet(self, descriptor: int) -> Port | None:
        if descriptor == self._listener.fileno():
            return self._listener
        flow = self._flow_at.get(descriptor)
        return flow.port if flow else None

    def _take_from(self, outlet: Outlet) -> None:
        if outlet is self._listener:
            self._take_forward()
            return
        flow = self._flow_at[outlet.fileno()]
        for datagram in self._read(flow.port):
            self._admit(flow, Direction.REVERSE, datagram)

    def _take_forward(self) -> None:
        for datagram in self._read(self._listener):
            flow = self._flows.find(datagram.peer) or self._open_flow(datagram)
            if flow is None:
                self._refused += 1
            else:
                self._admit(flow, Direction.FORWARD, datagram)

    @staticmethod
    def _read(port: Port) -> Iterator[Datagram]:
        for _ in range(BATCH):
            datagram = port.receive()
            if datagram is None:
                return
            yield datagram

    def _admit(self, flow: Flow, direction: Direction, datagram: Datagram) -> None:
        port = self._listener if direction is Direction.FORWARD else flow.port
        arrival = Arrival(
            direction=direction,
            conversation=flow,
            origin=flow,
            payload=datagram.payload,
            received_at=datagram.received_at,
            kernel_stamp=datagram.kernel_stamp,
            tos=datagram.tos,
            size=len(datagram.payload) + port.header_size,
        )
        flow.touch(self._schedule.admit(arrival).due_at)

    def _open_flow(self, datagram: Datagram) -> Flow | None:
        try:
            flow = self._flows.open(datagram.peer)
        except (Limited, OSError):
            return None
        self._flow_at[flow.port.fileno()] = flow
        self._epoll.register(flow.port, select.EPOLLIN)
        return flow

    def _exit(self, waiting: Waiting[Flow]) -> tuple[SendStamps, Callable[[], Departure]]:
        forward = waiting.record.direction is Direction.FORWARD
        port = waiting.origin.port if forward else self._listener
        client = None if forward else waiting.origin.client
        return port.stamps, partial(port.send, waiting.payload, tos=waiting.record.tos_out, to=client)

    def _keep_house(self) -> None:
        for flow in self._flows.expire(time.time_ns()):
            self._epoll.unregister(flow.port)
            del self._flow_at[flow.port.fileno()]
            flow.port.close()

    def _close_outlets(self) -> None:
        for flow in self._flows:
            flow.port.close()
        self._listener.close()
