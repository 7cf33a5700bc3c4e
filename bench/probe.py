"""What streams cost the agents at both ends, how evenly they leave, and how true their stamps are.

Both processes of the data plane run as in the agent, over loopback, with g711 streams of 50 packets a second.
The CPU time of each is everything it did for the streams: handshake, packets, clock exchanges, handing over
the record; `analysis` is what the runner's process does with the stamps afterwards. Every load runs at normal
and at real-time priority; then the largest one that keeps its pacing is searched for.

Beside them run floors that do nothing else: bare loops in Python, and `floor.c` with the same schedule where
there is a compiler; and, where they are installed, irtt and iperf3.
"""

import asyncio
import json
import multiprocessing
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from cpu import process_cpu, tree_cpu
from report import Row, options, show

from sonde.model.rounds import RoundReport
from sonde.probe.engine import ReceiveEngine, SendEngine
from sonde.probe.keys import pair_key
from sonde.probe.limits import Limits
from sonde.probe.measurement import with_measurement
from sonde.probe.orders import StreamOutcome
from sonde.probe.planning import StreamPlan, make_order
from sonde.probe.receiver import Listen
from sonde.quality.codecs import codec

STREAMS = (1, 100, 500, 1000)
KEY = pair_key("benchmark")
HOST = "127.0.0.1"
UNLIMITED = Limits(streams=100_000, streams_per_key=100_000, packets_per_second=1e7)
PACKET_SIZE = 172
ON_TIME = 0.001
"""Seconds; a load is kept when 99 of 100 packets have left within this after their schedule."""

SEARCH_STEPS = 3
OTHERS_STREAMS = 20
REALTIME = 10
BURST = 64
"""Packets of the floor between two looks at the clock; the smallest receive buffers hold them."""

BURSTS = 500


class Load(NamedTuple):
    """So many streams of so many seconds, whose starts are spread over so many seconds."""

    streams: int
    seconds: float
    spread: float


class Costs(NamedTuple):
    """CPU seconds per packet; None for what was not measured."""

    sender: float
    receiver: float | None = None
    analysis: float | None = None


class Taken(NamedTuple):
    """One run; seconds and counts."""

    who: str
    streams: int
    costs: Costs
    pacing: tuple[float, float, float] | None = None
    stamps: tuple[float, float] | None = None
    result: str = ""


def main() -> None:
    """Measure and report."""
    parser = options("CPU time, pacing and stamps of streams", rounds=1)
    parser.add_argument("--streams", type=int, nargs="+", default=STREAMS, help="streams at the same time")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each stream")
    parser.add_argument("--spread", type=float, default=1.0, help="seconds over which the streams start")
    parser.add_argument("--no-search", action="store_true", help="do not look for the largest load")
    parser.add_argument("--no-others", action="store_true", help="leave irtt and iperf3 out")
    asked = parser.parse_args()
    _allow_open_files()
    loads = [Load(count, asked.seconds, asked.spread) for count in asked.streams]
    rows = []
    for _ in range(asked.rounds):
        taken = list(_take(loads, searches=not asked.no_search, others=not asked.no_others))
        rows += [_row(each, taken[0].costs) for each in taken]
    title = f"Probe: g711 streams of {asked.seconds:g} s, started within {asked.spread:g} s, over loopback"
    show(title, rows, as_json=asked.json)


def _take(loads: list[Load], *, searches: bool, others: bool) -> Iterator[Taken]:
    yield _bare_sockets()
    with tempfile.TemporaryDirectory() as folder:
        floor = _compile_floor(Path(folder))
        for load in loads if floor else []:
            yield _run_floor(floor, load)
    for realtime in (False, True):
        kept = 0
        for load in loads:
            taken = asyncio.run(_measure(load, realtime=realtime))
            kept = load.streams if _is_kept(taken) else kept
            yield taken
        if searches and realtime:
            yield from _search(kept, loads)
    if others:
        yield from _others()


def _search(kept: int, loads: list[Load]) -> Iterator[Taken]:
    """Halves the way between the largest load that kept its pacing and the next that did not."""
    above = min((load.streams for load in loads if load.streams > kept), default=2 * kept)
    for _ in range(SEARCH_STEPS):
        count = (kept + above) // 2
        taken = asyncio.run(_measure(loads[0]._replace(streams=count), realtime=True))
        yield taken
        kept, above = (count, above) if _is_kept(taken) else (kept, count)


