"""What really happened to every packet: one record each, and counts for people in a hurry."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from sonde.impair.plan import Direction, Kind, PacketName
from sonde.model.errors import Unavailable


class Outcome(StrEnum):
    """How a packet left the relay, or why it did not."""

    SENT = "sent"
    """Sent, once or twice."""

    LOST = "lost"
    """Lost on purpose, by the plan."""

    CONGESTED = "congested"
    """Lost because it would have waited too long for the bottleneck."""

    OVERFLOW = "overflow"
    """Lost because more packets were waiting than the relay holds."""

    FAILED = "failed"
    """The kernel refused to send it."""

    STOPPED = "stopped"
    """Still waiting when the relay stopped."""


class PacketRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One packet that reached the relay or bridge. Times are nanoseconds since the epoch.

    Attributes:
        direction, kind, ssrc, sequence, place: the packet's name, see `plan.PacketName`.
        flow: number of the client's flow, in order of appearance from 0.
        received_at: the kernel's receive stamp.
        due_at: when the plan wanted it sent; `received_at` for a lost packet.
        tos_in, tos_out: TOS or traffic class byte as received and as sent.
        size_in, size_out: bytes of the UDP payload as received and as sent, or of the IP payload of what is
            not UDP.
        inverted_at: index in the payload of the byte that was inverted; None when none was.
        sent_at: the kernel's send stamp of each copy; empty when none was sent.
        kernel_stamps: false when the kernel gave no stamp and one of these is the clock as the relay read it,
            right after a packet came or right before it was handed to the kernel.
    """

    direction: Direction
    kind: Kind
    flow: int
    ssrc: int
    sequence: int
    place: int
    received_at: int
    due_at: int
    tos_in: int
    tos_out: int
    size_in: int
    size_out: int
    inverted_at: int | None = None
    sent_at: tuple[int, ...] = ()
    kernel_stamps: bool = True
    outcome: Outcome = Outcome.STOPPED

    @property
    def name(self) -> PacketName:
        """What `plan.decide` decided by."""
        return PacketName(
            ssrc=self.ssrc,
            sequence=self.sequence,
            direction=self.direction,
            kind=self.kind,
            place=self.place,
        )


class Counts(msgspec.Struct, kw_only=True):
    """Packets of one direction by outcome; `duplicated` counts second copies sent."""

    received: int = 0
    sent: int = 0
    duplicated: int = 0
    lost: int = 0
    congested: int = 0
    overflow: int = 0
    failed: int = 0
    stopped: int = 0

    def add(self, record: PacketRecord) -> None:
        """Count one finished packet."""
        self.received += 1
        setattr(self, record.outcome, getattr(self, record.outcome) + 1)
        self.duplicated += max(0, len(record.sent_at) - 1)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a relay or bridge did so far.

    Attributes:
        seconds: since it started.
        flows: clients seen, or of a bridge pairs of addresses and ports.
        refused: packets of clients that found no place; they are in no log. Always 0 for a bridge.
        passed: frames of a bridge that are not impaired, such as ARP; they are in no log.
        socket_drops: packets lost in the relay's own sockets; they are in no log. Anything above 0
            means that the machine was too busy to take the log as the truth.
        user_stamps: packets with a stamp of the relay because the kernel gave none.
    """

    seconds: float
    flows: int
    refused: int
    passed: int
    socket_drops: int
    user_stamps: int
    forward: Counts
    reverse: Counts


class LogFile:
    """Writes one JSON object per packet and line, in the order in which packets were finished.

    Args:
        path: replaced when it exists.

    Raises:
        Unavailable: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise Unavailable(f"Cannot write the log {path}: {error.strerror}.") from error
        self._encoder = msgspec.json.Encoder()

    def write(self, record: PacketRecord) -> None:
        """Append a record; it may stay in memory until `close`."""
        self._file.write(self._encoder.encode(record) + b"\n")

    def close(self) -> None:
        """Write out what is left. Closing twice is harmless."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_log(path: Path) -> Iterator[PacketRecord]:
    """The records of a `LogFile` that was closed.

    Raises:
        msgspec.DecodeError: a line is no record, as the last one of a relay that was killed may be.
    """
    decoder = msgspec.json.Decoder(PacketRecord)
    with path.open("rb") as lines:
        yield from map(decoder.decode, lines)
