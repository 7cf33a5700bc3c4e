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
EpochSeconds: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1, extra_json_schema=_unit("s"))]
"""Since 1970-01-01T00:00:00Z."""

Ratio: TypeAlias = Annotated[float, Meta(ge=0, le=1, extra_json_schema=_unit("1"))]
Rate: TypeAlias = Annotated[float, Meta(extra_json_schema=_unit("s/s"))]
"""Seconds that one clock gains on another in each second."""

Packets: TypeAlias = Annotated[int, Meta(ge=0, extra_json_schema=_unit("{packet}"))]
Mos: TypeAlias = Annotated[float, Meta(ge=1, le=4.5, extra_json_schema=_unit("MOS"))]
MosPoints: TypeAlias = Annotated[float, Meta(extra_json_schema=_unit("MOS"))]
RPoints: TypeAlias = Annotated[float, Meta(extra_json_schema=_unit("R"))]
Identifier: TypeAlias = Annotated[int, Meta(ge=1, le=10**18 - 1)]

_BY_NAME: Final = (
    (r"clock_skew|clock_rate_change", "s/s"),
    (r".*_(ratio|density|density_estimate)|burst_ratio", "1"),
    (r"packets_.*|packets|agent_drops|send_errors|forged_packets|(dscp|ecn)_counts", "{packet}"),
    (r"mos_.*|codec_max_mos", "MOS"),
    (r"r_factor|r_low|r_high|ie", "R"),
    (r"(one_way_delay|round_trip_time|pdv|ipdv|pacing_error)_.*|jitter.*|level_shift.*|stall_max", "s"),
    (r"consent_round_trip_time|clock_(error_bound|stat_error|step)|.*_duration(_estimate)?|sent", "s"),
    (r"one_way_delay|delay_above_smallest|depth|smallest_depth", "s"),
)


def unit_of(name: str) -> str:
    """The unit of a field of the model, whose words mean the same everywhere; empty without one."""
    return next((unit for pattern, unit in _BY_NAME if re.fullmatch(pattern, name)), "")
