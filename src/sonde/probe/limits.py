"""What a target lets itself in for, and the sentences by which it declines more."""

import msgspec

from sonde.probe.frames import PROTOCOL, Hello


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a target lets itself in for.

    Attributes:
        streams: at once, in all.
        streams_per_key: at once, by one source of one test.
        duration: seconds of one stream.
        packet_size: bytes of UDP payload.
        packets_per_second: of all streams together.
    """

    streams: int = 2000
    streams_per_key: int = 16
    duration: float = 60.0
    packet_size: int = 1200
    packets_per_second: float = 100_000.0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a target carries already, in all and for the key that asks."""

    streams: int
    streams_of_key: int
    packets_per_second: float


def find_refusal(hello: Hello, limits: Limits, load: Load) -> str:
    """Why a stream is not welcome, one sentence; empty when it is."""
    duration = hello.packets * hello.packet_interval
    rate = load.packets_per_second + 1 / hello.packet_interval
    checks = (
        (
            hello.protocol == PROTOCOL,
            f"this target speaks protocol {PROTOCOL}, not {hello.protocol}; run one release",
        ),
        (
            duration <= limits.duration,
            f"a stream may last {limits.duration:g} s here, not {duration:g} s",
        ),
        (
            hello.packet_size <= limits.packet_size,
            f"a packet may have {limits.packet_size} bytes here, not {hello.packet_size}",
        ),
        (load.streams < limits.streams, f"all {limits.streams} streams of this target are in use"),
        (
            load.streams_of_key < limits.streams_per_key,
            f"this source already has {load.streams_of_key} streams here",
        ),
        (
            rate <= limits.packets_per_second,
            f"this target takes {limits.packets_per_second:g} packets/s in all",
        ),
    )
    return next((sentence for is_met, sentence in checks if not is_met), "")
