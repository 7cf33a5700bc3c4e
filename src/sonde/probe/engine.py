"""The data plane as the rest of the agent sees it: run an order, allow sources, watch health."""

import asyncio
import itertools
from collections.abc import Callable

import msgspec

from sonde.model.control import PairKey
from sonde.model.errors import Unavailable
from sonde.model.rounds import RoundError
from sonde.probe import receiver, sender
from sonde.probe.child import Child, StartMethod
from sonde.probe.orders import StreamOrder, StreamOutcome, StreamProgress, decode_news
from sonde.probe.receiver import Listen, ListenFailed, Listening, ReceiverHealth

START_WITHIN = 15.0
"""Seconds a child gets to start before we call it broken."""

RESTART_AFTER = 1.0
"""Seconds between the end of a receiver nobody stopped and the next."""

ProgressListener = Callable[[StreamProgress], None]


class SendEngine:
    """Runs orders in the sender process; starts it with the first order and again after it died.

    Args:
        realtime: let the process have real-time priority where the system permits it.
        method: how the process begins.
    """

    def __init__(self, *, realtime: bool = True, method: StartMethod = "spawn") -> None:
        self._realtime = realtime
        self._method = method
        self._child: Child | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[StreamOutcome]] = {}
        self._listeners: dict[int, ProgressListener] = {}

    def next_order_id(self) -> int:
        """An id no other order of this engine has."""
        return next(self._ids)

    def start(self) -> Child:
        """Starts the process now, so that the first stream does not wait for it."""
        if self._child is None:
            self._child = Child(
                sender.main,
                sender.SenderSettings(realtime=self._realtime),
                on_message=self._heard,
                on_end=self._ended,
                decode=decode_news,
                method=self._method,
            )
        return self._child

    async def run(self, order: StreamOrder, on_progress: ProgressListener | None = None) -> StreamOutcome:
        """Sends one stream and returns what became of it; never raises for a bad network."""
        child = self.start()
        future: asyncio.Future[StreamOutcome] = asyncio.get_running_loop().create_future()
        self._waiting[order.order_id] = future
        if on_progress:
            self._listeners[order.order_id] = on_progress
            order = msgspec.structs.replace(order, wants_progress=True)
        child.send(order)
        try:
            return await future
        finally:
            self._waiting.pop(order.order_id, None)
            self._listeners.pop(order.order_id, None)

    async def stop(self) -> None:
        """Ends the sender process; orders under way end as failures of the agent."""
        if self._child is not None:
            child, self._child = self._child, None
            await child.stop()
            self._fail_waiting("the agent was stopped")

    def _heard(self, message: StreamOutcome | StreamProgress) -> None:
        if isinstance(message, StreamProgress):
            if listener := self._listeners.get(message.order_id):
                listener(message)
        elif (future := self._waiting.get(message.order_id)) and not future.done():
            future.set_result(message)

    def _ended(self) -> None:
        self._child = None
        self._fail_waiting("the sending process ended unexpectedly")

    def _fail_waiting(self, detail: str) -> None:
        for order_id, future in self._waiting.items():
            if not future.done():
                failure = StreamOutcome(
                    order_id=order_id, error=RoundError.AGENT_FAILURE, error_detail=detail
                )
                future.set_result(failure)


class ReceiveEngine:
    """Keeps the receiver process running.

    Args:
        listen: where and what to receive.
        on_health: called whenever its counts have changed, at most once a second.
        method: how the process begins.
    """

    def __init__(
        self,
        listen: Listen,
        on_health: Callable[[ReceiverHealth], None] | None = None,
        *,
        method: StartMethod = "spawn",
    ) -> None:
        self._listen = listen
        self._method = method
        self._on_health = on_health
        self._child: Child | None = None
        self._keys: tuple[PairKey, ...] = ()
        self._started: asyncio.Future[int] | None = None
        self._restart: asyncio.TimerHandle | None = None
        self.health: ReceiverHealth | None = None

    async def start(self) -> int:
        """Starts listening and returns the port.

        Raises:
            Unavailable: the port cannot be had, or the process does not come up.
        """
        self._started = asyncio.get_running_loop().create_future()
        self._spawn()
        try:
            return await asyncio.wait_for(self._started, START_WITHIN)
        except TimeoutError:
            raise Unavailable("the receiving process did not start", hint="try again") from None

    def allow(self, keys: tuple[PairKey, ...]) -> None:
        """Replaces the set of sources that may send here."""
        self._keys = keys
        if self._child is not None:
            self._child.send(keys)

    async def stop(self) -> None:
        """Ends the receiver process."""
        if self._restart:
            self._restart.cancel()
        if self._child is not None:
            child, self._child = self._child, None
            await child.stop()

    def _spawn(self) -> None:
        self._child = Child(
            receiver.main, self._listen, on_message=self._heard, on_end=self._ended, method=self._method
        )
        self._child.send(self._keys)

    def _heard(self, message: Listening | ListenFailed | ReceiverHealth) -> None:
        if isinstance(message, ReceiverHealth):
            self.health = message
            if self._on_health:
                self._on_health(message)
        elif self._started and not self._started.done():
            if isinstance(message, Listening):
                self._started.set_result(message.port)
            else:
                taken = "stop the other program or choose another port with --port"
                hint = taken if message.is_taken else "give an address of this machine with --bind"
                self._started.set_exception(Unavailable(message.message, hint=hint))

    def _ended(self) -> None:
        self._child = None
        if self._started and not self._started.done():
            self._started.set_exception(Unavailable("the receiving process ended at once"))
        elif self._started and not self._started.exception():
            self._restart = asyncio.get_running_loop().call_later(RESTART_AFTER, self._spawn)
