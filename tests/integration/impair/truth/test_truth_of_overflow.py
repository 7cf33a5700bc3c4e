"""A target too busy to read its sockets: what the kernel throws away there is the agent's drop, not loss."""

import asyncio
import ctypes
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sonde.impair.impairment import Impairment
from sonde.probe.measurement import sender_health, stream_summary

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

PIDFD_GETFD = 438
STREAMS = 50
SMALL_QUEUE = 4096
"""Bytes of receive buffer asked for: about ten voice packets, so that a short stop overflows it."""
LARGE_QUEUE = 4 << 20


@contextmanager
def sockets_of(pid: int) -> Iterator[list[socket.socket]]:
    """The UDP sockets of another process; pidfd_getfd(2) lends them to us."""
    library = ctypes.CDLL(None, use_errno=True)
    with ExitStack() as stack:
        process = os.pidfd_open(pid)
        stack.callback(os.close, process)
        sockets = []
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            lent = library.syscall(PIDFD_GETFD, process, int(entry.name), 0)
            if entry.readlink().name.startswith("socket:"):
                sockets.append(stack.enter_context(socket.socket(fileno=lent)))
            else:
                os.close(lent)
        yield [each for each in sockets if each.type == socket.SOCK_DGRAM and each.family != socket.AF_UNIX]


async def overwhelm(_sending, receiving) -> None:
    """Make the queues of the target's sockets small, and stop it for a while in mid-stream."""
    await asyncio.sleep(2.0)
    receiver = receiving._child.pid
    with sockets_of(receiver) as sockets:
        for sock in sockets:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_QUEUE)
        os.kill(receiver, signal.SIGSTOP)
        try:
            await asyncio.sleep(0.4)
        finally:
            for sock in sockets:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LARGE_QUEUE)
            os.kill(receiver, signal.SIGCONT)


@pytest.fixture(scope="module")
def run(laboratory):
    """50 streams over a path that loses nothing, to a target that is stopped."""
    path = Impairment(delay=0.02)
    return laboratory.run(streams=STREAMS, waves=1, forward=path, reverse=path, disturb=overwhelm)


def test_overflow_is_the_agents_drop_and_not_loss(run) -> None:
    """In each stream, exactly what was sent on and did not get through."""
    dropped = 0
    for measured, logged in run.streams:
        summary = stream_summary(measured.outcome, 0.04)
        drops = sender_health(measured.outcome).agent_drops
        assert drops == len(logged.sent) - len(measured.arrived)
        assert summary.packets_lost == len(logged.lost) == 0
        dropped += drops
    assert dropped > STREAMS


def test_what_got_through_is_measured_as_ever(run) -> None:
    """The order and the marks of the others are those of the log."""
    for measured, logged in run.streams:
        through = {each.place for each in measured.arrived}
        assert [each.place for each in measured.arrived] == [
            each.place for each in logged.sent if each.place in through
        ]
