"""One upstream socket per client, so that the target's replies find their way back."""

from collections.abc import Iterator

from sonde.impair.conversation import Conversation
from sonde.impair.notation import Endpoint
from sonde.impair.port import Address, Port, resolve
from sonde.model.errors import Limited


class Flow(Conversation):
    """A client and the socket that speaks to the target in its name.

    Attributes:
        active_until: ns since the epoch of its last packet's arrival or planned departure.
    """

    def __init__(self, number: int, client: Address, port: Port) -> None:
        super().__init__(number)
        self.client = client
        self.port = port
        self.active_until = 0

    def touch(self, until: int) -> None:
        """Keep the flow at least until this time, in ns since the epoch, and its idle time more."""
        self.active_until = max(self.active_until, until)


class FlowTable:
    """The flows of one relay, at most `limit` at a time.

    Args:
        target: where all flows lead.
        limit: flows alive at the same time.
        idle: seconds without a packet after which a flow is forgotten.

    Attributes:
        opened: flows opened so far.
        overflowed: datagrams that sockets of forgotten flows lost in the kernel.

    Raises:
        Unavailable: the target's name does not resolve.
    """

    def __init__(self, target: Endpoint, *, limit: int, idle: float) -> None:
        self._family, self._target = resolve(target)
        self._limit = limit
        self._idle = round(idle * 1e9)
        self._flows: dict[Address, Flow] = {}
        self.opened = 0
        self.overflowed = 0

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows.values())

    def __len__(self) -> int:
        return len(self._flows)

    def find(self, client: Address) -> Flow | None:
        """The flow of this client, None when it has none."""
        return self._flows.get(client)

    def open(self, client: Address) -> Flow:
        """Begin a flow for a client that has none.

        Raises:
            Limited: there are too many flows already.
            OSError: the kernel has no socket for us, or no way to the target.
        """
        if len(self._flows) >= self._limit:
            raise Limited(f"There are {self._limit} flows already.")
        port = Port(self._family)
        try:
            port.connect(self._target)
        except OSError:
            port.close()
            raise
        flow = self._flows[client] = Flow(self.opened, client, port)
        self.opened += 1
        return flow

    def expire(self, now: int) -> list[Flow]:
        """Forget the flows idle for too long at `now`, ns since the epoch; the caller closes their ports."""
        idle = [flow for flow in self if now - flow.active_until > self._idle]
        for flow in idle:
            del self._flows[flow.client]
            self.overflowed += flow.port.overflowed
        return idle
