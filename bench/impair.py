"""What a packet costs the relay and the bridge, and how late they send it.

Streams of voice packets pass the path in one direction, which loses, repeats and delays some and logs all, as
in the tests that take the log for the truth. The CPU time is all that relay or bridge did meanwhile; the
kernel's delivery to the receiver is part of it, since it happens in the sender's call. The bridge is measured
when we may make network namespaces, which takes root.
"""

import ctypes
import os
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from cpu import process_cpu
from report import Row, options, show, spread

from sonde.impair.config import BridgeConfig, RelayConfig
from sonde.impair.impairment import Impairment, JitterShape
from sonde.impair.log import read_log
from sonde.impair.process import BridgeProcess, RelayProcess

RATES = (1_000, 5_000, 10_000, 12_000)
STREAMS = 200
TICK = 0.001
PACKET = struct.Struct("!BBHII160s")
PATH = Impairment(
    loss=0.02,
    burst_ratio=2,
    delay=0.02,
    jitter=0.003,
    jitter_shape=JitterShape.EXPONENTIAL,
    duplicate=0.01,
    dscp=8,
)
HOSTS = {"first": "10.77.9.1", "second": "10.77.9.2"}
ENDS = ("end1", "end2")
_CLONE_NEWNET = 0x40000000


class Place(NamedTuple):
    """A path that is ready: its process, where to send from and to, where packets arrive, and its log."""

    process: RelayProcess | BridgeProcess
    pid: int
    source: socket.socket
    address: tuple[str, int]
    sink: socket.socket
    log: Path


class Taken(NamedTuple):
    """One run: CPU seconds per packet and per second, packets that the kernel dropped, lateness in ns."""

    cpu: float
    share: float
    dropped: int
    lateness: "np.ndarray[tuple[int], np.dtype[np.int64]]"


def main() -> None:
    """Measure and report."""
    parser = options("CPU time and lateness of relay and bridge", rounds=3)
    parser.add_argument("--rates", type=int, nargs="+", default=RATES, help="packets per second")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each run")
    parser.add_argument("--ordinary", action="store_true", help="without real-time priority")
    asked = parser.parse_args()
    is_root = os.geteuid() == 0
    realtime = is_root and not asked.ordinary
    rows = []
    for name in ("relay", "bridge") if is_root else ("relay",):
        for rate in asked.rates:
            rounds = [_measure(name, rate, asked.seconds, realtime=realtime) for _ in range(asked.rounds)]
            rows.append(_row(name, rate, rounds))
    priority = "real-time" if realtime else "ordinary"
    title = f"Impair: {STREAMS} streams for {asked.seconds:g} s, {priority} priority"
    show(title, rows, as_json=asked.json)


def _row(name: str, rate: int, rounds: Sequence[Taken]) -> Row:
    p50, p99 = zip(*[np.percentile(each.lateness, [50, 99]).tolist() for each in rounds], strict=True)
    return {
        "path": name,
        "packets_per_second": rate,
        "cpu_us_per_packet": spread([1e6 * each.cpu for each in rounds]),
        "share_of_a_core": spread([each.share for each in rounds]),
        "late_p50_ms": spread([each / 1e6 for each in p50]),
        "late_p99_ms": spread([each / 1e6 for each in p99]),
        "dropped": sum(each.dropped for each in rounds),
    }


def _measure(name: str, rate: int, seconds: float, *, realtime: bool) -> Taken:
    with (
        tempfile.TemporaryDirectory() as folder,
        (_relay if name == "relay" else _bridge)(Path(folder) / "log", realtime=realtime) as place,
    ):
        before = process_cpu(place.pid)
        _send(place, rate, seconds)
        used = process_cpu(place.pid) - before
        summary = place.process.stop()
        records = list(read_log(place.log))
        lateness = [at - record.due_at for record in records for at in record.sent_at]
        return Taken(
            cpu=used / len(records),
            share=used / seconds,
            dropped=summary.socket_drops,
            lateness=np.array(lateness, dtype=np.int64),
        )


def _send(place: Place, rate: int, seconds: float) -> None:
    """So many packets a second, of all streams in turn, spread over the ticks; and take them in again."""
    begin, sent = time.monotonic(), 0
    while (elapsed := time.monotonic() - begin) < seconds:
        for n in range(sent, int(elapsed * rate)):
            sequence, stream = divmod(n, STREAMS)
            packet = PACKET.pack(0x80, 0, sequence & 0xFFFF, 160 * sequence, stream, b"")
            place.source.sendto(packet, place.address)
        sent = int(elapsed * rate)
        _drain(place.sink)
        time.sleep(TICK)
    time.sleep(0.1)  # the last ones are still under way
    _drain(place.sink)


def _drain(sink: socket.socket) -> None:
    with suppress(BlockingIOError):
        while True:
            sink.recv(PACKET.size)


@contextmanager
def _relay(log: Path, *, realtime: bool) -> Iterator[Place]:
    with _udp("127.0.0.1") as sink, _udp("127.0.0.1") as source:
        config = RelayConfig(
            listen=("127.0.0.1", 0), target=sink.getsockname(), forward=PATH, realtime=realtime, log=log
        )
        with RelayProcess(config) as relay:
            ready = relay.listening
            yield Place(relay, ready.pid, source, (ready.host, ready.port), sink, log)


@contextmanager
def _bridge(log: Path, *, realtime: bool) -> Iterator[Place]:
    first, second = ENDS
    config = BridgeConfig(first=first, second=second, forward=PATH, realtime=realtime, log=log)
    with _wires() as names:
        with _inside(names["between"]):
            bridge = BridgeProcess(config).start()
        with _inside(names["first"]):
            source = _udp(HOSTS["first"])
        with _inside(names["second"]):
            sink = _udp(HOSTS["second"])
        with source, sink:
            try:
                yield Place(bridge, bridge.bridging.pid, source, sink.getsockname(), sink, log)
            finally:
                bridge.stop()


def _udp(host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((host, 0))
    sock.setblocking(False)
    return sock


@contextmanager
def _wires() -> Iterator[dict[str, str]]:
    """Two hosts, and between them the loose ends of their wires, as in docs/impair.md."""
    names = {role: f"sonde-bench-{os.getpid()}-{role}" for role in (*HOSTS, "between")}
    try:
        for name in names.values():
            _ip("netns", "add", name)
        for (role, address), end in zip(HOSTS.items(), ENDS, strict=True):
            peer = ("peer", "name", end, "netns", names["between"])
            _ip("link", "add", "wire0", "netns", names[role], "type", "veth", *peer)
            _ip("-n", names[role], "addr", "add", f"{address}/24", "dev", "wire0")
            _ip("-n", names[role], "link", "set", "dev", "wire0", "up")
            _ip("-n", names["between"], "link", "set", "dev", end, "up")
        yield names
    finally:
        for name in names.values():
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: S607 (found where the system has it)


@contextmanager
def _inside(name: str) -> Iterator[None]:
    with Path("/proc/thread-self/ns/net").open("rb") as home, Path(f"/run/netns/{name}").open("rb") as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(home.fileno())


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


if __name__ == "__main__":
    main()
