"""Many streams through a relay or a bridge whose log says what really happened to each packet."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Container
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from sonde.impair.config import BridgeConfig, RelayConfig
from sonde.impair.impairment import Impairment, JitterShape
from sonde.impair.log import Outcome, PacketRecord, Summary, read_log
from sonde.impair.plan import Direction, Kind
from sonde.impair.process import BridgeProcess, RelayProcess
from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.keys import pair_key
from sonde.probe.limits import Limits
from sonde.probe.measurement import _departures
from sonde.probe.orders import StreamOutcome
from sonde.probe.planning import StreamPlan, make_order
from sonde.probe.receiver import Listen
from sonde.quality.codecs import codec
from sonde.rtp.jitter import interarrival_jitter

KEY = pair_key("ground truth")
UNLIMITED = Limits(streams=100_000, streams_per_key=100_000, packets_per_second=1e7)
INTERRUPTED = 50_000
"""Nanoseconds that a send call may take before its packet has no delay."""

SETTLE = 1.0
"""Seconds over which the starts of a wave are spread."""

FORWARD = Impairment(
    loss=0.02,
    burst_ratio=2.0,
    delay=0.020,
    jitter=0.003,
    jitter_shape=JitterShape.EXPONENTIAL,
    duplicate=0.01,
    reorder=0.01,
    reorder_delay=0.06,
    dscp=8,
    dscp_from=50,
)
REVERSE = Impairment(delay=0.015, jitter=0.001)


class Stamps(NamedTuple):
    """Nanoseconds since the epoch and byte of one arrival, or of one copy that was sent on."""

    place: int
    at: int
    tos: int


class Logged(NamedTuple):
    """What the log says of one stream.

    Attributes:
        received_at: when each packet came to relay or bridge.
        lost: places of the packets lost on purpose.
        sent: copies in the order in which they left.
        lateness: ns of each copy after it was due.
    """

    received_at: dict[int, int]
    lost: set[int]
    sent: list[Stamps]
    lateness: list[int]

    def delays(self, places: Container[int]) -> list[int]:
        """True one-way delay of each copy of these packets, in the order in which they left."""
        return [each.at - self.received_at[each.place] for each in self.sent if each.place in places]


class Measured(NamedTuple):
    """What the two agents say of the same stream.

    Attributes:
        sent_at: of each packet, as the product's delays count from it.
        timed: places of the packets that have a delay: those whose sender was not interrupted.
        arrived: copies in the order in which they came.
    """

    outcome: StreamOutcome
    sent_at: dict[int, int]
    timed: set[int]
    arrived: list[Stamps]

    def delays(self) -> list[int]:
        """Measured one-way delay of each copy of a timed packet, in the order in which they came."""
        return [each.at - self.sent_at[each.place] for each in self.arrived if each.place in self.timed]


JITTER_MOVED = 20e-6
"""Seconds by which jitter changes when one of the last packets is held up for 160 us, or some for less."""


class Run(NamedTuple):
    """All streams, each with its truth, and what the harness says of itself."""

    streams: list[tuple[Measured, Logged]]
    summary: Summary

    @property
    def was_starved(self) -> bool:
        """Whether the machine let anything wait too long for microseconds to be told."""
        lateness = [late for _, logged in self.streams for late in logged.lateness]
        return float(np.percentile(lateness, 99)) > 1e6 or self._jitter_moved() > JITTER_MOVED

    def _jitter_moved(self) -> float:
        """Most seconds by which the way from the path to the agent changed the jitter of a stream."""
        return max(
            abs(_jitter(measured.delays()) - _jitter(logged.delays(measured.timed)))
            for measured, logged in self.streams
        )


def _jitter(delays: list[int]) -> float:
    return interarrival_jitter(np.array(delays)) or 0.0


Disturb = Callable[[SendEngine, ReceiveEngine], Awaitable[None]]


class Laboratory:
    """Runs streams through an impaired path.

    Args:
        folder: for the logs.
        wires: hosts with a bridge between them; None has a relay on loopback.
    """

    def __init__(self, folder: Path, wires=None) -> None:
        self._folder = folder
        self._wires = wires
        self._runs = 0

    def run(
        self,
        *,
        streams: int = 200,
        waves: int = 4,
        seconds: float = 3.0,
        forward: Impairment = FORWARD,
        reverse: Impairment = REVERSE,
        disturb: Disturb | None = None,
    ) -> Run:
        """So many streams in so many waves, and the log joined to each."""
        self._runs += 1
        log = self._folder / f"{self._runs}.jsonl"
        path = {"forward": forward, "reverse": reverse, "seed": self._runs, "log": log}
        limits = {"spare_control": True, "max_flows": 1000, "realtime": True}

        async def work() -> tuple[list[StreamOutcome], Summary]:
            receiving = ReceiveEngine(Listen(host=self._host, port=0, limits=UNLIMITED))
            sending, stack = SendEngine(), ExitStack()
            try:
                with self._inside("second"):
                    port = await receiving.start()
                receiving.allow((KEY,))
                with self._inside("first"):
                    sender = sending.start()
                for child in (sender, receiving._child):
                    os.sched_setscheduler(child.pid, os.SCHED_FIFO, os.sched_param(10))
                carrier = self._carrier(port, {**path, **limits})
                stack.callback(carrier.stop)
                plan = self._plan(carrier, port, seconds)
                outcomes = []
                for _ in range(waves):
                    disturbing = asyncio.ensure_future(disturb(sending, receiving)) if disturb else None
                    outcomes += await _wave(sending, plan, streams // waves)
                    if disturbing:
                        await disturbing
                return outcomes, carrier.stop()
            finally:
                await asyncio.gather(sending.stop(), receiving.stop())
                stack.close()

        outcomes, summary = asyncio.run(work())
        assert [outcome.error_detail for outcome in outcomes if outcome.error] == []
        return Run(_join(outcomes, log), summary)

    @property
    def _host(self) -> str:
        return self._wires.ADDRESSES["second"][0] if self._wires else "127.0.0.1"

    def _inside(self, role: str):
        return self._wires.inside(role) if self._wires else nullcontext()

    def _carrier(self, port: int, options: dict) -> RelayProcess | BridgeProcess:
        if not self._wires:
            target = (self._host, port)
            return RelayProcess(RelayConfig(listen=("127.0.0.1", 0), target=target, **options)).start()
        first, second = self._wires.ENDS
        with self._wires.inside("between"):
            return BridgeProcess(BridgeConfig(first=first, second=second, **options)).start()

    def _plan(self, carrier: RelayProcess | BridgeProcess, port: int, seconds: float) -> StreamPlan:
        if isinstance(carrier, RelayProcess):
            port = carrier.listening.port
        return StreamPlan(
            host=self._host, port=port, pair_key=KEY, codec=codec("g711"), duration=seconds, dscp=46
        )


async def _wave(sending: SendEngine, plan: StreamPlan, streams: int) -> list[StreamOutcome]:
    async def run_later(delay: float) -> StreamOutcome:
        await asyncio.sleep(delay)
        return await sending.run(make_order(plan, sending.next_order_id()))

    return await asyncio.gather(*[run_later(n * SETTLE / streams) for n in range(streams)])


def _join(outcomes: list[StreamOutcome], log: Path) -> list[tuple[Measured, Logged]]:
    """Each stream with the one of the log that came right after it was sent, packet by packet."""
    # Of two hundred streams that choose their SSRC by chance, two can have the same one.
    streams: dict[tuple[int, int], list[PacketRecord]] = defaultdict(list)
    for record in read_log(log):
        if record.kind is Kind.RTP and record.direction is Direction.FORWARD:
            streams[record.flow, record.ssrc].append(record)
    logged = [_read(records) for records in streams.values()]
    measured = [_measured(outcome) for outcome in outcomes]
    assert len(logged) == len(measured)
    joined = []
    for each in measured:
        begun = min(each.sent_at.values())
        near = [one for one in logged if abs(one.received_at[0] - begun) < 50_000_000]
        truth = min(near, key=lambda one: _distance(each, one))
        logged.remove(truth)
        joined.append((each, truth))
    return joined


def _distance(measured: Measured, logged: Logged) -> float:
    both = measured.sent_at.keys() & logged.received_at.keys()
    return float(np.median([abs(logged.received_at[place] - measured.sent_at[place]) for place in both]))


def _read(records: list[PacketRecord]) -> Logged:
    sent = [
        Stamps(record.place, at, record.tos_out)
        for record in records
        if record.outcome is Outcome.SENT
        for at in record.sent_at
    ]
    return Logged(
        received_at={record.place: record.received_at for record in records},
        lost={record.place for record in records if record.outcome is Outcome.LOST},
        sent=sorted(sent, key=lambda stamps: stamps.at),
        lateness=[at - record.due_at for record in records for at in record.sent_at],
    )


def _measured(outcome: StreamOutcome) -> Measured:
    record, departures = outcome.arrivals, _departures(outcome)
    took = np.frombuffer(getattr(outcome, "took", b""), dtype=np.int64)
    arrived = zip(
        np.frombuffer(record.indexes, dtype="<u2").tolist(),
        np.frombuffer(record.stamps, dtype="<i8").tolist(),
        np.frombuffer(record.tos, dtype="<i2").tolist(),
        strict=True,
    )
    return Measured(
        outcome=outcome,
        sent_at=dict(zip(departures.index.tolist(), departures.sent_at.tolist(), strict=True)),
        timed=set(departures.index.tolist()) - set(np.flatnonzero(took > INTERRUPTED).tolist()),
        arrived=[Stamps(*each) for each in arrived],
    )


@pytest.fixture(scope="module", params=["relay", "bridge"])
def laboratory(request, tmp_path_factory) -> Laboratory:
    """Streams over loopback through the relay, and between two hosts through the bridge."""
    wires = request.getfixturevalue("wires") if request.param == "bridge" else None
    return Laboratory(tmp_path_factory.mktemp("truth"), wires)
