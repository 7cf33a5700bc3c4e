"""One stream as its target keeps it."""

from collections.abc import Callable

from sonde.model.control import PairKey
from sonde.probe import frames, tags
from sonde.probe.arrival_log import ArrivalLog
from sonde.probe.datagrams import Arrival
from sonde.probe.frames import Hello
from sonde.rtp.clock_readings import ClockReading

LINGER = 10 * 10**9
"""How long a finished stream's record waits to be fetched, in ns."""


class TargetStream:
    """One accepted stream and what arrived of it.

    Attributes:
        source: where it comes from.
        log: its packets.
        parts: its record, once somebody has asked for it.
        forget: called when the stream is over; None unless it has a socket of its own.
    """

    def __init__(self, hello: Hello, key: PairKey, arrival: Arrival, now: int) -> None:
        self.hello = hello
        self.source = arrival.source
        self.key_id = key.key_id
        self.key = tags.stream_key(key.key, hello.nonce)
        self.seal = tags.time_seal(self.key)
        syncs = frames.syncs_max(hello.packets, hello.packet_interval)
        self.sync_tags = tags.sync_tags(key.key, hello.nonce, syncs)
        packet_tags = tags.packet_tags(key.key, hello.nonce, hello.packets)
        self.log = ArrivalLog(hello, packet_tags, self.sync_tags)
        self.expires = now + int(hello.packets * hello.packet_interval * 1e9) + LINGER
        self.synced: set[int] = set()
        self.last_fetch = -1
        self.parts: list[bytes] = []
        self.drops_before = arrival.drops
        self.clock_before: ClockReading | None = None
        self.forget: Callable[[], None] | None = None

    @property
    def rate(self) -> float:
        """Packets a second."""
        return 1 / self.hello.packet_interval
