"""What a stream costs the agents that send and receive it, and how evenly the sender paces.

Both processes of the data plane run as in the agent, over loopback, with g711 streams of 50 packets a second.
The CPU time of each is everything it did for the streams: handshake, packets, clock exchanges, handing over
the record. The floor, measured right before, is a Python loop of bare `sendto` and `recv` on one socket.
"""

import asyncio
import multiprocessing
import resource
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from cpu import process_cpu
from report import Row, options, show, spread

from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.keys import pair_key
from sonde.probe.limits import Limits
from sonde.probe.measurement import stream_summary
from sonde.probe.orders import StreamOutcome
from sonde.probe.planning import StreamPlan, make_order
from sonde.probe.receiver import Listen
from sonde.quality.codecs import codec

STREAMS = (1, 100, 500, 1000)
KEY = pair_key("benchmark")
HOST = "127.0.0.1"
UNLIMITED = Limits(streams=100_000, streams_per_key=100_000, packets_per_second=1e7)
PACKET_SIZE = 172
BURST = 64
"""Packets of the floor between two looks at the clock; the smallest receive buffers hold them."""

BURSTS = 500


class Load(NamedTuple):
    """So many streams of so many seconds, whose starts are spread over so many seconds."""

    streams: int
    seconds: float
    spread: float


class Costs(NamedTuple):
    """CPU seconds per packet."""

    sender: float
    receiver: float


class Taken(NamedTuple):
    """One round of measurement; seconds and counts."""

    floor: Costs
    agents: Costs
    pacing: tuple[float, float, float]
    complete: int
    lost: int


def main() -> None:
    """Measure and report."""
    parser = options("CPU time and pacing of streams", rounds=1)
    parser.add_argument("--streams", type=int, nargs="+", default=STREAMS, help="streams at the same time")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each stream")
    parser.add_argument("--spread", type=float, default=1.0, help="seconds over which the streams start")
    asked = parser.parse_args()
    _allow_open_files(max(asked.streams) + 100)
    loads = [Load(count, asked.seconds, asked.spread) for count in asked.streams]
    rounds = [asyncio.run(_measure(loads)) for _ in range(asked.rounds)]
    rows = [_row(load, [each[load] for each in rounds]) for load in loads]
    title = f"Probe: g711 streams of {asked.seconds:g} s, started within {asked.spread:g} s, over loopback"
    show(title, rows, as_json=asked.json)


def _row(load: Load, rounds: Sequence[Taken]) -> Row:
    p50, p99, highest = zip(*[each.pacing for each in rounds], strict=True)
    return {
        "streams": load.streams,
        "sender_cpu_us_per_packet": spread([1e6 * each.agents.sender for each in rounds]),
        "times_bare_sendto": spread([each.agents.sender / each.floor.sender for each in rounds]),
        "receiver_cpu_us_per_packet": spread([1e6 * each.agents.receiver for each in rounds]),
        "times_bare_recv": spread([each.agents.receiver / each.floor.receiver for each in rounds]),
        "pacing_p50_ms": spread([1e3 * each for each in p50]),
        "pacing_p99_ms": spread([1e3 * each for each in p99]),
        "pacing_max_ms": 1e3 * max(highest),
        "complete": f"{sum(each.complete for each in rounds)} of {load.streams * len(rounds)}",
        "packets_lost": sum(each.lost for each in rounds),
    }


async def _measure(loads: Sequence[Load]) -> dict[Load, Taken]:
    """Run each load, one after the other, between one pair of processes."""
    receiving, sending = ReceiveEngine(Listen(host=HOST, port=0, limits=UNLIMITED)), SendEngine()
    try:
        port = await receiving.start()
        receiving.allow((KEY,))
        (receiver,) = _children()
        # The sender starts with its first order, and its start is no part of what a stream costs.
        await _run(sending, port, Load(1, 0.1, 0))
        (sender,) = _children() - {receiver}
        return {load: await _measure_one(sending, port, load, (sender, receiver)) for load in loads}
    finally:
        await asyncio.gather(sending.stop(), receiving.stop())


async def _measure_one(sending: SendEngine, port: int, load: Load, agents: tuple[int, int]) -> Taken:
    floor = _bare_sockets()
    before = [process_cpu(agent) for agent in agents]
    outcomes = await _run(sending, port, load)
    used = [process_cpu(agent) - start for agent, start in zip(agents, before, strict=True)]
    sent = sum(np.count_nonzero(np.frombuffer(each.sent, dtype=np.int64)) for each in outcomes)
    summaries = [summary for each in outcomes if (summary := stream_summary(each, 0.04))]
    pacing = np.concatenate([np.frombuffer(each.lateness, dtype=np.int64) for each in outcomes]) / 1e9
    p50, p99, highest = np.percentile(pacing, [50, 99, 100]).tolist()
    return Taken(
        floor=floor,
        agents=Costs(*[seconds / sent for seconds in used]),
        pacing=(p50, p99, highest),
        complete=sum(each.error is None for each in outcomes),
        lost=sum(summary.packets_lost for summary in summaries),
    )


async def _run(sending: SendEngine, port: int, load: Load) -> list[StreamOutcome]:
    plan = StreamPlan(host=HOST, port=port, pair_key=KEY, codec=codec("g711"), duration=load.seconds, dscp=46)

    async def run_later(delay: float) -> StreamOutcome:
        await asyncio.sleep(delay)
        return await sending.run(make_order(plan, sending.next_order_id()))

    return await asyncio.gather(*[run_later(n * load.spread / load.streams) for n in range(load.streams)])


def _children() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid}


def _bare_sockets() -> Costs:
    """CPU seconds of one bare `sendto` and of one bare `recv`, in bursts that no buffer is too small for."""
    packet = bytes(PACKET_SIZE)
    sending, receiving = 0.0, 0.0
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target,
    ):
        target.bind((HOST, 0))
        target.setblocking(False)
        address = target.getsockname()
        for _ in range(BURSTS):
            start = time.thread_time()
            for _ in range(BURST):
                source.sendto(packet, address)
            sent = time.thread_time()
            for _ in range(BURST):
                target.recv(PACKET_SIZE)
            sending, receiving = sending + sent - start, receiving + time.thread_time() - sent
    return Costs(sending / (BURSTS * BURST), receiving / (BURSTS * BURST))


def _allow_open_files(wanted: int) -> None:
    """Each stream has a socket of its own; the children inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


if __name__ == "__main__":
    main()
