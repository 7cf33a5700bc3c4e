"""One stream of a capture while it is read: what it is, and its packets on their way to the observer.

Its first packets wait together, because with them it is decided what the rest is judged by: which payload
type is the stream's, with what clock, and whether the clocks of sender and capture run apart.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from sonde.capture.codec_choice import Chosen, CodecOptions, choose_format
from sonde.capture.descriptions import Descriptions
from sonde.capture.formats import EVENTS, STATIC
from sonde.rtp.media_time import MediaTimeline
from sonde.rtp.observed_delay import DelayTrack
from sonde.rtp.observer import ObservedStream, Packets, StreamObserver
from sonde.rtp.skew import find_drift
from sonde.rtp.tally import Tally

PACKET: Final = np.dtype(
    [
        ("arrival", np.int64),
        ("timestamp", np.uint32),
        ("sequence", np.uint16),
        ("size", np.uint16),
        ("tos", np.uint8),
        ("payload_type", np.uint8),
    ]
)
"""What is kept of a packet until it is folded."""

Rows: TypeAlias = npt.NDArray[np.void]
"""Packets in arrival order, of type `PACKET`."""


def join(chunks: Iterable[bytes]) -> Rows:
    """Packets that waited as bytes, which take the least room and time."""
    return np.frombuffer(b"".join(chunks), dtype=PACKET)


FIRST_FOLD: Final = 1 << 15
LATER_FOLDS: Final = 1 << 12

_FEWEST: Final = 3
_FARTHEST: Final = 100
_LONGEST_STEP: Final = 1 << 24


def looks_like_rtp(rows: Rows) -> bool:
    """Whether sequence numbers and timestamps of a flow go on as those of a stream.

    At least three packets, at least half of them following the one before within a hundred, and
    timestamps that move.
    """
    if len(rows) < _FEWEST:
        return False
    steps = np.diff(rows["sequence"]).view(np.int16)
    ticks = np.diff(rows["timestamp"]).view(np.int32)
    going_on = (steps > 0) & (steps <= _FARTHEST) & (ticks >= 0) & (ticks < _LONGEST_STEP)
    return bool(np.count_nonzero(going_on) * 2 >= len(steps) and ticks.any())


class StreamKey(NamedTuple):
    """What tells streams apart: both ends and the SSRC."""

    source_upper: int
    source_lower: int
    destination_upper: int
    destination_lower: int
    ports: int
    ssrc: int

    @property
    def source(self) -> tuple[str, int]:
        """Address and port it was sent from."""
        return _address(self.source_upper, self.source_lower), self.ports >> 16

    @property
    def destination(self) -> tuple[str, int]:
        """Address and port it was sent to."""
        return _address(self.destination_upper, self.destination_lower), self.ports & 0xFFFF


class Circumstances(NamedTuple):
    """What every stream of a capture is judged with.

    Attributes:
        codecs: what the user says of codecs.
        descriptions: what session descriptions said so far.
        depths: of the de-jitter buffers to try, seconds.
        wanted_depth: the one the score is for, seconds.
    """

    codecs: CodecOptions
    descriptions: Descriptions
    depths: Sequence[float]
    wanted_depth: float


class Concluded(NamedTuple):
    """What is found out about a stream.

    Attributes:
        chosen: what it is taken for.
        observed: what became of its packets.
        drift_removed: whether the drift between the clocks was taken off its delays.
        hopeless: whether its timestamps jumped too often to tell the time.
    """

    chosen: Chosen
    observed: ObservedStream
    drift_removed: bool
    hopeless: bool


class CapturedStream:
    """A stream that is believed to be one."""

    def __init__(self, key: StreamKey, circumstances: Circumstances) -> None:
        self.key = key
        self._circumstances = circumstances
        self._chunks: list[bytes] = []
        self.waiting = 0
        self.packets = 0
        self.bytes = 0
        self.first_arrival = self.last_arrival = 0
        self.payload_types = np.zeros(128, dtype=np.int64)
        self._chosen: Chosen | None = None
        self._drift = 0.0
        self._timed = np.zeros(128, dtype=bool)
        self._delay: DelayTrack | None = None
        self._observer: StreamObserver | None = None

    def add(self, rows: Rows) -> None:
        """Take packets, at least one, in arrival order."""
        if not self.packets:
            self.first_arrival = int(rows["arrival"][0])
        self.last_arrival = int(rows["arrival"][-1])
        self.packets += len(rows)
        self.waiting += len(rows)
        self._chunks.append(rows.tobytes())

    @property
    def wanted(self) -> int:
        """Packets that should wait before the next fold."""
        return FIRST_FOLD if self._observer is None else LATER_FOLDS

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """What takes memory by the number of different delays."""
        return () if self._delay is None else self._delay.tallies

    @property
    def payload_type(self) -> int:
        """The commonest."""
        return int(self.payload_types.argmax())

    def fold(self) -> None:
        """Give the waiting packets to the observer."""
        if not self._chunks:
            return
        rows = join(self._chunks)
        self._chunks, self.waiting = [], 0
        self.bytes += int(rows["size"].sum())
        self.payload_types += np.bincount(rows["payload_type"], minlength=128)
        if self._observer is None:
            self._observer = self._begin(rows)
        self._observer.feed(
            Packets(
                sequence=np.ascontiguousarray(rows["sequence"]),
                timestamp=np.ascontiguousarray(rows["timestamp"]),
                arrival=np.ascontiguousarray(rows["arrival"]),
                tos=np.ascontiguousarray(rows["tos"]),
                timed=self._timed[rows["payload_type"]],
            )
        )

    def _begin(self, rows: Rows) -> StreamObserver:
        """Decide what the stream is."""
        own = rows[rows["payload_type"] == self.payload_type]
        self._chosen = choose_format(
            self.key, self.payload_type, own, self._circumstances.codecs, self._circumstances.descriptions
        )
        clock_rate = self._chosen.format.clock_rate
        if clock_rate:
            self._timed = self._same_clock(clock_rate)
            self._drift = _drift(rows[self._timed[rows["payload_type"]]], clock_rate)
            self._delay = DelayTrack(
                clock_rate,
                depths=self._circumstances.depths,
                wanted_depth=self._circumstances.wanted_depth,
                drift=self._drift,
            )
        return StreamObserver(self._delay)

    def _same_clock(self, clock_rate: int) -> npt.NDArray[np.bool_]:
        """The payload types whose timestamps tell the stream's media time."""
        found = np.zeros(128, dtype=bool)
        found[self.payload_type] = True
        descriptions = self._circumstances.descriptions
        for number in {*STATIC, *descriptions.payload_types}:
            known = descriptions.find(self.key[:4], self.key.ports, number) or STATIC.get(number)
            is_sound = known is not None and known.kind == "audio" and known.name not in EVENTS
            found[number] |= is_sound and known is not None and known.clock_rate == clock_rate
        return found

    def conclude(self) -> Concluded:
        """The finding, after the last packet, of at least one; call once."""
        self.fold()
        if self._observer is None or self._chosen is None:
            raise ValueError("a stream without packets has no finding")
        hopeless = self._delay is not None and self._delay.hopeless
        return Concluded(self._chosen, self._observer.conclude(), bool(self._drift), hopeless)


def _drift(rows: Rows, clock_rate: int) -> float:
    """Slope of delay that the clocks alone explain; 0 when there is none to speak of."""
    timeline = MediaTimeline(clock_rate)
    epochs = list(timeline.place(rows["timestamp"], np.ascontiguousarray(rows["arrival"])))
    if len(epochs) != 1:
        return 0.0
    drift = find_drift(epochs[0].media, epochs[0].delays)
    return drift.slope if drift is not None and drift.significant else 0.0


def _address(upper: int, lower: int) -> str:
    """An address for people."""
    whole = b"".join(half.to_bytes(8, "big", signed=True) for half in (upper, lower))
    address = ipaddress.IPv6Address(whole)
    return str(address.ipv4_mapped or address)
