"""The report on a capture: one entry for each stream, in SI units, and what was left out.

Every field is explained in docs/metrics.md. A number that was not measured is None, and `not_measured` says
why.
"""

import msgspec

from sonde.capture.claims import Claim
from sonde.capture.codec_choice import CodecSource
from sonde.capture.scoring import StreamMos
from sonde.rtp.levels import LevelShift


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """PDV of a stream in seconds: nearest-rank percentiles, mean and largest.

    Attributes:
        resolution: seconds that the percentiles may be too small by; 1e-9 is exact.
    """

    p50: float
    p95: float
    p99: float
    p999: float
    max: float
    mean: float
    resolution: float


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """IPDV of a stream in seconds: percentiles and mean of its size, smallest and largest with their sign."""

    p50: float
    p95: float
    p99: float
    p999: float
    mean: float
    min: float
    max: float
    resolution: float


class BurstsByAppendix(msgspec.Struct, frozen=True, kw_only=True):
    """Bursts and gaps as the chain of RFC 3611 appendix A.2 estimates them, with its counters."""

    burst_density: float | None
    gap_density: float | None
    burst_duration: float | None
    gap_duration: float | None
    c11: int
    c13: int
    c14: int
    c22: int
    c23: int
    c33: int


class StreamReport(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one stream of a capture, as the place of the capture saw it."""

    ssrc: int
    source_address: str
    source_port: int
    destination_address: str
    destination_port: int
    started_at: float
    duration: float
    payload_type: int
    payload_types: dict[str, int]
    codec: str | None
    codec_source: CodecSource
    clock_rate: int | None
    packet_interval: float
    bit_rate: float
    packets_expected: int
    packets_received: int
    packets_lost: int
    packets_lost_rfc3550: int
    packets_duplicated: int
    packets_reordered: int
    packets_stray: int
    restarts: int
    timestamp_jumps: int | None
    loss_ratio: float
    discard_ratio: float | None
    jitter: float | None
    jitter_max: float | None
    jitter_mean: float | None
    jitter_ticks: int | None
    pdv: Percentiles | None
    ipdv: Changes | None
    clock_skew: float | None
    clock_skew_removed: bool
    level_shift: LevelShift | None
    bursts: int
    burst_density: float
    gap_density: float
    burst_duration: float
    gap_duration: float
    bursts_by_appendix: BurstsByAppendix
    loss_runs: int
    burst_ratio: float
    burst_ratio_transition: float | None
    jitter_buffer: float
    discards: dict[str, int] | None
    discards_minimum_anchor: dict[str, int] | None
    dscp: dict[str, int]
    ecn: dict[str, int]
    mos: StreamMos
    reported: Claim | None
    not_measured: str
    notes: tuple[str, ...]


class CaptureReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture holds.

    Attributes:
        file: its name.
        packets: records read, of whatever kind.
        started_at: stamp of the first, epoch seconds; None without one.
        duration: seconds from the earliest to the latest stamp.
        streams: in the order they began.
        streams_left_out: streams beyond what is kept at a time.
        fragments: later fragments of IP packets, not looked into.
        notes: sentences on what limits the report.
    """

    file: str
    packets: int
    started_at: float | None
    duration: float
    streams: tuple[StreamReport, ...]
    streams_left_out: int
    fragments: int
    notes: tuple[str, ...]


def depth_key(depth: float) -> str:
    """The key of a buffer's depth: seconds as the shortest decimal."""
    return f"{depth:.9f}".rstrip("0").rstrip(".")
