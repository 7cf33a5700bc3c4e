"""What a helper in C would bring to the sender: the same paced loop with the agent's lanes and with C calls.

A child process receives over loopback and compares the kernel's stamp of each arrival with the packet's own.
Nothing but packets is sent: no handshake, no clock questions. Needs a C compiler; it is an experiment, and no
part of Sonde.
"""

import ctypes
import gc
import multiprocessing
import resource
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from report import Row, options, show, spread

from sonde.probe import sockets
from sonde.probe.batch import Batch
from sonde.probe.keys import pair_key
from sonde.probe.planning import StreamPlan, make_order
from sonde.probe.priority import SENDING, claim_realtime, priority
from sonde.probe.source import Randomness, SourceStream
from sonde.quality.codecs import codec

HOST = "127.0.0.1"
SLOT, SLOTS = 500_000, 40
STAMP = struct.Struct("!Q")
STAMP_AT = 12
SIZE = 172
STREAMS = (100, 500, 1000)
RECEIVERS = 64
"""Sockets at the other end; more would only cost the receiver."""


class Packet(ctypes.Structure):
    """`struct packet` of helper.c."""

    _fields_ = (
        ("socket", ctypes.c_int),
        ("size", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("before", ctypes.c_long),
        ("after", ctypes.c_long),
    )


Slot = Callable[[int], None]
"""Sends all packets of one slot, given the time at which they were due."""


def main() -> None:
    """Measure and report."""
    parser = options("Python lanes beside a helper in C", rounds=2)
    parser.add_argument("--streams", type=int, nargs="+", default=STREAMS, help="streams at the same time")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each run")
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        helper = _compile(Path(folder))
        cases = {"python": _lanes, "C, a call for each slot": _each(helper), "C, sendmmsg": _batch(helper)}
        rows = [
            _row(name, count, [_run(make, count, asked.seconds) for _ in range(asked.rounds)])
            for count in asked.streams
            for name, make in cases.items()
        ]
    show("Sender with and without a helper in C", rows, as_json=asked.json)


def _compile(folder: Path) -> ctypes.CDLL:
    library = folder / "helper.so"
    source = Path(__file__).with_name("helper.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)  # noqa: S607 (the system's)
    return ctypes.CDLL(str(library))


def _row(name: str, streams: int, rounds: Sequence[dict[str, float]]) -> Row:
    return {"sender": name, "streams": streams} | {
        key: spread([each[key] for each in rounds]) for key in rounds[0]
    }


def _run(make: Callable[..., list[Slot]], streams: int, seconds: float) -> dict[str, float]:
    here, there = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_receive, args=(there,))
    child.start()
    ports: list[int] = here.recv()
    own = [sockets.connected_socket(HOST, ports[i % len(ports)], 46) for i in range(streams)]
    turns = round(seconds * 50)
    lateness: list[int] = []
    slots = make(own, turns, lateness)
    cpu = _pace(slots, turns)
    here.send(None)
    errors = np.frombuffer(here.recv_bytes(), dtype=np.int64)
    child.join()
    for each in own:
        each.close()
    late = np.array(lateness)
    return {
        "cpu_us_per_packet": 1e6 * cpu / (streams * turns),
        "pacing_p99_ms": float(np.percentile(late, 99)) / 1e6,
        "stamp_error_p50_us": float(np.percentile(errors, 50)) / 1e3,
        "stamp_error_p99_us": float(np.percentile(errors, 99)) / 1e3,
    }


def _pace(slots: list[Slot], turns: int) -> float:
    """CPU seconds of sending everything on schedule."""
    sockets.sharpen_timers()
    claim_realtime(SENDING, wanted=True)
    gc.disable()
    begin, used = time.monotonic_ns() + SLOT, time.process_time()
    try:
        for number in range(turns * SLOTS):
            due = begin + number * SLOT
            now = time.monotonic_ns()
            if due > now:
                time.sleep((due - now) / 1e9)
            slots[number % SLOTS](due + time.time_ns() - time.monotonic_ns())
        return time.process_time() - used
    finally:
        gc.enable()


def _lanes(own: list[socket.socket], turns: int, lateness: list[int]) -> list[Slot]:
    """The agent's own lanes."""
    streams = [_stream(turns) for _ in own]
    lanes = []
    for stream, sock in zip(streams, own, strict=True):
        lane = stream.packets(sock.send, time.time_ns, lambda: None)
        next(lane)
        lanes.append(lane.send)

    def slot(number: int) -> Slot:
        mine = lanes[number::SLOTS]
        late = [stream.lateness for stream in streams[number::SLOTS]]
        turn = iter(range(turns))

        def run(due: int) -> None:
            at = next(turn)
            for resume in mine:
                resume(due)
            lateness.extend(each[at] for each in late)

        return run

    return [slot(number) for number in range(SLOTS)]


def _stream(turns: int) -> SourceStream:
    plan = StreamPlan(
        host=HOST, port=9, pair_key=pair_key("benchmark"), codec=codec("g711"), duration=turns / 50, dscp=46
    )
    order = make_order(plan, 1)
    random = Randomness(
        nonce=bytes(16), ssrc=1, first_sequence=0, first_timestamp=0, filling=bytes(order.payload_bytes - 16)
    )
    return SourceStream(order, random, b"", 0)


def _each(helper: ctypes.CDLL) -> Callable[..., list[Slot]]:
    return lambda own, _turns, lateness: _called(helper.send_each, own, lateness)


def _batch(helper: ctypes.CDLL) -> Callable[..., list[Slot]]:
    # sendmmsg has one socket for all of its messages.
    return lambda own, _turns, lateness: _called(helper.send_batch, own[:1] * len(own), lateness)


def _called(send: Callable[..., object], own: list[socket.socket], lateness: list[int]) -> list[Slot]:
    """C calls, and in Python only what the agent would have to keep of them."""

    def slot(number: int) -> Slot:
        mine = own[number::SLOTS]
        packets = (Packet * len(mine))()
        packets.memory = ctypes.create_string_buffer(SIZE * len(mine))  # as long-lived as they are
        for at, (packet, sock) in enumerate(zip(packets, mine, strict=True)):
            packet.socket, packet.size = sock.fileno(), SIZE
            packet.data = ctypes.addressof(packets.memory) + at * SIZE
        stamps = np.frombuffer(packets, dtype=np.int64).reshape(len(mine), -1)

        def run(due: int) -> None:
            send(packets, len(mine))
            lateness.extend((stamps[:, -1] - due).tolist())

        return run

    return [slot(number) for number in range(SLOTS)]


def _receive(pipe: Connection) -> None:
    """The other end: reads now and then, and tells how far each packet's stamp is from its arrival's."""
    ears = [sockets.listening_socket(HOST, 0) for _ in range(RECEIVERS)]
    pipe.send([ear.getsockname()[1] for ear in ears])
    batch, errors = Batch(), []
    while not pipe.poll(0.01):
        for ear in ears:
            while count := batch.read(ear.fileno()):
                errors += [
                    batch.stamp(at) - STAMP.unpack_from(batch.frame(at), STAMP_AT)[0] for at in range(count)
                ]
    pipe.recv()
    pipe.send_bytes(np.array(errors, dtype=np.int64).tobytes())


if __name__ == "__main__":
    main()
    print(f"priority at the end: {priority()}")