def _is_kept(taken: Taken) -> bool:
    return taken.pacing is not None and taken.pacing[1] < ON_TIME


def _row(taken: Taken, bare: Costs) -> Row:
    sender, receiver, analysis = taken.costs
    received = None if receiver is None else receiver + (analysis or 0)
    return {
        "who": taken.who,
        "streams": taken.streams,
        "sent_us": _us(sender),
        "times_bare_send": _text(sender / bare.sender, 1),
        "received_us": _us(receiver),
        "analysis_us": _us(analysis),
        "times_bare_recv": _text(received / bare.receiver if received and bare.receiver else None, 1),
        "pacing_p50_p99_max_ms": _several(taken.pacing, 1e3),
        "stamp_p50_p99_us": _several(taken.stamps, 1e6),
        "result": taken.result,
    }


def _us(seconds: float | None) -> str:
    return _text(None if seconds is None else 1e6 * seconds, 1)


def _text(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _several(values: tuple[float, ...] | None, scale: float) -> str:
    return "-" if values is None else " / ".join(f"{scale * value:.3g}" for value in values)


# -- our own agents --------------------------------------------------------------------------------


async def _measure(load: Load, *, realtime: bool) -> Taken:
    """One load between a pair of processes of its own."""
    listen = Listen(host=HOST, port=0, limits=UNLIMITED, realtime=realtime)
    receiving, sending = ReceiveEngine(listen), SendEngine(realtime=realtime)
    try:
        port = await receiving.start()
        receiving.allow((KEY,))
        (receiver,) = _children()
        # The sender starts with its first order, and its start is no part of what a stream costs.
        await _run(sending, port, Load(1, 0.1, 0))
        (sender,) = _children() - {receiver}
        before = [process_cpu(agent) for agent in (sender, receiver)]
        outcomes = await _run(sending, port, load)
        used = [process_cpu(agent) - start for agent, start in zip((sender, receiver), before, strict=True)]
    finally:
        await asyncio.gather(sending.stop(), receiving.stop())
    return _describe(load, outcomes, used, realtime=realtime)


def _describe(load: Load, outcomes: list[StreamOutcome], used: list[float], *, realtime: bool) -> Taken:
    sent = sum(np.count_nonzero(_array(each.sent)) for each in outcomes)
    pacing = np.concatenate([_array(each.lateness) for each in outcomes]) / 1e9
    stamps = np.concatenate([_stamp_errors(each) for each in outcomes if each.arrivals])
    start = time.thread_time()
    reports = [with_measurement(_blank_report(load), each) for each in outcomes]
    analysis = time.thread_time() - start
    lost = sum(report.stream.packets_lost for report in reports if report.stream)
    complete = sum(each.error is None for each in outcomes)
    actual = {report.health.priority for report in reports}
    wanted = "realtime" if realtime else "normal"
    p50, p99, highest = np.percentile(pacing, [50, 99, 100]).tolist()
    return Taken(
        who=f"sonde, {wanted}" if actual == {wanted} else f"sonde, {wanted} not kept",
        streams=load.streams,
        costs=Costs(used[0] / sent, used[1] / sent, analysis / sent),
        pacing=(p50, p99, highest),
        stamps=(float(np.percentile(stamps, 50)), float(np.percentile(stamps, 99))) if len(stamps) else None,
        result=f"{complete} complete, {lost} packets lost",
    )


def _stamp_errors(outcome: StreamOutcome) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Seconds from the stamp of each packet to the kernel's stamp of its arrival, within the same call."""
    arrivals = outcome.arrivals
    index = np.frombuffer(arrivals.indexes if arrivals else b"", dtype="<u2")
    received = np.frombuffer(arrivals.stamps if arrivals else b"", dtype="<i8")
    return (received - _array(outcome.sent)[index]) / 1e9


def _array(data: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.frombuffer(data, dtype=np.int64)


def _blank_report(load: Load) -> RoundReport:
    return RoundReport(
        test_id=1,
        round_id=0,
        target_agent_id=1,
        interval=60,
        duration=round(load.seconds),
        codec="g711",
        dscp=46,
        jitter_buffer=0.04,
        started_at=0.0,
    )


async def _run(sending: SendEngine, port: int, load: Load) -> list[StreamOutcome]:
    plan = StreamPlan(host=HOST, port=port, pair_key=KEY, codec=codec("g711"), duration=load.seconds, dscp=46)

    async def run_later(delay: float) -> StreamOutcome:
        await asyncio.sleep(delay)
        return await sending.run(make_order(plan, sending.next_order_id()))

    return await asyncio.gather(*[run_later(n * load.spread / load.streams) for n in range(load.streams)])


def _children() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid}


# -- floors ----------------------------------------------------------------------------------------


def _bare_sockets() -> Taken:
    """One bare `sendto` and one bare `recv` of Python, in bursts that no buffer is too small for."""
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
    packets = BURSTS * BURST
    return Taken("bare Python loop, unpaced", 1, Costs(sending / packets, receiving / packets))


def _compile_floor(folder: Path) -> Path | None:
    """The floor in C; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    program = folder / "floor"
    subprocess.run([compiler, "-O2", "-o", program, Path(__file__).with_name("floor.c")], check=True)
    return program


def _run_floor(program: Path, load: Load) -> Taken:
    words = [program, str(load.streams), str(load.seconds), str(REALTIME)]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    who = "paced loop in C, realtime"
    if run.returncode:  # real-time priority is not permitted here
        run, who = (
            subprocess.run([*words[:3], "0"], capture_output=True, text=True, check=True),
            "paced loop in C",
        )
    found = json.loads(run.stdout)
    pacing = (found["p50"], found["p99"], found["max"])
    return Taken(who, load.streams, Costs(found["sender"], found["receiver"]), pacing)


# -- other tools -----------------------------------------------------------------------------------


def _others() -> Iterator[Taken]:
    if shutil.which("irtt"):
        yield _irtt(OTHERS_STREAMS)
    if shutil.which("iperf3"):
        yield _iperf3(OTHERS_STREAMS)
        yield _iperf3(5 * OTHERS_STREAMS)


def _irtt(streams: int) -> Taken:
    """One client for each stream; each packet is echoed, so both ends send and receive."""
    port = _free_port()
    listen = ["irtt", "server", "-b", f"{HOST}:{port}", "-i", "0", "-d", "0", "-l", "0"]
    server = subprocess.Popen(listen, stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    before, client_before = tree_cpu(server.pid), _children_cpu()
    try:
        words = ["irtt", "client", "-i", "20ms", "-l", "172", "-d", "5s", "--dscp=0xb8", "-Q", "-o", "-"]
        clients = [
            subprocess.Popen([*words, f"{HOST}:{port}"], stdout=subprocess.PIPE, text=True)
            for _ in range(streams)
        ]
        stats = [json.loads(client.communicate()[0])["stats"] for client in clients]
        sent = sum(each["packets_sent"] for each in stats)
        client_cpu, server_cpu = _children_cpu() - client_before, tree_cpu(server.pid) - before
    finally:
        server.terminate()
        server.wait()
    error = [each["timer_error"] for each in stats]
    worst = max(each["max"] for each in error) / 1e9
    result = f"{sent} of {250 * streams} packets sent, timer error up to {1e3 * worst:.1f} ms"
    return Taken("irtt (echo)", streams, Costs(client_cpu / sent, server_cpu / sent), result=result)


def _iperf3(streams: int) -> Taken:
    port = str(_free_port())
    listen = ["iperf3", "-s", "-1", "-p", port, "-J"]
    server = subprocess.Popen(listen, stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    before = _children_cpu()
    words = [
        "iperf3",
        "-c",
        HOST,
        "-p",
        port,
        "-u",
        "-l",
        "172",
        "-b",
        "68800",
        "-P",
        str(streams),
        "-t",
        "5",
        "-J",
    ]
    client = subprocess.run(words, capture_output=True, text=True, check=True)
    client_cpu = _children_cpu() - before
    server.communicate()
    packets = json.loads(client.stdout)["end"]["sum"]["packets"]
    server_cpu = _children_cpu() - before - client_cpu
    result = f"{packets} of {250 * streams} packets sent"
    return Taken("iperf3 -u", streams, Costs(client_cpu / packets, server_cpu / packets), result=result)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def _allow_open_files() -> None:
    """Each stream has a socket at both ends; children inherit the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
