"""Types of numbers on the wire: what range they have, and which unit the document shows."""

import re
from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta

UNIT: Final = "x-unit"
"""Where a schema says its unit, spelled as in UCUM; `1` is a ratio or a number without one."""


def _unit(name: str) -> dict[str, Any]:
    return {UNIT: name}


Seconds: TypeAlias = Annotated[float, Meta(extra_json_schema=_unit("s"))]
"""A time or a difference of times, which may be below 0."""

Duration: TypeAlias = Annotated[float, Meta(ge=0, extra_json_schema=_unit("s"))]
Minutes: TypeAlias = Annotated[float, Meta(ge=0, extra_json_schema=_unit("min"))]
"""What calls are counted in; of several people at once each has minutes of their own."""

EpochSeconds: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1, extra_json_schema=_unit("s"))]
"""Since 1970-01-01T00:00:00Z."""

Ratio: TypeAlias = Annotated[float, Meta(ge=0, le=1, extra_json_schema=_unit("1"))]
Rate: TypeAlias = Annotated[float, Meta(extra_json_schema=_unit("s/s"))]
"""Seconds that one clock gains on another in each second."""

Bytes: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1, extra_json_schema=_unit("By"))]
Packets: TypeAlias = Annotated[int, Meta(ge=0, extra_json_schema=_unit("{packet}"))]
Mos: TypeAlias = Annotated[float, Meta(ge=1, le=4.5, extra_json_schema=_unit("MOS"))]
ShownMos: TypeAlias = Annotated[float, Meta(ge=1, le=5, extra_json_schema=_unit("MOS"))]
"""As other programs show it, which do not hold it within the E-model's scale."""

RPoints: TypeAlias = Annotated[float, Meta(extra_json_schema=_unit("R"))]
Identifier: TypeAlias = Annotated[int, Meta(ge=1, le=10**18 - 1)]

_BY_NAME: Final = (
    (r"CallMos\.(value|low|high|p10|worst_10s|points)", "MOS"),
    (r"(CallMos|NumberDistribution)\.seconds", "s"),
    (r"NumberDistribution\.relative_error", "1"),
    (r"(ClassDistribution|NumberDistribution)\.streams", "{stream}"),
    (r"ClassDistribution\.limited|(SourceHealth|ImportResult)\.(skipped|unknown)", "1"),
    (r"(SourceHealth\.refused|SourceHealth\.batches)", "{batch}"),
    (r"SourceHealth\.accepted", "{tick}"),
    (r"WebhookItem\.failures|DeliveryItem\.attempt_count", "{attempt}"),
    (r"AttemptItem\.status", "1"),
    (r"ImportRequest\.pieces", "{piece}"),
    (r"Device\.cpus", "{cpu}"),
    (r"(Spread|Histogram)\.(count|counts|at_least)", "{value}"),
    (
        r"(BucketItem|NumberDistribution)\.intervals|ClassDistribution\.((limited_)?intervals|many_requests)",
        "{interval}",
    ),
    # What clients report: running counters under their names in W3C webrtc-stats.
    (r".*_measurements", "{measurement}"),
    (r"total_squared_inter_frame_delay", "s2"),
    (r"quality_limitation_duration_.*|(remote_)?total_.*_(delay|time|energy|duration)", "s"),
    (r"playout_samples_count", "{sample}"),
    (r"(nack|fir|pli|freeze|pause|interruption|remote_nack|jitter_buffer_emitted)_count", "1"),
    (r"jitter_buffer_flushes|(concealment|synthesized_samples)_events|remote_reports", "1"),
    (r"quality_limitation_resolution_changes|qp_sum|audio_level|remote_fraction_lost", "1"),
    (r"total_(squared_)?corruption_probability", "1"),
    (r"(CallStream\.|target_|recent_)bitrate", "bit/s"),
    (r"bytes|(.*_)?bytes_(sent|received|target|sent_.*|encoded_.*)|total_encoded_bytes_target", "By"),
    (r"(retransmitted|fec|remote)_packets_.*|recent_packets(_lost)?", "{packet}"),
    (r"clock_rate|(source_|configured_)?frames_per_second|frame_rate", "Hz"),
    (r"(frame|source|configured|render)_(width|height)", "{pixel}"),
    (r"source_frames|(key_|huge_)?frames(_.*)?", "{frame}"),
    (r"echo_return_loss(_enhancement)?", "dB"),
    (r"(synthesized|playout)_samples_duration", "s"),
    (r"(.*_)?samples(_.*)?", "{sample}"),
    (r"round_trip_time|remote_jitter", "s"),
    (r"clock_skew|clock_rate_change", "s/s"),
    (r".*_(ratio|density|density_estimate)|burst_ratio", "1"),
    (r"packets_.*|packets|agent_drops|send_errors|forged_packets|(dscp|ecn)_counts", "{packet}"),
    (r"mos_.*|codec_max_mos", "MOS"),
    (r"r_factor|r_low|r_high|r_points|ceiling|ie", "R"),
    (r"(one_way_delay|round_trip_time|pdv|ipdv|pacing_error)_.*|jitter.*|level_shift.*|stall_max", "s"),
    (r"consent_round_trip_time|clock_(error_bound|stat_error|step)|.*_duration(_estimate)?", "s"),
    (r"interval|duration|depth|keep_alive", "s"),
    (r".*minutes.*", "min"),
    (r"participants", "{participant}"),
    (r"word_limit", "{word}"),
    (r"(live_|max_concurrent_)?peers", "{peer}"),
)


def unit_of(shape: str, name: str) -> str:
    """The unit of a field, empty without one.

    The model's words mean the same everywhere; the few that do not are known by `shape.name`.
    """
    spelled = (f"{shape}.{name}", name)
    return next(
        (unit for pattern, unit in _BY_NAME for each in spelled if re.fullmatch(pattern, each)),
        "",
    )
